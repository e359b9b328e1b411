"""What programs read."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter

from colloque.contracts.fact import Frozen
from colloque.web.api import Asker, Caller, Doors
from colloque_traces.domain.chain import Chain
from colloque_traces.domain.produced import LEAST, Produced, published, published_all
from colloque_traces.reads import Dossier, Ledger

ROLE = "desk"
"""A trace names nobody, and still tells what one person did."""


class StoryView(Frozen):
    id: str
    begun_by: str
    at: datetime


class TraceView(Frozen):
    """Stories that are about the same registration are one trace. `about`: that registration."""

    about: str | None
    editions: tuple[str, ...]
    stories: tuple[StoryView, ...]
    complete: bool
    chain: Chain

    @staticmethod
    def of(dossier: Dossier) -> TraceView:
        return TraceView(
            about=dossier.stories[0].about,
            editions=dossier.editions,
            stories=tuple(StoryView(id=one.id, begun_by=one.message, at=one.at) for one in dossier.stories),
            complete=not dossier.chain.missing,
            chain=dossier.chain,
        )


class ProducedView(Frozen):
    """Counts of what concerns people are null while they are below `least`."""

    edition: str
    until: datetime | None
    least: int = LEAST
    facts: dict[str, int | None]
    mails: dict[str, int | None]
    files: dict[str, int | None]
    documents: dict[str, int | None]
    steps: dict[str, int | None]
    stories: int | None

    @staticmethod
    def of(produced: Produced) -> ProducedView:
        return ProducedView(
            edition=produced.id,
            until=produced.until,
            facts=published_all(produced.facts),
            mails=published_all(produced.mails),
            files=published_all(produced.files),
            documents=published_all(produced.documents),
            steps=published_all(produced.steps),
            stories=published({"stories": produced.stories}, "stories"),
        )


async def admit(dossier: Dossier, caller: Caller, ledger: Ledger) -> None:
    """To a story of an edition whoever may read that edition's; of several, whoever may read all of them; of none, the
    owner of the house."""
    if not dossier.editions:
        caller.must("owner")
    for edition in dossier.editions:
        caller.must(ROLE, edition, await ledger.series_of(edition))


def build_api(ledger: Ledger, doors: Doors) -> APIRouter:
    api = doors.router()

    @api.get("/api/traces/{story}", dependencies=[doors.api(ROLE, scope="any")], tags=["traces"])
    async def trace(story: str, caller: Asker) -> TraceView:
        """The trace of a story, or of a registration: what each room has made of it, and what is missing."""
        dossier = await ledger.dossier(story)
        await admit(dossier, caller, ledger)
        return TraceView.of(dossier)

    @api.get("/api/editions/{edition}/produced", dependencies=[doors.api("viewer")], tags=["traces"])
    async def produced(edition: str) -> ProducedView:
        """What an edition has produced so far, in numbers."""
        await ledger.frame(edition)
        return ProducedView.of(await ledger.produced(edition))

    return api
