"""The wall clock and the instants it means."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from colloque_scheduling.domain.programme.slot import (
    EndsBeforeStart,
    SessionTooLong,
    TimeInGap,
    TimeTwice,
    WallSlot,
    local_days,
)
from tests.scheduling import nec18
from tests.scheduling.world import EXAMPLES

PARIS = "Europe/Paris"


def slot(start: str, end: str, tz: str = PARIS, **folds: int) -> WallSlot:
    told = {"starts_at": start, "ends_at": end, "tz": tz, **folds}
    return WallSlot.model_validate(told)


@pytest.mark.parametrize("case", nec18.load("expected.yaml")["dst"], ids=lambda case: case["local"])
def test_the_wall_clock_of_a_zone_means_one_instant(case: dict[str, str]) -> None:
    start = datetime.fromisoformat(case["local"])
    times = WallSlot(starts_at=start, ends_at=start + timedelta(hours=1), tz=case["tz"]).instants()

    assert times.starts_at == datetime.fromisoformat(case["utc"])


def test_an_hour_that_does_not_exist_is_refused() -> None:
    with pytest.raises(TimeInGap) as refused:
        slot("2018-03-25T02:30", "2018-03-25T04:00").instants()

    assert (refused.value.slug, refused.value.field) == ("time-in-gap", "slot.starts_at")


def test_an_hour_that_comes_twice_must_say_which() -> None:
    with pytest.raises(TimeTwice):
        slot("2018-10-28T02:30", "2018-10-28T04:00").instants()

    first = slot("2018-10-28T02:30", "2018-10-28T04:00", starts_fold=0).instants()
    second = slot("2018-10-28T02:30", "2018-10-28T04:00", starts_fold=1).instants()
    assert second.starts_at - first.starts_at == timedelta(hours=1)
    assert (first.ends_at - first.starts_at, second.ends_at - second.starts_at) == (
        timedelta(hours=2, minutes=30),
        timedelta(hours=1, minutes=30),
    )


def test_from_the_first_half_past_two_to_the_second() -> None:
    times = slot("2018-10-28T02:30", "2018-10-28T02:30", starts_fold=0, ends_fold=1).instants()

    assert times.ends_at - times.starts_at == timedelta(hours=1)


def test_the_end_comes_after_the_start_on_the_clock_of_the_world() -> None:
    with pytest.raises(EndsBeforeStart):
        slot("2018-09-13T11:00", "2018-09-13T11:00").instants()
    with pytest.raises(EndsBeforeStart):
        slot("2018-10-28T02:40", "2018-10-28T02:50", starts_fold=1, ends_fold=0).instants()


def test_no_session_is_longer_than_a_day() -> None:
    with pytest.raises(SessionTooLong):
        slot("2018-09-13T09:00", "2018-09-14T09:01").instants()


def test_midnight_belongs_to_the_day_that_ends() -> None:
    times = slot("2018-09-14T22:00", "2018-09-15T00:00").instants()

    assert local_days(times, PARIS) == (date(2018, 9, 14), date(2018, 9, 14))
    assert local_days(times, "Asia/Tokyo") == (date(2018, 9, 15), date(2018, 9, 15))


EPOCH = datetime.fromisoformat("2015-01-01")
minutes = st.integers(0, 15 * 365 * 24 * 60).map(lambda minutes: EPOCH + timedelta(minutes=minutes))
zones = st.sampled_from([PARIS, "America/Montreal", "Asia/Tokyo", "Indian/Reunion", "Australia/Lord_Howe", "UTC"])


@EXAMPLES
@given(minutes, zones)
def test_every_instant_is_said_by_the_clock_of_its_zone(at: datetime, tz: str) -> None:
    """Whatever instant: what its wall clock shows, with the fold it has, means that instant again."""
    here = at.replace(tzinfo=UTC).astimezone(ZoneInfo(tz))
    wall = here.replace(tzinfo=None, fold=0)
    end = (here.astimezone(UTC) + timedelta(hours=1)).astimezone(ZoneInfo(tz))

    times = WallSlot(
        starts_at=wall,
        ends_at=end.replace(tzinfo=None, fold=0),
        tz=tz,
        starts_fold=here.fold,  # type: ignore[arg-type]  # 0 or 1, which the stubs call int
        ends_fold=end.fold,  # type: ignore[arg-type]
    ).instants()

    assert (times.starts_at, times.ends_at) == (at.replace(tzinfo=UTC), at.replace(tzinfo=UTC) + timedelta(hours=1))
