"""A calendar invitation (RFC 5545, 5546 iTIP, 6047 iMIP): one session, one person, one message.

The person is the only attendee and is written to at the very same address. The organiser is the sender of every mail
of the house, a mailbox that is read: the same for as long as the entry lives, also where the person has the session in
their agenda as an attendee, under the same UID. The zone's rules are written out, since some calendars compute from
them even for a zone they know."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, vCalAddress, vText

from colloque.contracts.fact import EditionFrame, SessionFrame, Slot
from colloque.web.i18n import text
from colloque.web.vtimezone import vtimezone
from colloque_notifications.writing.address import Mailbox
from colloque_notifications.writing.marks import clean


class Entry(NamedTuple):
    """`sequence` and `stamp` only rise along the messages of one `uid`. `page`: where the public reads of the session,
    if it does."""

    uid: str
    method: str
    sequence: int
    stamp: datetime
    organiser: str
    attendee: Mailbox
    page: str = ""


def invitation(entry: Entry, session: SessionFrame, edition: EditionFrame, lang: str) -> bytes:
    whole = Calendar()
    whole.add("version", "2.0")
    whole.add("prodid", f"-//Colloque//{_line(text(edition.title, lang))}//{lang.upper()}")
    whole.add("calscale", "GREGORIAN")
    whole.add("method", entry.method)
    head, end, tail = whole.to_ical().partition(b"END:VCALENDAR")
    slot = session.slot
    zone = vtimezone(slot.tz, slot.starts_at.year, slot.ends_at.year)
    return b"".join((head, zone, _event(entry, session, edition, lang).to_ical(), end, tail))


def _event(entry: Entry, session: SessionFrame, edition: EditionFrame, lang: str) -> Event:
    cancels = entry.method == "CANCEL"
    stamp = entry.stamp.replace(microsecond=0)
    event = Event()
    event.add("uid", entry.uid)
    event.add("dtstamp", stamp)
    event.add("last-modified", stamp)
    event.add("sequence", entry.sequence)
    event.add("organizer", _address(entry.organiser, CN=text(edition.title, lang)))
    event.add("attendee", _attendee(entry.attendee, cancels=cancels))
    event.add("dtstart", _local(slot := session.slot, slot.starts_at))
    event.add("dtend", _local(slot, slot.ends_at))
    event.add("summary", _line(text(session.title, lang)))
    place = (session.room.name, edition.venue.name, edition.venue.municipality)
    event.add("location", _line(", ".join(filter(None, place))))
    if entry.page:
        event.add("description", entry.page)
        event.add("url", entry.page)
    event.add("status", "CANCELLED" if cancels else "CONFIRMED")
    event.add("transp", "TRANSPARENT" if cancels else "OPAQUE")
    return event


def _attendee(who: Mailbox, *, cancels: bool) -> vCalAddress:
    asked = {} if cancels else {"ROLE": "REQ-PARTICIPANT", "PARTSTAT": "NEEDS-ACTION", "RSVP": "TRUE"}
    return _address(who.email, CN=who.name, CUTYPE="INDIVIDUAL", **asked)


def _address(mailbox: str, **parameters: str) -> vCalAddress:
    address = vCalAddress(f"mailto:{mailbox}")
    for name, value in parameters.items():
        if said := _line(value).replace('"', "'"):
            address.params[name] = vText(said)
    return address


def _local(slot: Slot, instant: datetime) -> datetime:
    return instant.astimezone(ZoneInfo(slot.tz))


def _line(words: str) -> str:
    return " ".join(clean(words).split())
