"""What a desk handles: a command from outside, a due timer, a report of the house's own, a replay, or something that
arrived on a stream (a fact, a contact, a trace line)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

import orjson
from pydantic import ValidationError

from colloque.contracts.fact import Frozen
from colloque.runtime.journal import Cause, digest_of
from colloque.runtime.refusal import Refusal
from colloque.runtime.store.port import START, Mark
from colloque.runtime.work import Command, Document, Key, Step, Timer, type_of


class Kind(Enum):
    COMMAND = "command"
    TIMER = "timer"
    REPORT = "report"
    REPLAY = "replay"
    FACT = "fact"
    CONTACT = "contact"
    TRACE = "trace"


@dataclass(slots=True)
class Parcel:
    """Something as it arrived on a stream, headers read, body not yet."""

    source: str
    topic: str
    """Without « colloque. »."""
    partition: int
    epoch: int
    seq: int
    n: int
    id: str
    type: str
    subject: str
    story: str
    body: bytes
    traceparent: str | None = None
    offset: int = -1

    @property
    def stream(self) -> str:
        return f"{self.source}/{self.topic}/{self.partition}"

    @property
    def place(self) -> Mark:
        return Mark(self.epoch, self.seq, self.n)


def follows(last: Mark, place: Mark) -> bool:
    """The next of the same epoch, or the first of a newer one."""
    return place.seq == (last.seq + 1 if place.epoch == last.epoch else 1) and place.epoch >= last.epoch


def beyond(last: Mark, place: Mark) -> bool:
    """Later than the last one, next or not."""
    return (place.epoch, place.seq) > (last.epoch, last.seq)


@dataclass(slots=True, eq=False)
class Message:
    kind: Kind
    type: str
    body: Frozen | None
    cause: Cause
    steps: tuple[Step, ...]
    subject: str = ""
    digest: str = ""
    raw: bytes = b""
    malformed: bool = False
    stream: str | None = None
    place: Mark = START
    timer: Timer | None = None
    replays: str | None = None
    """Of a replay: the id of the Parked document whose head it takes."""
    until: float | None = None
    """Loop time after which somebody outside is told to come again. None: never."""
    arrived: int = 0
    since: float = 0.0
    patience: float = 0.0
    """Seconds that it may wait for company."""
    passed: bool = False
    """Others have gone before it once."""
    tries: int = 0
    bugs: dict[str, str] = field(default_factory=dict)
    """Step → what went wrong, without the words of the error (they may quote somebody)."""
    doom: Refusal | None = None
    """What the database's unique index had to say: told in place of running the step again."""
    traceparent: str | None = None
    reply: asyncio.Future[Any] | None = None
    layer: dict[Key, Document | None] = field(default_factory=dict)

    @property
    def answers_outside(self) -> bool:
        return self.kind is Kind.COMMAND

    def answer(self, value: Any) -> None:
        if self.reply is not None and not self.reply.done():
            if isinstance(value, BaseException):
                self.reply.set_exception(value)
            else:
                self.reply.set_result(value)


def command_message(kind: Kind, command: Command, cause: Cause, steps: tuple[Step, ...]) -> Message:
    name = type_of(type(command))
    digest = digest_of(name, command.model_dump_json().encode())
    return Message(kind, name, command, cause, steps, subject=command.about, digest=digest)


def arrived_message(
    parcel: Parcel, kind: type[Frozen] | None, steps: tuple[Step, ...], patience: float = 0.0
) -> Message:
    """`kind` is the class of its type, None where the room has no step for it: then only the mark moves. What cannot be
    read is malformed, and parked by the desk."""
    what = {"contacts": Kind.CONTACT, "traces": Kind.TRACE}.get(parcel.topic, Kind.FACT)
    body, malformed = None, False
    if kind is not None:
        try:
            body = kind.model_validate(orjson.loads(parcel.body))
        except (ValidationError, orjson.JSONDecodeError):
            malformed = True
    return Message(
        what,
        parcel.type,
        body,
        Cause(parcel.id, parcel.story),
        steps,
        subject=parcel.subject,
        raw=parcel.body,
        malformed=malformed,
        stream=parcel.stream,
        place=parcel.place,
        patience=patience,
        traceparent=parcel.traceparent,
    )
