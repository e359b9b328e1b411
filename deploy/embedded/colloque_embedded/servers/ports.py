"""Which port serves what."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, fields

from colloque_embedded.refusal import HouseRefusal

HOST = "127.0.0.1"


@dataclass(frozen=True)
class Ports:
    web: int
    database: int
    broker: int
    smtp: int
    faults: int
    """Where the mail sink takes orders to misbehave."""

    @classmethod
    def after(cls, base: int) -> Ports:
        return cls(*range(base, base + len(fields(cls))))

    @classmethod
    def free(cls) -> Ports:
        """Ports that nobody uses now; each stays taken until all are known, so that none comes twice."""
        with ExitStack() as held:
            numbers = []
            for _ in fields(cls):
                taken = held.enter_context(socket.socket())
                taken.bind((HOST, 0))
                numbers.append(taken.getsockname()[1])
        return cls(*numbers)

    def __iter__(self) -> Iterator[int]:
        return (getattr(self, field.name) for field in fields(self))

    def need(self) -> None:
        for port in self:
            if not is_free(port):
                raise HouseRefusal(
                    f"Port {port} is already taken on this machine: stop what uses it, or move the house with "
                    f"COLLOQUE_EMBEDDED_PORT=NUMBER (it takes {len(fields(self))} ports from there on)."
                )


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        # Without it, connections that have just ended would look like somebody who listens.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def answers(port: int) -> bool:
    try:
        socket.create_connection((HOST, port), 0.2).close()
    except OSError:
        return False
    return True
