"""Releases of the programme."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from pydantic import Field

from colloque.runtime.desk import Desk
from colloque.web.api import Asker, Doors
from colloque_scheduling.api.views import Given, ReleaseView, WholeRelease
from colloque_scheduling.commands.draft import ReleaseProgramme
from colloque_scheduling.domain.programme.words import Slug
from colloque_scheduling.reads import a_draft, a_release, the_releases


class NewRelease(Given):
    """`n`, if given, is which release this is meant to be: refused when somebody else has made it in between."""

    n: Annotated[int, Field(ge=1)] | None = None


def release_routes(api: APIRouter, desk: Desk, doors: Doors) -> None:
    @api.post(
        "/api/editions/{edition}/releases",
        status_code=201,
        tags=["programme"],
        dependencies=[doors.api("organiser")],
    )
    async def release_programme(
        edition: Slug, caller: Asker, response: Response, asked: NewRelease | None = None
    ) -> WholeRelease:
        """Make the draft the programme. Everybody concerned hears of the difference, as one thing."""
        n = await desk.do(ReleaseProgramme(edition=edition, n=asked.n if asked else None), caller.cause)
        response.headers["location"] = f"/api/editions/{edition}/releases/{n}"
        return WholeRelease.of(await a_release(desk, edition, int(str(n))))

    @api.get("/api/editions/{edition}/releases", tags=["programme"], dependencies=[doors.api("viewer")])
    async def list_releases(
        edition: Slug,
        before: Annotated[int, Query(ge=1, le=1_000_000)] = 1_000_000,
        limit: Annotated[int, Query(ge=1, le=100)] = 50,
    ) -> list[ReleaseView]:
        """The releases before a number, the latest first."""
        await a_draft(desk, edition)
        return [ReleaseView.of(one) for one in await the_releases(desk, edition, before=before, limit=limit)]

    @api.get("/api/editions/{edition}/releases/{n}", tags=["programme"], dependencies=[doors.api("viewer")])
    async def read_release(edition: Slug, n: Annotated[int, Path(ge=1, le=1_000_000)]) -> WholeRelease:
        """A release, with what it changed. It never changes itself."""
        return WholeRelease.of(await a_release(desk, edition, n))
