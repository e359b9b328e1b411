"""« My registration »: what is held, changed, given up; and the ticket."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import segno
from fastapi import Request
from markupsafe import Markup
from starlette.responses import Response

from colloque.contracts.registration import ticket_code
from colloque.runtime.journal import Cause
from colloque.web.asking import refusal_of
from colloque.web.forms import Filled
from colloque.web.i18n import Lang
from colloque.web.links import Link
from colloque_registration.commands import (
    CancelRegistration,
    ChangeConsent,
    ChangeNeeds,
    ChangeSessions,
    SettleClash,
)
from colloque_registration.domain.consents import PURPOSES
from colloque_registration.domain.sessions import overlaps
from colloque_registration.forms import CancelForm, ConsentForm, NeedsForm, OfferForm, SessionsForm, SettleForm
from colloque_registration.pages.confirming import mint
from colloque_registration.pages.means import Means
from colloque_registration.reads import RegistrationView
from colloque_registration.words import ACCESS, CATEGORIES, CONSENTS, MEALS, STATES


def add_mine(means: Means) -> None:
    pages, site, desk, reader, links, seal = means.pages, means.site, means.desk, means.reader, means.links, means.seal

    def link_of(purpose: str, token: str) -> Link:
        return links.read(purpose, token, site.clock.now())

    async def whole(purpose: str, token: str) -> RegistrationView:
        link = link_of(purpose, token)
        return await reader.registration(link.subject, link.generation)

    async def page(
        request: Request,
        lang: Lang,
        token: str,
        view: RegistrationView,
        *,
        sessions: Filled[SessionsForm] | None = None,
        needs: Filled[NeedsForm] | None = None,
    ) -> Response:
        registration, edition = view.registration, view.edition
        held = registration.sessions if registration.state == "confirmed" else registration.answers.sessions
        confirmed, news = registration.state == "confirmed", {one.session: one.kinds for one in registration.news}
        known = seal.open(registration.answers.needs)
        wrong = sessions if sessions is not None and sessions.errors else needs if needs is not None else None
        return site.page(
            request,
            "mine.html",
            lang,
            status=wrong.status if wrong is not None else 200,
            edition=edition.frame,
            current="register",
            personal=True,
            registration=registration,
            person=view.person,
            view_=edition,
            door=edition.desk.door,
            held=edition.chosen(held),
            without=edition.chosen(registration.without),
            clashes=overlaps(edition.chosen(registration.sessions)) if confirmed else [],
            settle=SettleForm,
            news=news,
            released=edition.chosen(session for session in news if session not in held) if confirmed else [],
            known=known,
            made=view.open_offer(site.clock.now()),
            answer=site.blank(request, OfferForm, lang),
            rank=await reader.rank(registration) if registration.state == "waitlisted" else (0, 0),
            may_change=edition.desk.shut(site.clock.now()) is None,
            here=f"/{lang}/registration/{token}",
            ticket=f"/{lang}/ticket/{mint(links, 'ticket', registration.id, registration.links, edition.frame)}",
            code=ticket_code(registration.id),
            qr=qr(ticket_code(registration.id)) if registration.state == "confirmed" else "",
            form=wrong,
            sessions=sessions or site.blank(request, SessionsForm, lang, _slots(view, held)),
            needs=needs or site.blank(request, NeedsForm, lang, {"meal": known.meal, "access": known.access}),
            consent=ConsentForm,
            purposes=PURPOSES,
            state=STATES[registration.state],
            consents=CONSENTS,
            meals=MEALS,
            access=ACCESS,
            categories=CATEGORIES,
        )

    @pages.get("/{lang}/registration/{token}")
    async def registration(request: Request, lang: Lang, token: str) -> Response:
        return await page(request, lang, token, await whole("registration", token))

    @pages.post("/{lang}/registration/{token}")
    async def change_sessions(request: Request, lang: Lang, token: str) -> Response:
        form = await site.form(request, SessionsForm, lang)
        link = link_of("registration", token)
        if form.value is not None:
            command = ChangeSessions(registration=link.subject, links=link.generation, sessions=form.value.sessions)
            refusal = await refusal_of(desk, command, _cause(form, link))
            if refusal is None:
                return site.go(f"{request.url.path}#sessions")
            form.refuse(refusal)
        return await page(request, lang, token, await whole("registration", token), sessions=form)

    @pages.post("/{lang}/registration/{token}/settle")
    async def settle(request: Request, lang: Lang, token: str) -> Response:
        form = await site.form(request, SettleForm, lang)
        link = link_of("registration", token)
        if form.value is None:
            return site.go(f"/{lang}/registration/{token}#clashes")
        command = SettleClash(
            registration=link.subject, links=link.generation, keep=form.value.keep, drop=form.value.drop
        )
        await desk.do(command, _cause(form, link))
        return site.go(f"/{lang}/registration/{token}#sessions")

    @pages.post("/{lang}/registration/{token}/needs")
    async def change_needs(request: Request, lang: Lang, token: str) -> Response:
        form = await site.form(request, NeedsForm, lang)
        link = link_of("registration", token)
        if form.value is None:
            return await page(request, lang, token, await whole("registration", token), needs=form)
        sealed = seal.shut(form.value.needs)
        command = ChangeNeeds(registration=link.subject, links=link.generation, needs=sealed)
        await desk.do(command, _cause(form, link))
        return site.go(f"/{lang}/registration/{token}#needs")

    @pages.post("/{lang}/registration/{token}/consents")
    async def change_consent(request: Request, lang: Lang, token: str) -> Response:
        form = await site.form(request, ConsentForm, lang)
        link = link_of("registration", token)
        if form.value is not None:
            command = ChangeConsent(
                registration=link.subject,
                links=link.generation,
                purpose=form.value.consent,
                given=form.value.given == "yes",
            )
            await desk.do(command, _cause(form, link))
        return site.go(f"/{lang}/registration/{token}#consents")

    @pages.get("/{lang}/registration/{token}/cancel")
    async def ask_to_cancel(request: Request, lang: Lang, token: str) -> Response:
        view = await whole("registration", token)
        if view.registration.state not in ("pending", "confirmed", "waitlisted", "offered"):
            return site.go(f"/{lang}/registration/{token}")
        return site.page(
            request,
            "cancel.html",
            lang,
            edition=view.edition.frame,
            current="register",
            personal=True,
            registration=view.registration,
            person=view.person,
            held=view.edition.chosen(view.registration.sessions),
            here=f"/{lang}/registration/{token}",
            form=site.blank(request, CancelForm, lang),
        )

    @pages.post("/{lang}/registration/{token}/cancel")
    async def cancel(request: Request, lang: Lang, token: str) -> Response:
        form = await site.form(request, CancelForm, lang)
        link = link_of("registration", token)
        if form.value is None:
            return site.go(request.url.path)
        command = CancelRegistration(registration=link.subject, links=link.generation)
        await desk.do(command, _cause(form, link))
        return site.go(f"/{lang}/registration/{token}")

    @pages.get("/{lang}/ticket/{token}")
    async def ticket(request: Request, lang: Lang, token: str) -> Response:
        view = await whole("ticket", token)
        if view.registration.state != "confirmed":
            return site.page(
                request,
                "ticket_over.html",
                lang,
                status=410,
                edition=view.edition.frame,
                current="register",
                personal=True,
            )
        code = ticket_code(view.registration.id)
        return site.page(
            request,
            "ticket.html",
            lang,
            edition=view.edition.frame,
            current="register",
            personal=True,
            registration=view.registration,
            person=view.person,
            door=view.edition.desk.door,
            held=view.edition.chosen(view.registration.sessions),
            code=code,
            qr=qr(code),
        )


def _cause(form: Filled[Any], link: Link) -> Cause:
    """What happens to a registration belongs to the story that its form began."""
    return Cause(form.cause.id, link.subject)


def _slots(view: RegistrationView, held: tuple[str, ...]) -> dict[str, str]:
    """What is held, as the form's fields say it."""
    return {
        moment.name: one.session for moment in view.edition.moments for one in moment.sessions if one.session in held
    }


@lru_cache(1024)
def qr(code: str) -> Markup:
    """An inline picture without a colour of its own."""
    drawn = segno.make_qr(code, mask=0, boost_error=False)
    return Markup(drawn.svg_inline(border=2, omitsize=True, svgclass=None, lineclass=None))  # noqa: S704 (letters and digits only)
