"""Three parsers of others in Python, each under a plain shelf that takes what is later (RFC 5546, 2.1.5)."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, NamedTuple

import icalendar
import ics
import vobject

from tests.calendars.held import Held, bare


class Message(NamedTuple):
    method: str
    stamp: datetime
    entry: Held


def by_icalendar(body: bytes) -> Message:
    whole = icalendar.Calendar.from_ical(body)
    assert [error for one in whole.walk() for error in getattr(one, "errors", ())] == []
    [event] = whole.walk("VEVENT")
    asked = event.get("attendee", [])
    entry = Held(
        uid=str(event["uid"]),
        starts_at=event.decoded("dtstart").astimezone(UTC),
        ends_at=event.decoded("dtend").astimezone(UTC),
        title=str(event["summary"]),
        place=str(event["location"]),
        status=str(event["status"]),
        sequence=int(str(event["sequence"])),
        organiser=bare(str(event["organizer"])),
        answers=tuple(
            (bare(str(one)), str(one.params.get("PARTSTAT", "NEEDS-ACTION")))
            for one in (asked if isinstance(asked, list) else [asked])
        ),
    )
    return Message(str(whole["method"]), event.decoded("dtstamp"), entry)


def by_vobject(body: bytes) -> Message:
    whole = vobject.readOne(body.decode())
    whole.validate(raiseException=True)
    [event] = whole.vevent_list
    entry = Held(
        uid=event.uid.value,
        starts_at=event.dtstart.value.astimezone(UTC),
        ends_at=event.dtend.value.astimezone(UTC),
        title=event.summary.value,
        place=event.location.value,
        status=event.status.value,
        sequence=int(event.sequence.value),
        organiser=bare(event.organizer.value),
        answers=tuple(
            (bare(one.value), one.params.get("PARTSTAT", ["NEEDS-ACTION"])[0])
            for one in event.contents.get("attendee", [])
        ),
    )
    return Message(whole.method.value, event.dtstamp.value, entry)


def by_ics(body: bytes) -> Message:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what its own dependencies complain of is theirs
        whole = ics.Calendar(body.decode())
    [event] = whole.events
    lines: dict[str, Any] = {line.name: line for line in event.extra}
    entry = Held(
        uid=event.uid,
        starts_at=event.begin.datetime.astimezone(UTC),
        ends_at=event.end.datetime.astimezone(UTC),
        title=event.name,
        place=event.location,
        status=event.status,
        sequence=int(lines["SEQUENCE"].value),
        organiser=bare(event.organizer.email),
        answers=tuple((bare(one.email), one.partstat or "NEEDS-ACTION") for one in event.attendees),
    )
    return Message(whole.method, event.created.datetime, entry)


class Shelf:
    def __init__(self, read: Callable[[bytes], Message]) -> None:
        self._read = read
        self._taken: dict[str, tuple[tuple[int, datetime], Held]] = {}

    def take(self, message: bytes) -> None:
        came = self._read(message)
        later = came.entry.sequence, came.stamp
        known = self._taken.get(came.entry.uid)
        if known is None and came.method == "CANCEL":
            return
        if known is None or later > known[0]:
            self._taken[came.entry.uid] = later, came.entry

    def accept(self, uid: str, who: str) -> None:
        later, entry = self._taken[uid]
        answers = tuple((one, "ACCEPTED" if one == who else answer) for one, answer in entry.answers)
        self._taken[uid] = later, replace(entry, answers=answers)

    def shows(self) -> dict[str, Held]:
        return {uid: entry for uid, (_, entry) in self._taken.items()}


def in_words(body: bytes) -> str:
    """For a failure that is read by somebody."""
    return re.sub(r"\r\n[ \t]", "", body.decode())
