"""Series and editions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Body, Response
from pydantic import ConfigDict, Field

from colloque.runtime.desk import Desk
from colloque.web.api import Asker, Doors
from colloque_scheduling.api.views import EditionView, Given, Named, Patch, SeriesView
from colloque_scheduling.commands.editions import (
    AboutEdition,
    AmendEdition,
    AnnounceEdition,
    CancelEdition,
    CloseRegistration,
    OpenRegistration,
    PlanEdition,
    PostponeEdition,
    PutSeries,
)
from colloque_scheduling.domain.programme.frame import EditionPlan
from colloque_scheduling.domain.programme.series import Series, SeriesPlan
from colloque_scheduling.domain.programme.words import Slug, Text
from colloque_scheduling.reads import an_edition, the_editions
from colloque_scheduling.steps.editions import NoSuchSeries


class NewSeries(SeriesPlan):
    model_config = ConfigDict(extra="forbid")

    id: Named


class NewEdition(EditionPlan):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "id": "nec-2018",
                    "series": "nec",
                    "code": "NEC18",
                    "title": {"fr": "Numérique en Commun[s] 2018"},
                    "starts_on": "2018-09-13",
                    "ends_on": "2018-09-14",
                    "tz": "Europe/Paris",
                    "venue": {"name": "École d'architecture", "municipality": "Nantes"},
                    "capacity": 850,
                }
            ]
        },
    )

    id: Named


class Why(Given):
    """In words the public reads."""

    reason: Text = Field(default_factory=dict)


def edition_routes(api: APIRouter, desk: Desk, doors: Doors) -> None:
    _series_routes(api, desk, doors)

    async def view(id: str) -> EditionView:
        return EditionView.of(await an_edition(desk, id))

    @api.post("/api/editions", status_code=201, tags=["editions"], dependencies=[doors.api("organiser", scope="any")])
    async def plan_edition(edition: NewEdition, caller: Asker, response: Response) -> EditionView:
        """Plan an edition, in draft: nobody sees it before it is announced."""
        caller.must("organiser", series=edition.series)
        plan = EditionPlan.model_validate(edition.model_dump(exclude={"id"}))
        await desk.do(PlanEdition(edition=edition.id, plan=plan), caller.cause)
        response.headers["location"] = f"/api/editions/{edition.id}"
        return await view(edition.id)

    @api.get("/api/editions", tags=["editions"], dependencies=[doors.api("viewer", scope="any")])
    async def list_editions(caller: Asker) -> list[EditionView]:
        """The editions that you may see, by date."""
        found = await the_editions(desk)
        return [EditionView.of(one) for one in found if caller.may("viewer", edition=one.id, series=one.series)]

    @api.get("/api/editions/{edition}", tags=["editions"], dependencies=[doors.api("viewer")])
    async def read_edition(edition: Slug) -> EditionView:
        """An edition as it stands."""
        return await view(edition)

    @api.patch("/api/editions/{edition}", tags=["editions"], dependencies=[doors.api("organiser")])
    async def amend_edition(
        edition: Slug, changes: Annotated[Patch, Body(examples=[{"capacity": 900}])], caller: Asker
    ) -> EditionView:
        """Change its frame by a merge patch (RFC 7396): what is named is replaced, null takes it away."""
        if isinstance(changes.get("series"), str):
            caller.must("organiser", edition=edition, series=changes["series"])
        await desk.do(AmendEdition(edition=edition, changes=changes), caller.cause)
        return await view(edition)

    def move(verb: str, command: type[AboutEdition], said: str) -> None:
        async def moved(edition: Slug, caller: Asker) -> EditionView:
            await desk.do(command(edition=edition), caller.cause)
            return await view(edition)

        _route(api, doors, verb, said, moved)

    move("announce", AnnounceEdition, "Show it to the public and to the other rooms.")
    move("open", OpenRegistration, "Open registration now.")
    move("close-registration", CloseRegistration, "Close registration now.")

    def settle(verb: str, command: type[PostponeEdition | CancelEdition], said: str) -> None:
        async def settled(edition: Slug, caller: Asker, why: Why | None = None) -> EditionView:
            await desk.do(command(edition=edition, reason=why.reason if why else {}), caller.cause)
            return await view(edition)

        _route(api, doors, verb, said, settled)

    settle("postpone", PostponeEdition, "Put it off: announce it again once its dates are known.")
    settle("cancel", CancelEdition, "Call it off, for good.")


def _route(api: APIRouter, doors: Doors, verb: str, said: str, answer: Callable[..., Any]) -> None:
    api.add_api_route(
        f"/api/editions/{{edition}}/{verb}",
        answer,
        methods=["POST"],
        summary=said.split(":", maxsplit=1)[0].rstrip("."),
        description=said,
        tags=["editions"],
        operation_id=verb.replace("-", "_") + "_edition",
        dependencies=[doors.api("organiser")],
    )


def _series_routes(api: APIRouter, desk: Desk, doors: Doors) -> None:
    async def view(id: str) -> SeriesView:
        found = await desk.reads.get(Series, id)
        if found is None:
            raise NoSuchSeries(f"There is no series {id!r}.", objects=(f"series/{id}",))
        return SeriesView.of(found)

    @api.post("/api/series", status_code=201, tags=["series"], dependencies=[doors.api("organiser")])
    async def begin_series(series: NewSeries, caller: Asker) -> SeriesView:
        """Begin a series of editions."""
        plan = SeriesPlan.model_validate(series.model_dump(exclude={"id"}))
        await desk.do(PutSeries(series=series.id, plan=plan, new=True), caller.cause)
        return await view(series.id)

    @api.get("/api/series/{series}", tags=["series"], dependencies=[doors.api("viewer", scope="any")])
    async def read_series(series: Slug) -> SeriesView:
        """A series."""
        return await view(series)

    @api.put("/api/series/{series}", tags=["series"], dependencies=[doors.api("organiser", scope="any")])
    async def put_series(series: Slug, plan: SeriesPlan, caller: Asker) -> SeriesView:
        """Begin a series, or say it anew."""
        caller.must("organiser", series=series)
        await desk.do(PutSeries(series=series, plan=plan), caller.cause)
        return await view(series)
