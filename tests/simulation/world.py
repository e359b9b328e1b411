"""The storm: processes of four rooms on a database, a broker and a mail server that fail in every way we know; people
who try until they have an answer; an operator who replays what is parked. One thread, one seed."""

from __future__ import annotations

import asyncio
import functools
import zlib
from collections import Counter as Count
from collections import defaultdict
from collections.abc import Coroutine, Sequence
from random import Random
from typing import Any

from colloque.runtime.message import Message
from colloque.runtime.parked import Parked
from colloque.runtime.rest import numbers, together, unrest
from colloque.runtime.work import Answer, Step, Steps, Timer, Work
from tests.simulation import rooms
from tests.simulation.broker import StormBroker
from tests.simulation.chaos import Chaos
from tests.simulation.database import StormStore
from tests.simulation.loop import VirtualLoop
from tests.simulation.mailserver import Sending
from tests.simulation.people import People
from tests.simulation.process import PROCESS, Process
from tests.simulation.rooms import words

STORM, LIMIT = 10.0, 180.0
"""Faults for so long; then rest within so long."""
ROOMS = ("registration", "scheduling", "notifications", "traces")
SICK = (words.About, words.Allotted, words.Expire, words.SettleLetter, words.MakeBadge)
"""What may meet a bug in one of its steps."""


class Broken(Exception):
    """A law is broken."""


class Poison(Exception):
    """A step's bug."""


class World:
    storm = STORM

    def __init__(self, seed: int, faults: Sequence[str], *, logging: bool = False) -> None:
        self.seed, self.logging = seed, logging
        self.rng = Random(seed)
        if len(faults) > 3:
            faults = [fault for fault in faults if self.rng.random() < 0.6]
        self.calm = self.rng.random() < 0.1
        if self.calm:  # nothing fails, but more people come
            faults = [fault for fault in faults if fault in ("twins", "answers")]
        self.faults = faults
        self.loop = VirtualLoop()
        self.loop.set_task_factory(_of_its_process)
        self.injected: Count[str] = Count()
        self.faulty, self.sick = True, self.rng.random() * 0.25
        self.tick = self.rng.choice((1, 1, 1, 1000))
        """Milliseconds between two moments of the domain's clock: now and then everything happens at once."""
        self.lost: set[str] = set()
        self.restored: set[str] = set()
        self.started = 0
        self.sends: list[Sending] = []
        self.reports: dict[tuple[str, str], list[float]] = defaultdict(list)
        """When what came of a letter in the hands of a process was committed, whatever became of that commit."""
        self.messages: dict[tuple[str, str], Message] = {}
        self.hands: dict[str, str] = {}
        """Which process has reported by this line."""
        self.broken: list[str] = []
        self.stores = {room: StormStore(self, room) for room in ROOMS}
        self.broker = StormBroker(self)
        self.replicas = {room: self.rng.choice((1, 2, 2)) for room in ROOMS}
        self.processes: dict[str, list[Process]] = {room: [] for room in ROOMS}
        self.people = People(self)
        self._spawned: list[asyncio.Task[None]] = []

    def note_report(self, room: str, line: str) -> None:
        message = self.messages.get((room, line))
        if message is not None and isinstance(message.body, words.SettleLetter):
            self.reports[message.body.letter, self.hands[line]].append(self.loop.now)

    def log(self, *told: Any) -> None:
        if self.logging:
            print(f"{self.loop.now:8.3f}", *told)

    def lag(self) -> float:
        r = self.rng.random()
        return r * 1.2 if r > 0.95 and self.fault("slow", 0.5) else r * 0.02

    def fault(self, name: str, p: float) -> bool:
        if self.faulty and name in self.faults and self.rng.random() < p:
            self.injected[name] += 1
            return True
        return False

    def spawn(self, doing: Coroutine[Any, Any, None]) -> None:
        self._spawned.append(asyncio.create_task(doing))

    def steps(self, room: str) -> Steps:
        """The room's, some of them with bugs: some messages always fail some steps, until the fix comes; some now and
        then."""
        table = Steps()
        for kind, steps, patience in rooms.STEPS[room]._rows.values():
            mine = [self._poisoned(step) if issubclass(kind, SICK) else step for step in steps]
            table.on(kind, *mine, patience=patience)
        return table

    def _poisoned(self, step: Step) -> Step:
        @functools.wraps(step)
        async def with_bug(message: Any, work: Work) -> Answer:
            answer = await step(message, work)
            luck = zlib.crc32(f"{self.seed}{work.cause}{step.__name__}".encode()) / 2**32
            if luck < self.sick * 2 and self.fault("poison", 1.0 if luck < self.sick else 0.6):
                raise Poison
            return answer

        return with_bug

    # ---- processes come and go
    def start(self, room: str, name: str) -> None:
        self.processes[room].append(Process(self, room, name))

    def crash(self, process: Process, seconds: float) -> None:
        process.die()
        self.processes[process.room].remove(process)
        self.loop.call_later(seconds, self.start, process.room, process.place)

    # ---- one run
    def play(self) -> None:
        """Raises Broken if the house does not come to rest."""
        try:
            self.loop.run_until_complete(self._play())
        finally:
            self.faulty = False
            everything = asyncio.all_tasks(self.loop)
            for task in everything:
                task.cancel()
            self.loop.run_until_complete(asyncio.gather(*everything, return_exceptions=True))
            self.loop.close()

    async def _play(self) -> None:
        for room in ROOMS:
            for i in range(self.replicas[room]):
                self.start(room, f"{room}-{i + 1}")
        self.people.come()
        self.spawn(Chaos(self).reign())
        self.spawn(self.people.operate())
        await asyncio.sleep(self.storm)
        await self._rest()

    async def _rest(self) -> None:
        """Twice in a row, with the same numbers."""
        before: Any = None
        while True:
            await asyncio.sleep(0.5)
            if self.broken:
                raise Broken(self.broken[0])
            why, now = await self._unrest()
            if why is None and before == now:
                return
            before = now if why is None else None
            if self.loop.now > self.storm + LIMIT:
                raise Broken(f"4: no rest: {why}")

    async def _unrest(self) -> tuple[str | None, Any]:
        if self.people.waiting:
            return f"{self.people.waiting} commands without answer", None
        statuses: dict[str, Any] = {}
        for room in ROOMS:
            here, store = self.processes[room], self.stores[room]
            if len(here) < self.replicas[room] or any(one.stalled > self.loop.now for one in here):
                return f"{room}: processes are missing", None
            if any(isinstance(one, Parked | Timer) for one in store.every()):
                return f"{room}: something is parked or set", None
            if waiting := [one.id for one in store.docs(words.Letter).values() if one.state == "queued"]:
                return f"letters wait: {waiting}", None
            statuses[room] = together([await one.engine.status() for one in here])
        return unrest(statuses), numbers(statuses)


def _of_its_process(loop: asyncio.AbstractEventLoop, coro: Any, context: Any = None) -> asyncio.Task[Any]:
    """A task belongs to the process that made it, and dies with it."""
    task = asyncio.Task(coro, loop=loop, context=context)
    process = context.get(PROCESS) if context is not None else PROCESS.get()
    if process is not None:
        process.tasks[task] = None
        task.add_done_callback(lambda task: process.tasks.pop(task, None))
        if not process.alive:
            task.cancel()
    return task
