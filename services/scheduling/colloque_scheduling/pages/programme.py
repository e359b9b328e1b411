"""The whole draft in the console, by day and room: what contradicts itself, what to look at, what the next release
changes."""

from __future__ import annotations

from asyncio import gather

from fastapi import APIRouter, Request
from starlette.responses import Response

from colloque.runtime.desk import Desk
from colloque.web.api import Asker, Doors
from colloque.web.site import Site, console_lang
from colloque_scheduling import wording
from colloque_scheduling.drafts import Drafts
from colloque_scheduling.grid import Grid, Grids
from colloque_scheduling.reads import Shelf, an_edition

AT_ONCE = 200
"""Sessions shown on one page; of a larger programme, day by day."""
DONE = ("moved", "swapped", "cancelled", "restored")


def programme_pages(pages: APIRouter, desk: Desk, site: Site, doors: Doors, *, drafts: Drafts, shelf: Shelf) -> None:
    grids = Grids()
    made: dict[str, tuple[tuple[int, int, int], Grid]] = {}

    @pages.get("/console/{edition}/programme", dependencies=[doors.console("viewer")])
    async def programme_desk(request: Request, edition: str, caller: Asker) -> Response:
        e, (draft, sessions) = await gather(an_edition(desk, edition), drafts.of(edition))
        version = (e.version, draft.version, draft.released)
        if edition not in made or made[edition][0] != version:
            made[edition] = version, grids.of(e, draft, sessions, await shelf.programme(e))
        whole = made[edition][1]
        asked, done = request.query_params.get("day"), request.query_params.get("done")
        chosen = [day for day in whole.days if day.day.isoformat() == asked]
        if not chosen and len(sessions) > AT_ONCE:
            chosen = list(whole.days[:1])
        return site.page(
            request,
            "grid.html",
            console_lang(request),
            caller=caller,
            edition=e.frame,
            current="programme",
            e=e,
            draft=draft,
            grid=whole,
            days=chosen or whole.days,
            day=chosen[0].day if chosen else None,
            done=done if done in DONE else "",
            may_edit="programme" in caller.roles,
            **wording.IN_TEMPLATES,
        )
