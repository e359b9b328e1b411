"""A release reaches exactly those who have booked what it changed, once, in order, whatever is interrupted."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from colloque.contracts.fact import SessionChange, SessionFrame, Slot
from colloque.contracts.scheduling import EditionCancelled
from colloque.runtime.work import Timer
from colloque_registration.commands import SettleClash, TellOfRelease
from colloque_registration.domain.agenda import LOOK, SLICE, Release, Telling, concern, shifts_of
from colloque_registration.domain.registration import Registration
from colloque_registration.domain.states import State
from tests.registration.house import AFTERNOON, MORNING, house
from tests.registration.nec18 import NADIA, OPENING, frame, load, rows, session
from tests.registration.releases import (
    RELEASED,
    before_release_2,
    bookings,
    next_release,
    registration,
    release_2,
    seeded,
)
from tests.registration.test_registering import CLAIRE, YANN

EVENING = ("2018-09-13T16:00", "2018-09-13T17:30")
TOLD = "agenda.changed.v1"


# ---- the story, exactly
async def test_release_2_of_the_story_tells_540_people_and_the_figures_are_those_of_an_independent_replay() -> None:
    expected = load("expected.yaml")["nec18_story"]["release_2"]
    seats = load("expected.yaml")["nec18_story"]["seats"]
    here = await before_release_2()
    async with here.desk.running():
        assert {id: here.taken(id) for id in seats} == {id: one["before_release_2"] for id, one in seats.items()}
        await here.hear(release_2())
        await here.until(RELEASED)

        told = here.facts(TOLD)
        assert all(fact["release"] == 2 for fact in told)
        assert len(told) == len({fact["subject"] for fact in told}) == expected["attendees_told"]
        changed = [{one["session"] for one in fact["changed"]} for fact in told]
        assert {s: sum(s in one for one in changed) for s in expected["by_session"]} == expected["by_session"]
        assert set().union(*changed) == set(expected["by_session"])
        assert dict(Counter(map(len, changed))) == expected["by_number_of_changes"]
        released = sum(len(fact["released"]) for fact in told)
        assert released == expected["bookings_released"]
        assert sum(map(len, changed)) - released == expected["bookings_updated"]

        clashes = defaultdict(list)
        for fact in sorted(told, key=lambda fact: fact["subject"]):
            for one, other in fact["clashes"]:
                clashes[f"{one}+{other}"].append(fact["subject"])
        assert {pair: " ".join(ids) for pair, ids in clashes.items()} == expected["clash_rows"]
        assert len({id for ids in clashes.values() for id in ids}) == expected["clash"]
        assert {pair: len(ids) for pair, ids in clashes.items()} == expected["clash_by_pair"]

        subjects, people = {fact["subject"] for fact in told}, {row["id"]: row for row in rows()}
        assert sum(people[id]["channel"] == "on_behalf" for id in subjects) == expected["on_behalf"]
        assert subjects.isdisjoint(expected["not_confirmed_told_nothing"])
        confirmed = {id for id, (state, _) in bookings().items() if state == "confirmed"}
        assert len(confirmed - subjects) == expected["attendees_told_nothing"]
        assert {id: here.taken(id) for id in seats} == {id: one["end"] for id, one in seats.items()}
        swapped = {id for id, (_, held) in bookings().items() if {"s06", "s09"} <= set(held)}
        assert len(swapped) == expected["booked_s06_and_s09_no_clash"]
        kept = {(fact["subject"], session) for fact in told for session in fact["sessions"]}
        assert all({(id, "s06"), (id, "s09")} <= kept for id in swapped)
        assert here.get(Telling, "nec-2018").done == 2
        assert here.store.docs(Release) == {}


# ---- twice, interrupted, meanwhile
async def test_slices_interrupted_by_a_restart_and_a_fact_that_comes_twice_tell_everybody_once() -> None:
    here = await before_release_2()
    slices = 0
    async with here.desk.running():
        await here.hear(release_2())
    while due := list(here.store.docs(Timer).values()):
        here = here.another_process()
        async with here.desk.running():
            await here.hear(release_2())
            [timer] = due
            await here.desk.ring(timer)
            await here.desk.ring(timer)
            slices += 1
    told = [fact["subject"] for fact in here.facts(TOLD)]
    assert len(told) == len(set(told)) == 540
    assert -(-540 // SLICE) <= slices <= -(-540 // SLICE) + -(-853 // LOOK)


async def test_a_slice_asked_for_out_of_turn_changes_nothing() -> None:
    here = await before_release_2()
    async with here.desk.running():
        await here.hear(release_2())
        for command in (
            TellOfRelease(edition="nec-2018", n=2, after=50),
            TellOfRelease(edition="nec-2018", n=1),
            TellOfRelease(edition="another", n=2),
        ):
            assert await here.do(command) is None
        assert here.facts(TOLD) == []


async def test_progress_can_be_seen() -> None:
    here = await before_release_2()
    async with here.desk.running():
        await here.hear(release_2())
        [timer] = here.store.docs(Timer).values()
        await here.desk.ring(timer)
        telling = here.get(Telling, "nec-2018")
        assert (telling.in_hand, telling.upto, telling.done) == (2, 853, 0)
        told = here.facts(TOLD)
        assert 0 < telling.told == len(told) <= SLICE
        assert max(here.get(Registration, fact["subject"]).number for fact in told) <= telling.after <= LOOK
        await here.until(RELEASED)
        assert (here.get(Telling, "nec-2018").told, here.get(Telling, "nec-2018").in_hand) == (540, None)


def s02(*hours: str, **changes: Any) -> SessionFrame:
    return session("s02", *(hours or MORNING), seats=2, **changes)


def s07(*hours: str, **changes: Any) -> SessionFrame:
    return session("s07", *(hours or AFTERNOON), seats=1, **changes)


async def test_a_release_that_comes_while_another_is_told_is_told_after_it_and_each_as_it_was() -> None:
    """With release 2 s02 is moved onto s07; release 3 moves s07 out of its way."""
    async with house() as here:
        nadia = await here.register(NADIA)
        await here.hear(next_release(2, (s02(), s02(*AFTERNOON))))
        await here.hear(next_release(3, (s07(), s07(*EVENING))))
        assert here.facts(TOLD) == []
        await here.until(OPENING)
        second, third = here.facts(TOLD)
        assert (second["release"], second["clashes"]) == (2, [["s02", "s07"]])
        assert (third["release"], third["changed"]) == (3, [{"session": "s07", "kinds": ["moved"]}])
        assert third["clashes"] == []
        assert here.registration_of(NADIA).sessions == nadia.sessions
        assert here.get(Telling, "nec-2018").done == 3


async def test_release_1_and_one_that_changes_only_words_tell_nobody() -> None:
    async with house() as here:
        await here.register(NADIA)
        await here.hear(next_release(2, (s02(), s02(title={"fr": "Autre titre"}))))
        assert list(here.store.docs(Timer)) == []
        await here.until(OPENING)
        assert here.facts(TOLD) == []


@pytest.mark.parametrize("state", ["waitlisted", "cancelled", "pending"])
async def test_who_holds_no_place_is_told_nothing(state: str) -> None:
    async with house(capacity=1 if state == "waitlisted" else 9) as here:
        if state == "waitlisted":
            await here.register(YANN)
        asked = await here.submit(NADIA)
        if state != "pending":
            asked = await here.confirm(asked)
        if state == "cancelled":
            await here.cancel(asked)
        assert here.registration_of(NADIA).state == state
        await here.hear(next_release(2, (s02(), s02(*EVENING))))
        await here.until(OPENING)
        assert [fact for fact in here.facts(TOLD) if fact["subject"] == asked.id] == []


async def test_who_cancels_between_the_release_and_their_slice_is_told_nothing_and_gives_back_every_seat() -> None:
    async with house() as here:
        nadia = await here.register(NADIA)
        await here.hear(next_release(2, (s02(), s02(state="cancelled"))))
        await here.cancel(nadia)
        await here.until(OPENING)
        assert here.facts(TOLD) == []
        assert (here.taken("s02"), here.taken("s07")) == (0, 0)


async def test_who_confirms_after_the_release_has_booked_what_it_says_and_is_told_nothing() -> None:
    async with house() as here:
        asked = await here.submit(NADIA)
        await here.hear(next_release(2, (s02(), s02(*EVENING))))
        await here.confirm(asked)
        await here.until(OPENING)
        assert here.facts(TOLD) == []
        await here.hear(next_release(3, (s02(*EVENING), s02(*MORNING))))
        await here.until(OPENING)
        assert [fact["release"] for fact in here.facts(TOLD)] == [3]


async def test_who_changes_sessions_meanwhile_is_told_first_and_not_of_what_they_choose_now() -> None:
    async with house() as here:
        nadia = await here.register(NADIA)
        claire = await here.register(CLAIRE.model_copy(update={"sessions": ("s03",)}))
        await here.hear(next_release(2, (s02(), s02(*EVENING))))
        await here.choose(nadia, "s07", "s03")
        await here.choose(claire, "s02")
        assert [fact["type"] for fact in here.facts() if fact["subject"] == nadia.id][-2:] == [
            TOLD,
            "registration.amended.v1",
        ]
        await here.until(OPENING)
        [told] = here.facts(TOLD)
        assert (told["subject"], told["sessions"]) == (nadia.id, ["s02", "s07"])


async def test_what_is_called_off_is_released_for_good_and_nobody_can_book_it() -> None:
    async with house() as here:
        nadia = await here.register(NADIA)
        await here.hear(next_release(2, (s02(), s02(state="cancelled"))), next_release(3, (s07(), None)))
        await here.until(OPENING)
        first, second = here.facts(TOLD)
        assert (first["released"], first["sessions"]) == (["s02"], ["s07"])
        assert (second["released"], second["sessions"]) == (["s07"], [])
        assert (here.taken("s02"), here.taken("s07")) == (0, 0)
        known = here.get(Registration, nadia.id)
        assert [(one.session, one.kinds) for one in known.news] == [("s02", ("cancelled",)), ("s07", ("cancelled",))]


async def test_an_edition_that_is_called_off_has_no_agenda_to_tell_of() -> None:
    async with house() as here:
        await here.register(NADIA)
        await here.hear(EditionCancelled(subject="nec-2018", at=OPENING, frame=frame()))
        await here.hear(next_release(2, (s02(), s02(*EVENING))))
        await here.until(OPENING)
        assert here.facts(TOLD) == []


# ---- settling
async def test_a_clash_is_settled_by_keeping_one_after_the_door_has_closed_too() -> None:
    async with house() as here:
        nadia = await here.register(NADIA)
        await here.hear(next_release(2, (s02(), s02(*AFTERNOON))))
        here.clock.at = RELEASED + timedelta(hours=12)
        assert here.desk_of().shut(here.clock.at) is not None
        await here.do(SettleClash(registration=nadia.id, links=0, keep="s02", drop="s07"))
        assert here.registration_of(NADIA).sessions == ("s02",)
        assert (here.taken("s02"), here.taken("s07")) == (1, 0)
        assert [(fact["freed"], fact["added"]) for fact in here.facts("registration.amended.v1")] == [(["s07"], [])]


@pytest.mark.parametrize(("keep", "drop"), [("s07", "s02"), ("s02", "s02"), ("s03", "s02"), ("s02", "s03")])
async def test_where_nothing_clashes_nothing_is_settled(keep: str, drop: str) -> None:
    async with house() as here:
        nadia = await here.register(NADIA)
        await here.do(SettleClash(registration=nadia.id, links=0, keep=keep, drop=drop))
        assert here.registration_of(NADIA).sessions == nadia.sessions
        assert here.facts("registration.amended.v1") == []


# ---- laws
HOURS = st.tuples(st.integers(0, 9), st.integers(1, 4))


def slot(begins: int, lasts: int) -> Slot:
    start = datetime(2018, 9, 13, 8, tzinfo=UTC) + timedelta(hours=begins)
    return Slot(starts_at=start, ends_at=start + timedelta(hours=lasts), tz="Europe/Paris")


@st.composite
def releases(draw: st.DrawFn) -> tuple[dict[str, SessionFrame], dict[str, SessionFrame]]:
    """A programme, and the same after a release: by session, as each was and as it is."""
    before, after = dict[str, SessionFrame](), dict[str, SessionFrame]()
    for place in range(draw(st.integers(1, 6))):
        one = session(f"s{place}").model_copy(update={"slot": slot(*draw(HOURS))})
        now = draw(st.sampled_from(["same", "same", "moved", "cancelled", "gone", "room", "words"]))
        before[one.id] = one
        changes: dict[str, dict[str, Any]] = {
            "same": {},
            "moved": {"slot": slot(*draw(HOURS))},
            "cancelled": {"state": "cancelled", "slot": slot(*draw(HOURS))},
            "gone": {},
            "room": {"room": one.room.model_copy(update={"id": "galerie"})},
            "words": {"title": {"fr": "Autre"}},
        }
        if now != "gone":
            after[one.id] = one.model_copy(update=changes[now])
    return before, after


def changes_of(before: dict[str, SessionFrame], after: dict[str, SessionFrame]) -> tuple[SessionChange, ...]:
    return tuple(
        SessionChange(session=id, previous=one, current=after.get(id))
        for id, one in before.items()
        if one != after.get(id)
    )


@settings(deadline=None, max_examples=300)
@given(release=releases(), data=st.data())
def test_a_clash_is_what_overlaps_after_and_did_not_before_and_is_still_held(
    release: tuple[dict[str, SessionFrame], dict[str, SessionFrame]], data: st.DataObject
) -> None:
    before, after = release
    booked = data.draw(st.lists(st.sampled_from(sorted(before)), unique=True))
    shifts = {one.session: one for one in shifts_of(changes_of(before, after))}
    hours = {id: (after.get(id) or before[id]).slot for id in booked}
    means = concern(booked, shifts, hours)

    stands = [id for id in booked if id in after and after[id].state != "cancelled"]
    assert set(means.held) == set(stands)
    assert set(means.released) == set(booked) - set(stands)
    naive = {
        (min(a, b), max(a, b))
        for a, b in combinations(stands, 2)
        if max(after[a].slot.starts_at, after[b].slot.starts_at) < min(after[a].slot.ends_at, after[b].slot.ends_at)
        and not max(before[a].slot.starts_at, before[b].slot.starts_at)
        < min(before[a].slot.ends_at, before[b].slot.ends_at)
    }
    assert set(means.clashes) == naive
    assert len(means.clashes) == len(naive)
    touched = {
        id
        for id in booked
        if id not in stands or (after[id].slot, after[id].room.id) != (before[id].slot, before[id].room.id)
    }
    assert {one.session for one in means.changed} == touched


@settings(deadline=None, max_examples=25)
@given(release=releases(), data=st.data())
async def test_nobody_unconcerned_is_told_and_everybody_concerned_once(
    release: tuple[dict[str, SessionFrame], dict[str, SessionFrame]], data: st.DataObject
) -> None:
    before, after = release
    held = data.draw(st.lists(st.sets(st.sampled_from(sorted(before)), max_size=3), min_size=1, max_size=12))
    every: tuple[State, ...] = ("confirmed", "confirmed", "cancelled", "waitlisted")
    states = [data.draw(st.sampled_from(every)) for _ in held]
    here = await seeded(
        before.values(),
        [
            registration(f"r{n}", n, state, tuple(sorted(sessions)))
            for n, (sessions, state) in enumerate(zip(held, states, strict=True), start=1)
        ],
    )
    async with here.desk.running():
        await here.hear(next_release(2, *((one, after.get(id)) for id, one in before.items() if one != after.get(id))))
        await here.until(RELEASED)
        changed = {
            id
            for id, one in before.items()
            if (now := after.get(id)) is None
            or now.state == "cancelled"
            or (now.slot, now.room.id) != (one.slot, one.room.id)
        }
        concerned = [
            f"r{n}"
            for n, (sessions, state) in enumerate(zip(held, states, strict=True), start=1)
            if state == "confirmed" and sessions & changed
        ]
        assert sorted(fact["subject"] for fact in here.facts(TOLD)) == sorted(concerned)
