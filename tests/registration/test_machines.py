"""Whatever people do, in whatever order: the room is never oversold, and equals a naive model of it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from datetime import timedelta
from typing import Any, TypeVar

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from colloque.contracts.scheduling import EditionAmended
from colloque.runtime.refusal import Refusal
from colloque_registration.commands import SubmitRegistration
from colloque_registration.domain.names import fold, words
from colloque_registration.domain.registration import AlreadyDecided, Answers, Registration, submit
from colloque_registration.domain.states import NEXT, State
from colloque_registration.domain.waitlist import Offer, Waitlist
from tests.registration.house import AFTERNOON, MORNING, House
from tests.registration.nec18 import OPENING, frame, opened, released, session
from tests.registration.nec18 import slot as hours_of

T = TypeVar("T")
OPENS_AFTER = timedelta(days=12)
"""From the day the form opens to the first session: near enough for a run to come that far."""
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
        self.not_now, self.ahead = set[int](), list[int]()
        """Who stands in line and has declined what is free."""
        self.told = list[int]()
        """To whom a place was offered, one offer after the other."""

    def taken(self, session: str) -> int:
        return sum(session in held for held in self.held.values())

    def confirmed(self) -> int:
        return sum(state == "confirmed" for state in self.state.values())

    def promised(self) -> int:
        return sum(state in ("confirmed", "offered") for state in self.state.values())

    def freed(self, now: timedelta) -> None:
        self.not_now.clear()
        self.offer(now)

    def offer(self, now: timedelta) -> None:
        for who in list(self.line):
            if now < OPENS_AFTER and who not in self.not_now and self.promised() < self.capacity:
                self.line.remove(who)
                self.state[who], self.until[who] = "offered", min(now + timedelta(hours=48), OPENS_AFTER)
                self.told.append(who)

    def submit(self, who: int, asked: tuple[str, ...], now: timedelta) -> None:
        if self.state.get(who) in ("confirmed", "waitlisted", "offered"):
            return
        self.state[who], self.asked[who], self.until[who] = "pending", asked, now + timedelta(hours=48)

    def expire(self, now: timedelta) -> None:
        """What ends, ends in order, and each place goes on at the moment it ends."""
        while ending := sorted(
            (until, who)
            for who, until in self.until.items()
            if self.state[who] in ("pending", "offered") and until <= now
        ):
            until, who = ending[0]
            offered = self.state[who] == "offered"
            self.state[who] = "expired"
            if offered and until < OPENS_AFTER:
                self.freed(until)

    def answer(self, who: int, accepts: bool, now: timedelta) -> None:
        if self.state[who] != "offered":
            return
        if accepts:
            self.state[who] = "confirmed"
            self.held[who] = {one for one in self.asked[who] if self.taken(one) < SEATS[one]}
        else:
            self.state[who] = "waitlisted"
            self.line.append(who)
            self.not_now.add(who)
            self.offer(now)

    def confirm(self, who: int) -> None:
        if self.state[who] != "pending":
            return
        if set(self.line) - self.not_now or self.promised() >= self.capacity:
            self.state[who] = "waitlisted"
            self.line.append(who)
            return
        self.state[who] = "confirmed"
        self.held[who] = {one for one in self.asked[who] if self.taken(one) < SEATS[one]}

    def jump(self, who: int, now: timedelta) -> None:
        self.ahead = [one for one in self.ahead if one in self.line and one != who]
        self.not_now.discard(who)
        rest = [one for one in self.line if one not in (*self.ahead, who)]
        self.ahead.append(who)
        self.line = [*self.ahead, *rest]
        self.offer(now)

    def change(self, who: int, wanted: tuple[str, ...]) -> None:
        if self.state[who] in ("waitlisted", "offered"):
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

    def cancel(self, who: int, now: timedelta) -> None:
        before = self.state[who]
        if before == "waitlisted":
            self.line.remove(who)
            self.not_now.discard(who)
        if before in ("pending", "waitlisted", "offered", "confirmed"):
            self.state[who] = "cancelled"
            self.held.pop(who, None)
        if before in ("offered", "confirmed") and now < OPENS_AFTER:
            self.freed(now)


class Rush(RuleBasedStateMachine):
    """Few places, few seats, few people: they meet at every step."""

    @initialize(capacity=st.integers(1, 4))
    def open(self, capacity: int) -> None:
        self.runner = asyncio.Runner()
        self.naive = Naive(capacity)
        self.house = House(OPENING)
        self.running = self.house.desk.running()
        self.run(self.running.__aenter__())
        first = hours_of("2018-07-02T08:00", "2018-07-02T09:00")
        sessions = [
            session("s01", booking="none").model_copy(update={"slot": first}),
            *(
                session(id, *(MORNING if part == "morning" else AFTERNOON), seats=SEATS[id])
                for id, part in SLOTS.items()
            ),
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
        self.allowed(
            self.house.confirm(self.of(who)), self.naive.state[who] in ("pending", "confirmed", "waitlisted", "offered")
        )
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
        self.allowed(
            self.house.choose(self.of(who), *wanted), self.naive.state[who] in ("confirmed", "waitlisted", "offered")
        )
        self.naive.change(who, wanted)

    @precondition(lambda self: self.naive.state)
    @rule(data=st.data())
    def cancels(self, data: st.DataObject) -> None:
        who = data.draw(st.sampled_from(sorted(self.naive.state)))
        self.allowed(self.house.cancel(self.of(who)), self.naive.state[who] != "expired")
        self.naive.cancel(who, self.elapsed)

    @precondition(lambda self: self.naive.state)
    @rule(data=st.data(), accepts=st.booleans())
    def answers(self, data: st.DataObject, accepts: bool) -> None:
        who = data.draw(st.sampled_from(sorted(self.naive.state)))
        doing = self.house.accept(self.of(who)) if accepts else self.house.decline(self.of(who))
        self.allowed(doing, self.naive.state[who] in ("offered", "confirmed" if accepts else "waitlisted"))
        self.naive.answer(who, accepts, self.elapsed)

    @precondition(lambda self: any(state == "offered" for state in self.naive.state.values()))
    @rule(data=st.data(), accepts_first=st.booleans())
    def answers_and_leaves_at_once(self, data: st.DataObject, accepts_first: bool) -> None:
        """Two pages open: whichever comes first, at the end they are gone and the place is somebody else's."""
        who = data.draw(st.sampled_from(sorted(one for one, state in self.naive.state.items() if state == "offered")))
        accept, leave = self.house.accept(self.of(who)), self.house.cancel(self.of(who))

        async def both() -> None:
            first, second = (accept, leave) if accepts_first else (leave, accept)
            await asyncio.gather(first, second, return_exceptions=True)

        self.run(both())
        if accepts_first:
            self.naive.answer(who, True, self.elapsed)
        self.naive.cancel(who, self.elapsed)

    @precondition(lambda self: self.naive.line)
    @rule(data=st.data())
    def the_organiser_puts_somebody_ahead(self, data: st.DataObject) -> None:
        who = data.draw(st.sampled_from(self.naive.line))
        self.allowed(self.house.offer(self.of(who)), self.elapsed < OPENS_AFTER)
        if self.elapsed < OPENS_AFTER:
            self.naive.jump(who, self.elapsed)

    @rule(hours=st.sampled_from([1, 24, 48]))
    def time_goes_by(self, hours: int) -> None:
        self.run(self.house.until(self.house.clock.at + timedelta(hours=hours)))
        self.naive.expire(self.elapsed)

    @rule(capacity=st.integers(1, 5))
    def the_organiser_finds_more_room_or_less(self, capacity: int) -> None:
        capacity = max(capacity, self.naive.promised())
        self.run(
            self.house.hear(EditionAmended(subject="nec-2018", at=self.house.clock.at, frame=frame(capacity=capacity)))
        )
        more, self.naive.capacity = capacity > self.naive.capacity, capacity
        if more and self.elapsed < OPENS_AFTER:
            self.naive.freed(self.elapsed)

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
        assert {
            who: one.offer.until - OPENING for who, one in there.items() if one.state == "offered" and one.offer
        } == {who: self.naive.until[who] for who, state in self.naive.state.items() if state == "offered"}

    @invariant()
    def each_freed_place_was_offered_to_the_first_in_line(self) -> None:
        if not hasattr(self, "naive"):
            return
        whose = {one.id: one.person for one in self.house.store.docs(Registration).values()}
        people = {self.house.person_of(self.form(who)).id: who for who in self.naive.state}
        told = [people[whose[fact["subject"]]] for fact in self.house.facts("registration.place_offered.v1")]
        assert told == self.naive.told

    @invariant()
    def is_never_oversold(self) -> None:
        if not hasattr(self, "naive"):
            return
        desk, every = self.house.desk_of(), list(self.house.store.docs(Registration).values())
        assert desk.confirmed + desk.held <= desk.capacity
        for state in ("pending", "confirmed", "waitlisted", "offered", "cancelled", "expired"):
            assert getattr(desk, state) == sum(one.state == state for one in every)
        lines = self.house.store.docs(Waitlist)
        assert desk.not_now == sum(len(line.not_now) for line in lines.values())
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
        "expired": lambda: asked.expire(OPENING) if before == "pending" else asked.lapse(OPENING),
        "offered": lambda: asked.offered(Offer(until=OPENING, rank=1), OPENING),
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
@example("𝞐")
def test_folding_forgets_case_and_accents_and_nothing_comes_back(text: str) -> None:
    assert fold(text) == fold(fold(text)) == fold(text.upper().lower())
    assert words(text) == words(text.casefold())
