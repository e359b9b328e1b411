"""What is kept of each line, of each story, and of each room that writes lines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from pydantic import Field

from colloque.contracts.fact import EditionFrame
from colloque.contracts.traces import RoomOpened, TraceLine
from colloque.runtime.work import Document
from colloque_traces.domain.chain import Expected, Known, Seen

DOSSIERS = ("Registration",)
"""Documents whose stories are read as one: the form, the click and the change of one registration are three."""


class Edition(Document):
    """For the heads of pages."""

    frame: EditionFrame


class Entry(Document):
    """A line as it came. Two rooms may have a step of the same name for the same fact, so its id begins with the room.
    `epoch`: the latest life of its room that has told of it."""

    lookups = ("story",)

    story: str
    epoch: int
    body: str

    @staticmethod
    def of(line: TraceLine) -> Entry:
        return Entry(
            id=entry_id(line), story=line.story, epoch=line.epoch, body=line.model_dump_json(exclude_none=True)
        )

    @property
    def line(self) -> TraceLine:
        return TraceLine.model_validate_json(self.body)


def entry_id(line: TraceLine) -> str:
    return f"{line.room}/{line.id}"


class Story(Document):
    """`editions`: every edition that a line of it concerns; `edition` is the first of them and `seq` its number there,
    dense. None: a story of the house. `message`: what began it, empty until its first line has come."""

    lookups = ("about",)
    windows = (("edition", "seq"),)

    edition: str | None = None
    editions: tuple[str, ...] = ()
    seq: int | None = None
    at: datetime
    message: str = ""
    about: str | None = None

    @staticmethod
    def begun_by(line: TraceLine) -> Story:
        return Story(id=line.story, version=-1, at=line.at)

    def learns_from(self, line: TraceLine, next_seq: int) -> Story:
        """Itself, when the line says nothing new about the story as a whole."""
        news: dict[str, object] = {}
        if line.scope is not None and line.scope not in self.editions:
            news["editions"] = (*self.editions, line.scope)
            if self.edition is None:
                news |= {"edition": line.scope, "seq": next_seq}
        if line.cause == self.id and not self.message:
            news |= {"message": line.message, "at": line.at, "about": dossier(line)}
        return self.becomes(**news) if news or self.version < 0 else self


def dossier(line: TraceLine) -> str | None:
    """The one document of this kind that the line has written; a line that touches many is about none of them."""
    touched = {output.ref for output in line.outputs if output.kind == "document" and output.type in DOSSIERS}
    return touched.pop() if len(touched) == 1 else None


class Stuck(Document):
    """A step that lies parked, or a mail refused for good: what somebody has to look at, however old its story is."""

    lookups = ("edition",)

    edition: str | None
    story: str
    at: datetime


def stuck_by(line: TraceLine) -> Iterable[str]:
    if line.outcome == "parked":
        yield stuck_id(line)
    for parcel in line.parcels:
        if parcel["type"] == "message.failed.v1":
            yield f"mail/{parcel['subject']}"


def freed_by(line: TraceLine) -> Iterable[str]:
    """Only a replay that went through; one that was parked again is stuck as before."""
    if line.id.endswith("/replay") and line.outcome != "parked":
        yield stuck_id(line)


def stuck_id(line: TraceLine) -> str:
    return f"{line.room}/{line.cause}/{line.step}"


class Life(Document):
    """A room that writes lines. `steps`: type of fact → step → since when it is expected; None for what the room said
    at its first opening: it has handled everything from the beginning, a step added later has not."""

    epoch: int = 1
    steps: dict[str, dict[str, datetime | None]] = Field(default={})

    @staticmethod
    def of(room: str) -> Life:
        return Life(id=room, version=-1)

    def opened(self, fact: RoomOpened) -> Life:
        first = not self.steps
        steps: dict[str, dict[str, datetime | None]] = {}
        for message, names in fact.steps.items():
            before = self.steps.get(message, {})
            steps[message] = {name: before.get(name, None if first else fact.at) for name in names}
        return self.becomes(steps=steps)


def known(lives: Iterable[Life]) -> Known:
    """Which steps each type of fact has, over all rooms."""
    table: dict[str, list[Expected]] = {}
    for life in sorted(lives, key=lambda life: life.id):
        for message, names in life.steps.items():
            rows = table.setdefault(message, [])
            rows += [Expected(room=life.id, step=name, since=since) for name, since in names.items()]
    return table


def seen(entries: Iterable[Entry], lives: Mapping[str, Life]) -> list[Seen]:
    """A line that its room has not told of since its journal was restored belongs to a life that ended."""
    lines = ((entry, entry.line) for entry in entries)
    return [
        Seen(line, ended=(life := lives.get(line.room)) is not None and entry.epoch < life.epoch)
        for entry, line in lines
    ]
