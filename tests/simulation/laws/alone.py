"""Law 3: lines and documents equal those of one process that handled the lines in order of n, one by one."""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from colloque.runtime.message import Kind, Message, command_message
from colloque.runtime.opening import OpenRoom, open_room
from colloque.runtime.parked import DropParked, Parked, drop_parked
from colloque.runtime.run import TRIES, Run
from colloque.runtime.store.port import Counter, Fetched
from colloque.runtime.turn import Turn
from colloque.runtime.work import Document, Find, Key, Steps, Timer
from tests.simulation import rooms
from tests.simulation.laws.need import need
from tests.simulation.process import DAWN
from tests.simulation.rooms import words
from tests.simulation.world import World


class Alone:
    """One process that handles messages one by one, on documents of its own."""

    def __init__(self, room: str) -> None:
        self.room = room
        self.documents: dict[Key, Document] = {}

    async def fetch(self, keys: Sequence[Key], finds: Sequence[Find]) -> Fetched:
        met = {find: tuple(key for key, one in self._sorted() if find.met_by(one)) for find in finds}
        every = [*keys, *(key for found in met.values() for key in found)]
        return Fetched({key: self.documents.get(key) for key in every}, met)

    def _sorted(self) -> list[tuple[Key, Document]]:
        return sorted(self.documents.items(), key=lambda item: item[0][1])

    async def run(self, message: Message, at: datetime) -> tuple[Run, Turn]:
        turn = Turn(self.room, b"sim", at, Counter(parked=1), self.fetch)
        turn.add(message)
        await turn.run_and_settle()
        return turn.runs[message][0], turn

    def lay(self, turn: Turn) -> None:
        for key, document in turn.view.over.items():
            if document is None:
                self.documents.pop(key, None)
            else:
                self.documents[key] = document


def one_by_one(world: World, room: str) -> None:
    """Lines and documents equal those of one process that handled the lines in order of n; refusals were true; quotas
    hold."""
    _at_once(_one_by_one(world, room))


async def _one_by_one(world: World, room: str) -> None:
    alone, true = Alone(room), set[int]()
    steps = _steps(room)

    async def refused(n: int) -> None:
        for i, no in enumerate(world.people.refusals if room == "registration" and not world.restored else ()):
            if no.first <= n <= no.last and i not in true:
                name = type(no.command).__name__
                run, _ = await alone.run(
                    command_message(Kind.COMMAND, no.command, no.cause, rooms.A_STEPS.of(name)), DAWN
                )
                if run.outcome == "refused":
                    true.add(i)

    await refused(0)
    for n, line in enumerate(world.stores[room].written, 1):
        what = f"{room} line {n} {line['_id']}"
        need(line["n"] == n, 3, what, "has the number", line["n"])
        message = world.messages[room, line["_id"]]
        step = steps.named(message.type, line["step"])
        assert step is not None, what
        if message.timer:
            timer = alone.documents.get((Timer, message.timer.id))
            set_by = isinstance(timer, Timer) and timer.set_by == message.timer.set_by
            need(set_by, 3, what, "was fired though moved or gone")
        first = line["outcome"] == "parked" and line["reason"] != "behind an earlier one"
        again = replace(
            message,
            steps=(step,),
            reply=None,
            doom=None,
            tries=TRIES + 1 if first else 0,
            bugs={line["step"]: line["reason"]} if first else {},
            layer={},
        )
        run, turn = await alone.run(again, line["at"])
        if run.bug is not None:
            raise run.bug
        now = run.outcome, run.answer
        need(now == (line["outcome"], line["answer"]), 3, what, line["outcome"], line["answer"], "- one by one:", *now)
        want = [(p["id"], p["subject"], p["body"]) for p in run.line(0)["parcels"]]
        have = [(p["id"], p["subject"], p["body"]) for p in line["parcels"]]
        need(want == have, 3, what, "tells other facts:", have, "- one by one:", want)
        alone.lay(turn)
        await refused(n)
    for i, no in enumerate(world.people.refusals if room == "registration" and not world.restored else ()):
        need(
            i in true, 3, no.cause.id, no.command, "was refused between the lines", no.first, "and", no.last, "wrongly"
        )
    _compare(world, room, alone)


def _steps(room: str) -> Steps:
    return rooms.STEPS[room].joined(Steps().on(OpenRoom, open_room).on(DropParked, drop_parked))


def _compare(world: World, room: str, alone: Alone) -> None:
    quiet = (words.Ledger, words.Known)
    have = {(type(one), one.id): one for one in world.stores[room].every() if not isinstance(one, quiet)}
    for key in {**have, **alone.documents}:
        a, b = have.get(key), alone.documents.get(key)
        if key[0] is not Parked:
            need(a == b, 3, room, key[0].__name__, key[1], a, "- one by one:", b)
    if room == "registration":
        names = [one.name for one in have.values() if isinstance(one, words.Badge)]
        need(len(names) == len(set(names)), 3, "badges are not unique:", names)
        for edition in ("e0", "e1"):
            seats = have.get((words.Seats, edition), words.Seats(id=edition))
            assert isinstance(seats, words.Seats)
            held = sum(
                one.state in ("confirmed", "offered")
                for one in have.values()
                if isinstance(one, words.Reg) and one.edition == edition
            )
            need(0 <= seats.free == words.CAPACITY - held, 3, edition, "has", held, "held and", seats.free, "free")


def _at_once(doing: Coroutine[Any, Any, None]) -> None:
    """It waits for nothing."""
    try:
        doing.send(None)
    except StopIteration:
        return
    raise AssertionError("it waits for something")
