"""One room, running: its desk with relay, intake and alarm, and a postman if it sends mails."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine
from random import Random
from typing import Any

from colloque.runtime.alarm import Alarm
from colloque.runtime.bus.port import Bus
from colloque.runtime.intake import Intake
from colloque.runtime.lease import Lease
from colloque.runtime.mailer.port import Mailer
from colloque.runtime.postman import Postman
from colloque.runtime.relay import POLL, Relay
from colloque.runtime.room import Room
from colloque.runtime.store.port import Down

log = logging.getLogger(__name__)

LEASE = 30.0
"""Seconds: how long the work of a process that died is left alone."""


class Engine:
    """`wall`: system time, by which leases run. `ended` is called with a task that ended though it never should: the
    process then says so and ends, and its supervisor starts it again."""

    def __init__(
        self,
        room: Room,
        bus: Bus,
        mailer: Mailer | None = None,
        *,
        wall: Callable[[], float] = time.time,
        lease: float = LEASE,
        watch: bool = False,
        look: float = POLL,
        random: Random | None = None,
    ) -> None:
        self.room, self.desk, self.bus = room, room.desk, bus
        store, holder = self.desk.store, self.desk.name

        def leased(name: str) -> Lease:
            return Lease(store, name, holder, wall, lease)

        self.relay = Relay(room, bus, leased("relay"), watch=watch, look=look, random=random)
        self.intake = Intake(room, bus)
        self.alarm = Alarm(self.desk, leased("alarm"))
        self.postman: Postman | None = None
        if room.mailing is not None:
            if mailer is None:
                raise ValueError(f"{room.name} sends mails and has no mailer")
            self.postman = Postman(self.desk, room.mailing, mailer, leased("postman"))
        self._tasks: list[asyncio.Task[None]] = []

    async def open(self) -> None:
        """Waits for the database, however long it takes: the process lives, and is not ready."""
        delay = 0.1
        while True:
            try:
                await self.desk.open()
                return
            except Down as down:
                log.warning("%s waits for its database: %s", self.room.name, down)
                await asyncio.sleep(delay)
                delay = min(2.0, delay * 2)

    def start(self, ended: Callable[[asyncio.Task[None]], None]) -> None:
        """After `open`. The bus is started by whoever shares it among rooms, after the intakes have subscribed."""
        jobs: list[Coroutine[Any, Any, None]] = [
            self.desk.run(),
            self.relay.run(),
            self.intake.run(),
            self.alarm.run(),
            self._introduce(),
        ]
        if self.postman is not None:
            jobs.append(self.postman.run())
        for job in jobs:
            task = asyncio.create_task(job, name=f"{self.room.name}: {getattr(job, '__qualname__', job)}")
            task.add_done_callback(lambda task: ended(task) if not task.cancelled() and task.exception() else None)
            self._tasks.append(task)

    async def _introduce(self) -> None:
        while True:
            try:
                return await self.desk.introduce()
            except Down:
                await asyncio.sleep(1)

    async def stop(self) -> None:
        """A clean end: what is sent is reported, leases are given back, the turn in hand is finished or forgotten."""
        desk, *others = self._tasks
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        if self.postman is not None:
            await self.postman.stop()
        desk.cancel()
        await asyncio.gather(desk, return_exceptions=True)
        for release in (self.relay.release, self.alarm.lease.release):
            try:
                await release()
            except Down:
                break
        await self.desk.store.close()

    @property
    def ready(self) -> bool:
        return self.desk.up and self.bus.ready

    async def status(self) -> dict[str, Any]:
        """The numbers of journal.md §8, as they stand in the database. `holds`: the leased jobs that this process does;
        only whoever holds the relay knows how far it is (`relayed`, else null)."""
        desk = self.desk
        leases = {"relay": self.relay.lease, "alarm": self.alarm.lease}
        if self.postman is not None:
            leases["postman"] = self.postman.lease
        counter = await desk.store.counter()
        return {
            "name": self.room.name,
            "hears": [topic.removeprefix("colloque.") for topic in self.room.hears],
            "epoch": counter.epoch,
            "n": counter.n,
            "turn": counter.turn,
            "holds": [name for name, lease in leases.items() if lease.left > 0],
            "relayed": self.relay.sent if self.relay.active else None,
            "ends": dict(counter.ends),
            "marks": {stream: tuple(mark) for stream, mark in counter.marks.items()},
            "waiting": desk.waiting + self.intake.waiting,
            "busy": desk.busy,
            "parked": counter.parked,
            "timers_due": await self.alarm.due(),
            "mails_due": await self.postman.due() if self.postman else False,
            "ready": self.ready,
            "counts": dict(desk.counts),
            "turns": {str(size): count for size, count in sorted(desk.sizes.items())},
            "trips": dict(desk.store.trips),
        }
