"""A turn gives the result of one message after the other, whatever the messages read, find, change, refuse or break;
and it goes to the database as often for many as for one."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from colloque.contracts.fact import Fact
from colloque.runtime.desk import Bug, Cause, Desk
from colloque.runtime.refusal import Refusal
from colloque.runtime.room import Room
from colloque.runtime.store.memory import MemoryStore
from colloque.runtime.work import Answer, Change, Command, Document, Lookup, Steps, Work
from tests.simulation.loop import VirtualLoop

NOON = datetime(2018, 6, 20, 12, tzinfo=UTC)
Op = tuple[str, str, int]


class Taken(Refusal): ...


class Unlucky(Refusal): ...


class Box(Document):
    lookups: ClassVar[tuple[Lookup, ...]] = ("label", "shelf")
    unique: ClassVar[Mapping[Lookup, type[Refusal]]] = {"label": Taken}

    label: str
    shelf: int = 0
    coins: int = 0


class Script(Command):
    """What to do, one after the other; what was read decides how it goes on."""

    ops: tuple[Op, ...]


class Scripted(Fact):
    type: str = "toy.scripted.v1"
    ops: tuple[Op, ...]


class Said(Fact):
    type: str = "toy.said.v1"
    seen: int


async def play(script: Script | Scripted, work: Work) -> Answer:
    seen = 0
    for op, box, n in script.ops:
        match op:
            case "read" | "hold":
                found = await (work.hold if op == "hold" else work.get)(Box, box)
                seen += found.coins + 1 if found else 0
            case "find":
                seen += 3 * len(await work.find(Box, shelf=n))
            case "fill" if seen % 3 or n > 1:  # another way, by what was read
                full = await work.get(Box, box) or Box(id=box, label=box)
                work.keep(Change(full.becomes(coins=seen + n), (Said(subject=box, at=work.now, seen=seen),)))
            case "overwrite":  # without having read it
                work.keep(Change(Box(id=box, label=f"{box}{n}", shelf=n)))
            case "move" | "name":
                if old := await work.get(Box, box):
                    work.keep(Change(old.becomes(shelf=n) if op == "move" else old.becomes(label=f"x{n}")))
            case "make":
                work.keep(Change(Box(id=work.new_id(), label=f"x{n}", shelf=seen % 2)))
            case "drop":
                if old := await work.get(Box, box):
                    work.keep(Change(old, gone=True))
            case "refuse" if seen % 4 == n:
                raise Unlucky
            case "break" if seen % 4 == n and isinstance(script, Script):
                raise ZeroDivisionError
            case _:
                pass
    return seen


async def play_again(script: Scripted, work: Work) -> Answer:
    """A second step of the same fact: it sees what the first has done."""
    return await play(script, work)


class Noon:
    def now(self) -> datetime:
        return NOON

    def on_move(self, told: object) -> None:
        pass


def desk_of(store: MemoryStore, **more: Any) -> Desk:
    desk = Desk("toy", store, Noon(), key=b"toy", name="toy-1", **more)
    steps = Steps().on(Script, play).on(Scripted, play, play_again)
    Room(desk, steps=steps, kinds=(Box,), hears=("colloque.toy",))
    return desk


words = ("read", "hold", "find", "fill", "overwrite", "move", "name", "make", "drop", "refuse", "break")
ops = st.lists(st.tuples(st.sampled_from(words), st.sampled_from("abc"), st.integers(0, 3)), max_size=5).map(tuple)
scripts = st.lists(ops, min_size=1, max_size=9)


async def _all_that_came_of_it(
    commands: Sequence[tuple[Op, ...]], facts: Sequence[tuple[Op, ...]], *, at_once: bool
) -> Any:
    store = MemoryStore("toy")
    desk = desk_of(store)
    async with desk.running():
        await store.seed([Box(id="a", label="a", coins=1), Box(id="b", label="b", shelf=1)])
        whole = [desk.do(Script(ops=one), Cause.first(f"k{i}")) for i, one in enumerate(commands)]
        heard = [desk.hear(Scripted(subject="s", at=NOON, ops=one), f"f{i}") for i, one in enumerate(facts)]
        if at_once:
            tasks = [asyncio.ensure_future(one) for one in (*whole, *heard)]
            await asyncio.wait(tasks)
            answers = [task.exception() or task.result() for task in tasks]
        else:
            answers = [(await asyncio.gather(one, return_exceptions=True))[0] for one in (*whole, *heard)]
    assert not [one for one in answers if isinstance(one, BaseException) and not isinstance(one, Refusal | Bug)]
    told = [repr(one) for one in answers]
    lines = [{**line, "took_ms": 0} for line in store.written]
    return told, lines, sorted(store.every(), key=lambda one: one.id), store.now.ends


def in_virtual_time(doing: Any) -> Any:
    loop = VirtualLoop()
    try:
        return loop.run_until_complete(doing)
    finally:
        loop.close()


@pytest.fixture(autouse=True)
def _without_words_about_bugs() -> Any:
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(scripts, st.lists(ops, max_size=4))
@example([(("name", "b", 0),)], [(("name", "a", 0), ("overwrite", "b", 0))])
@example([(("name", "b", 0),)], [(("name", "a", 0), ("drop", "b", 0))])
def test_any_batch_gives_the_result_of_one_after_the_other(
    commands: Sequence[tuple[Op, ...]], facts: Sequence[tuple[Op, ...]]
) -> None:
    together = in_virtual_time(_all_that_came_of_it(commands, facts, at_once=True))
    alone = in_virtual_time(_all_that_came_of_it(commands, facts, at_once=False))
    for one, other in zip(together, alone, strict=True):
        assert one == other


async def _trips(messages: int) -> dict[str, int]:
    store = MemoryStore("toy")
    desk = desk_of(store)
    async with desk.running():
        await desk.do(Script(ops=(("make", "", 9),)), Cause.first("before"))
        known = dict(store.trips)
        work = (("read", "a", 0), ("find", "", 1), ("fill", "b", 2), ("refuse", "", 5))
        own = [(*work, ("fill", f"box{i}", 2)) for i in range(messages)]
        every = [asyncio.ensure_future(desk.do(Script(ops=one), Cause.first(f"k{i}"))) for i, one in enumerate(own)]
        await asyncio.gather(*every)
        assert desk.sizes[messages] == 1 + (messages == 1), "they went in one turn"
        return {what: count - known.get(what, 0) for what, count in store.trips.items() if count > known.get(what, 0)}


@pytest.mark.parametrize("messages", [2, 10, 60])
def test_round_trips_of_a_turn_do_not_grow_with_the_messages_in_it(messages: int) -> None:
    one, many = in_virtual_time(_trips(1)), in_virtual_time(_trips(messages))
    assert many == one
    assert many["commit"] == 1
    assert "counter" not in many, "a process that was the last to commit knows the counter"


async def _trips_of_doubt(messages: int) -> dict[str, int]:
    """All of them are refused: their lines are looked for together."""
    store = MemoryStore("toy")
    desk = desk_of(store)
    async with desk.running():
        every = [
            asyncio.ensure_future(desk.do(Script(ops=(("refuse", "", 0),)), Cause.first(f"k{i}")))
            for i in range(messages)
        ]
        await asyncio.wait(every)
        assert all(isinstance(one.exception(), Unlucky) for one in every)
        return dict(store.trips)


def test_lines_of_all_that_are_refused_are_looked_for_in_one_trip() -> None:
    assert in_virtual_time(_trips_of_doubt(40)) == in_virtual_time(_trips_of_doubt(1))


async def _twice(ops: tuple[Op, ...]) -> tuple[Answer, Answer]:
    store = MemoryStore("toy")
    desk = desk_of(store)
    async with desk.running():
        await store.seed([Box(id="a", label="a", coins=1)])
        return await desk.do(Script(ops=ops), Cause.first("k")), await desk.do(Script(ops=ops), Cause.first("k"))


def test_a_second_try_that_meets_a_bug_is_answered_from_the_line_of_the_first() -> None:
    first, second = in_virtual_time(_twice((("read", "a", 0), ("break", "", 1), ("fill", "a", 2))))
    assert first == second == 2
