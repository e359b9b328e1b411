"""Whatever people do, in whatever order: the room is never oversold, and equals a naive model of it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from datetime import timedelta
from typing import Any, TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from colloque.contracts.scheduling import EditionAmended
from colloque.runtime.refusal import Refusal
from colloque_registration.commands import SubmitRegistration
from colloque_registration.domain.names import fold, words
from colloque_registration.domain.registration import AlreadyDecided, Answers, Registration, submit
from colloque_registration.domain.states import NEXT, State
from tests.registration.house import AFTERNOON, MORNING, House
from tests.registration.nec18 import OPENING, frame, opened, released, session

T = TypeVar("T")
PEOPLE = range(6)
SLOTS = {"s02": "morning", "s03": "morning", "s07": "afternoon", "s09": "afternoon"}
SEATS = {"s02": 2, "s03": 1, "s07": 1, "s09": 3}
CHOICES = st.tuples(st.sampled_from([None, "s02", "s03"]), st.sampled_from([None, "s07", "s09"])).map(
    lambda pair: tuple(one for one in pair if one)
)


class Naive:
    """The same rules, as somebody with a sheet of paper would apply them."""

    def __init__(self, capacity: int) -> None:
        self.capacity, self.line = capacity, list[int]()
        self.state, self.asked, self.held = dict[int, str](), dict[int, tuple[str, ...]](), dict[int, set[str]]()
        self.until: dict[int, timedelta] = {}

    def taken(self, session: str) -> int:
        return sum(session in held for held in self.held.values())

    def confirmed(self) -> int:
        return sum(state == "confirmed" for state in self.state.values())

    def submit(self, who: int, asked: tuple[str, ...], now: timedelta) -> None:
        if self.state.get(who) in ("confirmed", "waitlisted"):
            return
        self.state[who], self.asked[who], self.until[who] = "pending", asked, now + timedelta(hours=48)

    def expire(self, now: timedelta) -> None:
        for who, until in self.until.items():
            if self.state[who] == "pending" and until <= now:
                self.state[who] = "expired"

    def confirm(self, who: int) -> None:
        if self.state[who] != "pending":
            return
        if self.line or self.confirmed() >= self.capacity:
            self.state[who] = "waitlisted"
            self.line.append(who)
            return
        self.state[who] = "confirmed"
        self.held[who] = {one for one in self.asked[who] if self.taken(one) < SEATS[one]}

    def change(self, who: int, wanted: tuple[str, ...]) -> None:
        if self.state[who] == "waitlisted":
            self.asked[who] = wanted
        if self.state[who] != "confirmed":
            return
        old, new = self.held[who], set[str]()
        for slot in ("morning", "afternoon"):
            before = next((one for one in old if SLOTS[one] == slot), None)
            after = next((one for one in wanted if SLOTS[one] == slot), None)
            if after and after != before and self.taken(after) >= SEATS[after]:
                after = before
            new |= {after} if after else set()
        self.held[who] = new

    def cancel(self, who: int) -> None:
        if self.state[who] == "waitlisted":
            self.line.remove(who)
        if self.state[who] in ("pending", "waitlisted", "confirmed"):
            self.state[who] = "cancelled"
            self.held.pop(who, None)


class Rush(RuleBasedStateMachine):
    """Few places, few seats, few people: they meet at every step."""

    @initialize(capacity=st.integers(1, 4))
    def open(self, capacity: int) -> None:
        self.runner = asyncio.Runner()
        self.naive = Naive(capacity)
        self.house = House(OPENING)
        self.running = self.house.desk.running()
        self.run(self.running.__aenter__())
        sessions = [
            session(id, *(MORNING if slot == "morning" else AFTERNOON), seats=SEATS[id]) for id, slot in SLOTS.items()
        ]
        self.run(self.house.hear(opened(capacity=capacity), released(*sessions)))

    def run(self, doing: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(doing)

    def teardown(self) -> None:
        if hasattr(self, "running"):
            self.run(self.running.__aexit__(None, None, None))
            self.runner.close()

    @property
    def elapsed(self) -> timedelta:
        return self.house.clock.at - OPENING

    def form(self, who: int, asked: tuple[str, ...] = ()) -> SubmitRegistration:
        return SubmitRegistration(
            edition="nec-2018", given="P", family=f"Number {who}", email=f"p{who}@example.org", sessions=asked
        )

    def of(self, who: int) -> Registration:
        return self.house.registration_of(self.form(who))

    @rule(who=st.sampled_from(PEOPLE), asked=CHOICES)
    def submits(self, who: int, asked: tuple[str, ...]) -> None:
        self.run(self.house.submit(self.form(who, asked)))
        self.naive.submit(who, asked, self.elapsed)

    @precondition(lambda self: self.naive.state)
    @rule(data=st.data())
    def clicks(self, data: st.DataObject) -> None:
        who = data.draw(st.sampled_from(sorted(self.naive.state)))
        self.allowed(self.house.confirm(self.of(who)), self.naive.state[who] in ("pending", "confirmed", "waitlisted"))
        self.naive.confirm(who)

    @precondition(lambda self: sum(state == "pending" for state in self.naive.state.values()) > 1)
    @rule()
    def all_click_at_once(self) -> None:
        pending = [who for who, state in self.naive.state.items() if state == "pending"]

        async def rush() -> None:
            await asyncio.gather(*(self.house.confirm(self.of(who)) for who in pending))

        self.run(rush())
        for who in pending:
            self.naive.confirm(who)

    @precondition(lambda self: self.naive.state)
    @rule(data=st.data(), wanted=CHOICES)
    def changes(self, data: st.DataObject, wanted: tuple[str, ...]) -> None:
        who = data.draw(st.sampled_from(sorted(self.naive.state)))
        self.allowed(self.house.choose(self.of(who), *wanted), self.naive.state[who] in ("confirmed", "waitlisted"))
        self.naive.change(who, wanted)

    @precondition(lambda self: self.naive.state)
    @rule(data=st.data())
    def cancels(self, data: st.DataObject) -> None:
        who = data.draw(st.sampled_from(sorted(self.naive.state)))
        self.allowed(self.house.cancel(self.of(who)), self.naive.state[who] != "expired")
        self.naive.cancel(who)

    @rule(hours=st.sampled_from([1, 24, 48]))
    def time_goes_by(self, hours: int) -> None:
        self.run(self.house.until(self.house.clock.at + timedelta(hours=hours)))
        self.naive.expire(self.elapsed)

    @rule(capacity=st.integers(1, 5))
    def the_organiser_finds_more_room_or_less(self, capacity: int) -> None:
        capacity = max(capacity, self.naive.confirmed())
        self.run(
            self.house.hear(EditionAmended(subject="nec-2018", at=self.house.clock.at, frame=frame(capacity=capacity)))
        )
        self.naive.capacity = capacity

    def allowed(self, doing: Coroutine[Any, Any, object], expected: bool) -> None:
        try:
            self.run(doing)
        except Refusal:
            assert not expected
        else:
            assert expected

    @invariant()
    def equals_the_sheet_of_paper(self) -> None:
        if not hasattr(self, "naive"):
            return
        there = {who: self.of(who) for who in self.naive.state}
        assert {who: one.state for who, one in there.items()} == self.naive.state
        assert {who: set(one.sessions) for who, one in there.items() if one.sessions} == {
            who: held for who, held in self.naive.held.items() if held
        }
        assert self.house.line() == tuple(there[who].id for who in self.naive.line)

    @invariant()
    def is_never_oversold(self) -> None:
        if not hasattr(self, "naive"):
            return
        desk, every = self.house.desk_of(), list(self.house.store.docs(Registration).values())
        assert desk.confirmed + desk.held <= desk.capacity
        for state in ("pending", "confirmed", "waitlisted", "cancelled", "expired"):
            assert getattr(desk, state) == sum(one.state == state for one in every)
        assert desk.numbered == len(every)
        for id, seats in SEATS.items():
            assert self.house.taken(id) == sum(id in one.sessions for one in every) <= seats
        live = [one.person for one in every if one.lives]
        assert len(live) == len(set(live))

    @invariant()
    def the_others_heard_whether_it_is_full(self) -> None:
        if not hasattr(self, "naive"):
            return
        desk = self.house.desk_of()
        places, seats = 1, dict.fromkeys(SEATS, 1)
        for fact in self.house.facts():
            if fact["type"] == "places.changed.v1":
                places = fact["at_least"]
            elif fact["type"] == "seats.changed.v1":
                seats[fact["session"]] = fact["at_least"]
        free = desk.places_left if desk.takes_place_at_once else 0
        assert (places > 0) == (free > 0)
        assert {id for id in SEATS if not seats[id]} == {id for id in SEATS if self.house.taken(id) == SEATS[id]}


TestRush = Rush.TestCase
TestRush.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)


STATES: tuple[State, ...] = tuple(NEXT)


@given(st.sampled_from(STATES), st.sampled_from(STATES))
def test_a_registration_goes_where_the_table_says_and_nowhere_else(before: State, after: State) -> None:
    asked = submit("r", edition="e", person="p", number=1, answers=Answers(), words=(), at=OPENING).document.model_copy(
        update={"state": before}
    )
    moves = {
        "confirmed": lambda: asked.confirm((), (), places_left=0, at=OPENING),
        "waitlisted": lambda: asked.wait(1, OPENING),
        "expired": lambda: asked.expire(OPENING),
        "cancelled": lambda: asked.cancel(0, OPENING),
    }
    if after not in moves:
        return
    if after in NEXT[before]:
        assert moves[after]().document.state == after
    else:
        with pytest.raises(AlreadyDecided):
            moves[after]()


@given(st.text(max_size=40))
def test_folding_forgets_case_and_accents_and_nothing_comes_back(text: str) -> None:
    assert fold(text) == fold(fold(text)) == fold(text.upper().lower())
    assert words(text) == words(text.casefold())
