"""Organisers and tokens."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import AfterValidator, AwareDatetime, BaseModel, Field

from colloque.runtime.desk import Desk
from colloque.web.api import Asker, Caller, Doors
from colloque.web.forms import Email
from colloque.web.rights import ApiToken, Organiser, hashed
from colloque_registration.api.asked import Asked
from colloque_registration.commands import (
    GrantRole,
    IssueToken,
    Locale,
    RevokeRole,
    RevokeToken,
    Role,
)
from colloque_registration.domain.names import Name
from colloque_registration.domain.people import UnknownPerson
from colloque_registration.tokens import new_token

SCOPE = r"^(house|series:[\w.-]+|edition:[\w.-]+)$"


def _of_our_times(at: datetime) -> datetime:
    if at.year not in range(2000, 2200):
        raise ValueError("a year from 2000 to 2199")
    return at.astimezone(UTC)


Moment = Annotated[AwareDatetime, AfterValidator(_of_our_times)]


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
    expires_at: Moment | None = Field(default=None, description="With an offset; for ever when not said")


class TokenOut(BaseModel):
    token: str = Field(description="Its name, to revoke it by")
    secret: str | None = Field(description="Shown this once; null when the same request came before")


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
