"""A replica of a room: the real engine, and what it costs to be interrupted anywhere."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextvars import ContextVar, copy_context
from datetime import UTC, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any

from colloque.runtime.bus.port import BusDown
from colloque.runtime.desk import Desk
from colloque.runtime.engine import Engine
from colloque.runtime.message import Message
from colloque.runtime.run import line_id
from tests.simulation import rooms
from tests.simulation.broker import StormBus
from tests.simulation.mailserver import StormMailer

if TYPE_CHECKING:
    from tests.simulation.world import World

LEASE = 8.0
EPOCH = 1_500_000_000.0
DAWN = datetime(2018, 6, 1, tzinfo=UTC)
PROCESS: ContextVar[Process | None] = ContextVar("process", default=None)


class SimClock:
    def __init__(self, now: Callable[[], float], tick: int) -> None:
        self._now, self._tick = now, tick

    def now(self) -> datetime:
        return DAWN + timedelta(milliseconds=int(self._now() * 1000) // self._tick * self._tick)

    def on_move(self, told: Callable[[], None]) -> None:
        pass


class WatchedDesk(Desk):
    """Notes what each line was about, so that the laws can do it again, one by one."""

    world: World

    def _noted(self, message: Message) -> Message:
        for step in message.steps:
            self.world.messages.setdefault((self.room, line_id(message, step)), message)
            self.world.hands[line_id(message, step)] = self.name
        return message

    def _read(self, parcel: Any) -> Message:
        return self._noted(super()._read(parcel))

    async def _answered(self, message: Message) -> Any:
        return await super()._answered(self._noted(message))


class Process:
    """One replica of one room. What it keeps in memory it may lose at any await."""

    def __init__(self, world: World, room: str, name: str) -> None:
        self.world, self.room, self.place, self.alive, self.stalled = world, room, name, True, 0.0
        world.started += 1
        self.name = f"{name}.{world.started}"
        """Of this process alone, as every process has a name that no other had."""
        self.skew = (world.rng.random() - 0.5) * ("skew" in world.faults)
        self.tasks: dict[asyncio.Task[Any], None] = {}
        self.memory: dict[str, Any] = {}
        """What a process without a safeguard goes by."""
        self.context = copy_context()
        self.context.run(PROCESS.set, self)
        self.context.run(self._furnish)
        self.context.run(self._begin)

    def wall(self) -> float:
        """This machine's idea of system time."""
        return EPOCH + self.world.loop.now + self.skew

    def _furnish(self) -> None:
        world = self.world
        self.bus = StormBus(world.broker, self)
        desk = WatchedDesk(
            self.room,
            world.stores[self.room],
            SimClock(lambda: self.world.loop.now + self.skew, world.tick),
            key=b"sim",
            name=self.name,
            limit=16,
            random=Random(world.rng.random()),
            wall=self.wall,
        )
        desk.world = world
        room = rooms.build(desk, world.steps(self.room))
        mailer = StormMailer(self) if room.mailing else None
        self.engine = Engine(room, self.bus, mailer, wall=self.wall, lease=LEASE, random=Random(world.rng.random()))
        if self.engine.postman:
            self.engine.postman._office._token = lambda: f"{world.rng.randrange(10**9)}"

    def _begin(self) -> None:
        self._life = asyncio.create_task(self._live())

    async def _live(self) -> None:
        await self.engine.open()
        self.engine.start(self._ended)
        while True:
            try:
                return await self.bus.start()
            except BusDown:
                await asyncio.sleep(0.2)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        """No half-alive house: its supervisor starts it again. In a storm only the storm may end one."""
        if self.alive:
            self.world.broken.append(f"0: {task.get_name()} of {self.name} ended: {task.exception()!r}")

    async def step(self) -> None:
        """Time passes; the process may stand still, or have died."""
        await asyncio.sleep(self.world.lag())
        while self.alive and self.stalled > self.world.loop.now:
            await asyncio.sleep(self.stalled - self.world.loop.now)
        if not self.alive:
            raise asyncio.CancelledError

    def die(self) -> None:
        self.world.log("dies", self.name)
        self.alive = False
        for task in list(self.tasks):
            task.cancel()
        ears = list(self.bus._ears)
        for ear in ears:
            self.world.loop.call_later(self.world.rng.random() * 2, self.world.broker.leave, ear)
