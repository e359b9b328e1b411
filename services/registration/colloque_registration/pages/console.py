"""The door of the console, and the editions behind it."""

from __future__ import annotations

from fastapi import Request
from starlette.responses import Response

from colloque.web.api import Asker
from colloque.web.links import LinkExpired, Links
from colloque.web.sessions import SignOut
from colloque.web.site import Site, console_lang
from colloque_registration.commands import EnterConsole, RequestSignIn
from colloque_registration.domain.editions import Edition, EditionDesk
from colloque_registration.forms import EnterForm, SignInForm
from colloque_registration.pages.means import Means
from colloque_registration.steps.organisers import LinkUsed
from colloque_registration.words import DOORS


def add_console(means: Means) -> None:
    pages, site, desk, doors, links = means.pages, means.site, means.desk, means.doors, means.links

    @pages.get("/console/sign-in")
    async def sign_in(request: Request) -> Response:
        lang = console_lang(request)
        return site.page(request, "sign_in.html", lang, form=site.blank(request, SignInForm, lang), sent=False)

    @pages.post("/console/sign-in")
    async def ask_for_link(request: Request) -> Response:
        """The same page, status and work whether or not the address is known."""
        lang = console_lang(request)
        form = await site.form(request, SignInForm, lang)
        if form.value is None:
            return site.page(request, "sign_in.html", lang, status=form.status, form=form, sent=False)
        await desk.do(RequestSignIn(email=form.value.email, locale=lang), form.cause)
        return site.go("/console/sign-in/sent")

    @pages.get("/console/sign-in/sent")
    async def link_sent(request: Request) -> Response:
        lang = console_lang(request)
        return site.page(request, "sign_in.html", lang, form=site.blank(request, SignInForm, lang), sent=True)

    @pages.get("/console/enter/{token}")
    async def enter(request: Request, token: str) -> Response:
        lang = console_lang(request)
        _nonce(links, token, site)
        return site.page(request, "enter.html", lang, form=site.blank(request, EnterForm, lang))

    @pages.post("/console/enter/{token}")
    async def entered(request: Request, token: str) -> Response:
        form = await site.form(request, EnterForm, console_lang(request))
        nonce = _nonce(links, token, site)
        if form.value is None:
            return site.go(request.url.path)
        answer = await desk.do(EnterConsole(nonce=nonce), form.cause)
        assert isinstance(answer, dict)
        response = site.go("/console")
        doors.sessions.open(response, str(answer["organiser"]), int(answer["generation"]))
        return response

    @pages.post("/console/sign-out")
    async def sign_out(request: Request) -> Response:
        form = await site.form(request, SignOut, console_lang(request))
        response = site.go("/console/sign-in")
        if form.value is not None:
            doors.sessions.close(response)
        return response

    @pages.get("/console", dependencies=[doors.console("viewer", scope="any")])
    async def editions(request: Request, caller: Asker) -> Response:
        """Those the caller may see something of, the last one first."""
        known = await desk.reads.window(Edition, low="0", high="9", reverse=True, limit=200)
        seen = [one for one in known if one.frame and caller.may("viewer", edition=one.id, series=one.frame.series)]
        counts = await desk.reads.glance_all(EditionDesk, [one.id for one in seen])
        rows = [(one.frame, count) for one, count in zip(seen, counts, strict=True)]
        return site.page(
            request,
            "editions.html",
            console_lang(request),
            caller=caller,
            current="editions",
            rows=rows,
            doors=DOORS,
        )


def _nonce(links: Links, token: str, site: Site) -> str:
    try:
        return links.read("sign-in", token, site.clock.now()).subject
    except LinkExpired:
        raise LinkUsed("this link was good once, for 15 minutes") from None
