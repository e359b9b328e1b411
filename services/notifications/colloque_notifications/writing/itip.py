"""A calendar invitation (RFC 5545, 5546 iTIP, 6047 iMIP): one session, one person, one message.

The person is the only attendee and is written to at the very same address. The organiser is the sender of every mail
of the house, a mailbox that is read: the same for as long as the entry lives, also where the person has the session in
their agenda as an attendee, under the same UID. The zone's rules are written out, since some calendars compute from
them even for a zone they know."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from icalendar import vCalAddress

from colloque.contracts.fact import EditionFrame, SessionFrame
from colloque.web.vtimezone import vtimezone
from colloque_notifications.writing.address import Mailbox
from colloque_notifications.writing.entries import Saying, address, around, entry


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


def invitation(one: Entry, session: SessionFrame, edition: EditionFrame, lang: str) -> bytes:
    head, tail = around(one.method, edition, lang)
    cancels, slot = one.method == "CANCEL", session.slot
    saying = Saying(one.uid, one.sequence, one.stamp, one.organiser, off=cancels, page=one.page)
    event = entry(saying, session, edition, lang)
    event.add("attendee", _attendee(one.attendee, cancels=cancels))
    zone = vtimezone(slot.tz, slot.starts_at.year, slot.ends_at.year)
    return b"".join((head, zone, event.to_ical(), tail))


def _attendee(who: Mailbox, *, cancels: bool) -> vCalAddress:
    asked = {} if cancels else {"ROLE": "REQ-PARTICIPANT", "PARTSTAT": "NEEDS-ACTION", "RSVP": "TRUE"}
    return address(who.email, CN=who.name, CUTYPE="INDIVIDUAL", **asked)
