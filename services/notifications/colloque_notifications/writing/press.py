"""Keeps what is written once: forms by template, language and release, and the pieces of their calendars."""

from __future__ import annotations

from collections import OrderedDict
from datetime import timedelta
from typing import Any, NamedTuple

from babel.dates import format_date

from colloque.contracts.fact import EditionFrame, SessionChange, SessionFrame, Slot
from colloque.web import french
from colloque.web.i18n import text, written
from colloque_notifications.domain.known import KnownEdition, KnownProgramme, KnownRelease, KnownSession
from colloque_notifications.settings import NotificationsSettings
from colloque_notifications.writing import html, markdown, mime
from colloque_notifications.writing import text as plain
from colloque_notifications.writing.address import Mailbox
from colloque_notifications.writing.agenda import Agendas, Place
from colloque_notifications.writing.form import Form
from colloque_notifications.writing.marks import clean
from colloque_notifications.writing.sources import source

KEPT = 64
CLASHES = "abcdefghijkl"
"""As many pairs of sessions can be named in one mail; whoever has more finds all of them on their page."""


ITIP = {"request": "REQUEST", "cancel": "CANCEL"}
"""Files that are messages to a calendar, with their method."""


class Row(NamedTuple):
    """A session as a mail lists it."""

    id: str
    when: str
    title: str
    where: str
    tracks: str


class ChangeRow(NamedTuple):
    """A session as a mail tells what a release made of it."""

    id: str
    kinds: tuple[str, ...]
    title: str
    tracks: str
    was: str
    now: str
    where_was: str
    where: str
    reason: str


class Kept:
    """All that is written once of an edition as it stands, in one language; of a release too, for mails about one."""

    def __init__(
        self,
        lang: str,
        edition: KnownEdition | None,
        programme: KnownProgramme | None,
        place: Place,
        release: KnownRelease | None = None,
    ) -> None:
        self.lang, self.edition, self.programme, self.release = lang, edition, programme, release
        self.frame: EditionFrame | None = edition.frame if edition else None
        self.forms: dict[tuple[str, tuple[str, ...]], Form] = {}
        self.agendas = Agendas(edition.frame, lang, place) if edition else None

    @property
    def sessions(self) -> list[KnownSession]:
        every = self.programme.sessions.values() if self.programme else ()
        return sorted(every, key=lambda session: (session.frame.slot.starts_at, session.frame.id))

    def rows(self) -> list[Row]:
        return [
            Row(
                session.frame.id,
                self._when(session),
                self.titled(session),
                session.frame.room.name,
                self._tracks(session.frame),
            )
            for session in self.sessions
        ]

    def changes(self) -> list[ChangeRow]:
        """What the release changed, in the order of the day."""
        changed = [(one, one.previous) for one in (self.release.changes if self.release else ()) if one.previous]
        changed.sort(key=lambda pair: (pair[1].slot.starts_at, pair[0].session))
        return [self._change(one, was) for one, was in changed]

    def _change(self, change: SessionChange, was: SessionFrame) -> ChangeRow:
        now = change.current or was
        return ChangeRow(
            change.session,
            change.kinds,
            written(now.title, self.lang),
            self._tracks(now),
            self.starts(was.slot),
            f"{self._day(now.slot)}, {french.hours(now.slot, self.lang)}",
            was.room.name,
            now.room.name,
            written(now.reason, self.lang) if now.reason else "",
        )

    def titled(self, session: KnownSession) -> str:
        return clean(written(session.frame.title, self.lang))

    def starts(self, slot: Slot) -> str:
        """« jeudi 13, 14 h »"""
        return f"{self._day(slot)}, {french.hour(slot.starts_at, slot.tz, self.lang)}"

    def _day(self, slot: Slot) -> str:
        """« jeudi 13 »; with the month where the edition lasts longer than a week."""
        day = french.local_day(slot.starts_at, slot.tz)
        return (french.weekday if self._long else french.weekday_short)(day, self.lang)

    def _tracks(self, frame: SessionFrame) -> str:
        tracks = {track.id: track.title for track in (self.programme.tracks if self.programme else ())}
        return ", ".join(written(tracks[id], self.lang) for id in frame.tracks if id in tracks)

    @property
    def _long(self) -> bool:
        assert self.frame is not None
        return self.frame.ends_on - self.frame.starts_on >= timedelta(days=7)

    def _when(self, session: KnownSession) -> str:
        """« jeu. 9 h 30 »; with the day where the edition lasts longer than a week."""
        slot = session.frame.slot
        day = french.local_day(slot.starts_at, slot.tz)
        said = format_date(day, "EEE d MMM" if self._long else "EEE", locale="fr" if self.lang == "fr" else "en_GB")
        return f"{said}\u00a0{french.hour(slot.starts_at, slot.tz, self.lang)}"


class Press:
    def __init__(self, settings: NotificationsSettings) -> None:
        self.settings = settings
        self._kept: OrderedDict[tuple[str, str, int, int, str], Kept] = OrderedDict()

    def kept(
        self,
        lang: str,
        edition: KnownEdition | None,
        programme: KnownProgramme | None,
        release: KnownRelease | None = None,
    ) -> Kept:
        key = (
            lang,
            edition.id if edition else "",
            edition.version if edition else 0,
            programme.version if programme else -1,
            release.id if release else "",
        )
        if key not in self._kept:
            s = self.settings
            place = Place(s.base_url, s.lasting_host, s.sender, s.house_name)
            self._kept[key] = Kept(lang, edition, programme, place, release)
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
            next((_calendar(name) for name in files if name in ITIP), None),
        )

    def _context(self, kept: Kept) -> dict[str, Any]:
        rows = kept.rows() if kept.release is None else []
        base = self.settings.base_url
        return {
            "edition": kept.frame,
            "house": self.settings.house_name,
            "agenda": rows,
            "release": kept.release.n if kept.release else 0,
            "changes": kept.changes(),
            "clashes": CLASHES,
            "held": [f"held-{row.id}" for row in rows] or ["held"],
            "edition_url": f"{base}/{kept.lang}/{kept.frame.edition}" if kept.frame else "",
            "register_url": f"{base}/{kept.lang}/{kept.frame.edition}/register" if kept.frame else "",
        }

    def _attachment(self, name: str, lang: str, frame: EditionFrame | None) -> mime.Attachment:
        edition = frame.edition if frame else "colloque"
        if name in ITIP:
            return mime.Attachment(name, f"invitation-{edition}.ics", "application/ics")
        if name == "ticket":
            filename = f"billet-{edition}.png" if lang == "fr" else f"ticket-{edition}.png"
            return mime.Attachment(name, filename, "image/png")
        filename, method = f"agenda-{edition}.ics", "CANCEL" if name == "cancellation" else "PUBLISH"
        return mime.Attachment(name, filename, "text/calendar", (("charset", "utf-8"), ("method", method)))


def _calendar(name: str) -> mime.Attachment:
    return mime.Attachment(name, "", "text/calendar", (("charset", "UTF-8"), ("method", ITIP[name])))
