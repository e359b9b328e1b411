"""What the room answers to programs."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from colloque.runtime.desk import Desk
from colloque.web.api import Asker, Caller, Doors
from colloque.web.forms import Email
from colloque.web.rights import ApiToken, Organiser, hashed
from colloque_registration.commands import (
    DescribePerson,
    GrantRole,
    IssueToken,
    Locale,
    RevokeRole,
    RevokeToken,
    Role,
)
from colloque_registration.domain.names import Name
from colloque_registration.domain.people import UnknownPerson
from colloque_registration.domain.registration import Registration
from colloque_registration.lists import Lists
from colloque_registration.reads import Reader
from colloque_registration.tokens import new_token

SCOPE = r"^(house|series:[\w.-]+|edition:[\w.-]+)$"


class Asked(BaseModel):
    """What a program sends: a field it did not mean to send is a mistake worth knowing of."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class PersonIn(Asked):
    external_id: str = Field(min_length=1, max_length=120, description="Your own name for them: the same is the same")
    given: Name
    family: Name
    email: Email
    locale: Locale = "fr"


class PersonOut(BaseModel):
    person: str = Field(description="The reference that facts, sessions and traces use")


class GrantIn(Asked):
    email: Email
    given: Name
    family: Name
    locale: Locale = "fr"
    role: Role
    scope: str = Field(pattern=SCOPE, description="house, series:<id> or edition:<id>")


class RevokeIn(Asked):
    role: Role
    scope: str = Field(pattern=SCOPE)


class GrantOut(BaseModel):
    role: str
    scope: str


class OrganiserOut(BaseModel):
    organiser: str
    grants: list[GrantOut]


class TokenIn(Asked):
    role: Role
    scope: str = Field(pattern=SCOPE)
    organiser: str | None = Field(default=None, description="Whose token; yours when not said")
    expires_at: datetime | None = None


class TokenOut(BaseModel):
    token: str = Field(description="Its name, to revoke it by")
    secret: str | None = Field(description="Shown this once; null when the same request came before")


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
    held: int = Field(description="Free places kept for those who wait")
    places_left: int
    pending: int
    waitlisted: int
    cancelled: int
    expired: int
    sessions: list[SessionOut]


def build_api(desk: Desk, doors: Doors, reader: Reader) -> APIRouter:
    api, lists = doors.router(), Lists(desk)
    add_people(api, desk, doors)
    add_organisers(api, desk, doors)

    @api.get("/api/editions/{edition}/registrations", dependencies=[doors.api("desk")], tags=["registrations"])
    async def registrations(
        edition: str,
        after: Annotated[int, Query(ge=0, le=2**31, description="The number after which to begin")] = 0,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
    ) -> RegistrationsOut:
        """By number, which is dense in each edition and never changes: a page is a range."""
        await reader.edition(edition)
        rows = await lists.after(edition, after, limit)
        last = rows[-1].number if len(rows) == limit else None
        return RegistrationsOut(registrations=[RegistrationOut.of(one) for one in rows], next_after=last)

    @api.get("/api/editions/{edition}/seats", dependencies=[doors.api("viewer")], tags=["registrations"])
    async def seats(edition: str) -> SeatsOut:
        view = await reader.edition(edition)
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
            cancelled=count.cancelled,
            expired=count.expired,
            sessions=[
                SessionOut(session=one.session, seats=one.frame.seats, taken=one.taken, bookable=one.bookable)
                for one in view.seats.values()
            ],
        )

    return api


def add_people(api: APIRouter, desk: Desk, doors: Doors) -> None:
    @api.post("/api/people", dependencies=[doors.api("organiser", scope="any")], status_code=201, tags=["people"])
    async def describe(person: PersonIn, caller: Asker, response: Response) -> PersonOut:
        """Says who somebody is. The same `external_id`, or the same mailbox, is the same person: 200 instead of 201."""
        command = DescribePerson(
            external=person.external_id,
            given=person.given,
            family=person.family,
            email=person.email,
            locale=person.locale,
        )
        answer = await desk.do(command, caller.cause)
        assert isinstance(answer, dict)
        response.status_code = 201 if answer["created"] else 200
        return PersonOut(person=answer["person"])


def add_organisers(api: APIRouter, desk: Desk, doors: Doors) -> None:
    @api.post("/api/organisers", dependencies=[doors.api("owner", scope="house")], status_code=201, tags=["rights"])
    async def grant(grant: GrantIn, caller: Asker) -> OrganiserOut:
        """Gives a role. Who has it already has it still."""
        organiser = await desk.do(GrantRole.model_validate(grant.model_dump()), caller.cause)
        return await _organiser(desk, str(organiser))

    @api.get("/api/organisers/{organiser}", dependencies=[doors.api("owner", scope="house")], tags=["rights"])
    async def organiser(organiser: str) -> OrganiserOut:
        return await _organiser(desk, organiser)

    @api.post("/api/organisers/{organiser}/revoke", dependencies=[doors.api("owner", scope="house")], tags=["rights"])
    async def revoke(organiser: str, grant: RevokeIn, caller: Asker) -> OrganiserOut:
        """Takes a role back, and ends every session of theirs."""
        await desk.do(RevokeRole(organiser=organiser, role=grant.role, scope=grant.scope), caller.cause)
        return await _organiser(desk, organiser)

    @api.post("/api/tokens", dependencies=[doors.api("organiser", scope="any")], status_code=201, tags=["rights"])
    async def issue(token: TokenIn, caller: Asker) -> TokenOut:
        """For yourself within what this token may do; for somebody else as an owner. The secret is shown once."""
        organiser = token.organiser or caller.organiser
        _may_issue(caller, organiser, token)
        secret = new_token()
        command = IssueToken(
            organiser=organiser,
            role=token.role,
            scope=token.scope,
            hash=hashed(secret),
            expires_at=token.expires_at,
        )
        name = str(await desk.do(command, caller.cause))
        kept = await desk.reads.find(ApiToken, token=name)
        shown = bool(kept) and kept[0].id == hashed(secret)
        return TokenOut(token=name, secret=secret if shown else None)

    @api.delete(
        "/api/tokens/{token}", dependencies=[doors.api("organiser", scope="any")], status_code=204, tags=["rights"]
    )
    async def revoke_token(token: str, caller: Asker) -> None:
        known = await desk.reads.find(ApiToken, token=token)
        if known and known[0].organiser != caller.organiser:
            caller.must("owner")
        await desk.do(RevokeToken(token=token), caller.cause)


def _may_issue(caller: Caller, organiser: str, token: TokenIn) -> None:
    if organiser != caller.organiser:
        caller.must("owner")
    kind, _, id = token.scope.partition(":")
    edition, series = (id if kind == "edition" else None), (id if kind == "series" else None)
    caller.must(token.role, edition=edition, series=series)


async def _organiser(desk: Desk, id: str) -> OrganiserOut:
    known = await desk.reads.get(Organiser, id)
    if known is None:
        raise UnknownPerson(objects=[f"organiser/{id}"])
    return OrganiserOut(organiser=id, grants=[GrantOut(role=grant.role, scope=grant.scope) for grant in known.grants])
