"""Which port serves what."""

from __future__ import annotations

import secrets
import socket
from collections.abc import Iterator
from contextlib import ExitStack, suppress
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
        return cls(*several_free_ports(len(fields(cls))))

    def __iter__(self) -> Iterator[int]:
        return (getattr(self, field.name) for field in fields(self))

    def need(self) -> None:
        for port in self:
            if not is_free(port):
                raise HouseRefusal(
                    f"Port {port} is already taken on this machine: stop what uses it, or move the house with "
                    f"COLLOQUE_EMBEDDED_PORT=NUMBER (it takes {len(fields(self))} ports from there on)."
                )


def several_free_ports(count: int) -> list[int]:
    """Nobody uses them now; each stays taken until all are known, so that none comes twice.

    Not of the system's own choice: it hands those out to callers as well, and a caller that tries again and again at
    the port of a killed program would at last be given that very port and talk to itself.
    """
    numbers: list[int] = []
    with ExitStack() as held:
        while len(numbers) < count:
            number = 20_000 + secrets.randbelow(12_000)
            taken = held.enter_context(socket.socket())
            with suppress(OSError):
                taken.bind((HOST, number))
                numbers.append(number)
    return numbers


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
