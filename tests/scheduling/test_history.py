"""What can be done with releases once they are made: looked at, compared, asked for a day, put back into the draft."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from colloque_scheduling.domain.programme.clash import RoomDoubleBooked, all_clashes, clashes
from colloque_scheduling.domain.programme.draft import Draft
from colloque_scheduling.domain.programme.history import NoReleaseThen, Said, backwards, between, said, until
from colloque_scheduling.domain.programme.published import Published, applied, difference
from colloque_scheduling.domain.programme.release import NothingToRelease, Programme, Release, release
from colloque_scheduling.domain.programme.restore import restored
from colloque_scheduling.domain.programme.session import Session, Standing
from colloque_scheduling.domain.programme.slot import WallSlot, wall_slot
from tests.scheduling import nec18
from tests.scheduling.house import House, nec18_as
from tests.scheduling.test_releases import ANNOUNCED, drafts
from tests.scheduling.world import DRAFT, EXAMPLES, NOW, session, wall

NEC = "/api/editions/nec-2018"
Drafts = list[list[Session]]


@pytest.fixture
async def released() -> AsyncIterator[House]:
    async with nec18_as("released") as house:
        yield house


def rule(answer: Any, status: int = 409) -> str:
    assert answer.status_code == status, answer.text
    return str(answer.json()["type"].rpartition("/")[2])


class Course:
    """A programme in draft and its releases, one a day."""

    def __init__(self) -> None:
        self.draft, self.sessions = DRAFT, dict[str, Session]()
        self.programme, self.releases = Programme(id="nec-2018"), list[Release]()

    def write(self, sessions: Sequence[Session]) -> None:
        """What is on the programme is cancelled rather than taken out."""
        gone = {key: one for key, one in self.sessions.items() if self.programme.session(key)}
        kept = {key: one if not one.stands else one.cancelled({}).document for key, one in gone.items()}
        self.sessions = kept | {one.key: one for one in sessions}

    def release(self) -> bool:
        at = NOW + timedelta(days=len(self.releases))
        sessions = list(self.sessions.values())
        try:
            made, standing, draft, _ = release(ANNOUNCED, self.draft, sessions, self.programme, at)
        except NothingToRelease:
            return False
        self.draft, self.programme = draft.document, standing.document
        self.releases.append(made.document)
        return True

    def restore(self, n: int) -> None:
        then = said(self.releases[:n])
        after = restored(ANNOUNCED, self.draft, self.sessions.values(), then, self.programme)
        self.draft = after.draft
        self.sessions |= {one.key: one for one in after.sessions}


def course_of(history: Drafts) -> Course:
    course = Course()
    for sessions in history:
        course.write(sessions)
        course.release()
    return course


def unrevised(sessions: Sequence[Published]) -> list[Published]:
    plain = [one.model_copy(update={"frame": one.frame.model_copy(update={"revision": 0})}) for one in sessions]
    return sorted(plain, key=lambda one: one.frame.id)


# ---- laws
@EXAMPLES
@given(drafts(), drafts())
def test_a_difference_laid_on_the_first_is_the_second_whatever_they_are(
    one: list[Session], other: list[Session]
) -> None:
    a, b = course_of([one]).programme.sessions, course_of([other]).programme.sessions

    assert applied(a, difference(a, b)) == b
    assert applied(b, backwards(difference(a, b))) == a


@EXAMPLES
@given(st.lists(drafts(), min_size=1, max_size=5), st.data())
def test_comparing_two_releases_is_the_same_from_their_diffs_and_from_the_programmes(
    history: Drafts, data: st.DataObject
) -> None:
    course = course_of(history)
    count = len(course.releases)
    low, middle, high = sorted(data.draw(st.integers(0, count)) for _ in range(3))
    whole = {n: said(course.releases[:n]).sessions for n in (low, middle, high)}

    assert between(course.releases[low:high]) == difference(whole[low], whole[high])
    via = applied(applied(whole[low], between(course.releases[low:middle])), between(course.releases[middle:high]))
    assert via == whole[high]
    assert said(course.releases).sessions == course.programme.sessions
    assert said(course.releases).tracks == course.programme.tracks


@EXAMPLES
@given(st.lists(drafts(), min_size=1, max_size=4), drafts(), st.data())
def test_what_a_release_said_is_released_again_after_it_was_restored(
    history: Drafts, later: list[Session], data: st.DataObject
) -> None:
    """All but revisions, which only rise; what has been released since stays, cancelled."""
    course = course_of(history)
    n = data.draw(st.integers(1, len(course.releases)))
    course.write(later)
    then = said(course.releases[:n])

    course.restore(n)
    course.release()

    named = {one.frame.id for one in then.sessions}
    assert unrevised([one for one in course.programme.sessions if one.frame.id in named]) == unrevised(then.sessions)
    assert {one.frame.state for one in course.programme.sessions if one.frame.id not in named} <= {"cancelled"}
    assert [track.id for track in course.programme.tracks] == [track.id for track in then.tracks]


@EXAMPLES
@given(st.lists(drafts(), min_size=1, max_size=4), drafts(), st.data())
def test_restoring_twice_changes_nothing_more(history: Drafts, later: list[Session], data: st.DataObject) -> None:
    course = course_of(history)
    n = data.draw(st.integers(1, len(course.releases)))
    course.write(later)
    course.restore(n)

    again = restored(ANNOUNCED, course.draft, course.sessions.values(), said(course.releases[:n]), course.programme)
    assert again.sessions == ()


@EXAMPLES
@given(st.lists(drafts(), min_size=1, max_size=4))
def test_restoring_the_last_release_leaves_nothing_to_release(history: Drafts) -> None:
    course = course_of(history)
    course.restore(len(course.releases))

    assert not course.release()


@EXAMPLES
@given(drafts(), st.integers(0, 8))
def test_clashes_are_found_by_what_sessions_hold_as_by_comparing_everybody(sessions: list[Session], few: int) -> None:
    """The same refusals whether sessions are moved together or looked at as a whole."""
    moved, around = sessions[:few], sessions[few:]
    found = sorted(str(one.objects) for one in clashes(moved, around))
    moved_keys = {one.name for one in moved}
    whole = [one for one in all_clashes(sessions) if moved_keys & set(one.objects)]

    assert len(found) == len(whole)
    assert all(isinstance(one, RoomDoubleBooked) for one in whole)


def twice_shown(fold: Literal[0, 1]) -> WallSlot:
    """An hour of the night when clocks go back."""
    hour = datetime(2018, 10, 28, 2, 30)  # noqa: DTZ001 - a wall clock
    return WallSlot(starts_at=hour, ends_at=hour.replace(minute=45), starts_fold=fold, ends_fold=fold)


@pytest.mark.parametrize(
    "slot",
    [
        pytest.param(twice_shown(0), id="first"),
        pytest.param(twice_shown(1), id="second"),
        pytest.param(wall("13T11:00", "13T12:30"), id="once"),
    ],
)
def test_an_instant_is_put_back_on_the_wall_clock_that_showed_it(slot: WallSlot) -> None:
    said_so = slot.within("Europe/Paris")

    assert wall_slot(said_so.instants()) == said_so


# ---- a day
def test_a_programme_said_nothing_before_it_was_released() -> None:
    course = course_of([[session("s02")], [session("s02", title={"fr": "Autrement"})]])

    with pytest.raises(NoReleaseThen):
        until(course.releases, NOW - timedelta(seconds=1))
    assert said(until(course.releases, NOW)).n == 1
    assert said(until(course.releases, NOW + timedelta(days=1))).n == 2
    assert said([]) == Said()


async def test_what_did_the_programme_say_on_that_day(released: House) -> None:
    released.clock.at = datetime(2018, 9, 12, 12, tzinfo=UTC)
    await released.post(f"{NEC}/sessions/s12/move", {"room": "audito"})
    await released.release()

    async def room_on(on: str) -> tuple[int, str]:
        answer = (await released.web.get(f"{NEC}/releases/at", params={"on": on})).json()
        return answer["n"], next(one["room"]["id"] for one in answer["sessions"] if one["id"] == "s12")

    assert await room_on("2018-09-11") == (1, "galerie")
    assert await room_on("2018-09-12") == (2, "audito")
    assert await room_on("2018-09-12T13:59:59+02:00") == (1, "galerie")
    assert await room_on("2018-09-12T14:00:00+02:00") == (2, "audito")
    early = await released.web.get(f"{NEC}/releases/at", params={"on": "2017-01-01"})
    assert rule(early, 404) == "no-release-then"
    for nonsense in ("yesterday", "2018-09-12T14:00", "9999-12-31", "2018-13-01"):
        answer = await released.web.get(f"{NEC}/releases/at", params={"on": nonsense})
        assert (answer.status_code, answer.json()["field"]) == (422, "on")


# ---- the next one, and any two
async def test_the_next_release_is_seen_before_it_is_made(released: House) -> None:
    calm = (await released.web.get(f"{NEC}/releases/next")).json()
    assert (calm["n"], calm["changes"], calm["tracks_change"], calm["conflicts"]) == (2, 0, False, [])
    await released.post(f"{NEC}/sessions/s12/move", {"room": "audito"})
    await released.post(f"{NEC}/sessions/swap", {"a": "s06", "b": "s09"})
    await released.post(f"{NEC}/sessions/s16/cancel", {"reason": {"fr": "intervenant empêché"}})
    await released.post(f"{NEC}/assignments", {"session": "s13", "person": "x", "role": "host", "access_needs": ["mi"]})

    told = (await released.web.get(f"{NEC}/releases/next")).json()

    assert {one["session"]: one["what"] for one in told["diff"]} == {
        "s06": ["time"],
        "s09": ["time"],
        "s12": ["room"],
        "s16": ["state", "reason"],
    }
    assert [one["rule"] for one in told["warnings"]] == ["room-not-step-free"]
    made = await released.post(f"{NEC}/releases", {"n": told["n"]})
    assert made.json()["diff"] == told["diff"]


async def test_any_two_releases_are_compared(released: House) -> None:
    await released.post(f"{NEC}/sessions/s12/move", {"room": "audito"})
    await released.release()
    await released.post(f"{NEC}/sessions/s12/move", {"room": "galerie"})
    await released.web.patch(f"{NEC}/sessions/s05", json={"seats": 200})
    await released.release()

    async def compared(low: int, high: int) -> dict[str, list[str]]:
        answer = await released.web.get(f"{NEC}/releases/compare", params={"from": low, "to": high})
        return {one["session"]: one["what"] for one in answer.json()["diff"]}

    assert await compared(1, 2) == {"s12": ["room"]}
    assert await compared(1, 3) == {"s05": ["seats"]}
    assert await compared(3, 2) == {"s05": ["seats"], "s12": ["room"]}
    assert await compared(2, 2) == {}
    assert len(await compared(0, 3)) == 18
    assert set((await compared(0, 3))["s12"]) == {"new"}
    gone = await released.web.get(f"{NEC}/releases/compare", params={"from": 1, "to": 9})
    assert rule(gone, 404) == "no-such-release"


# ---- restoring
async def test_a_release_is_put_back_into_the_draft_and_says_what_could_not_be_as_before(released: House) -> None:
    first = {one["session"]: one["current"] for one in (await released.web.get(f"{NEC}/releases/1")).json()["diff"]}
    await released.post(f"{NEC}/sessions/s16/cancel", {"reason": {"fr": "intervenant empêché"}})
    await released.post(f"{NEC}/sessions/swap", {"a": "s06", "b": "s09"})
    hour = {"starts_at": "2018-09-14T18:00", "ends_at": "2018-09-14T19:00"}
    await released.post(f"{NEC}/sessions", nec18.session("s02", id="s19", slot=hour))
    assert (await released.release()).json()["n"] == 2
    await released.post(f"{NEC}/sessions", nec18.session("s03", id="s20", slot=hour))
    await released.web.put(f"{NEC}/rooms/galerie", json={"name": "Grande galerie", "capacity": 300})
    people = {id: one.people for id, one in released.docs(Session).items()}

    answer = await released.post(f"{NEC}/releases/1/restore")

    assert answer.json() == {
        "n": 1,
        "changed": ["s06", "s09", "s16", "s19", "s20"],
        "again": ["s16"],
        "cancelled": ["s19"],
        "set_aside": ["s20"],
    }
    assert {id: one.people for id, one in released.docs(Session).items()} == people
    assert released.docs(Session)["nec-2018/s20"].state is Standing.DRAFT
    assert next(one.name for one in released.docs(Draft)["nec-2018"].rooms if one.id == "galerie") == "Galerie"
    third = (await released.release()).json()
    assert {one["session"]: one["what"] for one in third["diff"]} == {
        "s06": ["time"],
        "s09": ["time"],
        "s16": ["state", "reason"],
        "s19": ["state"],
    }
    for one in third["diff"][:3]:
        was = first[one["session"]]
        assert one["current"] == {**was, "revision": 2}


async def test_a_restoration_is_refused_where_people_are_elsewhere_by_now(released: House) -> None:
    await released.web.delete(f"{NEC}/assignments/s04.yann-le-goff.facilitator")
    await released.post(f"{NEC}/sessions/s07/move", {"slot": nec18.block("close")})
    await released.post(f"{NEC}/assignments", {"session": "s07", "person": "yann-le-goff", "role": "speaker"})
    before = released.docs(Session)

    answer = await released.post(f"{NEC}/releases/1/restore")

    assert rule(answer) == "speaker-double-booked"
    assert answer.json()["objects"] == ["person/yann-le-goff", "session/s07", "session/s05"]
    assert released.docs(Session) == before
    assert rule(await released.post(f"{NEC}/releases/7/restore"), 404) == "no-such-release"


async def test_restoring_what_stands_changes_nothing(released: House) -> None:
    answer = await released.post(f"{NEC}/releases/1/restore")

    assert answer.json()["changed"] == []
    assert rule(await released.release()) == "nothing-to-release"
