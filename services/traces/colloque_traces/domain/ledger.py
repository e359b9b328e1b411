"""What is kept of each line, of each edition, and of each room that writes lines."""

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
HOUSE = "-"
"""What a line concerns that names no edition."""
FULL = 16
"""Lines in a sheaf at most: enough to write little, few enough to read a story without much else."""


class Edition(Document):
    """For the heads of pages."""

    frame: EditionFrame


class Sheaf(Document):
    """Lines of one edition that came in one turn, as they came, written down together and never again: there are
    several for each registration, and a database counts documents. Named after its first line; `n` is its number in the
    edition, dense. `owners`: the story of each line · `stories`: each of them once · `begun`: those whose first cause
    is here · `abouts`: the dossiers these are about."""

    lookups = ("stories", "abouts")
    windows = (("scope", "n"),)

    scope: str
    n: int
    owners: tuple[str, ...] = ()
    bodies: tuple[str, ...] = ()
    stories: tuple[str, ...] = ()
    begun: tuple[str, ...] = ()
    abouts: tuple[str, ...] = ()

    @staticmethod
    def named_after(line: TraceLine) -> str:
        """Two rooms may have a step of the same name for the same fact, and a room may tell of a line again when its
        journal has been restored."""
        return f"{line.room}/{line.epoch}/{line.id}"

    @staticmethod
    def begun_with(line: TraceLine, n: int) -> Sheaf:
        return Sheaf(id=Sheaf.named_after(line), version=-1, scope=line.scope or HOUSE, n=n)

    @property
    def full(self) -> bool:
        return len(self.bodies) >= FULL

    def with_line(self, line: TraceLine) -> Sheaf:
        news: dict[str, object] = {
            "owners": (*self.owners, line.story),
            "bodies": (*self.bodies, line.model_dump_json(exclude_none=True)),
        }
        if line.story not in self.stories:
            news["stories"] = (*self.stories, line.story)
        if begins(line):
            news["begun"] = (*self.begun, line.story)
            if (about := dossier(line)) is not None and about not in self.abouts:
                news["abouts"] = (*self.abouts, about)
        return self.becomes(**news)

    def lines(self, story: str) -> list[TraceLine]:
        return [
            TraceLine.model_validate_json(body)
            for owner, body in zip(self.owners, self.bodies, strict=True)
            if owner == story
        ]


def begins(line: TraceLine) -> bool:
    """The first cause of its story: what somebody did, not what followed from it."""
    return line.cause == line.story


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
    """A replay that went through (one that was parked again is stuck as before), and what an operator has given up."""
    if line.id.endswith("/replay") and line.outcome != "parked":
        yield stuck_id(line)
    for output in line.outputs:
        if output.kind == "dropped":
            yield f"{line.room}/{output.ref}"


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


def seen(lines: Iterable[TraceLine], lives: Mapping[str, Life]) -> list[Seen]:
    """Each line once, as it was told of last. One that its room has not told of again since its journal was restored
    belongs to a life that ended."""
    latest: dict[tuple[str, str], TraceLine] = {}
    for line in lines:
        before = latest.get((line.room, line.id))
        if before is None or before.epoch < line.epoch:
            latest[line.room, line.id] = line
    return [
        Seen(line, ended=(life := lives.get(line.room)) is not None and line.epoch < life.epoch)
        for line in latest.values()
    ]
