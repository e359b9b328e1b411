"""The released programme as calendars and schedule apps read it, held against the formats' own schemas and parsers."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID
from xml.etree.ElementTree import Element, fromstring

import ics
import orjson
import pytest
import vobject
from icalendar import Calendar
from jsonschema import Draft6Validator, FormatChecker

from colloque_scheduling.domain.programme.assignment import Role
from colloque_scheduling.domain.programme.numbers import Numbers, guid
from colloque_scheduling.domain.programme.published import CastMember
from colloque_scheduling.domain.programme.release import Programme
from colloque_scheduling.feeds.calendar import calendar
from colloque_scheduling.feeds.schedule import schedule_json, schedule_xml
from colloque_scheduling.feeds.telling import Source, acronym
from tests.calendars.lint import lint
from tests.scheduling import nec18
from tests.scheduling.house import House, nec18_as
from tests.scheduling.shared import SHARED, faults, needs_shared
from tests.scheduling.test_history import Course
from tests.scheduling.world import EDITION, session, wall

NEC = "/api/editions/nec-2018"
FEEDS = ("programme.ics", "programme.json", "schedule.xml", "schedule.json")


@pytest.fixture
async def released() -> AsyncIterator[House]:
    async with nec18_as("released") as house:
        house.web.headers["accept-encoding"] = "identity"
        yield house


async def change(house: House) -> None:
    """Release 2 of the story."""
    house.clock.at = datetime(2018, 9, 12, 12, tzinfo=UTC)
    await house.post(f"{NEC}/sessions/s12/move", {"room": "audito"})
    await house.post(f"{NEC}/sessions/swap", {"a": "s06", "b": "s09"})
    reason = {"fr": "intervenant empêché", "en": "speaker unable to attend"}
    await house.post(f"{NEC}/sessions/s16/cancel", {"reason": reason})
    assert (await house.release()).status_code == 201


def events(xml: bytes) -> dict[str, Element]:
    return {one.findtext("slug", "").rpartition("-")[2]: one for one in fromstring(xml).iter("event")}  # noqa: S314 - ours


# ---- what all of them do
@pytest.mark.parametrize("name", FEEDS)
async def test_a_feed_has_a_strong_tag_that_changes_with_the_release_and_with_nothing_else(
    released: House, name: str
) -> None:
    path = f"/fr/nec-2018/{name}"
    first = await released.web.get(path)
    assert first.status_code == 200
    assert re.fullmatch(r'"[0-9a-f]{24}"', first.headers["etag"])
    assert first.headers["last-modified"] == "Mon, 04 Jun 2018 07:00:00 GMT"
    again = await released.web.get(path, headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    await released.post(f"{NEC}/sessions/s12/move", {"room": "audito"})
    draft = await released.web.get(path, headers={"if-none-match": first.headers["etag"]})
    assert draft.status_code == 304, "the draft is nobody's business"
    await released.post(f"{NEC}/sessions/s12/move", {"room": "galerie"})

    await change(released)

    second = await released.web.get(path, headers={"if-none-match": first.headers["etag"]})
    assert second.status_code == 200
    assert second.headers["etag"] != first.headers["etag"]
    assert second.headers["last-modified"] == "Wed, 12 Sep 2018 12:00:00 GMT"


async def test_a_feed_is_the_same_from_two_processes_and_packed_on_request(released: House) -> None:
    async with nec18_as("released") as other:
        other.web.headers["accept-encoding"] = "identity"
        for name in FEEDS:
            one, two = [await house.web.get(f"/en/nec-2018/{name}") for house in (released, other)]
            assert (one.headers["etag"], one.content) == (two.headers["etag"], two.content)
            packed = await released.web.get(f"/en/nec-2018/{name}", headers={"accept-encoding": "gzip"})
            assert packed.headers["etag"] != one.headers["etag"]
            assert packed.content == one.content


async def test_before_the_first_release_there_is_no_feed() -> None:
    async with nec18_as("filled") as house:
        for name in FEEDS:
            assert (await house.web.get(f"/fr/nec-2018/{name}")).status_code == 404
            assert (await house.web.get(f"/fr/nec-1999/{name}")).status_code == 404


async def test_the_programme_announces_its_feeds(released: House) -> None:
    page = (await released.web.get("/fr/nec-2018/programme")).text

    for name in FEEDS:
        assert f'href="/fr/nec-2018/{name}"' in page
    assert '<link rel="alternate" type="text/calendar" href="/fr/nec-2018/programme.ics"' in page


async def test_no_feed_names_somebody_who_has_not_confirmed(released: House) -> None:
    for name in FEEDS:
        body = (await released.web.get(f"/fr/nec-2018/{name}")).text
        assert not [one["person"] for one in nec18.assignments() if one["person"] in body]


# ---- calendar
def instants(body: bytes) -> dict[str, dict[str, tuple[datetime, datetime]]]:
    """As three parsers of others read it."""
    whole = Calendar.from_ical(body)
    assert [one.errors for one in whole.walk() if one.errors] == []
    text = body.decode()
    return {
        "icalendar": {str(e["uid"]): (e.decoded("dtstart"), e.decoded("dtend")) for e in whole.walk("VEVENT")},
        "ics": {e.uid: (e.begin.datetime, e.end.datetime) for e in ics.Calendar(text).events},
        "vobject": {e.uid.value: (e.dtstart.value, e.dtend.value) for e in vobject.readOne(text).vevent_list},
    }


async def test_three_parsers_read_every_session_at_its_instant(released: House) -> None:
    body = (await released.web.get("/fr/nec-2018/programme.ics")).content
    expected = {
        f"{one['id']}.nec-2018@house.example": (
            nec18.wall(one["slot"]["starts_at"]),
            nec18.wall(one["slot"]["ends_at"]),
        )
        for one in nec18.sessions()
    }

    for read in instants(body).values():
        assert {uid: tuple(at.astimezone(UTC) for at in both) for uid, both in read.items()} == expected


async def test_the_calendar_follows_the_release_under_the_same_names(released: House) -> None:
    before = Calendar.from_ical((await released.web.get("/fr/nec-2018/programme.ics")).content)
    await change(released)
    after = Calendar.from_ical((await released.web.get("/fr/nec-2018/programme.ics")).content)

    def said(whole: Any) -> dict[str, tuple[int, str, datetime]]:
        return {
            str(e["uid"]).partition(".")[0]: (e["sequence"], str(e["status"]), e.decoded("dtstamp"))
            for e in whole.walk("VEVENT")
        }

    june, september = datetime(2018, 6, 4, 7, tzinfo=UTC), datetime(2018, 9, 12, 12, tzinfo=UTC)
    assert set(said(before).values()) == {(0, "CONFIRMED", june)}
    changed = {key: told for key, told in said(after).items() if told != (0, "CONFIRMED", june)}
    assert changed == {
        "s06": (1, "CONFIRMED", september),
        "s09": (1, "CONFIRMED", september),
        "s12": (1, "CONFIRMED", september),
        "s16": (1, "CANCELLED", september),
    }
    assert {str(e["uid"]) for e in before.walk("VEVENT")} == {str(e["uid"]) for e in after.walk("VEVENT")}
    assert "uid" not in after
    assert "method" not in after


async def test_the_calendar_is_written_byte_for_byte_as_the_standard_asks(released: House) -> None:
    await released.web.patch(
        f"{NEC}/sessions/s02",
        json={"title": {"fr": "Été ; des lieux, « où » \\ comment ? " * 7}, "abstract": {"fr": "a\nb"}},
    )
    await released.release()
    body = (await released.web.get("/fr/nec-2018/programme.ics")).content

    assert len(lint(body, method=None)) == 18
    assert body.count(b"BEGIN:VTIMEZONE") == 1
    assert b"DTSTART;TZID=Europe/Paris:20180913T093000" in body
    assert body.index(b"UID:") > body.index(b"BEGIN:VEVENT")


# ---- schedule apps
@needs_shared
async def test_the_schedule_passes_the_validators_of_its_makers(released: House) -> None:
    schema = orjson.loads((SHARED / "schemas" / "c3voc-schedule.schema.json").read_bytes())
    validator = Draft6Validator(schema, format_checker=FormatChecker())
    for _ in range(2):
        for lang in ("fr", "en"):
            assert faults((await released.web.get(f"/{lang}/nec-2018/schedule.xml")).content) == []
            told = (await released.web.get(f"/{lang}/nec-2018/schedule.json")).json()
            assert list(validator.iter_errors(told)) == []
        await change(released)
        await released.post(f"{NEC}/sessions/s12/move", {"room": "galerie"})


@needs_shared
def test_the_validators_would_notice() -> None:
    xml = schedule_xml(source(), "fr")
    [_, second] = events(xml).values()
    number = b' id="%s"' % second.get("id", "").encode()

    assert faults(xml) == []
    for was, wrong in (
        (b"<duration>01:30", b"<duration>1h30"),
        (b"<acronym>nec_2018", b"<acronym>NEC"),
        (number, b' id="1"'),
    ):
        assert was in xml
        assert faults(xml.replace(was, wrong))


async def test_what_no_schema_sees_holds_too(released: House) -> None:
    """The rules of the apps that read it."""
    root = fromstring((await released.web.get("/fr/nec-2018/schedule.xml")).content)  # noqa: S314 - ours
    conference = root.find("conference")
    assert conference is not None
    assert re.fullmatch("[a-z0-9_-]{4,}", conference.findtext("acronym", ""))
    assert conference.findtext("base_url") == "http://house.example/fr/nec-2018/"
    assert conference.findtext("time_zone_name") == "Europe/Paris"
    assert [day.get("index") for day in root.iter("day")] == ["1", "2"]
    for day in root.iter("day"):
        bounds = [datetime.fromisoformat(day.get(side, "")) for side in ("start", "end")]
        for room in day.iter("room"):
            for event in room.iter("event"):
                begins = datetime.fromisoformat(event.findtext("date", ""))
                assert begins.utcoffset() is not None
                assert event.findtext("start") == f"{begins:%H:%M}"
                assert re.fullmatch(r"[01]\d:[0-5]\d|2[0-3]:[0-5]\d", event.findtext("duration", ""))
                assert (event.find("room") is not None, event.findtext("room")) == (True, room.get("name"))
                assert event.find("subtitle") is not None
                assert int(event.get("id", "")) > 0
                assert UUID(event.get("guid", "")).version == 4
                assert bounds[0] <= begins <= bounds[1]


async def test_numbers_and_guids_stay_from_release_to_release(released: House) -> None:
    before = events((await released.web.get("/fr/nec-2018/schedule.xml")).content)
    await change(released)
    await released.post(f"{NEC}/sessions", nec18.session("s02", id="a01", slot={
        "starts_at": "2018-09-14T18:00", "ends_at": "2018-09-14T19:00"}))  # fmt: skip
    await released.release()
    after = events((await released.web.get("/en/nec-2018/schedule.xml")).content)

    assert sorted(after) == sorted({*before, "a01"} - {"s16"})
    for key in before.keys() & after.keys():
        assert (after[key].get("id"), after[key].get("guid")) == (before[key].get("id"), before[key].get("guid"))
    assert after["a01"].get("id") == "19"
    numbers = released.docs(Numbers)["nec-2018"]
    assert len({one.guid for part in (numbers.sessions, numbers.rooms, numbers.people) for one in part.values()}) == (
        len(numbers.sessions) + len(numbers.rooms) + len(numbers.people)
    )


async def test_json_and_xml_tell_the_same(released: House) -> None:
    xml = events((await released.web.get("/fr/nec-2018/schedule.xml")).content)
    told = (await released.web.get("/fr/nec-2018/schedule.json")).json()["schedule"]["conference"]
    json = [event for day in told["days"] for room in day["rooms"].values() for event in room]

    assert len(json) == len(xml) == 18
    for event in json:
        same = xml[event["slug"].rpartition("-")[2]]
        assert (str(event["id"]), event["guid"]) == (same.get("id"), same.get("guid"))
        for name in ("title", "date", "duration", "room", "type", "url", "language", "abstract"):
            assert event[name] == (same.findtext(name) or ""), name


async def test_the_plain_programme_says_what_stands_and_what_is_cancelled(released: House) -> None:
    await change(released)
    told = (await released.web.get("/en/nec-2018/programme.json")).json()

    assert (told["release"], told["released_at"], len(told["sessions"])) == (2, "2018-09-12T12:00:00Z", 18)
    cancelled = [one for one in told["sessions"] if one["state"] == "cancelled"]
    assert [(one["id"], one["reason"]["en"], one["revision"]) for one in cancelled] == [
        ("s16", "speaker unable to attend", 1)
    ]


def source(**names: str) -> Source:
    """One session with somebody who has confirmed."""
    course = Course()
    course.write([session("s02", title={"fr": "Signes < & \ufffe"}), session("x", slot=wall("13T22:00", "14T02:00"))])
    course.release()
    cast = {"s02": (CastMember(role=Role.SPEAKER, person="yann"), CastMember(role=Role.HOST))}
    programme: Programme = course.programme.model_copy(update={"cast": cast})
    numbers = Numbers(id="nec-2018").given(iter("abcdefgh").__next__, sessions=["s02", "x"], people=["yann"]).document
    return Source(EDITION, programme, numbers, {}, names, "http://house.example", "house.example")


def test_somebody_who_has_confirmed_is_named_with_a_number_and_a_guid_of_their_own() -> None:
    named = source(yann="Yann Le Goff")
    person = events(schedule_xml(named, "fr"))["s02"].find("persons/person")
    assert person is not None
    assert (person.text, person.get("id"), person.get("guid")) == (
        "Yann Le Goff",
        "1",
        named.numbers.people["yann"].guid,
    )
    told = orjson.loads(schedule_json(named, "fr"))["schedule"]["conference"]["days"][0]["rooms"]["Galerie"]
    assert [one["name"] for one in told[0]["persons"]] == ["Yann Le Goff"]
    assert events(schedule_xml(source(), "fr"))["s02"].find("persons/person") is None


def test_signs_that_xml_cannot_write_are_left_out() -> None:
    assert events(schedule_xml(source(), "fr"))["s02"].findtext("title") == "Signes < & "
    assert calendar(source(), "fr")


def test_a_session_after_midnight_belongs_to_the_day_it_began_and_the_day_lasts_until_it_ends() -> None:
    first, _ = fromstring(schedule_xml(source(), "fr")).iter("day")  # noqa: S314 - ours
    assert [one.findtext("duration") for one in first.iter("event")] == ["01:30", "04:00"]
    assert first.get("end") == "2018-09-14T02:00:00+02:00"


@pytest.mark.parametrize(
    ("edition", "expected"), [("nec-2018", "nec_2018"), ("a", "a___"), ("38c3", "38c3"), ("a-b-c", "a_b_c")]
)
def test_an_acronym_is_one_that_apps_take(edition: str, expected: str) -> None:
    assert acronym(edition) == expected
    assert re.fullmatch(r"[a-z0-9_-][a-z0-9_]{3,}", expected)


def test_a_guid_says_nothing_of_what_it_was_made_for() -> None:
    assert UUID(guid("x")).version == 4
    assert guid("x") != guid("y")
