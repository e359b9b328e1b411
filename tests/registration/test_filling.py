"""What strangers hear of how full it is: never more than is free, « full » exactly when it is, and seldom."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from colloque.contracts.scheduling import EditionAmended
from colloque_registration.commands import SubmitRegistration
from colloque_registration.domain.filling import MARKS, at_least, told
from tests.registration.house import House, house
from tests.registration.nec18 import OPENING, frame


def person(n: int, *sessions: str) -> SubmitRegistration:
    return SubmitRegistration(
        edition="nec-2018", given="P", family=f"Number {n}", email=f"p{n}@example.org", sessions=sessions
    )


def said(here: House, kind: str = "places.changed.v1") -> list[int]:
    return [fact["at_least"] for fact in here.facts(kind)]


@given(st.lists(st.integers(0, 12_000), min_size=1))
def test_what_is_said_is_always_true_and_full_means_full(walk: list[int]) -> None:
    before = at_least(walk[0])
    for left in walk:
        before = told(before, left)
        assert before in MARKS
        assert before <= left
        assert (before == 0) == (left == 0)


def test_who_comes_and_goes_at_a_mark_is_not_told_of_every_time() -> None:
    before, news = 20, 0
    for left in (20, 19) * 50:
        after = told(before, left)
        news, before = news + (after != before), after
    assert news == 1


def test_each_step_down_is_told_once_and_a_way_up_too() -> None:
    for highest in (850, 12_000):
        for walk in (range(highest, -1, -1), range(highest + 1)):
            marks = [at_least(walk[0])]
            for left in walk:
                marks.append(told(marks[-1], left))
            assert sum(one != other for one, other in pairwise(marks)) == sum(0 < mark <= highest for mark in MARKS)


async def test_only_the_registration_that_crosses_a_mark_tells_of_it() -> None:
    async with house(capacity=12) as here:
        for n in range(12):
            await here.register(person(n))
        assert said(here) == [1, 0]
        [full] = [fact for fact in here.facts("places.changed.v1") if fact["at_least"] == 0]
        assert (full["subject"], full["capacity"]) == ("nec-2018", 12)


async def test_a_place_that_is_freed_is_told_and_one_that_somebody_waits_for_is_not() -> None:
    async with house(capacity=2) as here:
        first, _ = await here.register(person(1)), await here.register(person(2))
        assert said(here) == [0]
        await here.cancel(first)
        assert said(here) == [0, 1]
        await here.register(person(3))
        second = await here.register(person(4))
        assert (second.state, said(here)) == ("waitlisted", [0, 1, 0])
        await here.cancel(here.registration_of(person(2)))
        assert said(here) == [0, 1, 0]


async def test_more_room_is_told_when_it_makes_a_difference() -> None:
    async with house(capacity=1) as here:
        await here.register(person(1))
        await here.hear(EditionAmended(subject="nec-2018", at=OPENING, frame=frame(capacity=40)))
        assert said(here) == [0, 20]


async def test_the_seats_of_a_session_are_told_the_same_way() -> None:
    async with house() as here:
        first = await here.register(person(1, "s02", "s07"))
        await here.register(person(2, "s02"))
        facts = [(fact["session"], fact["at_least"]) for fact in here.facts("seats.changed.v1")]
        assert facts == [("s07", 0), ("s02", 0)]
        await here.choose(first, "s03")
        facts = [(fact["session"], fact["at_least"]) for fact in here.facts("seats.changed.v1")]
        assert set(facts[2:]) == {("s07", 1), ("s02", 1)}
