"""The console's list of registrations, one of them, and the files made of it."""

from __future__ import annotations

from hashlib import sha256
from math import ceil
from typing import Annotated, Any, Literal, get_args

from fastapi import Query, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from colloque.web.api import Asker
from colloque.web.site import console_lang
from colloque_registration.commands import NoteExport
from colloque_registration.domain.registration import Registration
from colloque_registration.forms import ExportForm, SearchForm
from colloque_registration.lists import Lists, rows_of, table
from colloque_registration.pages.means import Means
from colloque_registration.words import ACCESS, CATEGORIES, CHANNELS, CONSENTS, MEALS, SHORT_CATEGORIES, STATES

PAGE = 50
Listed = Literal["pending", "confirmed", "waitlisted", "offered", "cancelled", "expired"]
FILTERS: tuple[Listed, ...] = get_args(Listed)


class Asked(BaseModel):
    """Which part of the list: nothing of it says anything of anybody."""

    page: int = Field(default=1, ge=1, le=100_000)
    state: Listed | None = None
    before: int = Field(default=2**31, ge=1, le=2**31)


def add_registrations(means: Means) -> None:
    pages, site, desk, doors, reader, seal = means.pages, means.site, means.desk, means.doors, means.reader, means.seal
    lists = Lists(desk)

    async def shown(
        request: Request, edition: str, caller: Asker, rows: list[Registration], **context: Any
    ) -> Response:
        lang, view = console_lang(request), await reader.edition(edition)
        known: dict[str, Any] = {
            "page": 1,
            "pages": 1,
            "state": "",
            "older": 0,
            "question": "",
            "search": site.blank(request, SearchForm, lang),
        }
        return site.page(
            request,
            "registrations.html",
            lang,
            caller=caller,
            edition=view.frame,
            current="registrations",
            view_=view,
            rows=rows,
            people=await lists.people(rows),
            export=site.blank(request, ExportForm, lang),
            filters=FILTERS,
            states=STATES,
            categories=SHORT_CATEGORIES,
            channels=CHANNELS,
            **{**known, **context},
        )

    @pages.get("/console/{edition}/registrations", dependencies=[doors.console("desk")])
    async def registrations(
        request: Request, edition: str, caller: Asker, asked: Annotated[Asked, Query()]
    ) -> Response:
        view = await reader.edition(edition)
        if asked.state:
            rows = await lists.in_state(edition, asked.state, asked.before, PAGE)
            older = rows[-1].number if len(rows) == PAGE else 0
            return await shown(request, edition, caller, rows, state=asked.state, older=older)
        numbered = view.desk.numbered
        rows = await lists.page(edition, numbered - PAGE * (asked.page - 1), PAGE)
        return await shown(request, edition, caller, rows, page=asked.page, pages=max(1, ceil(numbered / PAGE)))

    @pages.post("/console/{edition}/registrations", dependencies=[doors.console("desk")])
    async def search(request: Request, edition: str, caller: Asker) -> Response:
        """What is looked for stays out of the address and of every log."""
        form = await site.form(request, SearchForm, console_lang(request))
        if form.value is None:
            return await shown(request, edition, caller, [], search=form, form=form, question="?")
        if not form.value.q:
            there = f"/console/{edition}/registrations"
            return site.go(f"{there}?state={form.value.state}" if form.value.state else there)
        rows = await lists.search(edition, form.value.q, form.value.state or None)
        return await shown(request, edition, caller, rows, search=form, question=form.value.q, state=form.value.state)

    @pages.post("/console/{edition}/registrations.csv", dependencies=[doors.console("desk")])
    async def export(request: Request, edition: str, caller: Asker) -> Response:
        """Noted before it leaves: the trace says what was taken, for what and by whom."""
        form = await site.form(request, ExportForm, console_lang(request))
        if form.value is None:
            return site.go(f"/console/{edition}/registrations")
        view, columns = await reader.edition(edition), form.value.columns
        rows = rows_of(columns, await lists.everybody(edition), list(view.seats.values()), seal)
        body = table(rows)
        await desk.do(
            NoteExport(
                edition=edition,
                purpose=columns,
                by=caller.organiser,
                rows=len(rows) - 1,
                sha256=sha256(body).hexdigest(),
                size=len(body),
            ),
            caller.cause,
        )
        headers = {
            "content-disposition": f'attachment; filename="{edition}-{columns}.csv"',
            "cache-control": "no-store",
        }
        return Response(body, media_type="text/csv; charset=utf-8", headers=headers)

    @pages.get("/console/{edition}/registrations/{id}", dependencies=[doors.console("desk")])
    async def one(request: Request, edition: str, id: str, caller: Asker) -> Response:
        view = await reader.one_of(edition, id)
        registration = view.registration
        return site.page(
            request,
            "registration.html",
            console_lang(request),
            caller=caller,
            edition=view.edition.frame,
            current="registrations",
            registration=registration,
            person=view.person,
            view_=view.edition,
            held=view.edition.chosen(registration.sessions or registration.answers.sessions),
            without=view.edition.chosen(registration.without),
            needs=seal.open(registration.answers.needs),
            state=STATES[registration.state],
            rank=await reader.rank(registration) if registration.state == "waitlisted" else (0, 0),
            categories=CATEGORIES,
            channels=CHANNELS,
            consents=CONSENTS,
            meals=MEALS,
            access=ACCESS,
        )
