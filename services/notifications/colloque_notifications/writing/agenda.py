"""A person's own agenda as a calendar file (RFC 5545): what they booked and the plenaries.

Each session is written once, and each person gets it under a UID of their own, for ever the same. SEQUENCE is the
session's revision, DTSTAMP the moment of the mail. Nobody is invited here, so nobody is an attendee: the agenda is
published (METHOD:PUBLISH). What is called off, or given up, stays in it with STATUS:CANCELLED, so that a calendar that
has the entry takes it out; taken up again later, it comes at a later moment. Who gives up their
registration has nothing left to be published: a published event is then taken back by METHOD:CANCEL (RFC 5546, 4.1.4),
which needs no attendee either, and each entry's SEQUENCE goes one up (3.2.5). Should the same person register again,
the same entries come back, two up for each time they came and went: a SEQUENCE never goes back."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from colloque.contracts.fact import EditionFrame
from colloque.web.vtimezone import vtimezone
from colloque_notifications.domain.known import KnownSession
from colloque_notifications.writing.entries import Pieces, Saying, around, entry

_STAMP_AND_UID = re.compile(rb"DTSTAMP:[0-9TZ]+\r\nUID:-\r\n")


class Place(NamedTuple):
    """`uid_host`: the right side of every UID, for ever; not the site's address, which may move. `organiser`: the
    mailbox that answers for the calendar, for as long."""

    base_url: str
    uid_host: str
    organiser: str
    house: str


class Course(NamedTuple):
    """How often a person took their whole agenda back before, and when this one was written: their calendar must find
    it later than all it had."""

    again: int
    at: datetime


def uid_of(session: str, edition: str, person: str, host: str) -> str:
    """Sessions are numbered within their edition, so the edition is part of it."""
    return f"{session}.{edition}.{person}@{host}"


class Agendas:
    """Of one release of one edition, in one language."""

    def __init__(self, frame: EditionFrame, lang: str, place: Place) -> None:
        self.frame, self.lang, self.place = frame, lang, place
        self._events: dict[tuple[str, bool, int], Pieces] = {}
        self._frames = {method: around(method, frame, lang) for method in ("PUBLISH", "CANCEL")}

    def calendar(
        self,
        person: str,
        sessions: Sequence[KnownSession],
        course: Course,
        off: Sequence[KnownSession] = (),
    ) -> bytes:
        """`off`: what this person has in it no longer."""
        step = 2 * course.again
        # A release that calls a session off has raised its revision; one that takes it out has not.
        events = [
            *((one, self._event(one, step, off=False)) for one in sessions),
            *((one, self._event(one, step + one.withdrawn, off=True)) for one in off),
        ]
        return self._whole("PUBLISH", person, events, course.at)

    def cancellation(self, person: str, sessions: Sequence[KnownSession], course: Course) -> bytes:
        """All of it, taken back."""
        step = 2 * course.again + 1
        return self._whole("CANCEL", person, [(one, self._event(one, step, off=True)) for one in sessions], course.at)

    def _whole(self, method: str, person: str, events: Sequence[tuple[KnownSession, Pieces]], at: datetime) -> bytes:
        years = [session.frame.slot.starts_at.year for session, _ in events]
        zones = sorted({session.frame.slot.tz for session, _ in events})
        head, tail = self._frames[method]
        stamp = f"DTSTAMP:{at.astimezone(UTC):%Y%m%dT%H%M%SZ}\r\n".encode()
        parts = [head, *(vtimezone(tz, min(years), max(years)) for tz in zones)]
        for session, (before, after) in events:
            uid = uid_of(session.frame.id, self.frame.edition, person, self.place.uid_host)
            parts += [before, stamp, folded(f"UID:{uid}"), after]
        return b"".join((*parts, tail))

    def _event(self, session: KnownSession, step: int, *, off: bool) -> Pieces:
        """What stands before and after its moment and its UID. `step`: by how much its SEQUENCE is more than the
        session's revision."""
        key = session.frame.id, off, step
        if key not in self._events:
            frame, place = session.frame, self.place
            page = f"{place.base_url}/{self.lang}/{self.frame.edition}/sessions/{frame.id}"
            saying = Saying("-", frame.revision + step, session.changed_at, place.organiser, off=off, page=page)
            before, after = _STAMP_AND_UID.split(entry(saying, frame, self.frame, self.lang).to_ical())
            self._events[key] = before, after
        return self._events[key]


def folded(line: str) -> bytes:
    """ASCII, at most 75 octets a line."""
    first, rest = line[:75], line[75:]
    lines = [first, *(f" {rest[i : i + 74]}" for i in range(0, len(rest), 74))]
    return "".join(f"{one}\r\n" for one in lines).encode("ascii")
