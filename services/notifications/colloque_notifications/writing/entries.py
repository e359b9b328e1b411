"""What our calendar files have in common, whether an agenda is published or somebody is invited: the frame around the
entries, and how a session is written as one (RFC 5545)."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from icalendar import Calendar, Event, vCalAddress, vText

from colloque.contracts.fact import EditionFrame, SessionFrame
from colloque.web.i18n import text
from colloque.web.vtimezone import on_the_clock
from colloque_notifications.writing.marks import clean

Pieces = tuple[bytes, bytes]


class Saying(NamedTuple):
    """What is said of a session this time. `stamp`: when. `off`: it leaves the calendar. `page`: where the public reads
    of it, if it does."""

    uid: str
    sequence: int
    stamp: datetime
    organiser: str
    off: bool
    page: str = ""


def around(method: str, edition: EditionFrame, lang: str) -> Pieces:
    """What stands before and after the zones and entries."""
    whole = Calendar()
    whole.add("version", "2.0")
    whole.add("prodid", f"-//Colloque//{line(text(edition.title, lang))}//{lang.upper()}")
    whole.add("calscale", "GREGORIAN")
    whole.add("method", method)
    head, end, tail = whole.to_ical().partition(b"END:VCALENDAR")
    return head, end + tail


def entry(saying: Saying, session: SessionFrame, edition: EditionFrame, lang: str) -> Event:
    event, stamp = Event(), saying.stamp.replace(microsecond=0)
    starts_at, ends_at = on_the_clock(session.slot.starts_at, session.slot.ends_at, session.slot.tz)
    event.add("uid", saying.uid)
    event.add("dtstamp", stamp)
    event.add("last-modified", stamp)
    event.add("sequence", saying.sequence)
    event.add("organizer", address(saying.organiser, CN=text(edition.title, lang)))
    event.add("dtstart", starts_at)
    event.add("dtend", ends_at)
    event.add("summary", line(text(session.title, lang)))
    place = (session.room.name, edition.venue.name, edition.venue.municipality)
    event.add("location", line(", ".join(filter(None, place))))
    if saying.page:
        event.add("description", saying.page)
        event.add("url", saying.page)
    event.add("status", "CANCELLED" if saying.off else "CONFIRMED")
    event.add("transp", "TRANSPARENT" if saying.off else "OPAQUE")
    return event


def address(mailbox: str, **parameters: str) -> vCalAddress:
    whole = vCalAddress(f"mailto:{mailbox}")
    for name, value in parameters.items():
        if said := line(value).replace('"', "'"):
            whole.params[name] = vText(said)
    return whole


def line(words: str) -> str:
    return " ".join(clean(words).split())
