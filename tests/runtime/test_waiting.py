"""What waits at a desk: nothing is lost or doubled, streams keep their order, and commands do not crowd out facts."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from colloque.contracts.fact import Frozen
from colloque.contracts.registration import Contact
from colloque.contracts.traces import RoomOpened
from colloque.runtime.journal import Cause
from colloque.runtime.message import Kind, Message
from colloque.runtime.refusal import TryAgain
from colloque.runtime.store.port import Mark
from colloque.runtime.waiting import Waiting
from colloque.runtime.work import IDLE, Steps, Timer
from tests.simulation.loop import VirtualLoop

LIMIT = 6
acts = st.lists(
    st.one_of(
        st.tuples(st.just("command"), st.just("")),
        st.tuples(st.sampled_from(("fact", "hold", "let go")), st.sampled_from(("s", "t", "u"))),
        st.tuples(st.sampled_from(("take", "put back", "later")), st.just("")),
    ),
    max_size=60,
)


async def step(message: Frozen, work: object) -> None:
    """Never run here."""


def command(n: int) -> Message:
    return Message(Kind.COMMAND, "Do", None, Cause.first(f"c{n}"), (step,))


def due(n: int) -> Message:
    timer = Timer(id=f"t{n}", at=datetime(2027, 1, 4, tzinfo=UTC), command="Go", body={}, set_by="line", story="story")
    message = Message(Kind.TIMER, "Go", None, Cause.first(f"t{n}"), (step,))
    message.timer = timer
    return message


def fact(stream: str, seq: int) -> Message:
    place = Mark(1, seq, seq)
    return Message(Kind.FACT, "done", None, Cause.first(f"{stream}{seq}"), (step,), stream=stream, place=place)


class Story:
    """Plays what happens to a queue, and remembers what should be in it."""

    def __init__(self) -> None:
        self.waiting = Waiting(LIMIT)
        self.inside: list[Message] = []
        self.hand: list[Message] = []
        self.ends: dict[str, int] = defaultdict(int)
        self.held: dict[str, float] = {}
        self.commands = 0

    async def play(self, acts: Sequence[tuple[str, str]]) -> None:
        for act, stream in acts:
            match act:
                case "command":
                    self.commands += 1
                    self.put(command(self.commands))
                case "fact":
                    self.ends[stream] += 1
                    self.put(fact(stream, self.ends[stream]))
                case "hold":
                    self.waiting.hold(stream, 1.0)
                    self.held[stream] = asyncio.get_running_loop().time() + 1.0
                case "let go":
                    self.waiting.let_go(stream)
                    self.inside = [m for m in self.inside if m.stream != stream]
                case "take":
                    await self.take()
                case "put back":
                    self.waiting.put_back(self.hand)
                    self.inside += self.hand
                    self.hand = []
                case _:
                    await asyncio.sleep(0.7)
            assert len(self.waiting) == len(self.inside)

    def put(self, message: Message) -> None:
        self.waiting.put(message)
        self.inside.append(message)

    async def take(self) -> None:
        now = asyncio.get_running_loop().time()
        free = [m for m in self.inside if self.held.get(m.stream or "", 0) <= now]
        if not free:
            return
        batch = await self.waiting.batch()
        assert 0 < len(batch) <= LIMIT
        assert all(m in free for m in batch), "what is held, or was never put, is not taken"
        assert len(set(batch)) == len(batch)
        commands, facts = [m for m in batch if not m.stream], [m for m in batch if m.stream]
        for stream in {m.stream for m in batch}:
            of_it = [m.arrived for m in batch if m.stream == stream]
            first = sorted(m.arrived for m in self.inside if m.stream == stream)[: len(of_it)]
            assert of_it == first, "the first of a stream first, and commands in order"
        if len(commands) > LIMIT // 2:
            assert len(facts) == len([m for m in free if m.stream]), "commands fill up only what facts leave"
        assert len(batch) == min(LIMIT, len(free)), "a turn takes all it can"
        self.inside = [m for m in self.inside if m not in batch]
        self.hand += batch


def in_virtual_time(doing: Any) -> Any:
    loop = VirtualLoop()
    try:
        return loop.run_until_complete(doing)
    finally:
        loop.close()


@settings(max_examples=300, deadline=None)
@given(acts)
def test_whatever_comes_and_goes_order_is_kept_and_nothing_lost(acts: Sequence[tuple[str, str]]) -> None:
    in_virtual_time(Story().play(acts))


def mark_only(stream: str, seq: int) -> Message:
    message = fact(stream, seq)
    message.steps, message.patience = (), IDLE
    return message


def unhurried(seq: int) -> Message:
    message = fact("lines", seq)
    message.patience = 0.1
    return message


async def took(waiting: Waiting) -> tuple[list[Message], float]:
    began = asyncio.get_running_loop().time()
    batch = await waiting.batch()
    return batch, asyncio.get_running_loop().time() - began


@pytest.mark.parametrize(("message", "patience"), [(mark_only("s", 1), IDLE), (unhurried(1), 0.1), (fact("s", 1), 0)])
def test_only_what_nobody_waits_for_waits_for_company(message: Message, patience: float) -> None:
    async def play() -> None:
        waiting = Waiting(LIMIT)
        waiting.put(message)
        batch, waited = await took(waiting)
        assert batch == [message]
        assert waited == pytest.approx(patience)

    in_virtual_time(play())


def test_the_rooms_table_says_what_nobody_waits_for() -> None:
    table = Steps().on(Contact, step, patience=0.3).joined(Steps().on(RoomOpened, step))
    assert [table.patience(name) for name in ("contact.v1", "room.opened.v1", "of.no.step.v1")] == [0.3, 0, IDLE]


def test_what_is_patient_goes_along_with_what_is_not() -> None:
    async def play() -> None:
        waiting = Waiting(LIMIT)
        two, three = mark_only("s", 2), fact("s", 3)
        looking = asyncio.ensure_future(took(waiting))
        await asyncio.sleep(0.01)
        waiting.put(two)
        await asyncio.sleep(0.05)
        assert not looking.done()
        waiting.put(three)
        batch, waited = await looking
        assert batch == [two, three]
        assert waited == pytest.approx(0.06)

    in_virtual_time(play())


def test_a_turn_that_leaves_nothing_behind_does_not_hurry_the_next() -> None:
    async def play() -> None:
        waiting = Waiting(LIMIT)
        waiting.put(fact("s", 1))
        assert len((await took(waiting))[0]) == 1
        waiting.put_back([])
        waiting.put(mark_only("s", 2))
        assert (await took(waiting))[1] == pytest.approx(IDLE)

    in_virtual_time(play())


def test_a_whole_turn_of_patient_ones_waits_no_longer() -> None:
    async def play() -> None:
        waiting = Waiting(LIMIT)
        for seq in range(1, LIMIT + 3):
            waiting.put(mark_only("s", seq))
        batch, waited = await took(waiting)
        assert [m.place.seq for m in batch] == list(range(1, LIMIT + 1))
        assert waited == 0
        assert len((await took(waiting))[0]) == 2

    in_virtual_time(play())


def test_a_timer_lets_somebody_outside_go_first_once_and_no_more() -> None:
    """What is told slice by slice is a chain of timers: whoever asks meanwhile need not wait for the next one too."""

    async def play() -> None:
        waiting = Waiting(LIMIT)
        slow, first, second = due(1), command(2), command(3)
        for one in (slow, first, fact("s", 1)):
            waiting.put(one)
        batch, _ = await took(waiting)
        assert [m.type for m in batch] == ["Do", "done"]
        waiting.put(second)
        batch, waited = await took(waiting)
        assert batch == [slow, second]
        assert waited == 0

    in_virtual_time(play())


def test_only_somebody_outside_gives_up() -> None:
    async def play() -> None:
        waiting = Waiting(LIMIT)
        loop = asyncio.get_running_loop()
        late, inner = command(1), command(2)
        late.until = loop.time() + 2
        late.reply, inner.reply = loop.create_future(), loop.create_future()
        waiting.put(inner)
        waiting.put(late)
        await asyncio.sleep(3)
        left, gone = waiting.give_up([inner])
        assert (left, gone, len(waiting)) == ([inner], 1, 1)
        assert isinstance(late.reply.exception(), TryAgain)
        assert not inner.reply.done()

    in_virtual_time(play())
