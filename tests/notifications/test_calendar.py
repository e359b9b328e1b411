"""The calendar file that people get: its bytes, and what three other people's parsers make of it."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

import ics
import pytest
import vobject
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar, Timezone

from colloque.contracts.fact import RoomFrame, SessionFrame, Slot
from colloque.web.vtimezone import vtimezone
from colloque_notifications.domain.known import KnownSession
from colloque_notifications.writing.agenda import Agendas, Course, Place
from tests.calendars.lint import lint, monotonic
from tests.notifications.house import FRAME, NOW, SESSIONS, amended, confirmed, file_of, house

PLACE = Place("https://nec.colloque.example", "colloque.example", "nec18@colloque.example", "Colloque")
CHANGED = datetime(2018, 6, 18, 10, tzinfo=UTC)


def known(*frames: SessionFrame) -> list[KnownSession]:
    return [KnownSession(frame=frame, changed_at=CHANGED) for frame in frames]


def calendar(*frames: SessionFrame, lang: str = "fr") -> bytes:
    return Agendas(FRAME, lang, PLACE).calendar("nadia", known(*(frames or SESSIONS)), Course(0, CHANGED))


def instants(body: bytes) -> dict[str, dict[str, tuple[datetime, datetime]]]:
    """By parser and UID: from when until when, in UTC."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what their own dependencies complain of is theirs
        first = Calendar.from_ical(body)
        assert [error for one in first.walk() for error in getattr(one, "errors", ())] == []
        second = ics.Calendar(body.decode())
        third = vobject.readOne(body.decode())
        third.validate(raiseException=True)
        return {
            "icalendar": {
                str(one["uid"]): _both(one.decoded("dtstart"), one.decoded("dtend")) for one in first.walk("VEVENT")
            },
            "ics": {one.uid: _both(one.begin.datetime, one.end.datetime) for one in second.events},
            "vobject": {one.uid.value: _both(one.dtstart.value, one.dtend.value) for one in third.vevent_list},
        }


def _both(start: datetime, end: datetime) -> tuple[datetime, datetime]:
    return start.astimezone(UTC), end.astimezone(UTC)


def expected(frames: Iterable[SessionFrame]) -> dict[str, tuple[datetime, datetime]]:
    return {f"{one.id}.nec-2018.nadia@colloque.example": (one.slot.starts_at, one.slot.ends_at) for one in frames}


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_three_parsers_read_the_same_instants_as_were_meant(lang: str) -> None:
    read = instants(calendar(lang=lang))
    assert read == dict.fromkeys(("icalendar", "ics", "vobject"), expected(SESSIONS))


def test_a_session_in_winter_and_one_in_summer_are_each_at_their_own_hour() -> None:
    frames = [
        SESSIONS[0].model_copy(update={"id": f"x{month}", "slot": _slot(month)}) for month in (1, 3, 4, 7, 10, 12)
    ]
    body = calendar(*frames)
    lint(body, method="PUBLISH")
    assert instants(body) == dict.fromkeys(("icalendar", "ics", "vobject"), expected(frames))


def _slot(month: int) -> Slot:
    """The 20th at half past nine on the clocks of Paris."""
    start = datetime(2018, month, 20, 9, 30, tzinfo=ZoneInfo("Europe/Paris")).astimezone(UTC)
    return Slot(starts_at=start, ends_at=start + timedelta(hours=1), tz="Europe/Paris")


def test_the_bytes_pass_the_lint_and_hold_what_a_calendar_needs() -> None:
    events = lint(calendar(), method="PUBLISH")
    assert [event["UID"] for event in events] == list(expected(SESSIONS))
    assert events[0]["DTSTART;TZID=Europe/Paris"] == "20180913T093000"
    assert [event["SEQUENCE"] for event in events] == ["0", "0", "2", "0", "0"]
    assert events[2]["SUMMARY"] == "Communs 2/5 : choisir une licence\\; puis\\, la tenir"


def test_words_from_outside_cannot_add_a_property() -> None:
    evil = SESSIONS[0].model_copy(
        update={
            "title": {"fr": "Bien\r\nATTENDEE:mailto:mallory@example.org\nX:y"},
            "room": RoomFrame(id="r", name="Salle\r\nEND:VEVENT", capacity=1),
        }
    )
    (event,) = lint(calendar(evil), method="PUBLISH")
    assert event["SUMMARY"] == "Bien ATTENDEE:mailto:mallory@example.org X:y"


@settings(deadline=None, max_examples=60)
@given(
    title=st.text(min_size=1, max_size=200),
    minutes=st.integers(0, 60 * 24 * 365 * 3),
    tz=st.sampled_from(["Europe/Paris", "America/Montreal", "Asia/Tokyo", "Australia/Lord_Howe", "Africa/Casablanca"]),
)
def test_any_title_at_any_hour_in_any_zone_is_well_formed_and_at_its_instant(title: str, minutes: int, tz: str) -> None:
    starts = datetime(2018, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    slot = Slot(starts_at=starts, ends_at=starts + timedelta(hours=1), tz=tz)
    body = calendar(SESSIONS[0].model_copy(update={"title": {"fr": title}, "slot": slot}))
    lint(body, method="PUBLISH")
    (event,) = Calendar.from_ical(body).walk("VEVENT")
    assert (event.decoded("dtstart").astimezone(UTC), event.decoded("dtend").astimezone(UTC)) == (
        slot.starts_at,
        slot.ends_at,
    )


def hours_of(tz: str, year: int) -> tzinfo:
    """As somebody reckons who knows of the zone only what a file of that year says."""
    whole = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n" + vtimezone(tz, year, year) + b"END:VCALENDAR\r\n"
    [zone] = Calendar.from_ical(whole).walk("VTIMEZONE")
    assert isinstance(zone, Timezone)
    hours: tzinfo = zone.to_tz(lookup_tzid=False)
    return hours


@pytest.mark.parametrize(
    ("tz", "until"),
    [
        ("Europe/Paris", 2028),
        ("America/Montreal", 2028),
        ("Europe/Dublin", 2028),
        ("Australia/Lord_Howe", 2028),
        ("Asia/Tokyo", 2028),
        ("Africa/Casablanca", 2019),
        ("Asia/Jerusalem", 2019),
        ("America/Nuuk", 2019),
        ("Africa/Cairo", 2019),
    ],
)
def test_a_vtimezone_gives_the_offsets_of_its_zone_on_every_day(tz: str, until: int) -> None:
    """Where there is a rule, for all years after it too: some calendars keep the first file that names a zone."""
    theirs, zone, day = hours_of(tz, 2018), ZoneInfo(tz), datetime(2018, 1, 1, 12)  # noqa: DTZ001 - on the wall
    while day.year < until:
        assert day.replace(tzinfo=theirs).utcoffset() == day.replace(tzinfo=zone).utcoffset(), day
        day += timedelta(days=1)


@pytest.mark.parametrize("tz", ["America/Nuuk", "Africa/Cairo", "Asia/Amman"])
def test_a_zone_that_begins_or_stops_changing_its_clocks_is_right_in_that_year(tz: str) -> None:
    for year in range(2010, 2027):
        theirs, zone, day = hours_of(tz, year), ZoneInfo(tz), datetime(year, 1, 1, 12)  # noqa: DTZ001 - on the wall
        while day.year == year:
            assert day.replace(tzinfo=theirs).utcoffset() == day.replace(tzinfo=zone).utcoffset(), day
            day += timedelta(days=1)


async def test_the_confirmation_carries_what_was_booked_and_the_plenaries() -> None:
    async with house() as one:
        (mail,) = await one.send(confirmed(sessions=("s02", "s07"), without=("s13",)))
        events = lint(file_of(mail, "text/calendar"), method="PUBLISH")
        assert [event["UID"].split(".")[0] for event in events] == ["s01", "s02", "s07", "s18"]


async def test_what_somebody_gives_up_leaves_their_calendar_and_can_come_back() -> None:
    async with house() as one:
        mails = await one.send(confirmed())
        for hours, (sessions, added, freed) in enumerate(
            ((("s02", "s13"), ("s13",), ("s07",)), (("s02", "s07"), ("s07",), ("s13",))), 1
        ):
            one.clock.set(NOW + timedelta(hours=hours))
            mails += await one.send(amended(sessions=sessions, added=added, freed=freed))
        shelf = dict[str, tuple[str, str]]()
        for mail in mails:
            for event in lint(file_of(mail, "text/calendar"), method="PUBLISH"):
                name = event["UID"].split(".")[0]
                assert event["DTSTAMP"] > shelf.get(name, ("", ""))[0]
                shelf[name] = event["DTSTAMP"], event["STATUS"]
        held = {name for name, (_, status) in shelf.items() if status == "CONFIRMED"}
        assert held == {"s01", "s02", "s07", "s18"}
        assert shelf["s13"][1] == "CANCELLED"


async def test_a_later_file_keeps_every_uid_and_never_goes_back() -> None:
    async with house() as one:
        (before,) = await one.send(confirmed())
        (after,) = await one.send(amended())
        first, second = (lint(file_of(mail, "text/calendar"), method="PUBLISH") for mail in (before, after))
        monotonic(first, second)
        assert {event["UID"] for event in first} & {event["UID"] for event in second} == {
            f"{id}.nec-2018.nadia@colloque.example" for id in ("s01", "s02", "s07", "s18")
        }


def test_dates_of_the_edition_are_those_of_the_agenda() -> None:
    days = {one.slot.starts_at.astimezone(ZoneInfo(one.slot.tz)).date() for one in SESSIONS}
    assert days == {date(2018, 9, 13), date(2018, 9, 14)}
