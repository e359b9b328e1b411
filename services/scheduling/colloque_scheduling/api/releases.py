"""Releases of the programme."""

from __future__ import annotations

from asyncio import gather
from datetime import date, datetime, time, timedelta
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from pydantic import Field

from colloque.runtime.desk import Desk
from colloque.runtime.refusal import Invalid
from colloque.web.api import Asker, Doors
from colloque_scheduling.api.views import (
    ChangeView,
    Comparison,
    Conflict,
    Given,
    NextRelease,
    ReleaseView,
    RestoredView,
    SaidThen,
    WholeRelease,
)
from colloque_scheduling.commands.draft import ReleaseProgramme, RestoreRelease
from colloque_scheduling.domain.programme.clash import all_clashes, cautions
from colloque_scheduling.domain.programme.history import backwards, between, said, until
from colloque_scheduling.domain.programme.published import unreleased
from colloque_scheduling.domain.programme.slot import zone
from colloque_scheduling.domain.programme.words import Slug
from colloque_scheduling.reads import (
    MOST_RELEASES,
    a_draft,
    a_programme,
    a_release,
    all_releases,
    an_edition,
    releases_until,
    the_releases,
    the_sessions,
)


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

    @api.get("/api/editions/{edition}/releases/next", tags=["programme"], dependencies=[doors.api("viewer")])
    async def next_release(edition: Slug) -> NextRelease:
        """What a release made now would change, with what to look at first. Nothing is changed."""
        draft = await a_draft(desk, edition)
        sessions, programme = await gather(the_sessions(desk, edition), a_programme(desk, edition))
        changes = unreleased(sessions, draft, programme.sessions)
        tracks = tuple(track.frame for track in draft.tracks)
        return NextRelease(
            n=programme.n + 1,
            changes=len(changes),
            tracks=tracks,
            tracks_change=tracks != programme.tracks,
            diff=tuple(ChangeView.of(one) for one in changes),
            conflicts=tuple(Conflict.of(one) for one in all_clashes(sessions)),
            warnings=tuple(warning for one in sessions for warning in cautions(one, draft)),
        )

    @api.get("/api/editions/{edition}/releases/compare", tags=["programme"], dependencies=[doors.api("viewer")])
    async def compare_releases(
        edition: Slug,
        before: Annotated[int, Query(alias="from", ge=0, le=MOST_RELEASES)],
        after: Annotated[int, Query(alias="to", ge=0, le=MOST_RELEASES)],
    ) -> Comparison:
        """What leads from one release to another, later or earlier; 0 is the empty programme before the first.
        What went to and fro in between is not told."""
        await a_draft(desk, edition)
        low, high = sorted((before, after))
        changes = between((await releases_until(desk, edition, high))[low:])
        there = changes if before <= after else backwards(changes)
        diff = tuple(view for one in there if (view := ChangeView.of(one)).what)
        return Comparison(before=before, after=after, diff=diff)

    @api.get("/api/editions/{edition}/releases/at", tags=["programme"], dependencies=[doors.api("viewer")])
    async def programme_at(
        edition: Slug, on: Annotated[str, Query(max_length=40, examples=["2018-09-01", "2018-09-01T12:00:00+02:00"])]
    ) -> SaidThen:
        """What the programme said at the end of that day (in the edition's zone), or at that instant."""
        frame = await an_edition(desk, edition)
        then = said(until(await all_releases(desk, edition), moment(on, frame.tz)))
        assert then.at is not None
        return SaidThen(n=then.n, at=then.at, tracks=then.tracks, sessions=tuple(one.frame for one in then.sessions))

    @api.post("/api/editions/{edition}/releases/{n}/restore", tags=["programme"], dependencies=[doors.api("programme")])
    async def restore_release(
        edition: Slug, n: Annotated[int, Path(ge=1, le=MOST_RELEASES)], caller: Asker
    ) -> RestoredView:
        """Let the draft say again what release n said. Nobody hears of it before the next release."""
        told = await desk.do(RestoreRelease(edition=edition, n=n), caller.cause)
        return RestoredView.model_validate({**(told if isinstance(told, dict) else {}), "n": n})

    @api.get("/api/editions/{edition}/releases/{n}", tags=["programme"], dependencies=[doors.api("viewer")])
    async def read_release(edition: Slug, n: Annotated[int, Path(ge=1, le=1_000_000)]) -> WholeRelease:
        """A release, with what it changed. It never changes itself."""
        return WholeRelease.of(await a_release(desk, edition, n))


def moment(on: str, tz: str) -> datetime:
    """The last instant of a day on that zone's clock, or an instant. (A plus sign in an address reads as a space.)"""
    try:
        if len(on) == len("2018-09-01"):
            day = date.fromisoformat(on) + timedelta(days=1)
            return datetime.combine(day, time(), zone(tz)) - timedelta(microseconds=1)
        at = datetime.fromisoformat(on.replace(" ", "+"))
    except (ValueError, OverflowError):
        raise Invalid("A day is written 2018-09-01, an instant 2018-09-01T12:00:00+02:00.", field="on") from None
    if at.tzinfo is None:
        raise Invalid("An instant says its offset, as in 2018-09-01T12:00:00+02:00.", field="on")
    return at
