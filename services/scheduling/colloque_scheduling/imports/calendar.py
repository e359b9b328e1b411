"""Calendars (RFC 5545): each event with hours is a session, where it comes first. What is cancelled or lasts whole days
is none."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any

from icalendar import Calendar

from colloque_scheduling.domain.programme.draft import MOST_SESSIONS
from colloque_scheduling.domain.programme.incoming import Event, TooManySessions
from colloque_scheduling.imports.unreadable import UnreadableFile


def read_calendar(body: bytes) -> Sequence[Event]:
    try:
        whole = Calendar.from_ical(body)
    except ValueError:
        raise UnreadableFile("It is no calendar.") from None
    if whole.name != "VCALENDAR":
        raise UnreadableFile("It is no calendar.")
    found = [one for one in whole.walk("VEVENT") if isinstance(_moment(one, "dtstart"), datetime)]
    events = [one for one in found if str(one.get("status", "")).upper() != "CANCELLED"]
    if len(events) > MOST_SESSIONS:
        raise TooManySessions(f"There are {len(events)} sessions in it; a programme has {MOST_SESSIONS} at most.")
    return [_event(one) for one in events]


def _event(one: Any) -> Event:
    starts_at = _moment(one, "dtstart")
    ends_at, lasts = _moment(one, "dtend"), _moment(one, "duration")
    if not isinstance(ends_at, datetime):
        ends_at = starts_at + lasts if isinstance(lasts, timedelta) else starts_at
    uid = _text(one, "uid") or f"{_text(one, 'summary')} {starts_at.isoformat()}"
    categories = one.get("categories")
    track = categories.cats[0] if categories is not None and getattr(categories, "cats", None) else ""
    return Event(
        name=f"c{blake2b(uid.encode(), digest_size=6).hexdigest()}",
        starts_at=starts_at,
        ends_at=ends_at,
        title=_text(one, "summary"),
        room=_text(one, "location"),
        track=str(track),
        url=_text(one, "url"),
        description=_text(one, "description"),
    )


def _text(one: Any, name: str) -> str:
    value = one.get(name)
    return "" if value is None or isinstance(value, list) else str(value)


def _moment(one: Any, name: str) -> Any:
    """What cannot be read is not there."""
    try:
        return one.decoded(name, None)
    except (ValueError, KeyError, AttributeError, TypeError):
        return None
