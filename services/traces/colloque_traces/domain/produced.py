"""What an edition has produced so far, counted as its lines come in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from pydantic import Field

from colloque.contracts.traces import TraceLine
from colloque.runtime.work import Document
from colloque_traces.domain.chain import REPORTS

LEAST = 5
"""A published count below this could be about somebody."""


class Produced(Document):
    """Its id is the edition's. `stories` numbers them, dense. `steps`: lines by outcome · `facts`: announced, by type ·
    `handled`: steps that handled a fact · `documents`: made, by type · `files`: those that exist (they have a hash), by
    media type · `mails`: made, sent, failed, suppressed."""

    stories: int = 0
    steps: dict[str, int] = Field(default={})
    facts: dict[str, int] = Field(default={})
    handled: int = 0
    documents: dict[str, int] = Field(default={})
    files: dict[str, int] = Field(default={})
    mails: dict[str, int] = Field(default={})
    until: datetime | None = None

    def counting(self, line: TraceLine, new_story: bool) -> Produced:
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
            stories=self.stories + new_story,
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
