"""What an edition has produced so far, counted as its lines come in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from pydantic import Field

from colloque.contracts.fact import Frozen
from colloque.contracts.traces import TraceLine
from colloque.runtime.work import Document
from colloque_traces.domain.chain import REPORTS

LEAST = 5
"""A published count below this could be about somebody."""


class Heard(Frozen):
    """How far a room's lines have come, by their n. `before`: the highest of its lives that ended; what is told of up
    to there may have been told of before."""

    epoch: int
    n: int
    before: int = 0

    def and_of(self, line: TraceLine) -> Heard:
        if line.epoch > self.epoch:
            return Heard(epoch=line.epoch, n=line.n, before=max(self.before, self.n))
        if line.epoch < self.epoch:
            return Heard(epoch=self.epoch, n=self.n, before=max(self.before, line.n))
        return self if line.n <= self.n else Heard(epoch=self.epoch, n=line.n, before=self.before)


class Produced(Document):
    """Its id is the edition's. `stories`: how many began · `steps`: lines by outcome · `facts`: announced, by type ·
    `handled`: steps that handled a fact · `documents`: made, by type · `files`: those that exist (they have a hash), by
    media type · `mails`: made, sent, failed, suppressed.

    `sheaf` is the one being filled in the turn of `kept_at`, `sheaves` its number; `heard`: of each room."""

    stories: int = 0
    steps: dict[str, int] = Field(default={})
    facts: dict[str, int] = Field(default={})
    handled: int = 0
    documents: dict[str, int] = Field(default={})
    files: dict[str, int] = Field(default={})
    mails: dict[str, int] = Field(default={})
    until: datetime | None = None
    sheaf: str = ""
    sheaves: int = 0
    kept_at: datetime | None = None
    heard: dict[str, Heard] = Field(default={})

    def may_know(self, line: TraceLine) -> bool:
        """A room whose journal was restored tells of its lines again; marks keep out what comes twice otherwise."""
        heard = self.heard.get(line.room)
        return heard is not None and line.n <= (heard.n if line.epoch > heard.epoch else heard.before)

    def keeping(self, line: TraceLine, sheaf: str, n: int, at: datetime) -> Produced:
        """Kept in that sheaf, and nothing counted."""
        heard = self.heard.get(line.room)
        told = heard.and_of(line) if heard else Heard(epoch=line.epoch, n=line.n)
        known = self.heard if told is heard else {**self.heard, line.room: told}
        return self.becomes(sheaf=sheaf, sheaves=max(n, self.sheaves), kept_at=at, heard=known)

    def counting(self, line: TraceLine) -> Produced:
        documents, files, mails = dict(self.documents), dict(self.files), dict(self.mails)
        facts = dict(self.facts)
        for output in line.outputs:
            if output.kind == "document" and output.version == 0 and output.type:
                _one_more(documents, output.type)
            elif output.kind == "mail" and not output.version:
                _one_more(mails, "made")
            elif output.kind == "file" and output.sha256:
                _one_more(files, (output.media_type or "application/octet-stream").partition(";")[0])
        for parcel in line.parcels:
            _one_more(facts, parcel["type"])
            if parcel["type"] in REPORTS:
                _one_more(mails, REPORTS[parcel["type"]])
        return self.becomes(
            stories=self.stories + (line.cause == line.story),
            steps={**self.steps, line.outcome: self.steps.get(line.outcome, 0) + 1},
            facts=facts,
            handled=self.handled + ("." in line.message),
            documents=documents,
            files=files,
            mails=mails,
            until=max(self.until, line.at) if self.until else line.at,
        )


def _one_more(counts: dict[str, int], name: str) -> None:
    counts[name] = counts.get(name, 0) + 1


NOT_PEOPLE = ("edition.", "programme.", "room.")
"""What these facts tell of is nobody: their numbers may be small."""


def published(counts: Mapping[str, int], name: str) -> int | None:
    """None: fewer than five, and nothing more precise is said."""
    count = counts.get(name, 0)
    return count if count >= LEAST or name.startswith(NOT_PEOPLE) else None


def published_all(counts: Mapping[str, int]) -> dict[str, int | None]:
    return {name: published(counts, name) for name in sorted(counts) if counts[name]}
