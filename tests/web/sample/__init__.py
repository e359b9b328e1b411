"""A room that keeps notes: small, but furnished like any other, to try what the web gives to all."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated, ClassVar, Literal

from fastapi import Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from colloque.contracts.fact import EditionFrame, Slot, TrackFrame, Venue
from colloque.runtime.desk import Desk
from colloque.runtime.refusal import Refusal, TryAgain
from colloque.runtime.room import Room
from colloque.runtime.work import Answer, Change, Command, Document, Steps, Work
from colloque.web.api import Asker, Doors
from colloque.web.forms import Email, Form, Line
from colloque.web.i18n import N_, Lang
from colloque.web.rights import RIGHTS_KINDS, RIGHTS_STEPS
from colloque.web.settings import WebSettings
from colloque.web.site import Site, Words, console_lang, no_such_page

EDITION = EditionFrame(
    edition="nec-2018",
    series="nec",
    code="NEC18",
    title={"fr": "Numérique en Commun[s] 2018"},
    tagline={
        "fr": "Écrire ensemble la société numérique de demain",
        "en": "Writing tomorrow’s digital society together",
    },
    starts_on=date(2018, 9, 13),
    ends_on=date(2018, 9, 14),
    tz="Europe/Paris",
    venue=Venue(name="ENSA Nantes", municipality="Nantes"),
    capacity=850,
    contact_email="nec18@colloque.example",
    contact_phone="02 61 91 00 18",
    demo=True,
)
TRACKS = (
    TrackFrame(id="lieux", order=1, title={"fr": "Lieux"}, look="a1"),
    TrackFrame(id="donnees", order=2, title={"fr": "Données"}, look="a2"),
    TrackFrame(id="communs", order=3, title={"fr": "Communs"}, look="a3"),
)
MORNING = Slot(
    starts_at=datetime(2018, 9, 13, 7, 30, tzinfo=UTC), ends_at=datetime(2018, 9, 13, 9, tzinfo=UTC), tz="Europe/Paris"
)


WHO = "amina.diallo@example.org"
"""What the words of an error may hold."""


class Full(Refusal):
    pass


class Note(Document):
    email: str
    given: str
    needs: tuple[str, ...] = ()


class WriteNote(Command):
    email: str
    given: str
    needs: tuple[str, ...] = ()


async def write(command: WriteNote, work: Work) -> Answer:
    if command.given == "Plein":
        raise Full("there is no room for another note", objects=("edition/nec-2018",), field="meal", places=850)
    note = Note(id=work.new_id(), **command.model_dump())
    work.keep(Change(note))
    return note.id


class AskForm(Form):
    who: Literal["me", "other"] = "me"
    proxy: Line | None = None
    given: Annotated[Line, Field(max_length=40)]
    family: Line
    email: Email
    category: Literal["", "mediator", "elected"] = ""
    been: Literal["yes", "no", "rather_not"] | None = None
    meal: Literal["", "vegetarian"] = ""
    needs: tuple[Literal["step_free", "quiet", "loop"], ...] = ()
    photos: bool = False

    labels: ClassVar = {
        "who": N_("Qui inscrivez-vous ?"),
        "proxy": N_("Votre nom à vous"),
        "given": N_("Prénom"),
        "family": N_("Nom"),
        "email": N_("Adresse de courriel"),
        "category": N_("Vous êtes…"),
        "been": N_("Avez-vous déjà participé ?"),
        "meal": N_("Déjeuner du jeudi"),
        "needs": N_("Que faut-il prévoir ?"),
        "photos": N_("Apparaître sur les photos"),
    }
    questions: ClassVar = {
        "who": 1,
        "proxy": 1,
        "given": 2,
        "family": 3,
        "email": 4,
        "category": 5,
        "been": 6,
        "meal": 7,
        "needs": 8,
    }
    words: ClassVar = {"given": {"missing": N_("Écrivez le prénom.")}}


class Press(Form):
    """A button."""


class NoteView(BaseModel):
    id: str


class NoteBody(BaseModel):
    email: str
    given: str


WORDS = {
    "full": Words(
        N_("C'est complet"), N_("Les %(places)s places sont prises."), beside=N_("Cette session s'est remplie.")
    )
}
KINDS: tuple[type[Document], ...] = (Note, *RIGHTS_KINDS)
STEPS = Steps().on(WriteNote, write).joined(RIGHTS_STEPS)


async def edition_of(edition: str) -> EditionFrame | None:
    return EDITION if edition == EDITION.edition else None


async def series_of(edition: str) -> str | None:
    return EDITION.series if edition == EDITION.edition else None


def build(desk: Desk, settings: WebSettings) -> Room:
    site = Site("tests.web.sample", settings, desk.clock, words=WORDS, edition_of=edition_of)
    doors = Doors(desk, settings, series_of)
    pages, api = site.router(), doors.router()

    @pages.get("/{lang}/{edition}")
    async def edition_page(request: Request, lang: Lang, edition: str) -> Response:
        known = await edition_of(edition) or no_such_page()
        return site.page(
            request,
            "edition.html",
            lang,
            edition=known,
            current="edition",
            tracks=TRACKS,
            slot=MORNING,
            etag="release-2",
        )

    @pages.get("/{lang}/{edition}/register")
    async def ask(request: Request, lang: Lang, edition: str) -> Response:
        known = await edition_of(edition) or no_such_page()
        form = site.blank(request, AskForm, lang)
        return site.page(request, "ask.html", lang, edition=known, current="register", form=form)

    @pages.post("/{lang}/{edition}/register")
    async def asked(request: Request, lang: Lang, edition: str) -> Response:
        known = await edition_of(edition) or no_such_page()
        form = await site.form(request, AskForm, lang)
        if form.value is not None:
            value = form.value
            if value.given == "Rush":
                raise TryAgain("everybody comes at once")
            try:
                await desk.do(WriteNote(email=value.email, given=value.given, needs=value.needs), form.cause)
                return site.go(f"/{lang}/{edition}/sent")
            except Full as refusal:
                form.refuse(refusal)
        return site.page(request, "ask.html", lang, status=form.status, edition=known, current="register", form=form)

    @pages.get("/{lang}/{edition}/rush")
    async def rush(request: Request, lang: Lang, edition: str) -> Response:
        raise TryAgain("everybody comes at once")

    @pages.get("/{lang}/{edition}/full")
    async def full(request: Request, lang: Lang, edition: str) -> Response:
        raise Full(places=850)

    @pages.get("/{lang}/{edition}/bug")
    async def bug(request: Request, lang: Lang, edition: str) -> Response:
        raise KeyError(WHO)

    @pages.get("/{lang}/registration/{token}")
    async def mine(request: Request, lang: Lang, token: str) -> Response:
        return site.page(request, "mine.html", lang, edition=EDITION, token=token, press=Press, note=None)

    @pages.post("/{lang}/registration/{token}")
    async def pressed(request: Request, lang: Lang, token: str) -> Response:
        form = await site.form(request, Press, lang)
        return site.page(
            request, "mine.html", lang, status=form.status, edition=EDITION, token=token, press=Press, form=form
        )

    @pages.get("/console/{edition}/registrations", dependencies=[doors.console("desk")])
    async def registrations(request: Request, edition: str, caller: Asker) -> Response:
        known = await edition_of(edition) or no_such_page()
        return site.page(
            request, "desk.html", console_lang(request), edition=known, caller=caller, current="registrations"
        )

    @pages.get("/console", dependencies=[doors.console("viewer", scope="any")])
    async def editions(request: Request, caller: Asker) -> Response:
        return site.page(request, "desk.html", console_lang(request), caller=caller, current="editions")

    @api.post("/api/editions/{edition}/notes", status_code=201, dependencies=[doors.api("desk")])
    async def write_note(edition: str, body: NoteBody, caller: Asker) -> NoteView:
        return NoteView(id=str(await desk.do(WriteNote(**body.model_dump()), caller.cause)))

    @api.get("/api/editions/{edition}/bug", dependencies=[doors.api("viewer")])
    async def api_bug(edition: str) -> NoteView:
        raise KeyError(WHO)

    return Room(desk, STEPS, KINDS, (), routers=(pages, api), frame_of=edition_of)
