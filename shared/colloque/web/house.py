"""What every process answers besides its rooms' pages: the front door, the files, the plain pages, the problems."""

from __future__ import annotations

import re

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from colloque.web.i18n import Lang
from colloque.web.sessions import SpeakLanguage
from colloque.web.site import LANG_COOKIE, Site, Words, console_lang, lang_for, no_such_page
from colloque.web.words import ALWAYS, BY_STATUS


def house(site: Site) -> APIRouter:
    router = site.router()

    @router.get("/")
    async def front_door(request: Request) -> Response:
        return RedirectResponse(f"/{lang_for(request)}/", 302, headers={"vary": "accept-language"})

    @router.get("/static/{file}")
    async def asset(request: Request, file: str) -> Response:
        return site.assets.answer(request, file)

    @router.get("/{lang}/accessibility")
    async def accessibility(request: Request, lang: Lang) -> Response:
        return site.page(request, "accessibility.html", lang, etag="plain")

    @router.get("/{lang}/privacy")
    async def privacy(request: Request, lang: Lang) -> Response:
        return site.page(request, "privacy.html", lang, etag="plain")

    @router.get("/problems/{slug}")
    async def problem(request: Request, slug: str) -> Response:
        if not re.fullmatch(r"[a-z][a-z-]{1,60}", slug):
            no_such_page()
        lang, words = lang_for(request), ALWAYS.get(slug) or BY_STATUS[409]
        said = Words(*(_open_ended(site.say(lang, part)) for part in words))
        return site.page(request, "problem.html", lang, slug=slug, said=said)

    @router.post("/console/language")
    async def language(request: Request) -> Response:
        form = await site.form(request, SpeakLanguage, console_lang(request))
        response = site.go("/console")
        if form.value is not None:
            response.set_cookie(
                LANG_COOKIE,
                form.value.lang,
                max_age=31536000,
                path="/",
                secure=site.settings.https,
                samesite="lax",
                httponly=True,
            )
        return response

    return router


def _open_ended(text: str) -> str:
    """Words that speak of a case, without one."""
    return re.sub(r"%\(\w+\)s", "…", text)
