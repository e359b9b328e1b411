"""Registrations and seats, as programs read them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from colloque.runtime.desk import Desk
from colloque.web.api import Doors
from colloque_registration.domain.registration import Registration
from colloque_registration.lists import Lists
from colloque_registration.reads import Reader


class RegistrationOut(BaseModel):
    """Without the contact: a program that needs one asks for the person."""

    id: str
    number: int
    person: str
    state: str
    channel: str
    locale: str
    category: str | None
    first_time: str
    sessions: list[str]
    without: list[str]
    consents: list[str]
    submitted_at: datetime
    decided_at: datetime | None
    ended_at: datetime | None

    @staticmethod
    def of(one: Registration) -> RegistrationOut:
        return RegistrationOut(
            id=one.id,
            number=one.number,
            person=one.person,
            state=one.state,
            channel=one.answers.channel,
            locale=one.answers.locale,
            category=one.answers.category,
            first_time=one.answers.first_time,
            sessions=list(one.sessions),
            without=list(one.without),
            consents=list(one.answers.consents.purposes),
            submitted_at=one.submitted_at,
            decided_at=one.decided_at,
            ended_at=one.ended_at,
        )


class RegistrationsOut(BaseModel):
    registrations: list[RegistrationOut]
    next_after: int | None = Field(description="Ask again with `after` set to this; null at the end")


class SessionOut(BaseModel):
    session: str
    seats: int
    taken: int
    bookable: bool


class SeatsOut(BaseModel):
    edition: str
    door: Literal["announced", "open", "closed", "postponed", "cancelled", "over"]
    capacity: int
    confirmed: int
    held: int = Field(description="Places offered to somebody, or free and kept for those who wait")
    places_left: int
    pending: int
    waitlisted: int
    offered: int
    cancelled: int
    expired: int
    sessions: list[SessionOut]


def add_registrations(api: APIRouter, desk: Desk, doors: Doors, reader: Reader) -> None:
    lists = Lists(desk)

    @api.get("/api/editions/{edition}/registrations", dependencies=[doors.api("desk")], tags=["registrations"])
    async def registrations(
        edition: str,
        after: Annotated[int, Query(ge=0, le=2**31, description="The number after which to begin")] = 0,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
    ) -> RegistrationsOut:
        """By number, which is dense in each edition and never changes: a page is a range."""
        await reader.must_know(edition)
        rows = await lists.after(edition, after, limit)
        last = rows[-1].number if len(rows) == limit else None
        return RegistrationsOut(registrations=[RegistrationOut.of(one) for one in rows], next_after=last)

    @api.get("/api/editions/{edition}/seats", dependencies=[doors.api("viewer")], tags=["registrations"])
    async def seats(edition: str) -> SeatsOut:
        view = await reader.edition(edition, exact=True)
        count = view.desk
        return SeatsOut(
            edition=edition,
            door=count.door,
            capacity=count.capacity,
            confirmed=count.confirmed,
            held=count.held,
            places_left=count.places_left,
            pending=count.pending,
            waitlisted=count.waitlisted,
            offered=count.offered,
            cancelled=count.cancelled,
            expired=count.expired,
            sessions=[
                SessionOut(session=one.session, seats=one.frame.seats, taken=one.taken, bookable=one.bookable)
                for one in view.seats.values()
            ],
        )
