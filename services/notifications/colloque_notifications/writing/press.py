"""Keeps what is written once: forms by template, language and release, and the pieces of their calendars."""

from __future__ import annotations

from collections import OrderedDict
from datetime import date
from typing import Any, NamedTuple

from babel.dates import format_date

from colloque.contracts.fact import EditionFrame
from colloque.web import french
from colloque.web.i18n import text, written
from colloque_notifications.domain.known import KnownEdition, KnownProgramme, KnownSession
from colloque_notifications.settings import NotificationsSettings
from colloque_notifications.writing import html, markdown, mime
from colloque_notifications.writing import text as plain
from colloque_notifications.writing.address import Mailbox
from colloque_notifications.writing.agenda import Agendas, Place
from colloque_notifications.writing.form import Form
from colloque_notifications.writing.sources import source

KEPT = 64


class Row(NamedTuple):
    """A session as a mail lists it."""

    id: str
    when: str
    title: str
    where: str
    tracks: str


class Kept:
    """All that is written once of an edition as it stands, in one language."""

    def __init__(self, lang: str, edition: KnownEdition | None, programme: KnownProgramme | None, place: Place) -> None:
        self.lang, self.edition, self.programme = lang, edition, programme
        self.frame: EditionFrame | None = edition.frame if edition else None
        self.forms: dict[tuple[str, tuple[str, ...]], Form] = {}
        self.agendas = Agendas(edition.frame, lang, place) if edition else None

    @property
    def sessions(self) -> list[KnownSession]:
        every = self.programme.sessions.values() if self.programme else ()
        return sorted(every, key=lambda session: (session.frame.slot.starts_at, session.frame.id))

    def rows(self) -> list[Row]:
        tracks = {
            track.id: written(track.title, self.lang) for track in (self.programme.tracks if self.programme else ())
        }
        return [
            Row(
                session.frame.id,
                self._when(session),
                written(session.frame.title, self.lang),
                session.frame.room.name,
                ", ".join(tracks[id] for id in session.frame.tracks if id in tracks),
            )
            for session in self.sessions
        ]

    def _when(self, session: KnownSession) -> str:
        """« jeu. 9 h 30 »; with the day where the edition lasts longer than a week."""
        assert self.frame is not None
        slot = session.frame.slot
        day = french.local_day(slot.starts_at, slot.tz)
        long = self.frame.ends_on - self.frame.starts_on >= date(2000, 1, 8) - date(2000, 1, 1)
        said = format_date(day, "EEE d MMM" if long else "EEE", locale="fr" if self.lang == "fr" else "en_GB")
        return f"{said}\u00a0{french.hour(slot.starts_at, slot.tz, self.lang)}"


class Press:
    def __init__(self, settings: NotificationsSettings) -> None:
        self.settings = settings
        self._kept: OrderedDict[tuple[str, str, int, int], Kept] = OrderedDict()

    def kept(self, lang: str, edition: KnownEdition | None, programme: KnownProgramme | None) -> Kept:
        key = (
            lang,
            edition.id if edition else "",
            edition.version if edition else 0,
            programme.version if programme else -1,
        )
        if key not in self._kept:
            s = self.settings
            place = Place(s.base_url, s.lasting_host, s.sender, s.house_name)
            self._kept[key] = Kept(lang, edition, programme, place)
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return self._kept[key]

    def form(self, template: str, files: tuple[str, ...], kept: Kept) -> Form:
        key = (template, files)
        if key not in kept.forms:
            kept.forms[key] = self._compiled(template, files, kept)
        return kept.forms[key]

    def _compiled(self, template: str, files: tuple[str, ...], kept: Kept) -> Form:
        frame, lang, settings = kept.frame, kept.lang, self.settings
        said = source(template, lang, self._context(kept))
        blocks = markdown.blocks(said.body)
        brand = " ".join(filter(None, (frame.code, frame.venue.municipality))) if frame else settings.house_name
        sender = Mailbox(text(frame.title, lang) if frame else settings.house_name, settings.sender)
        envelope = mime.Envelope(sender, frame.contact_email if frame else "", said.subject, lang)
        return mime.form(
            envelope,
            plain.page(blocks, lang),
            html.page(blocks, lang=lang, title=said.subject, preview=said.preview, brand=brand),
            tuple(self._attachment(name, lang, frame) for name in files),
        )

    def _context(self, kept: Kept) -> dict[str, Any]:
        rows = kept.rows()
        base = self.settings.base_url
        return {
            "edition": kept.frame,
            "house": self.settings.house_name,
            "agenda": rows,
            "held": [f"held-{row.id}" for row in rows] or ["held"],
            "register_url": f"{base}/{kept.lang}/{kept.frame.edition}/register" if kept.frame else "",
        }

    def _attachment(self, name: str, lang: str, frame: EditionFrame | None) -> mime.Attachment:
        edition = frame.edition if frame else "colloque"
        if name == "ticket":
            filename = f"billet-{edition}.png" if lang == "fr" else f"ticket-{edition}.png"
            return mime.Attachment(name, filename, "image/png")
        filename = f"agenda-{edition}.ics"
        return mime.Attachment(name, filename, "text/calendar", (("charset", "utf-8"), ("method", "PUBLISH")))
