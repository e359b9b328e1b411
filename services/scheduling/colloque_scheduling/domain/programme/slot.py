"""When: the wall clock of a place, from which the instants in UTC are derived and never kept.

Rules of time zones change between the day a programme is written and the day it is played: what people agreed on is
the wall clock, so that is what stays."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from typing import Literal
from zoneinfo import ZoneInfo, available_timezones

from colloque.contracts.fact import Frozen, Slot
from colloque.runtime.refusal import Invalid

from .words import WallTime

LONGEST = timedelta(hours=24)


class UnknownZone(Invalid):
    """No such IANA time zone."""


class TimeInGap(Invalid):
    """The clocks go forward over it: that hour does not exist on that day."""


class TimeTwice(Invalid):
    """The clocks go back over it: say which of the two with `fold`."""


class EndsBeforeStart(Invalid):
    pass


class SessionTooLong(Invalid):
    """Longer than a day."""


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


@cache
def zone(name: str) -> ZoneInfo:
    if name not in _zones():
        raise UnknownZone(
            "There is no time zone of that name; give one of the IANA names, such as Europe/Paris.", field="tz"
        )
    return ZoneInfo(name)


@lru_cache(maxsize=8192)
def instant(wall: datetime, tz: str, fold: int | None, field: str) -> datetime:
    """The one instant at which that wall clock shows that time."""
    here = zone(tz)
    first, second = (wall.replace(tzinfo=here, fold=which).astimezone(UTC) for which in (0, 1))
    if first == second:
        return first
    if first.astimezone(here).replace(tzinfo=None, fold=0) != wall:
        raise TimeInGap(f"The clocks of {tz} go forward over {wall:%Y-%m-%d %H:%M}: it does not exist.", field=field)
    if fold is None:
        raise TimeTwice(
            f"The clocks of {tz} show {wall:%Y-%m-%d %H:%M} twice: say 0 for the first, 1 for the second.", field=field
        )
    return second if fold else first


class WallSlot(Frozen):
    """From when until when, as the clock on the wall says. `tz` left empty means the edition's. A fold (0 or 1) tells
    the two hours apart that are shown twice when clocks go back; elsewhere it is of no consequence."""

    starts_at: WallTime
    ends_at: WallTime
    tz: str = ""
    starts_fold: Literal[0, 1] | None = None
    ends_fold: Literal[0, 1] | None = None

    def within(self, tz: str) -> WallSlot:
        """With the zone said, to the minute."""
        return self.model_copy(
            update={
                "tz": self.tz or tz,
                "starts_at": self.starts_at.replace(second=0, microsecond=0),
                "ends_at": self.ends_at.replace(second=0, microsecond=0),
            }
        )

    def instants(self) -> Slot:
        return slot_of(self.starts_at, self.ends_at, self.tz, self.starts_fold, self.ends_fold)


@lru_cache(maxsize=8192)
def slot_of(starts_at: datetime, ends_at: datetime, tz: str, starts_fold: int | None, ends_fold: int | None) -> Slot:
    """Between two times of the wall clock. Every look at a programme asks it of all its sessions."""
    starts = instant(starts_at, tz, starts_fold, "slot.starts_at")
    ends = instant(ends_at, tz, ends_fold, "slot.ends_at")
    if ends <= starts:
        raise EndsBeforeStart("A session ends after it starts.", field="slot.ends_at")
    if ends - starts > LONGEST:
        raise SessionTooLong("A session lasts a day at most.", field="slot.ends_at")
    return Slot(starts_at=starts, ends_at=ends, tz=tz)


def wall_slot(slot: Slot) -> WallSlot:
    """The wall clock that shows these instants; where it shows an hour twice, which of the two."""
    (starts, starts_fold), (ends, ends_fold) = (wall_of(at, slot.tz) for at in (slot.starts_at, slot.ends_at))
    return WallSlot(starts_at=starts, ends_at=ends, tz=slot.tz, starts_fold=starts_fold, ends_fold=ends_fold)


def wall_of(at: datetime, tz: str) -> tuple[datetime, Literal[0, 1] | None]:
    """What the clock of that zone shows at an instant, and its fold where one is needed."""
    local = at.astimezone(zone(tz))
    twice = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
    return local.replace(tzinfo=None, fold=0), (1 if local.fold else 0) if twice else None


def local_days(slot: Slot, tz: str) -> tuple[date, date]:
    """The first and the last day it touches on the calendar of that zone. Midnight ends the day before."""
    return day_of(slot.starts_at, tz), day_of(slot.ends_at - timedelta(microseconds=1), tz)


@lru_cache(maxsize=8192)
def day_of(at: datetime, tz: str) -> date:
    return at.astimezone(zone(tz)).date()
