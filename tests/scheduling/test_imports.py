"""Programmes of others: read from their files into the draft, released, published, and read back."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree.ElementTree import Element, fromstring
from zoneinfo import ZoneInfo

import httpx
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar
from jsonschema import Draft6Validator, FormatChecker

from colloque.runtime.refusal import Refusal
from colloque_scheduling.domain.programme.draft import Draft
from colloque_scheduling.domain.programme.importing import Import, ImportPart
from colloque_scheduling.domain.programme.incoming import plain, slug
from colloque_scheduling.domain.programme.session import Session
from colloque_scheduling.imports.hours import lasting
from colloque_scheduling.imports.reading import read
from tests.scheduling import nec18
from tests.scheduling.house import House, nec18_as, opened
from tests.scheduling.shared import SHARED, faults, needs_shared
from tests.scheduling.world import EXAMPLES

NEC = "/api/editions/nec-2018"
TYPES = {"xml": "application/xml", "json": "application/json", "ics": "text/calendar"}


@pytest.fixture
async def planned() -> AsyncIterator[House]:
    async with nec18_as("planned") as house:
        yield house


async def send(house: House, body: bytes, kind: str, edition: str = "nec-2018", **query: str) -> httpx.Response:
    path = f"/api/editions/{edition}/imports"
    return await house.web.post(path, content=body, headers={"content-type": TYPES[kind]}, params=query)


async def settled(house: House, answer: httpx.Response) -> dict[str, Any]:
    """All slices in."""
    assert answer.status_code == 202, answer.text
    await house.until(house.clock.now())
    return dict((await house.web.get(answer.headers["location"])).json())


def rule(answer: httpx.Response, status: int) -> str:
    assert answer.status_code == status, answer.text[:500]
    return str(answer.json()["type"].rpartition("/")[2])


def schedule(*events: str, day: str = "2018-09-13") -> bytes:
    return f'<schedule><day date="{day}"><room name="Galerie">{"".join(events)}</room></day></schedule>'.encode()


def event(n: int, start: str = "11:00", **told: str) -> str:
    values = {"start": start, "duration": "00:45", "title": f"Session {n}", "track": "Lieux", "type": "lecture"} | told
    return f'<event id="{n}">{"".join(f"<{name}>{words}</{name}>" for name, words in values.items())}</event>'


# ---- what comes in
async def test_a_file_makes_tracks_rooms_and_sessions(planned: House) -> None:
    body = schedule(
        event(1, track="Nouvel axe", abstract="&lt;p&gt;Un.&lt;/p&gt;&lt;p&gt;Deux.&lt;/p&gt;"),
        event(2, "12:00", room="Nouvelle salle", persons='<person id="7">Ada</person>'),
    )

    done = await settled(planned, await send(planned, body, "xml"))

    assert (done["state"], done["sessions"], done["handled"], done["left_out"]) == ("done", 2, 2, [])
    draft = planned.docs(Draft)["nec-2018"]
    assert [track.title["fr"] for track in draft.tracks if track.id == "nouvel-axe"] == ["Nouvel axe"]
    assert [room.capacity for room in draft.rooms if room.id == "nouvelle-salle"] == [100]
    assert draft.sessions == 2
    one, two = (planned.docs(Session)[f"nec-2018/e{n}"] for n in (1, 2))
    assert (one.room, one.tracks, one.abstract) == ("galerie", ("nouvel-axe",), {"fr": "Un.\n\nDeux."})
    assert (two.room, two.tracks, two.people) == ("nouvelle-salle", ("lieux",), ())
    assert one.slot is not None
    assert one.slot.starts_at.isoformat() == "2018-09-13T11:00:00"
    assert planned.docs(ImportPart) == {}


async def test_who_a_file_names_is_named_on_the_session_and_in_the_feeds(planned: House) -> None:
    body = schedule(event(1, persons='<person id="7">Ada Lovelace</person>'))
    await settled(planned, await send(planned, body, "xml"))
    await planned.release()

    assert "Ada Lovelace" in (await planned.web.get("/fr/nec-2018/sessions/e1")).text
    assert "Ada Lovelace" in (await planned.web.get("/fr/nec-2018/schedule.json")).text
    assert all("Lovelace" not in repr(fact) for fact in planned.facts)
    assert all("Lovelace" not in repr(line) for line in planned.store.written)


async def test_a_dry_run_says_all_and_changes_nothing(planned: House) -> None:
    await planned.post(f"{NEC}/sessions", nec18.session("s02", room="galerie"))
    before = {one.id: one for one in planned.store.every()}

    answer = await send(planned, schedule(event(1), event(2, "18:00"), event(3, "25:00")), "xml", dry_run="true")

    assert rule(answer, 422) == "unreadable-file"
    answer = await send(planned, schedule(event(1), event(2, "18:00", track="Neuf")), "xml", dry_run="true")
    told = answer.json()
    assert (answer.status_code, told["sessions"], told["new"], told["changed"]) == (200, 2, 2, 0)
    assert [track["id"] for track in told["tracks"]] == ["neuf"]
    assert [(one["rule"], one["objects"]) for one in told["problems"]] == [
        ("room-double-booked", ["room/galerie", "session/e1", "session/s02"])
    ]
    refused = await send(planned, schedule(event(1), event(2, "18:00", track="Neuf")), "xml")
    assert rule(refused, 409) == "import-refused"
    assert refused.json()["errors"][0]["rule"] == "room-double-booked"
    assert {one.id: one for one in planned.store.every()} == before


async def test_the_same_file_again_changes_nothing_and_a_changed_one_what_has_changed(planned: House) -> None:
    await settled(planned, await send(planned, schedule(event(1), event(2, "12:00"), event(3, "13:00")), "xml"))
    before = planned.docs(Session)

    same = await send(planned, schedule(event(1), event(2, "12:00"), event(3, "13:00")), "xml", dry_run="true")
    assert (same.json()["same"], same.json()["changed"]) == (3, 0)
    swapped = schedule(event(1, "12:00"), event(2, "11:00", title="Autrement"), event(3, "13:00"))
    told = (await send(planned, swapped, "xml", dry_run="true")).json()
    assert (told["same"], told["changed"], told["problems"]) == (1, 2, [])
    await settled(planned, await send(planned, swapped, "xml"))

    after = planned.docs(Session)
    assert after["nec-2018/e3"] == before["nec-2018/e3"]
    assert after["nec-2018/e2"].title == {"fr": "Autrement"}
    assert planned.docs(Draft)["nec-2018"].sessions == 3


async def test_what_organisers_have_said_since_stays(planned: House) -> None:
    await settled(planned, await send(planned, schedule(event(1)), "xml"))
    await planned.web.patch(f"{NEC}/sessions/e1", json={"seats": 50, "booking": "required", "level": "expert"})
    await planned.post(f"{NEC}/assignments", {"session": "e1", "person": "ada", "role": "speaker"})

    await settled(planned, await send(planned, schedule(event(1, "12:00")), "xml"))

    kept = planned.docs(Session)["nec-2018/e1"]
    assert (kept.seats, kept.booking, kept.level, [one.person for one in kept.people]) == (
        50,
        "required",
        "expert",
        ["ada"],
    )


async def test_two_at_once_in_one_room_get_one_each(planned: House) -> None:
    await settled(planned, await send(planned, schedule(event(1), event(2), event(3, "11:45")), "xml"))

    rooms = {one.key: one.room for one in planned.docs(Session).values()}
    assert rooms == {"e1": "galerie", "e2": "galerie-2", "e3": "galerie"}


async def test_hundreds_come_in_slices_and_each_wakes_the_next(planned: House) -> None:
    body = schedule(
        *(event(n, f"{8 + n // 60:02}:{n % 60:02}", duration="00:01", room=f"R{n % 7}") for n in range(1, 351))
    )
    answer = await send(planned, body, "xml")
    assert (answer.json()["state"], answer.json()["handled"]) == ("running", 0)
    lines = len(planned.store.written)

    done = await settled(planned, answer)

    assert (done["state"], done["handled"], done["left_out"]) == ("done", 350, [])
    slices = planned.store.written[lines:]
    assert len(slices) == 4
    assert all(Counter(one["type"] for one in line["outputs"])["Session"] <= 100 for line in slices)
    assert planned.docs(Draft)["nec-2018"].sessions == 350


async def test_what_somebody_takes_while_an_import_goes_on_is_left_out_and_said(planned: House) -> None:
    answer = await send(planned, schedule(event(1), event(2, "12:00")), "xml")
    await planned.post(f"{NEC}/sessions", nec18.session("s02", room="galerie", slot=nec18.block("A")))

    done = await settled(planned, answer)

    assert [one["rule"] for one in done["left_out"]] == ["room-double-booked"] * 2
    assert set(planned.docs(Session)) == {"nec-2018/s02"}
    assert done["state"] == "done"


async def test_the_same_request_twice_is_one_import(planned: House) -> None:
    headers = {"content-type": "application/xml", "idempotency-key": "k1"}
    first, again = [
        await planned.web.post(f"{NEC}/imports", content=schedule(event(1)), headers=headers) for _ in range(2)
    ]
    assert first.json()["id"] == again.json()["id"]
    assert len(planned.docs(Import)) == 1


async def test_who_may_not_edit_may_not_import_and_nobody_reads_another_editions_imports(planned: House) -> None:
    answer = await send(planned, schedule(event(1)), "xml")
    await planned.post("/api/editions", nec18.edition(id="nec-2019"))
    other = answer.headers["location"].replace("nec-2018", "nec-2019")
    assert rule(await planned.web.get(other), 404) == "no-such-import"
    await planned.let_in("vera", "viewer", "edition:nec-2018")
    assert rule(await send(planned, schedule(event(1)), "xml"), 403) == "not-allowed"


# ---- bad input
BOMB = b"""<?xml version="1.0"?><!DOCTYPE s [<!ENTITY a "aaaaaaaaaa">%s]><schedule>&i;</schedule>""" % b"".join(
    b'<!ENTITY %c "%s">' % (n, b"&%c;" % (n - 1) * 10) for n in range(ord("b"), ord("j"))
)
OUTSIDE = b'<!DOCTYPE s [<!ENTITY x SYSTEM "file:///etc/passwd">]><schedule>&x;</schedule>'
BAD: list[tuple[str, bytes, str, int, str]] = [
    ("bomb", BOMB, "xml", 422, "unreadable-file"),
    ("outside", OUTSIDE, "xml", 422, "unreadable-file"),
    ("doctype", b"<!DOCTYPE schedule><schedule/>", "xml", 422, "unreadable-file"),
    ("malformed", b"<schedule><day>", "xml", 422, "unreadable-file"),
    ("html", b"<html/>", "xml", 422, "unreadable-file"),
    ("empty", b"  ", "xml", 422, "invalid"),
    ("no-json", b"{", "json", 422, "unreadable-file"),
    ("other-json", b'{"schedule": []}', "json", 422, "unreadable-file"),
    ("odd-json", b'{"schedule": {"conference": {"days": [{"rooms": {"x": [1]}}]}}}', "json", 422, "unreadable-file"),
    ("deep-json", b"[" * 100_000, "json", 422, "unreadable-file"),
    ("no-calendar", b"BEGIN:VEVENT\r\nEND:VEVENT\r\n", "ics", 422, "unreadable-file"),
    ("noise", bytes(range(256)), "ics", 422, "unreadable-file"),
    ("duration", schedule(event(1, duration="long")), "xml", 422, "unreadable-file"),
    ("other-day", schedule(event(1), day="2018-10-13"), "xml", 409, "import-refused"),
    ("longer-than-a-day", schedule(event(1, duration="30:00")), "xml", 409, "import-refused"),
    ("no-time", schedule(event(1, duration="00:00")), "xml", 409, "import-refused"),
]


@pytest.mark.parametrize(("body", "kind", "status", "why"), [pytest.param(*one[1:], id=one[0]) for one in BAD])
async def test_what_cannot_be_read_is_refused_and_nothing_of_it_is_kept(
    planned: House, body: bytes, kind: str, status: int, why: str
) -> None:
    before = {one.id: one for one in planned.store.every()}

    assert rule(await send(planned, body, kind), status) == why
    assert {one.id: one for one in planned.store.every()} == before


async def test_hours_that_do_not_exist_or_come_twice_are_refused_by_name(planned: House) -> None:
    await planned.web.patch(NEC, json={"starts_on": "2018-03-25", "ends_on": "2018-10-28"})
    body = schedule(event(1, "02:30"), day="2018-03-25")
    assert (await send(planned, body, "xml")).json()["errors"][0]["rule"] == "time-in-gap"
    body = schedule(event(1, "02:30", duration="00:10"), day="2018-10-28")
    assert (await send(planned, body, "xml")).json()["errors"][0]["rule"] == "time-twice"
    known = event(1, "02:30", duration="00:10", date="2018-10-28T02:30:00+01:00")
    assert (await send(planned, schedule(known, day="2018-10-28"), "xml")).status_code == 202


@pytest.mark.parametrize("kind", ["xml", "json", "ics"])
async def test_ten_thousand_sessions_are_too_many(planned: House, kind: str) -> None:
    many = 10_000
    bodies = {
        "xml": schedule(*(event(n) for n in range(1, many + 1))),
        "json": orjson.dumps(
            {
                "schedule": {
                    "conference": {
                        "days": [
                            {
                                "date": "2018-09-13",
                                "rooms": {"x": [{"id": n, "start": "11:00", "duration": "00:05"} for n in range(many)]},
                            }
                        ]
                    }
                }
            }
        ),
        "ics": b"BEGIN:VCALENDAR\r\n%sEND:VCALENDAR\r\n"
        % b"".join(
            b"BEGIN:VEVENT\r\nUID:%d\r\nDTSTART:20180913T110000Z\r\nDTEND:20180913T120000Z\r\nEND:VEVENT\r\n" % n
            for n in range(2_100)
        ),
    }
    assert rule(await send(planned, bodies[kind], kind), 422) == "too-many-sessions"


async def test_a_file_too_large_is_not_read_and_one_of_no_kind_neither(planned: House) -> None:
    assert rule(await send(planned, b"x" * (8 * 1024 * 1024 + 1), "xml"), 413) == "too-large"
    answer = await planned.web.post(f"{NEC}/imports", content=b"x", headers={"content-type": "text/plain"})
    assert rule(answer, 415) == "unknown-format"
    answer = await planned.web.post(
        f"{NEC}/imports?format=xml", content=schedule(event(1)), headers={"content-type": "text/plain"}
    )
    assert answer.status_code == 202


@EXAMPLES
@given(st.sampled_from(["xml", "json", "ics"]), st.binary(max_size=200))
def test_noise_is_refused_and_never_breaks_a_reader(kind: Any, noise: bytes) -> None:
    heads = {"xml": b"<schedule>", "json": b'{"schedule":', "ics": b"BEGIN:VCALENDAR\r\n"}
    for body in (noise, heads[kind] + noise):
        try:
            read(body, kind, "")
        except Refusal:
            continue


@needs_shared
async def test_odd_calendars_are_read_or_refused(planned: House) -> None:
    samples = sorted((SHARED.parent / "tools" / "cal" / "samples").glob("*.ics"))
    assert len(samples) > 30
    for sample in samples:
        answer = await send(planned, sample.read_bytes(), "ics", dry_run="true")
        assert answer.status_code in (200, 422), (sample.name, answer.text[:300])


# ---- words
@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("<p>One &amp; two</p><p>Three</p>", "One & two\n\nThree"),
        ("a < b and c > d", "a < b and c > d"),
        ("x\r\n\r\n\r\n\r\ny\x0b", "x\n\ny"),
        ("<ul><li>one</li><li>two</li></ul>", "one\ntwo"),
        ("", ""),
    ],
)
def test_pages_show_words_without_tags(words: str, expected: str) -> None:
    assert plain(words) == expected


@pytest.mark.parametrize(
    ("text", "minutes"), [("00:45", 45), ("1:30:00", 90), ("0:01:00:00", 60), ("90", 90), ("02:00", 120)]
)
def test_durations_are_read_as_they_are_written(text: str, minutes: int) -> None:
    assert lasting(text) == timedelta(minutes=minutes)


@EXAMPLES
@given(st.text())
def test_a_slug_is_one_whatever_it_is_made_of(words: str) -> None:
    assert re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?", slug(words))


# ---- real ones
class Real(NamedTuple):
    file: str
    tz: str
    first: str
    last: str
    events: int


LARGE = 500
REAL = (
    Real("fosdem-2017.pentabarf.xml", "Europe/Brussels", "2017-02-04", "2017-02-05", 668),
    Real("fosdem-2025.pentabarf.xml", "Europe/Brussels", "2025-02-01", "2025-02-02", 1105),
    Real("debconf23.schedule.xml", "Asia/Kolkata", "2023-09-09", "2023-09-18", 117),
    Real("europython.schedule.xml", "Europe/Berlin", "2014-07-21", "2014-07-27", 188),
    Real("cccamp2019.frab.json", "Europe/Berlin", "2019-08-21", "2019-08-26", 79),
    Real("rc3.pretalx.json", "Europe/Berlin", "2020-12-27", "2020-12-31", 48),
    Real("lca2020.ics", "Australia/Brisbane", "2020-01-12", "2020-01-18", 262),
)


def kind_of(real: Real) -> str:
    return real.file.rpartition(".")[2]


class Told(NamedTuple):
    """A session as a file tells of it, read here by nothing of the house."""

    starts_at: datetime
    lasts: timedelta
    room: str
    title: str
    subtitle: str
    track: str
    type: str
    language: str
    abstract: str
    description: str
    people: tuple[str, ...]
    links: tuple[str, ...]


def of_xml(body: bytes, tz: str) -> list[Told]:
    return [
        _of_xml(one, day.get("date", ""), room.get("name", ""), tz)
        for day in fromstring(body).iter("day")  # noqa: S314 - files we know
        for room in day.iter("room")
        for one in room.findall("event")
    ]


def _of_xml(one: Element, day: str, room: str, tz: str) -> Told:
    def words(name: str) -> str:
        return one.findtext(name) or ""

    date = words("date") if "T" in words("date") else f"{day}T{words('start')}:00"
    return Told(
        starts_at=_at(date, tz),
        lasts=_lasts(words("duration")),
        room=words("room") or room,
        title=words("title"),
        subtitle=words("subtitle"),
        track=words("track"),
        type=words("type"),
        language=words("language"),
        abstract=words("abstract"),
        description=words("description"),
        people=tuple((p.text or "").strip() for p in one.iterfind("persons/person")),
        links=tuple(link.get("href", "") for link in one.iterfind("links/link")),
    )


def of_json(body: bytes, tz: str) -> list[Told]:
    days = orjson.loads(body)["schedule"]["conference"]["days"]
    return [
        Told(
            starts_at=_at(one["date"], tz),
            lasts=_lasts(one["duration"]),
            room=one["room"],
            people=tuple((p.get("name") or p["public_name"]).strip() for p in one["persons"]),
            links=tuple(link["url"] for link in one["links"]),
            **{name: one.get(name) or "" for name in Told._fields[3:10]},
        )
        for day in days
        for held in day["rooms"].values()
        for one in held
    ]


def of_europython(body: bytes, tz: str) -> list[Told]:
    return [
        Told(
            starts_at=_at(f"{day.get('date')}T{one.findtext('start', '')[:2]}:{one.findtext('start', '')[2:]}:00", tz),
            lasts=timedelta(minutes=int(one.findtext("duration", ""))),
            room=one.findtext("room") or "",
            title=one.findtext("title") or "",
            subtitle="",
            track=one.findtext("topics/topic") or "",
            type=one.findtext("category") or "",
            language="",
            abstract=one.findtext("abstract") or "",
            description=one.findtext("description") or "",
            people=tuple((s.findtext("name") or "").strip() for s in one.iterfind("speakers/speaker")),
            links=(),
        )
        for day in fromstring(body).iter("day")  # noqa: S314 - files we know
        for one in day.iter("entry")
    ]


def of_calendar(body: bytes, tz: str) -> list[Told]:
    return [
        Told(
            starts_at=one.decoded("dtstart").astimezone(UTC),
            lasts=one.decoded("dtend") - one.decoded("dtstart"),
            room=str(one.get("location", "")),
            title=str(one.get("summary", "")),
            subtitle="",
            track="",
            type="",
            language="",
            abstract="",
            description=str(one.get("description", "")),
            people=(),
            links=(),
        )
        for one in Calendar.from_ical(body).walk("VEVENT")
    ]


def _at(text: str, tz: str) -> datetime:
    at = datetime.fromisoformat(text)
    return (at if at.tzinfo else at.replace(tzinfo=ZoneInfo(tz))).astimezone(UTC)


def _lasts(text: str) -> timedelta:
    hours, minutes = text.split(":")[:2]
    return timedelta(hours=int(hours), minutes=int(minutes))


def comparable(sessions: Iterable[Told]) -> list[tuple[Any, ...]]:
    """Blanks at the edges and line ends are nothing that a format holds; what has no room or type gets a word."""

    def told(one: Told) -> tuple[Any, ...]:
        return tuple(re.sub(r"\s+", " ", part).strip() if isinstance(part, str) else part for part in one)

    return sorted(told(one) for one in sessions)


def as_published(one: Told) -> Told:
    return one._replace(
        room=one.room.strip() or "…",
        type=one.type or "conference",
        title=one.title[:300],
        links=tuple(link for link in one.links if re.match(r"https?://\S", link)),
    )


READ = {"xml": of_xml, "json": of_json, "ics": of_calendar}


@asynccontextmanager
async def holding(real: Real) -> AsyncIterator[House]:
    """An edition of those days, announced."""
    async with opened() as house:
        house.web.headers["accept-encoding"] = "identity"
        await house.post("/api/series", nec18.series())
        dates = {"starts_on": real.first, "ends_on": real.last, "tz": real.tz, "opens_at": None, "closes_at": None}
        made = await house.post("/api/editions", nec18.edition(id="real", code="REAL", **dates))
        assert made.status_code == 201, made.text
        await house.post("/api/editions/real/announce")
        yield house


@needs_shared
@pytest.mark.parametrize(
    "real",
    [pytest.param(one, marks=[pytest.mark.large] if one.events > LARGE else []) for one in REAL],
    ids=lambda real: Path(real.file).name,
)
async def test_a_real_programme_is_read_released_published_and_read_back_without_loss(real: Real) -> None:
    body = (SHARED / "programmes" / real.file).read_bytes()
    reader = of_europython if real.file.startswith("europython") else READ[kind_of(real)]
    original = reader(body, real.tz)
    assert len(original) == real.events
    async with holding(real) as house:
        look = (await send(house, body, kind_of(real), "real", dry_run="true")).json()
        assert (look["sessions"], look["problems"]) == (real.events, [])
        done = await settled(house, await send(house, body, kind_of(real), "real"))
        assert (done["state"], done["handled"], done["left_out"]) == ("done", real.events, [])

        released = await house.post("/api/editions/real/releases", {"n": 1})
        assert (released.status_code, released.json()["changes"]) == (201, real.events)
        xml = (await house.web.get("/fr/real/schedule.xml")).content
        json = (await house.web.get("/fr/real/schedule.json")).content
        ics = (await house.web.get("/fr/real/programme.ics")).content

        expected = comparable(as_published(one) for one in original)
        assert comparable(of_xml(xml, real.tz)) == expected
        assert comparable(of_json(json, real.tz)) == expected
        assert sorted(one[:2] for one in of_calendar(ics, real.tz)) == sorted(one[:2] for one in original)
        if kind_of(real) != "ics" and not real.file.startswith("europython"):
            assert named(xml) >= {one for one in named_in(body, kind_of(real)) if one[1]}
        _valid(xml, json)
        for back, kind in ((xml, "xml"), (json, "json")):
            again = (await send(house, back, kind, "real", dry_run="true")).json()
            assert (again["new"], again["problems"], again["tracks"], again["rooms"]) == (0, [], [], [])


def _valid(xml: bytes, json: bytes) -> None:
    assert faults(xml) == []
    schema = orjson.loads((SHARED / "schemas" / "c3voc-schedule.schema.json").read_bytes())
    validator = Draft6Validator(schema, format_checker=FormatChecker())
    assert [one.message[:300] for one in validator.iter_errors(orjson.loads(json))][:3] == []


def named(xml: bytes) -> set[tuple[str, str]]:
    """The numbers and guids of sessions."""
    return {(one.get("id", ""), one.get("guid", "")) for one in fromstring(xml).iter("event")}  # noqa: S314 - ours


def named_in(body: bytes, kind: str) -> set[tuple[str, str]]:
    if kind == "xml":
        return named(body)
    days = orjson.loads(body)["schedule"]["conference"]["days"]
    return {(str(one["id"]), one["guid"]) for day in days for held in day["rooms"].values() for one in held}
