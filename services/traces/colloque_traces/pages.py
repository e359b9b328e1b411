"""What people see: the public « produced so far », and the console's traces."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from colloque.runtime.clock import Clock
from colloque.web.api import Asker, Doors
from colloque.web.i18n import Lang
from colloque.web.site import Site, console_lang, no_such_page
from colloque_traces.api import ROLE, admit
from colloque_traces.domain.produced import published
from colloque_traces.reads import Ledger
from colloque_traces.telling import Telling

Before = Annotated[int | None, Query(ge=1, le=2**53)]


def build_pages(ledger: Ledger, site: Site, doors: Doors, clock: Clock) -> APIRouter:
    pages = site.router()

    @pages.get("/{lang}/{edition}/produced")
    async def produced(request: Request, lang: Lang, edition: str) -> Response:
        known, counted = await ledger.edition(edition), await ledger.produced(edition)
        frame, etag = known.frame, f"produced-{edition}-{known.version}-{counted.version}"
        if kept := site.kept(request, lang, etag):
            return kept
        telling = Telling(site, lang, clock.now(), frame.tz)
        return site.page(
            request,
            "produced.html",
            lang,
            etag=etag,
            edition=frame,
            current="produced",
            produced=counted,
            published=published,
            telling=telling,
        )

    @pages.get("/console/{edition}/traces", dependencies=[doors.console(ROLE)])
    async def traces(request: Request, edition: str, caller: Asker, before: Before = None) -> Response:
        frame, lang = await ledger.frame(edition), console_lang(request)
        stuck, stopped = await ledger.stuck(edition) if before is None else ([], 0)
        return site.page(
            request,
            "traces.html",
            lang,
            caller=caller,
            edition=frame,
            current="traces",
            latest=await ledger.latest(edition, before),
            stuck=stuck,
            stopped=stopped,
            produced=await ledger.produced(edition),
            before=before,
            telling=Telling(site, lang, clock.now(), frame.tz),
        )

    @pages.get("/console/{edition}/traces/{story}", dependencies=[doors.console(ROLE)])
    async def trace(request: Request, edition: str, story: str, caller: Asker) -> Response:
        frame, lang = await ledger.frame(edition), console_lang(request)
        dossier = await ledger.dossier(story)
        if dossier.editions and edition not in dossier.editions:
            no_such_page()
        await admit(dossier, caller, ledger)
        return site.page(
            request,
            "trace.html",
            lang,
            caller=caller,
            edition=frame,
            current="traces",
            dossier=dossier,
            chain=dossier.chain,
            telling=Telling(site, lang, clock.now(), frame.tz),
        )

    return pages
