"""The form, the mail to look for, the click that takes the place. This is the path everybody takes: what can be made
once for all of them is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from hashlib import blake2b
from zoneinfo import ZoneInfo

from fastapi import Request
from markupsafe import Markup
from starlette.responses import Response

from colloque.contracts.fact import EditionFrame
from colloque.runtime.journal import Cause
from colloque.runtime.refusal import OtherPayload, Refusal, TryAgain
from colloque.web.forms import Filled
from colloque.web.french import day_month, local_day
from colloque.web.i18n import Lang
from colloque.web.links import Link, LinkExpired, Links
from colloque.web.site import Site
from colloque_registration.commands import CancelRegistration, ConfirmRegistration
from colloque_registration.domain.editions import RegistrationIsClosed
from colloque_registration.domain.registration import AlreadyDecided, Registration
from colloque_registration.domain.sessions import SessionSeats
from colloque_registration.forms import CancelForm, ConfirmForm, RegistrationForm
from colloque_registration.pages.means import Means
from colloque_registration.pages.shell import Shells
from colloque_registration.reads import EditionView
from colloque_registration.words import ACCESS, CATEGORIES, CONSENTS, MEALS

OPEN_AFTER = timedelta(days=30)
"""How long after the edition « my registration » still opens."""
SENT = "sent"


def form_page(site: Site, request: Request, lang: Lang, view: EditionView, form: Filled[RegistrationForm]) -> Response:
    return site.page(
        request,
        "register.html",
        lang,
        status=form.status,
        edition=view.frame,
        current="register",
        view_=view,
        form=form,
        categories=CATEGORIES,
        meals=MEALS,
        access=ACCESS,
    )


class SessionLines:
    """A chosen session as a line of a page, kept as long as it reads the same."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._kept: dict[tuple[str, Lang], tuple[object, Markup]] = {}

    def of(self, seats: SessionSeats, lang: Lang, view: EditionView) -> Markup:
        print_, key = (seats.version, view.page.version), (seats.id, lang)
        kept = self._kept.get(key)
        if kept is None or kept[0] != print_:
            line = Markup(self._site.render("confirm_session.html", lang, one=seats, view_=view))  # noqa: S704
            kept = self._kept[key] = (print_, line)
        return kept[1]


def add_registering(means: Means) -> None:
    pages, site, desk, reader, links, seal = means.pages, means.site, means.desk, means.reader, means.links, means.seal
    shells, lines = Shells(site), SessionLines(site)

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
            return form_page(site, request, lang, view, form)

        holes = {"token": site.token(request, RegistrationForm)}
        return shells.show(request, lang, ("register", edition), view.print_, holes=holes, make=make)

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

    @pages.get("/{lang}/confirm/{token}")
    async def confirm(request: Request, lang: Lang, token: str) -> Response:
        link = _open(links, token, site)
        if isinstance(link, LinkExpired):
            return site.page(request, "expired.html", lang, status=410, personal=True, edition=None)
        whole = await reader.registration(link.subject, link.generation)
        registration, edition = whole.registration, whole.edition
        if registration.state in ("confirmed", "waitlisted"):
            return site.go(mine(links, lang, registration, edition.frame))
        if registration.state != "pending":
            return site.page(request, "expired.html", lang, status=410, personal=True, edition=edition.frame)
        facts = site.render(
            "confirm_facts.html",
            lang,
            answers=registration.answers,
            person=whole.person,
            sessions=[lines.of(one, lang, edition) for one in edition.chosen(registration.answers.sessions)],
            needs=seal.open(registration.answers.needs),
            meals=MEALS,
            access=ACCESS,
            consents=CONSENTS,
        )
        forgotten = local_day(registration.expires_at, edition.frame.tz)
        holes = {
            "address": token,
            "token": site.token(request, ConfirmForm),
            "erase": site.token(request, CancelForm),
            "facts": facts,
            "day": day_month(forgotten, lang),
        }

        def make(holes: Mapping[str, str]) -> Response:
            forms = site.blank(request, ConfirmForm, lang), site.blank(request, CancelForm, lang)
            forms[0].token, forms[1].token = holes["token"], holes["erase"]
            return site.page(
                request,
                "confirm.html",
                lang,
                edition=edition.frame,
                current="register",
                personal=True,
                full=not edition.desk.places_left,
                here=f"/{lang}/confirm/{holes['address']}",
                facts=Markup(holes["facts"]),  # noqa: S704 (rendered just above)
                day=holes["day"],
                form=forms[0],
                cancel=forms[1],
            )

        return shells.show(request, lang, ("confirm", edition.page.id), edition.frame_print, holes=holes, make=make)

    @pages.post("/{lang}/confirm/{token}")
    async def confirmed(request: Request, lang: Lang, token: str) -> Response:
        form = await site.form(request, ConfirmForm, lang)
        link = _open(links, token, site)
        if isinstance(link, LinkExpired):
            return site.page(request, "expired.html", lang, status=410, personal=True, edition=None)
        if form.value is None:
            return site.go(request.url.path)
        try:
            edition = await desk.do(
                ConfirmRegistration(registration=link.subject, links=link.generation),
                Cause(form.cause.id, link.subject),
            )
        except AlreadyDecided:
            return site.go(request.url.path)
        frame = await reader.frame(str(edition))
        assert frame is not None
        return site.go(f"/{lang}/registration/{mint(links, 'registration', link.subject, link.generation, frame)}")

    @pages.post("/{lang}/confirm/{token}/erase")
    async def erased(request: Request, lang: Lang, token: str) -> Response:
        """« Ce n'est pas vous ? »: a form never confirmed is taken back by whoever got its mail."""
        form = await site.form(request, CancelForm, lang)
        link = _open(links, token, site)
        if not isinstance(link, LinkExpired) and form.value is not None:
            command = CancelRegistration(registration=link.subject, links=link.generation)
            await desk.do(command, Cause(form.cause.id, link.subject))
        return site.page(request, "taken_back.html", lang, personal=True, edition=None)


def _open(links: Links, token: str, site: Site) -> Link | LinkExpired:
    try:
        return links.read("confirm", token, site.clock.now())
    except LinkExpired as expired:
        return expired


def mint(links: Links, purpose: str, id: str, generation: int, frame: EditionFrame) -> str:
    """A link that opens until a month after the edition."""
    ends = datetime.combine(frame.ends_on, time(23, 59), ZoneInfo(frame.tz)).astimezone(UTC)
    return links.mint(purpose, id, generation, ends + OPEN_AFTER)


def mine(links: Links, lang: Lang, registration: Registration, frame: EditionFrame) -> str:
    return f"/{lang}/registration/{mint(links, 'registration', registration.id, registration.links, frame)}"


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
