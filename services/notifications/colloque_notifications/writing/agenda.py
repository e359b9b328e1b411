"""A person's own agenda as a calendar file (RFC 5545): what they booked and the plenaries.

Each session is written once, and each person gets it under a UID of their own, for ever the same. SEQUENCE is the
session's revision. Nobody is invited here, so nobody is an attendee."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, vCalAddress

from colloque.contracts.fact import EditionFrame
from colloque.web.i18n import text
from colloque.web.vtimezone import vtimezone
from colloque_notifications.domain.known import KnownSession
from colloque_notifications.writing.marks import clean

_UID = b"UID:-\r\n"


class Place(NamedTuple):
    """`uid_host`: the right side of every UID, for ever; not the site's address, which may move. `organiser`: the
    mailbox that answers for the calendar, for as long."""

    base_url: str
    uid_host: str
    organiser: str
    house: str


def uid_of(session: str, edition: str, person: str, host: str) -> str:
    """Sessions are numbered within their edition, so the edition is part of it."""
    return f"{session}.{edition}.{person}@{host}"


class Agendas:
    """Of one release of one edition, in one language."""

    def __init__(self, frame: EditionFrame, lang: str, place: Place) -> None:
        self.frame, self.lang, self.place = frame, lang, place
        self._events: dict[str, tuple[bytes, bytes]] = {}
        whole = Calendar()
        whole.add("version", "2.0")
        whole.add("prodid", f"-//Colloque//{text(frame.title, lang)}//{lang.upper()}")
        whole.add("calscale", "GREGORIAN")
        whole.add("method", "PUBLISH")
        self._head, end, self._tail = whole.to_ical().partition(b"END:VCALENDAR")
        self._tail = end + self._tail

    def calendar(self, person: str, sessions: Sequence[KnownSession]) -> bytes:
        years = [session.frame.slot.starts_at.year for session in sessions]
        zones = sorted({session.frame.slot.tz for session in sessions})
        parts = [self._head, *(vtimezone(tz, min(years), max(years)) for tz in zones)]
        for session in sessions:
            before, after = self._event(session)
            uid = uid_of(session.frame.id, self.frame.edition, person, self.place.uid_host)
            parts += [before, folded(f"UID:{uid}"), after]
        return b"".join((*parts, self._tail))

    def _event(self, session: KnownSession) -> tuple[bytes, bytes]:
        if session.frame.id not in self._events:
            before, _, after = self._written(session).partition(_UID)
            self._events[session.frame.id] = before, after
        return self._events[session.frame.id]

    def _written(self, session: KnownSession) -> bytes:
        frame, place = session.frame, self.place
        page = f"{place.base_url}/{self.lang}/{self.frame.edition}/sessions/{frame.id}"
        event = Event()
        event.add("uid", "-")
        event.add("dtstamp", session.changed_at.replace(microsecond=0))
        event.add("last-modified", session.changed_at.replace(microsecond=0))
        event.add("sequence", frame.revision)
        event.add("dtstart", _local(frame.slot.starts_at, frame.slot.tz))
        event.add("dtend", _local(frame.slot.ends_at, frame.slot.tz))
        event.add("summary", _line(text(frame.title, self.lang)))
        event.add(
            "location",
            _line(", ".join(filter(None, (frame.room.name, self.frame.venue.name, self.frame.venue.municipality)))),
        )
        event.add("description", page)
        event.add("url", page)
        event.add("status", "CONFIRMED")
        event.add("transp", "OPAQUE")
        organiser = vCalAddress(f"mailto:{place.organiser}")
        organiser.params["CN"] = _line(text(self.frame.title, self.lang)).replace('"', "'")
        event.add("organizer", organiser)
        return bytes(event.to_ical())


def _local(instant: datetime, tz: str) -> datetime:
    return instant.astimezone(ZoneInfo(tz))


def _line(words: str) -> str:
    return " ".join(clean(words).split())


def folded(line: str) -> bytes:
    """ASCII, at most 75 octets a line."""
    first, rest = line[:75], line[75:]
    lines = [first, *(f" {rest[i : i + 74]}" for i in range(0, len(rest), 74))]
    return "".join(f"{one}\r\n" for one in lines).encode("ascii")
