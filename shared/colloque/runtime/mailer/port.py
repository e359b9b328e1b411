"""What the postman asks of a mail server. Adapters: `memory`, `smtp`; one contract test runs on both.

`send` does not raise: what the server says, or does not say, is an outcome, and those that call for another way on are
told apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, TypeAlias


@dataclass(frozen=True, slots=True)
class Sent:
    """The server has taken it (250)."""


@dataclass(frozen=True, slots=True)
class Deferred:
    """Not now: a 4xx, or (status 0) the connection was lost or too slow in the middle of this message. It may have been
    taken all the same; the next try carries the same Message-ID."""

    status: int
    words: str


@dataclass(frozen=True, slots=True)
class Failed:
    """Never: a 5xx about this message, or this recipient."""

    status: int
    words: str


@dataclass(frozen=True, slots=True)
class Unreachable:
    """No server to talk to, or none that wants to talk: no fault of this message, which has not begun to leave."""

    words: str


Outcome: TypeAlias = Sent | Deferred | Failed | Unreachable


class Mailer(Protocol):
    limit: float
    """Seconds after which `send` has answered, whatever the server does."""

    async def send(self, sender: str, recipient: str, message: bytes) -> Outcome:
        """`message` ends its lines with CRLF. Called by several at once: each has a connection of its own."""
        ...

    async def close(self) -> None: ...
