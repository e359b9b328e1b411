"""What a room that sends mails gives its postman, and what the postman reads of a mail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeAlias

from colloque.contracts.traces import Output
from colloque.runtime.mailer.port import Outcome
from colloque.runtime.work import Command, Document, Key

OPEN = ("queued", "deferred")
"""The states in which a mail is still to be sent."""


class Mail(Protocol):
    """Its kind declares the window `("state", "due_at")`."""

    @property
    def id(self) -> str: ...
    @property
    def story(self) -> str: ...
    @property
    def state(self) -> str: ...
    @property
    def due_at(self) -> datetime: ...
    @property
    def attempts(self) -> int: ...
    @property
    def lane(self) -> str:
        """Of one lane (a person's calendar entries, say) one is in flight at a time. Empty: a lane of its own."""
        ...

    @property
    def after(self) -> str:
        """The mail of its lane that was still to be sent when this one was queued; empty if there was none."""
        ...


@dataclass(frozen=True, slots=True)
class Written:
    """Ready to leave. `files`: what it carries, for the trace."""

    sender: str
    recipient: str
    message: bytes
    files: tuple[Output, ...] = ()


@dataclass(frozen=True, slots=True)
class NotYet:
    """Something it needs is not known here yet; its arrival wakes the mail."""

    needs: Key


@dataclass(frozen=True, slots=True)
class Suppressed:
    """Not to be sent: `erased`, `superseded` …"""

    reason: str


Writing: TypeAlias = Written | NotYet | Suppressed
Result: TypeAlias = Outcome | Suppressed


class Mailing(Protocol):
    @property
    def kind(self) -> type[Document]: ...

    async def write(self, mails: Sequence[Any]) -> Sequence[Writing]:
        """Renders them, one result each. Reads what they need together."""
        ...

    def supersedes(self, newer: Any, older: Any) -> bool:
        """May `older`, of the same lane and still to be sent, go unsent because `newer` says all of it?"""
        ...

    def report(self, mail: Any, result: Result, written: Written | None) -> Command:
        """Its step settles the mail only if it is still to be sent, and counts the attempt."""
        ...
