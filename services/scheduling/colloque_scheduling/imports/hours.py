"""Hours as schedule files write them."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from colloque_scheduling.imports.unreadable import UnreadableFile

_LASTS = re.compile(r"(?:(\d{1,3}):)?(\d{1,2}):(\d{2})(?::(\d{2}))?")
_HOUR = re.compile(r"([01]?\d|2[0-3]):?([0-5]\d)(?::\d{2})?")


def lasting(text: str) -> timedelta:
    """`HH:MM`, `HH:MM:SS`, `D:HH:MM:SS`; or minutes."""
    words = text.strip()
    if words.isdecimal():
        return timedelta(minutes=int(words))
    found = _LASTS.fullmatch(words)
    if found is None:
        raise UnreadableFile(f"A duration is written HH:MM, not {words[:20]!r}.")
    if found[4] is None:
        days, hours, minutes, seconds = 0, *(int(part or 0) for part in (found[2], found[3])), 0
        if found[1] is not None:  # H:MM:SS
            days, hours, minutes, seconds = 0, int(found[1]), int(found[2]), int(found[3])
    else:
        days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


def hour(text: str) -> timedelta:
    """Since midnight."""
    found = _HOUR.fullmatch(text.strip())
    if found is None:
        raise UnreadableFile(f"An hour is written HH:MM, not {text.strip()[:20]!r}.")
    return timedelta(hours=int(found[1]), minutes=int(found[2]))


def instant(text: str) -> datetime:
    """With its offset, or of the file's own clock."""
    try:
        return datetime.fromisoformat(text.strip())
    except ValueError:
        raise UnreadableFile(f"A moment is written 2018-09-13T09:30:00+02:00, not {text.strip()[:40]!r}.") from None


def beginning(date: str | None, day: str | None, start: str, change: timedelta) -> datetime:
    """By its own moment, else by its day and hour; hours before `change` are the next morning's."""
    if date and "T" in date:
        return instant(date)
    if not (date or day):
        raise UnreadableFile("A session is on no day.")
    after = hour(start)
    return instant(f"{(date or day or '').strip()}T00:00") + after + timedelta(days=after < change)
