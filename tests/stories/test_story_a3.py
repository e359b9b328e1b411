"""A3. Programme change: s12 moves to the auditorium, s06 and s09 swap, s16 is cancelled. Release 2 reaches those whom
it concerns, and nobody else. The figures are those of an independent replay."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from xml.etree.ElementTree import fromstring

import httpx
import pytest
import pytest_asyncio
import vobject
from icalendar import Calendar

from colloque_embedded.story import Mail
from colloque_embedded.story.afterwards import promised
from colloque_embedded.story.figures import awaited_at_the_end, counted_at_the_end, differences, registers
from colloque_embedded.story.nec18 import EDITION, PARIS, wall
from tests.stories.calendars import entries, invitation, session_of
from tests.stories.houses import FullHouse, News, eventually, taken

API = f"/api/editions/{EDITION}"
CHANGED = {"s06", "s09", "s12", "s16"}
PAGES = ("programme", "sessions/s06", "programme.ics", "programme.json", "schedule.xml", "schedule.json")
HOURS = {"B": ("2018-09-13T14:00", "2018-09-13T15:30"), "C": ("2018-09-13T16:00", "2018-09-13T17:30")}


async def published(here: FullHouse, etags: Mapping[str, str] | None = None) -> dict[str, httpx.Response]:
    """What anybody may read, in French, asked for with the tags that one knows."""
    async with httpx.AsyncClient(base_url=f"{here.house.url}/fr/{EDITION}/") as anybody:
        known = {name: {"if-none-match": etags[name]} if etags else {} for name in PAGES}
        return {name: await anybody.get(name, headers=known[name]) for name in PAGES}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def version_1(full_house: FullHouse) -> AsyncIterator[dict[str, httpx.Response]]:
    """What the public read the day after the last place was taken."""
    await full_house.at("2018-09-12T14:00")
    yield await published(full_house)


@pytest.fixture(scope="module")
def told() -> News:
    """What release 2 has sent, once it has."""
    return {}


def speakers(told: News) -> dict[str, Mail]:
    return {whom: mail for (template, whom), mail in told.items() if template == "programme_changed_speaker"}


def digests(told: News) -> dict[str, Mail]:
    return {whom: mail for (template, whom), mail in told.items() if template == "programme_changed_digest"}


# ---- before
async def test_the_organiser_hears_at_once_what_cannot_be_and_what_should_be_looked_at(
    full_house: FullHouse, version_1: Mapping[str, httpx.Response]
) -> None:
    here, organiser = full_house, full_house.organiser
    person = {one["external_id"]: await organiser.post("/api/people", one) for one in here.data.speakers}
    yann, awa = person["yann-le-goff"]["person"], person["awa-ndiaye"]["person"]

    twice = await organiser.refusal(f"{API}/assignments", {"session": "s02", "person": yann, "role": "speaker"})
    assert (twice.status, twice.rule) == (409, "speaker-double-booked")
    assert {"session/s02", "session/s04"} <= set(twice.objects)

    needs = {"session": "s04", "person": awa, "role": "speaker", "access_needs": ["mi"]}
    warned = await organiser.post(f"{API}/assignments", needs)
    assert [one["rule"] for one in warned["warnings"]] == ["room-not-step-free"]
    await organiser.delete(f"{API}/assignments/{warned['id']}")

    starts, ends = HOURS["C"]
    half = {"slot": {"starts_at": starts, "ends_at": ends}}
    assert (await organiser.refusal(f"{API}/sessions/s06/move", half)).rule == "room-double-booked"
    tried = await organiser.post(f"{API}/sessions/s06/move?dry_run=true", half)
    assert [one["rule"] for one in tried["conflicts"]] == ["room-double-booked"]
    with_itself = await organiser.refusal(f"{API}/sessions/swap", {"a": "s06", "b": "s06"})
    assert with_itself.status in (409, 422)
    assert (await organiser.refusal(f"{API}/releases", {"n": 2})).status == 409, "nothing has changed"
    await here.nobody_has_heard()


async def test_the_draft_is_changed_and_tried_out_and_nobody_hears_of_it(
    full_house: FullHouse, version_1: Mapping[str, httpx.Response]
) -> None:
    here = full_house
    for path, body in here.data.changes:
        await here.organiser.post(f"{API}/sessions/{path}", body)
    next_one = await here.organiser.get(f"{API}/releases/next")
    assert (next_one["n"], next_one["conflicts"]) == (2, [])
    assert {one["session"] for one in next_one["diff"]} == CHANGED

    preview = await here.organiser.post(f"{API}/agenda/preview", next_one["diff"])
    assert differences(*promised(preview, here.data)) == []
    [first, *_] = [one for one in preview["registrations"] if here.found.row_of[one["registration"]] == "r0004"]
    assert [one["session"] for one in first["changed"]] == ["s09"]
    assert first["clashes"] == [["s05", "s09"]]

    await here.nobody_has_heard()
    again = await published(here, {name: one.headers["etag"] for name, one in version_1.items()})
    assert {name: one.status_code for name, one in again.items()} == dict.fromkeys(PAGES, 304)


# ---- the release
async def test_version_2_is_released_once_and_mails_go_to_5_speakers_and_540_attendees(
    full_house: FullHouse, version_1: Mapping[str, httpx.Response], told: News
) -> None:
    here, known = full_house, full_house.data.expected["release_2"]
    release = await here.organiser.post(f"{API}/releases", {"n": 2})
    assert {one["session"] for one in release["diff"]} == CHANGED
    again = await here.organiser.refusal(f"{API}/releases", {"n": 2})
    assert again.status == 409

    told |= await here.news()
    assert Counter(template for template, _ in told) == {
        "programme_changed_speaker": known["speaker_mails"],
        "programme_changed_digest": known["attendees_told"],
    }
    telling = await here.organiser.get(f"{API}/agenda")
    assert (telling["release"], telling["done"], telling["told"]) == (None, 2, known["attendees_told"])


async def test_each_confirmed_speaker_concerned_gets_one_invitation_a_session_that_moves_the_entry_they_have(
    full_house: FullHouse, told: News
) -> None:
    here, known = full_house, full_house.data.expected["release_2"]
    before = {
        (mail.to, uid): entry
        for mail in await here.inbox.all()
        if here.found.mails.get(mail.id, {}).get("template") == "speaker_calendar"
        for uid, entry in entries(invitation(mail)).items()
    }
    pairs = set()
    for whom, mail in speakers(told).items():
        session = whom.partition(" ")[0]
        calendar = Calendar.from_ical(invitation(mail))
        [(uid, entry)] = entries(invitation(mail)).items()
        [other] = vobject.readOne(invitation(mail).decode()).vevent_list
        assert (other.uid.value, other.sequence.value) == (uid, "1")
        assert session_of(uid) == session
        assert {str(one["attendee"]) for one in calendar.walk("VEVENT")} == {f"mailto:{mail.to}"}
        was = before[mail.to, uid]
        assert (was.sequence, entry.sequence) == (0, 1)
        assert calendar["method"] == known["changed"][session]["method"]
        pairs.add(f"{whom} {calendar['method']}")
        if session in ("s06", "s09"):
            assert entry.starts == clock(HOURS["C" if session == "s06" else "B"][0])
            assert was.starts == clock(HOURS["B" if session == "s06" else "C"][0])
        if session == "s12":
            assert (was.starts, was.place[:7]) == (entry.starts, "Galerie")
            assert entry.place.startswith("Auditorium")
        if session == "s16":
            assert (was.status, entry.status) == ("CONFIRMED", "CANCELLED")
            assert "intervenant empêché" in mail.text
        assert mail.locale == here.data.people[here.speakers[mail.to]]["locale"]
    assert pairs == set(known["speaker_pairs"])


async def test_each_attendee_concerned_gets_one_digest_with_their_calendar(full_house: FullHouse, told: News) -> None:
    """What stood in their calendar before is what the registration held before."""
    here, known = full_house, full_house.data.expected["release_2"]
    by_session, by_number, moves = Counter[str](), Counter[int](), Counter[str]()
    hosts = set()
    for id, mail in digests(told).items():
        row, one = here.data.rows[id], here.found.registration_of[id]
        assert (mail.to, mail.locale) == (row.mailbox, row.locale)
        [calendar] = mail.calendars
        assert b"METHOD:PUBLISH" in calendar
        read = entries(calendar)
        hosts |= {uid.partition("@")[2] for uid in read}
        assert {uid.partition("@")[0] for uid in read} == {
            f"{session}.{EDITION}.{one['person']}" for session in {*booked(here, id), "s01", "s18"}
        }
        changed = {session_of(uid): entry for uid, entry in read.items() if entry.sequence}
        assert set(changed) == CHANGED & booked(here, id)
        assert {entry.sequence for entry in changed.values()} == {1}
        assert {session for session, entry in changed.items() if entry.status == "CANCELLED"} == {"s16"} & set(changed)
        by_session.update(list(changed))
        by_number[len(changed)] += 1
        moves.update(entry.status for entry in changed.values())
    assert by_session == known["by_session"]
    assert by_number == known["by_number_of_changes"]
    assert moves == {"CONFIRMED": known["bookings_updated"], "CANCELLED": known["bookings_released"]}
    assert len(hosts) == 1
    assert len({mail.to for mail in digests(told).values()}) == known["mailboxes"]
    assert sum(here.data.rows[id].proxy is not None for id in digests(told)) == known["on_behalf"]


async def test_a_calendar_that_had_the_first_file_finds_every_entry_of_it_in_the_digest(
    full_house: FullHouse, told: News
) -> None:
    """By another parser. Of somebody for whom all kinds of change come together: what stays, stays as it was."""
    here = full_house
    id = next(id for id in digests(told) if len(CHANGED & booked(here, id)) == len(CHANGED))
    first = next(mail for mail in await here.inbox.to(here.data.rows[id].mailbox) if mail.calendars)
    was, now = (
        {one.uid.value: one for one in vobject.readOne(calendar.decode()).vevent_list}
        for calendar in (first.calendars[0], digests(told)[id].calendars[0])
    )
    assert was.keys() == now.keys()
    for uid, one in was.items():
        same = [getattr(one, part).value == getattr(now[uid], part).value for part in ("dtstart", "dtend", "location")]
        assert all(same) == (session_of(uid) not in CHANGED - {"s16"})
        assert (now[uid].status.value == "CANCELLED") == (session_of(uid) == "s16")


async def test_who_would_be_in_two_places_reads_it_and_only_they_do(full_house: FullHouse, told: News) -> None:
    here, known = full_house, full_house.data.expected["release_2"]
    asked = {id: mail for id, mail in digests(told).items() if any(link.endswith("#clashes") for link in mail.links)}
    assert len(asked) == known["clash"]
    titles = {one["id"]: one["title"] for one in here.data.sessions}
    for pair, rows in known["clash_rows"].items():
        for id in rows.split():
            row, mail = here.data.rows[id], asked.pop(id)
            question = "À VOUS DE CHOISIR" if row.locale == "fr" else "YOURS TO CHOOSE"
            said = mail.text.partition(question)[2]
            for session in pair.split("+"):
                title = titles[session]
                assert title.get(row.locale, title["fr"]).replace("’", "'") in said, (id, session, said)
    assert asked == {}


async def test_nobody_else_has_heard_of_it(full_house: FullHouse, told: News) -> None:
    """Nor those who gave their place up, or did not take it; nor speakers who have not answered."""
    here, known = full_house, full_house.data.expected["release_2"]
    left_out = set(here.data.rows) - set(digests(told))
    assert len(left_out) == known["attendees_told_nothing"] + len(known["not_confirmed_told_nothing"])
    assert set(known["not_confirmed_told_nothing"]) <= left_out
    assert all(not CHANGED & booked(here, id) for id in left_out - set(known["not_confirmed_told_nothing"]))
    in_a_changed_session = {f"{one['session']} {one['person']}" for one in here.data.speaking} - {
        whom.rpartition(" ")[0] for whom in speakers(told)
    }
    assert {one for one in in_a_changed_session if one.partition(" ")[0] in CHANGED} == {
        one.rpartition(" ")[0] for one in known["not_told_in_a_changed_session"]
    }
    await here.nobody_has_heard()


async def test_the_figures_at_the_end_are_those_of_the_replay(full_house: FullHouse, told: News) -> None:
    here = full_house
    found = await registers(here.organiser, here.inbox, here.data)
    assert differences(counted_at_the_end(found, here.data), awaited_at_the_end(here.data)) == []
    assert here.house.complaints == []


# ---- what anybody reads now, and what it said before
async def test_the_public_reads_version_2_under_new_tags(
    full_house: FullHouse, version_1: Mapping[str, httpx.Response], told: News
) -> None:
    here = full_house
    now = await published(here, {name: one.headers["etag"] for name, one in version_1.items()})
    assert {name: one.status_code for name, one in now.items()} == dict.fromkeys(PAGES, 200)
    assert not {one.headers["etag"] for one in now.values()} & {one.headers["etag"] for one in version_1.values()}

    for name, n in ((version_1, 1), (now, 2)):
        plain = name["programme.json"].json()
        assert plain["release"] == n
        at = {one["id"]: (one["starts_at"], one["room"]["id"], one["state"]) for one in plain["sessions"]}
        afternoon = {
            1: ("2018-09-13T12:00:00Z", "2018-09-13T14:00:00Z"),
            2: ("2018-09-13T14:00:00Z", "2018-09-13T12:00:00Z"),
        }
        assert (datetime.fromisoformat(at["s06"][0]), datetime.fromisoformat(at["s09"][0])) == tuple(
            map(datetime.fromisoformat, afternoon[n])
        )
        assert at["s12"][1] == {1: "galerie", 2: "audito"}[n]
        calendar = {session_of(uid): one for uid, one in entries(name["programme.ics"].content).items()}
        assert calendar["s06"].starts == clock(HOURS["B" if n == 1 else "C"][0])
        assert {id for id, one in calendar.items() if one.sequence == 1} == (set() if n == 1 else CHANGED)
        assert [id for id, one in calendar.items() if one.status == "CANCELLED"] == ([] if n == 1 else ["s16"])
        whole = fromstring(name["schedule.xml"].content)  # noqa: S314 - ours
        events = {one.findtext("slug", "").rpartition("-")[2]: one for one in whole.iter("event")}
        assert events["s06"].findtext("start") == ("14:00" if n == 1 else "16:00")
        assert events["s12"].findtext("room") == ("Galerie" if n == 1 else "Auditorium")
        schedule = name["schedule.json"].json()["schedule"]
        rooms = {
            event["slug"].rpartition("-")[2]: room
            for day in schedule["conference"]["days"]
            for room, those in day["rooms"].items()
            for event in those
        }
        assert rooms["s12"] == ("Galerie" if n == 1 else "Auditorium")
        assert str(n) in schedule["version"]
    page = here.visitor()
    cancelled = await page.get(f"/fr/{EDITION}/sessions/s16")
    assert "Cette session est annulée" in cancelled.text
    assert "intervenant empêché" in cancelled.text
    moved = await page.get(f"/fr/{EDITION}/sessions/s12")
    assert "Nouvelle salle" in moved.text
    assert "Auditorium" in moved.text


async def test_what_the_programme_said_on_any_day_has_an_answer(full_house: FullHouse, told: News) -> None:
    organiser = full_house.organiser
    for on, n in (("2018-08-01", 1), ("2018-09-11", 1), ("2018-09-12", 2), ("2018-09-12T13:59:00+02:00", 1)):
        then = await organiser.get(f"{API}/releases/at", on=on)
        rooms = {one["id"]: one["room"]["id"] for one in then["sessions"]}
        assert (then["n"], rooms["s12"]) == (n, "galerie" if n == 1 else "audito"), on
    assert (await organiser.refusal(f"{API}/releases/at?on=2018-06-01", method="GET")).status == 404
    assert [one["n"] for one in await organiser.get(f"{API}/releases")] == [2, 1]
    assert len((await organiser.get(f"{API}/releases/1"))["diff"]) == 18

    there = await organiser.get(f"{API}/releases/compare", **{"from": 1, "to": 2})
    back = await organiser.get(f"{API}/releases/compare", **{"from": 2, "to": 1})
    assert {one["session"]: one["what"] for one in there["diff"]}.keys() == CHANGED
    assert {one["session"]: (one["previous"], one["current"]) for one in back["diff"]} == {
        one["session"]: (one["current"], one["previous"]) for one in there["diff"]
    }


# ---- the person chooses
async def test_a_clash_is_settled_by_the_link_of_the_digest(full_house: FullHouse, told: News) -> None:
    here, celine = full_house, full_house.visitor("fr")
    digest = digests(told)["r0004"]
    before = await taken(here)
    page = await celine.get(digest.link("registration"))
    assert "Ces sessions se chevauchent maintenant : choisissez" in page.text
    assert await taken(here) == before

    settled = await celine.send(page, "Hybrider un lieu institutionnel")
    assert "se chevauchent" not in settled.text
    await eventually(lambda: taken(here), {**before, "s09": before["s09"] - 1})
    news = await here.news()
    assert set(news) == {("registration_amended", "r0004")}
    [calendar] = news["registration_amended", "r0004"].calendars
    held = {session_of(uid) for uid, entry in entries(calendar).items() if entry.status == "CONFIRMED"}
    assert held == {"s01", "s04", "s05", "s14", "s18"}


async def test_version_1_is_put_back_into_the_draft_and_nobody_hears_of_it(
    full_house: FullHouse, version_1: Mapping[str, httpx.Response], told: News
) -> None:
    here, organiser = full_house, full_house.organiser
    public = {name: one.headers["etag"] for name, one in (await published(here)).items()}
    restored = await organiser.post(f"{API}/releases/1/restore")
    assert set(restored["changed"]) == CHANGED
    assert restored["again"] == ["s16"]
    next_one = await organiser.get(f"{API}/releases/next")
    assert (next_one["n"], {one["session"] for one in next_one["diff"]}) == (3, CHANGED)
    await here.nobody_has_heard()
    again = await published(here, public)
    assert {name: one.status_code for name, one in again.items()} == dict.fromkeys(PAGES, 304)


# ----
def booked(here: FullHouse, id: str) -> set[str]:
    """In which sessions somebody had a seat when version 2 came."""
    course = here.data.expected["course_of"].get(id)
    if course is not None:
        return set(course[-1].get("bookings", ()))
    return set(here.found.registration_of[id]["sessions"])


def clock(text: str) -> datetime:
    return wall(text).astimezone(PARIS)
