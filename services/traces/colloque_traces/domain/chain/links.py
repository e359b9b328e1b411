"""What a chain is made of, as pages and the API show it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal, NamedTuple, TypeAlias

from colloque.contracts.fact import Frozen
from colloque.contracts.traces import Output, TraceLine

MailState: TypeAlias = Literal["waiting", "sent", "failed", "suppressed"]
WAITING: MailState = "waiting"
REPORTS: dict[str, MailState] = {
    "message.sent.v1": "sent",
    "message.failed.v1": "failed",
    "message.suppressed.v1": "suppressed",
}


class Expected(Frozen):
    """A step that a room says it has for a type of fact. `since`: facts before that were never its business."""

    room: str
    step: str
    since: datetime | None = None


Known: TypeAlias = Mapping[str, Sequence[Expected]]


class Seen(NamedTuple):
    """A line that has come. `ended`: its room's journal was restored since, and does not know it any more."""

    line: TraceLine
    ended: bool = False


class Missing(Frozen):
    """`step`: a room has not handled a fact · `parked`: it could not · `mail`: nothing is known of its sending ·
    `origin`: a fact was handled, and the line that announced it has not come. `ref`: the fact or the mail."""

    kind: Literal["step", "parked", "mail", "origin"]
    room: str
    step: str
    message: str
    ref: str
    since: datetime
    reason: str | None = None


class Mail(Frozen):
    ref: str
    type: str | None
    state: MailState
    made_at: datetime
    told_at: datetime | None = None
    files: tuple[Output, ...] = ()
    reports: tuple[Step, ...] = ()

    @property
    def seconds(self) -> float | None:
        return (self.told_at - self.made_at).total_seconds() if self.told_at else None


class Dropped(Frozen):
    """An operator has given up a fact that lay parked."""

    at: datetime
    why: str


class Step(Frozen):
    """One line, or the place where one is missing. `again`: it has no effect of its own, as another line of the same
    step stands for it. `dropped`: parked, and given up since."""

    room: str
    step: str
    message: str
    outcome: Literal["done", "refused", "parked", "missing"]
    at: datetime
    line: str | None = None
    took_ms: float | None = None
    reason: str | None = None
    again: bool = False
    ended: bool = False
    dropped: Dropped | None = None
    why: str | None = None
    """What the organiser wrote who did it."""
    documents: tuple[Output, ...] = ()
    mails: tuple[Mail, ...] = ()
    files: tuple[Output, ...] = ()
    facts: tuple[Told, ...] = ()


class Told(Frozen):
    """A fact that was announced, and what every room has made of it."""

    id: str
    type: str
    subject: str
    at: datetime
    steps: tuple[Step, ...] = ()


class Chain(Frozen):
    """`sections`: what began something, in order of time: a form, a click, a timer."""

    sections: tuple[Step, ...] = ()
    missing: tuple[Missing, ...] = ()
    done: int = 0
    expected: int = 0
    """What is done and what is missing."""
    mails: tuple[Mail, ...] = ()
    seconds: float | None = None
    """From the last beginning that mails came of to the last of them; None while one is waiting."""

    @property
    def failed(self) -> bool:
        return any(mail.state == "failed" for mail in self.mails)
