"""The form, and the mail to look for. This is the path everybody takes: what can be made once for all of them is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import blake2b

from fastapi import Request
from markupsafe import Markup
from starlette.responses import Response

from colloque.runtime.journal import Cause
from colloque.runtime.refusal import OtherPayload, Refusal, TryAgain
from colloque.web.forms import Filled
from colloque.web.i18n import Lang
from colloque.web.site import Site
from colloque_registration.domain.editions import RegistrationIsClosed
from colloque_registration.forms import RegistrationForm
from colloque_registration.pages.asking import SessionQuestions
from colloque_registration.pages.means import Means
from colloque_registration.pages.shell import Shells
from colloque_registration.reads import EditionView
from colloque_registration.words import ACCESS, CATEGORIES, MEALS

SENT = "sent"


def form_page(
    site: Site,
    request: Request,
    lang: Lang,
    view: EditionView,
    form: Filled[RegistrationForm],
    *,
    asked: Sequence[Markup] = (),
) -> Response:
    """`asked`: the session question, where it is written already."""
    return site.page(
        request,
        "register.html",
        lang,
        status=form.status,
        edition=view.frame,
        current="register",
        view_=view,
        form=form,
        asked=asked,
        categories=CATEGORIES,
        meals=MEALS,
        access=ACCESS,
    )


def add_registering(means: Means) -> None:
    pages, site, desk, reader, seal = means.pages, means.site, means.desk, means.reader, means.seal
    shells, questions = Shells(site), SessionQuestions(site)

    def shut(request: Request, lang: Lang, view: EditionView, refusal: Refusal) -> Response:
        return site.page(
            request, "shut.html", lang, edition=view.frame, current="register", reason=refusal.slug, view_=view
        )

    @pages.get("/{lang}/{edition}/register")
    async def register(request: Request, lang: Lang, edition: str) -> Response:
        view = await reader.edition(edition)
        if refusal := view.desk.shut(site.clock.now()):
            return shut(request, lang, view, refusal)

        def make(holes: Mapping[str, str]) -> Response:
            form = site.blank(request, RegistrationForm, lang)
            form.token = holes["token"]
            return form_page(site, request, lang, view, form, asked=questions.of(view, lang, form))

        key, print_ = ("register", edition), view.print_
        if not shells.holds(lang, key, print_):
            await questions.prepare(view, lang, site.blank(request, RegistrationForm, lang))
        holes = {"token": site.token(request, RegistrationForm)}
        return shells.show(request, lang, key, print_, holes=holes, make=make)

    @pages.post("/{lang}/{edition}/register")
    async def registered(request: Request, lang: Lang, edition: str) -> Response:
        form = await site.form(request, RegistrationForm, lang)
        view = await reader.edition(edition)
        if refusal := view.desk.shut(site.clock.now()):
            return shut(request, lang, view, refusal)
        if form.value is not None:
            command = form.value.command(edition, lang, seal.shut(form.value.needs))
            try:
                try:
                    await desk.do(command, form.cause)
                except OtherPayload:
                    # Back, another answer, sent again: the same page is a new form, and so is its second sending.
                    said = command.model_dump_json().encode()
                    again = blake2b(said, digest_size=12, key=form.cause.id.encode()).hexdigest()
                    await desk.do(command, Cause.first(f"{form.cause.id}{again}"))
                return _sent(site, f"/{lang}/{edition}/{SENT}", form.value.email)
            except (TryAgain, RegistrationIsClosed):
                raise
            except Refusal as refusal:
                form.refuse(refusal)
        return form_page(site, request, lang, view, form)

    @pages.get("/{lang}/{edition}/sent")
    async def sent(request: Request, lang: Lang, edition: str) -> Response:
        view = await reader.edition(edition)
        to = masked_address(request.cookies.get(SENT, ""))
        return site.page(request, "sent.html", lang, edition=view.frame, current="register", to=to)


def _sent(site: Site, where: str, email: str) -> Response:
    """The next page says where the mail went, masked, and nobody but this browser is told: not the address bar, not a
    log."""
    response = site.go(where)
    name, _, domain = email.rpartition("@")
    shown = f"{name[:1]}…{name[-1:] if len(name) > 2 else ''}@{domain}"
    response.set_cookie(
        SENT,
        shown.encode().hex(),
        max_age=900,
        path=where,
        secure=site.settings.https,
        httponly=True,
        samesite="lax",
    )
    return response


def masked_address(cookie: str) -> str:
    try:
        return bytes.fromhex(cookie[:600]).decode()
    except ValueError:
        return ""
