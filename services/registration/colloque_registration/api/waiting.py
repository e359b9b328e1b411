"""The waiting list, as programs read it and put somebody ahead."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from colloque.runtime.desk import Desk
from colloque.runtime.journal import Cause
from colloque.web.api import Asker, Doors
from colloque_registration.commands import OfferPlace
from colloque_registration.domain.names import Line
from colloque_registration.domain.registration import Registration
from colloque_registration.reads import Reader
from colloque_registration.waiting import Place, Waiting


class OfferOut(BaseModel):
    registration: str
    person: str
    rank: int = Field(description="Where in line they stood when it was offered")
    until: datetime
    reason: str | None = Field(description="Why it was offered to them ahead of others")


class WaitingOut(BaseModel):
    rank: int
    registration: str
    person: str
    since: datetime | None
    reason: str | None = Field(description="Why they were put ahead of others")
    not_now: bool = Field(description="They have declined the place that is free at present")


class WaitingListOut(BaseModel):
    edition: str
    length: int
    offers: list[OfferOut] = Field(description="Under way")
    line: list[WaitingOut]
    next_after: int | None = Field(description="Ask again with `after` set to this; null at the end")


class AheadIn(BaseModel):
    reason: Annotated[Line, Field(min_length=1, max_length=300, description="Shown in the trace: it names nobody")]


class AheadOut(BaseModel):
    registration: str
    state: Literal["waitlisted", "offered"] = Field(description="`offered` at once where a place was free")
    rank: int | None = Field(description="At the head of the line, while nothing is free")


def add_waiting(api: APIRouter, desk: Desk, doors: Doors, reader: Reader) -> None:
    waiting = Waiting(desk)

    @api.get("/api/editions/{edition}/waiting-list", dependencies=[doors.api("desk")], tags=["registrations"])
    async def waiting_list(
        edition: str,
        after: Annotated[int, Query(ge=0, le=2**31, description="The rank after which to begin")] = 0,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
    ) -> WaitingListOut:
        """Who waits, by rank, and to whom a place is offered until when."""
        await reader.must_know(edition)
        offers, line = await waiting.offers(edition), await waiting.line(edition, after, limit)
        return WaitingListOut(
            edition=edition,
            length=line.length,
            offers=[one for registration in offers for one in _offer(registration)],
            line=[_waiting(one) for one in line.places],
            next_after=after + limit if after + limit < line.length else None,
        )

    @api.post(
        "/api/editions/{edition}/waiting-list/{registration}/offer",
        dependencies=[doors.api("desk")],
        tags=["registrations"],
    )
    async def offer(edition: str, registration: str, body: AheadIn, caller: Asker) -> AheadOut:
        """Puts somebody ahead of the line: what is free, or is freed next, is offered to them."""
        command = OfferPlace(edition=edition, registration=registration, reason=body.reason, by=caller.organiser)
        return AheadOut.model_validate(await desk.do(command, Cause(caller.cause.id, registration)))


def _offer(one: Registration) -> list[OfferOut]:
    if one.offer is None:
        return []
    offer = one.offer
    return [
        OfferOut(
            registration=one.id, person=one.person, rank=offer.rank, until=offer.until, reason=offer.reason or None
        )
    ]


def _waiting(one: Place) -> WaitingOut:
    return WaitingOut(
        rank=one.rank,
        registration=one.registration.id,
        person=one.registration.person,
        since=one.registration.decided_at,
        reason=one.ahead.reason if one.ahead else None,
        not_now=one.not_now,
    )
