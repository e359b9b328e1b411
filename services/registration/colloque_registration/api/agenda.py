"""What a release means for those who have booked: before it is made, and how far they are told."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Query
from pydantic import BaseModel, Field

from colloque.contracts.fact import SessionChange
from colloque.contracts.registration import ChangedSession
from colloque.runtime.desk import Desk
from colloque.web.api import Asker, Doors
from colloque_registration.domain.agenda import Telling
from colloque_registration.lists import Lists
from colloque_registration.previews import Previews
from colloque_registration.reads import Reader


class ConcernedOut(BaseModel):
    """One registration, and what its digest would say."""

    registration: str
    number: int
    person: str
    name: str | None = Field(description="For who may see registrations; null for others")
    changed: list[ChangedSession]
    released: list[str]
    clashes: list[tuple[str, str]]


class PreviewOut(BaseModel):
    """Nobody has been told anything."""

    told: int
    by_session: dict[str, int]
    by_number_of_changes: dict[int, int]
    bookings_updated: int
    bookings_released: int
    clash: int = Field(description="How many would hold two sessions at the same time")
    clash_by_pair: dict[str, int]
    registrations: list[ConcernedOut]
    next_after: int | None = Field(description="Ask again with `after` set to this; null at the end")


class TellingOut(BaseModel):
    """How far those concerned by the releases are told; `release` null: everybody is."""

    release: int | None
    waiting: list[int]
    reached: int = Field(description="Everybody up to this registration's number is told of that release")
    upto: int
    told: int = Field(description="How many it has concerned so far, or the last one did")
    done: int = Field(description="The last release that everybody is told of")


def add_agenda(api: APIRouter, desk: Desk, doors: Doors, reader: Reader) -> None:
    previews, lists = Previews(desk), Lists(desk)

    @api.post("/api/editions/{edition}/agenda/preview", dependencies=[doors.api("programme")], tags=["registrations"])
    async def preview_agenda(
        edition: str,
        changes: Annotated[list[SessionChange], Body(max_length=20_000, description="As a release would say them")],
        caller: Asker,
        after: Annotated[int, Query(ge=0, le=2**31, description="The number after which the list begins")] = 0,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
    ) -> PreviewOut:
        """Whom a release with these changes would tell, and what each would read. Nothing is changed or sent."""
        preview = await previews.of(await reader.edition(edition, exact=True), changes, after, limit)
        rows = preview.concerned
        people = await lists.people(one for one, _ in rows) if "desk" in caller.roles else {}
        return PreviewOut(
            told=preview.told,
            by_session=dict(sorted(preview.by_session.items())),
            by_number_of_changes=dict(sorted(preview.by_number_of_changes.items())),
            bookings_updated=preview.updated,
            bookings_released=preview.released,
            clash=preview.clash,
            clash_by_pair={f"{one}+{other}": count for (one, other), count in sorted(preview.clash_by_pair.items())},
            registrations=[
                ConcernedOut(
                    registration=one.id,
                    number=one.number,
                    person=one.person,
                    name=f"{people[one.person].given} {people[one.person].family}" if one.person in people else None,
                    changed=[ChangedSession(session=shift.session, kinds=shift.kinds) for shift in means.changed],
                    released=list(means.released),
                    clashes=list(means.clashes),
                )
                for one, means in rows
            ],
            next_after=preview.next_after,
        )

    @api.get("/api/editions/{edition}/agenda", dependencies=[doors.api("viewer")], tags=["registrations"])
    async def telling(edition: str) -> TellingOut:
        """How far those concerned by the releases of the programme are told."""
        await reader.must_know(edition)
        one = await desk.reads.get(Telling, edition) or Telling(id=edition)
        return TellingOut(
            release=one.in_hand,
            waiting=list(one.queue[1:]),
            reached=one.after,
            upto=one.upto,
            told=one.told,
            done=one.done,
        )
