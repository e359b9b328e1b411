"""VTIMEZONE as a calendar needs it. Some readers compute from it even for zones they know, so a wrong rule would
silently move a session by an hour; and some keep the first one that they met under a zone's name for whatever comes
later. So a zone that changes its clocks by a rule is written as that rule, valid for all years to come; only one that
does not is written change by change, for the years of its events."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import groupby
from typing import NamedTuple
from zoneinfo import ZoneInfo

from icalendar import Timezone, TimezoneDaylight, TimezoneStandard

YEARS = 10
"""For so many a rule must hold to be one."""
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


class Onset(NamedTuple):
    """A change of the clocks, in the time that was valid until then."""

    at: datetime
    was: timedelta
    becomes: timedelta
    summer: bool
    name: str

    @property
    def sort(self) -> tuple[object, ...]:
        """What yearly changes by one rule have in common, but for the day."""
        return self.at.month, self.at.weekday(), self.at.time(), *self[1:]


def on_the_clock(starts_at: datetime, ends_at: datetime, tz: str) -> tuple[datetime, datetime]:
    """As a calendar is told: in local time, but in UTC where a clock that goes back shows that time twice (local time
    then means the first of them, RFC 5545 3.3.5)."""
    zone = ZoneInfo(tz)
    starts, ends = starts_at.astimezone(zone), ends_at.astimezone(zone)
    return (starts_at.astimezone(UTC), ends_at.astimezone(UTC)) if starts.fold or ends.fold else (starts, ends)


@cache
def vtimezone(tz: str, first_year: int, last_year: int) -> bytes:
    zone = ZoneInfo(tz)
    timezone = Timezone()
    timezone.add("tzid", tz)
    onsets = [_onset(zone, at) for at in _changes(zone, _new_year(first_year - 1), _new_year(last_year + 1 + YEARS))]
    if rules := _rules(onsets, last_year + YEARS - first_year + 2):
        for first, day in rules:
            timezone.add_component(_observance(first, day))
    else:
        began = [one for one in onsets if one.at.year < first_year][-1:] or [_constant(zone, first_year)]
        for onset in (*began, *(one for one in onsets if first_year <= one.at.year <= last_year)):
            timezone.add_component(_observance(onset))
    return bytes(timezone.to_ical())


def _rules(onsets: Sequence[Onset], years: int) -> list[tuple[Onset, str]]:
    """The first change by each rule, and on which weekday of its month: « -1SU ». Nothing where that is not all."""
    rules = list[tuple[Onset, str]]()
    for _, group in groupby(sorted(onsets, key=lambda one: (one.sort, one.at)), key=lambda one: one.sort):
        of_rule = list(group)
        nth = _nth([one.at.date() for one in of_rule])
        if len(of_rule) != years or nth is None:
            return []
        rules.append((of_rule[0], f"{nth}{_DAYS[of_rule[0].at.weekday()]}"))
    return sorted(rules)


def _nth(days: Sequence[date]) -> int | None:
    """Which of its weekday in the month it is each time: the last (-1), or so many."""
    if all((day + timedelta(weeks=1)).month != day.month for day in days):
        return -1
    numbers = {(day.day - 1) // 7 + 1 for day in days}
    return numbers.pop() if len(numbers) == 1 else None


def _new_year(year: int) -> datetime:
    return datetime(year, 1, 1, tzinfo=UTC)


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


def _onset(zone: ZoneInfo, at: datetime) -> Onset:
    was, then = _offset(zone, at - timedelta(seconds=1)), at.astimezone(zone)
    return Onset(at.replace(tzinfo=None) + was, was, _offset(zone, at), bool(then.dst()), then.tzname() or "")


def _constant(zone: ZoneInfo, year: int) -> Onset:
    offset = _offset(zone, _new_year(year))
    name = _new_year(year).astimezone(zone).tzname() or ""
    return Onset(datetime(1970, 1, 1), offset, offset, False, name)  # noqa: DTZ001 - a local time, as RFC 5545 wants it


def _observance(onset: Onset, day: str = "") -> TimezoneStandard | TimezoneDaylight:
    observance = TimezoneDaylight() if onset.summer else TimezoneStandard()
    observance.add("dtstart", onset.at)
    if day:
        observance.add("rrule", {"freq": "yearly", "bymonth": onset.at.month, "byday": day})
    observance.add("tzoffsetfrom", onset.was)
    observance.add("tzoffsetto", onset.becomes)
    observance.add("tzname", onset.name)
    return observance
