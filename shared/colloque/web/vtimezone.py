"""VTIMEZONE as a calendar needs it: the rules valid for the years of its events. Some readers compute from it even for
zones they know, so a wrong rule would silently move a session by an hour."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from icalendar import Timezone, TimezoneDaylight, TimezoneStandard


@cache
def vtimezone(tz: str, first_year: int, last_year: int) -> bytes:
    zone = ZoneInfo(tz)
    timezone = Timezone()
    timezone.add("tzid", tz)
    begins = datetime(first_year, 1, 1, tzinfo=UTC)
    changes = list(_changes(zone, begins - timedelta(days=400), datetime(last_year + 1, 1, 2, tzinfo=UTC)))
    before = [at for at in changes if at <= begins][-1:]
    after = [at for at in changes if at > begins]
    if before + after:
        for at in before + after:
            timezone.add_component(_observance(zone, at))
    else:
        timezone.add_component(_constant(zone, begins))
    return bytes(timezone.to_ical())


def _changes(zone: ZoneInfo, low: datetime, high: datetime) -> Iterator[datetime]:
    """The instants at which the offset changes: looked for day by day, then to the second."""
    at = low
    while at < high:
        following = at + timedelta(days=1)
        if _offset(zone, at) != _offset(zone, following):
            yield _exactly(zone, at, following)
        at = following


def _exactly(zone: ZoneInfo, low: datetime, high: datetime) -> datetime:
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=int((high - low).total_seconds()) // 2)
        if _offset(zone, middle) == _offset(zone, low):
            low = middle
        else:
            high = middle
    return high


def _offset(zone: ZoneInfo, at: datetime) -> timedelta:
    offset = at.astimezone(zone).utcoffset()
    assert offset is not None
    return offset


def _observance(zone: ZoneInfo, at: datetime) -> TimezoneStandard | TimezoneDaylight:
    """Its onset is written in the time that was valid until then."""
    was, becomes = _offset(zone, at - timedelta(seconds=1)), _offset(zone, at)
    observance = TimezoneDaylight() if at.astimezone(zone).dst() else TimezoneStandard()
    observance.add("dtstart", at.replace(tzinfo=None) + was)
    observance.add("tzoffsetfrom", was)
    observance.add("tzoffsetto", becomes)
    observance.add("tzname", at.astimezone(zone).tzname())
    return observance


def _constant(zone: ZoneInfo, at: datetime) -> TimezoneStandard:
    observance = TimezoneStandard()
    observance.add("dtstart", datetime(1970, 1, 1))  # noqa: DTZ001 - a local time, as RFC 5545 wants it
    observance.add("tzoffsetfrom", _offset(zone, at))
    observance.add("tzoffsetto", _offset(zone, at))
    observance.add("tzname", at.astimezone(zone).tzname())
    return observance
