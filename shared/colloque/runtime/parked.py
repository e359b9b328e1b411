"""What a bug kept from being handled, in order for each (step, subject), until somebody replays or drops it."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from colloque.contracts.fact import Frozen
from colloque.contracts.traces import Output
from colloque.runtime.refusal import NotFound, Refusal
from colloque.runtime.work import Answer, Change, Command, Document, Work


class ParkedFact(Frozen):
    """`body` is the whole fact as it came; None for a contact (it is personal, and comes again as it then stands).
    `error`: what kind of error and where, without its words."""

    cause: str
    story: str
    type: str
    body: str | None
    sha256: str
    stream: str
    seq: int
    error: str
    at: datetime


class Parked(Document):
    """The queue of one (step, subject), kept since `since`; its head is the next to be replayed."""

    windows: ClassVar[tuple[tuple[str, ...], ...]] = (("since",),)

    since: datetime
    step: str
    subject: str
    queue: tuple[ParkedFact, ...]

    def without_head(self, cause: str) -> Parked | None:
        """The queue once its head is replayed or dropped; None when `cause` is not the head any more."""
        if not self.queue or self.queue[0].cause != cause:
            return None
        return self.becomes(queue=self.queue[1:])

    def behind(self, fact: ParkedFact) -> Parked:
        return self.becomes(queue=(*self.queue, fact))


def parked_id(step: str, subject: str) -> str:
    return f"{step}/{subject}"


class NothingParked(NotFound):
    """There is no such queue, or another fact is its head by now."""


class CannotReplay(Refusal):
    """A contact, or something malformed, has nothing to replay: drop it."""


class DropParked(Command):
    """The operator gives up on the head of a queue; the line, which belongs to the fact's story, keeps why."""

    parked: str
    cause: str
    why: str


async def drop_parked(command: DropParked, work: Work) -> Answer:
    known = await work.get(Parked, command.parked)
    rest = known.without_head(command.cause) if known else None
    if rest is None:
        raise NothingParked(f"{command.cause} is not the head of {command.parked}")
    work.keep(Change(rest, gone=not rest.queue))
    work.note(Output(kind="dropped", ref=f"{command.cause}/{rest.step}", why=command.why))
    return command.why
