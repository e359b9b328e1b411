"""The console's waiting list: who waits, what is offered until when, and somebody put ahead for a reason."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from colloque.runtime.journal import Cause
from colloque.web.api import Asker
from colloque.web.forms import Filled
from colloque.web.site import console_lang
from colloque_registration.commands import OfferPlace
from colloque_registration.domain.waitlist import NotInLine
from colloque_registration.forms import AheadForm
from colloque_registration.lists import Lists
from colloque_registration.pages.means import Means
from colloque_registration.waiting import Waiting

PAGE = 50


class Asked(BaseModel):
    page: int = Field(default=1, ge=1, le=100_000)


def add_waiting_list(means: Means) -> None:
    pages, site, desk, doors, reader = means.pages, means.site, means.desk, means.doors, means.reader
    waiting, lists = Waiting(desk), Lists(desk)

    @pages.get("/console/{edition}/waiting-list", dependencies=[doors.console("desk")])
    async def waiting_list(request: Request, edition: str, caller: Asker, asked: Annotated[Asked, Query()]) -> Response:
        view = await reader.edition(edition, exact=True)
        offers, line = await waiting.offers(edition), await waiting.line(edition, PAGE * (asked.page - 1), PAGE)
        return site.page(
            request,
            "waiting_list.html",
            console_lang(request),
            caller=caller,
            edition=view.frame,
            current="waiting-list",
            view_=view,
            offers=offers,
            line=line,
            people=await lists.people([*offers, *(one.registration for one in line.places)]),
            page=asked.page,
            pages=max(1, -(-line.length // PAGE)),
        )

    async def ask(request: Request, edition: str, id: str, caller: Asker, form: Filled[AheadForm]) -> Response:
        view = await reader.one_of(edition, id)
        if view.registration.state != "waitlisted":
            raise NotInLine(f"it is {view.registration.state}", objects=[f"registration/{id}"])
        return site.page(
            request,
            "put_ahead.html",
            console_lang(request),
            status=form.status if form.errors else 200,
            caller=caller,
            edition=view.edition.frame,
            current="waiting-list",
            registration=view.registration,
            person=view.person,
            rank=await reader.rank(view.registration),
            form=form,
        )

    @pages.get("/console/{edition}/waiting-list/{registration}/offer", dependencies=[doors.console("desk")])
    async def ask_why(request: Request, edition: str, registration: str, caller: Asker) -> Response:
        return await ask(request, edition, registration, caller, site.blank(request, AheadForm, console_lang(request)))

    @pages.post("/console/{edition}/waiting-list/{registration}/offer", dependencies=[doors.console("desk")])
    async def put_ahead(request: Request, edition: str, registration: str, caller: Asker) -> Response:
        """What the organiser does belongs to the story of whoever is put ahead."""
        form = await site.form(request, AheadForm, console_lang(request))
        if form.value is None:
            return await ask(request, edition, registration, caller, form)
        command = OfferPlace(edition=edition, registration=registration, reason=form.value.reason, by=caller.organiser)
        await desk.do(command, Cause(form.cause.id, registration))
        return site.go(f"/console/{edition}/waiting-list")
