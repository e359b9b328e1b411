"""A place that is offered: its link asks, the click takes it or leaves it to the next."""

from __future__ import annotations

from typing import Any

from fastapi import Request
from starlette.responses import Response

from colloque.runtime.journal import Cause
from colloque.web.forms import Filled
from colloque.web.i18n import Lang
from colloque.web.links import Link, LinkExpired
from colloque_registration.commands import AcceptOffer, DeclineOffer
from colloque_registration.domain.editions import EditionIsCancelled, EditionIsOver
from colloque_registration.domain.waitlist import OfferIsOver
from colloque_registration.forms import OfferForm
from colloque_registration.pages.confirming import mine
from colloque_registration.pages.means import Means
from colloque_registration.words import ACCESS, MEALS


def add_offering(means: Means) -> None:
    pages, site, desk, reader, links, seal = means.pages, means.site, means.desk, means.reader, means.links, means.seal

    def over(request: Request, lang: Lang, **context: Any) -> Response:
        return site.page(request, "offer_over.html", lang, status=410, personal=True, **{"edition": None, **context})

    async def asks(request: Request, lang: Lang, token: str, link: Link, form: Filled[OfferForm]) -> Response:
        view = await reader.registration(link.subject, link.generation)
        registration, frame = view.registration, view.edition.frame
        if registration.state in ("confirmed", "waitlisted"):
            return site.go(mine(links, lang, registration, frame))
        made = view.open_offer(site.clock.now())
        if made is None:
            return over(request, lang, edition=frame, current="register")
        return site.page(
            request,
            "offer.html",
            lang,
            status=form.status if form.errors else 200,
            edition=frame,
            current="register",
            personal=True,
            registration=registration,
            person=view.person,
            view_=view.edition,
            made=made,
            asked=view.edition.chosen(registration.answers.sessions),
            needs=seal.open(registration.answers.needs),
            here=f"/{lang}/offer/{token}",
            leave=f"{mine(links, lang, registration, frame)}/cancel",
            form=form,
            meals=MEALS,
            access=ACCESS,
        )

    @pages.get("/{lang}/offer/{token}")
    async def offer(request: Request, lang: Lang, token: str) -> Response:
        try:
            link = links.read("offer", token, site.clock.now())
        except LinkExpired:
            return over(request, lang)
        return await asks(request, lang, token, link, site.blank(request, OfferForm, lang))

    async def answered(request: Request, lang: Lang, form: Filled[OfferForm], link: Link) -> Response:
        assert form.value is not None
        kind = AcceptOffer if form.value.answer == "accept" else DeclineOffer
        command = kind(registration=link.subject, links=link.generation)
        try:
            await desk.do(command, Cause(form.cause.id, link.subject))
        except (OfferIsOver, EditionIsCancelled, EditionIsOver):
            view = await reader.registration(link.subject, link.generation)
            return over(request, lang, edition=view.edition.frame, current="register")
        view = await reader.registration(link.subject, link.generation)
        return site.go(mine(links, lang, view.registration, view.edition.frame))

    @pages.post("/{lang}/offer/{token}")
    async def answer(request: Request, lang: Lang, token: str) -> Response:
        form = await site.form(request, OfferForm, lang)
        try:
            link = links.read("offer", token, site.clock.now())
        except LinkExpired:
            return over(request, lang)
        if form.value is None:
            return await asks(request, lang, token, link, form)
        return await answered(request, lang, form, link)

    @pages.post("/{lang}/registration/{token}/offer")
    async def answer_on_my_page(request: Request, lang: Lang, token: str) -> Response:
        form = await site.form(request, OfferForm, lang)
        link = links.read("registration", token, site.clock.now())
        if form.value is None:
            return site.go(f"/{lang}/registration/{token}")
        return await answered(request, lang, form, link)
