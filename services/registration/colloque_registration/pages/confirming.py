"""The link of the first mail: a GET shows and asks, the click takes the place."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from fastapi import Request
from markupsafe import Markup
from starlette.responses import Response

from colloque.contracts.fact import EditionFrame
from colloque.runtime.journal import Cause
from colloque.web.french import day_month, local_day
from colloque.web.i18n import Lang
from colloque.web.links import Link, LinkExpired, Links
from colloque.web.site import Site
from colloque_registration.commands import CancelRegistration, ConfirmRegistration
from colloque_registration.domain.registration import AlreadyDecided, Registration
from colloque_registration.domain.sessions import SessionSeats
from colloque_registration.forms import CancelForm, ConfirmForm
from colloque_registration.pages.means import Means
from colloque_registration.pages.shell import Shells
from colloque_registration.reads import EditionView
from colloque_registration.words import ACCESS, CONSENTS, MEALS

OPEN_AFTER = timedelta(days=30)
"""How long after the edition « my registration » still opens."""


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


def add_confirming(means: Means) -> None:
    pages, site, desk, reader, links, seal = (
        means.pages,
        means.site,
        means.desk,
        means.reader,
        means.links,
        means.seal,
    )
    shells, lines = Shells(site), SessionLines(site)

    @pages.get("/{lang}/confirm/{token}")
    async def confirm(request: Request, lang: Lang, token: str) -> Response:
        link = _open(links, token, site)
        if isinstance(link, LinkExpired):
            return site.page(request, "expired.html", lang, status=410, personal=True, edition=None)
        whole = await reader.registration(link.subject, link.generation)
        registration, edition = whole.registration, whole.edition
        if registration.state in ("confirmed", "waitlisted", "offered"):
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
