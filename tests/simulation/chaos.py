"""What goes wrong by itself, at random moments of the storm."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from colloque.runtime.bus.envelope import PREFIX
from colloque.runtime.bus.port import ASKS, PULSES, Letter
from colloque.runtime.store.memory import Backup
from tests.simulation.process import Process

if TYPE_CHECKING:
    from tests.simulation.world import World

ROOMS = ("registration",) * 2 + ("scheduling",) * 2 + ("notifications",) * 3 + ("traces",)
"""Some are hit more often."""


class Chaos:
    def __init__(self, world: World) -> None:
        self.world, self.rng = world, world.rng
        self._backups: dict[str, Backup] = {}

    async def reign(self) -> None:
        world, rng = self.world, self.rng
        kinds = ("crash", "stall", "rebalance", "kill", "wipe", "truncate", "database", "restore", "garbage")
        actions = [kind for kind in kinds if kind in world.faults]
        for _ in range(rng.randint(3, 12) if actions else 0):
            await asyncio.sleep(rng.random() * world.storm / 6)
            action, room, seconds = rng.choice(actions), rng.choice(ROOMS), rng.random() * 4
            if world.loop.now + seconds > world.storm:
                break
            world.injected[action] += 1
            world.log("fault:", action, room)
            await self._strike(action, room, seconds)
        await asyncio.sleep(max(0.0, world.storm - world.loop.now))
        world.faulty = False

    async def _strike(self, action: str, room: str, seconds: float) -> None:
        world, rng = self.world, self.rng
        here, broker = world.processes[room], world.broker
        match action:
            case "crash" if here:
                world.crash(rng.choice(here), seconds)
            case "stall" if here:
                await self._stall(rng.choice(here), seconds)
            case "rebalance":
                if rng.random() < 0.5:
                    broker.forget_offsets(room)
                broker.rebalance(room)
            case "kill":
                broker.fail(seconds / 2)
            case "wipe":
                broker.wipe(positions=rng.random() < 0.5)
                broker.fail(seconds / 2)
            case "truncate":
                for log in broker.logs.values():
                    del log[max(0, len(log) - rng.randrange(4)) :]
            case "database":
                world.stores[room].down = world.loop.now + seconds
            case "restore":
                await self._restore(room, seconds)
            case "garbage":
                for _ in range(3):
                    broker.append(self._garbage(room))

    async def _stall(self, process: Process, seconds: float) -> None:
        """Longer than leases last, in a turn if there is one."""
        world = self.world
        while not process.engine.desk.busy and self.rng.random() < 0.95:
            await asyncio.sleep(0.02)
        process.stalled = world.loop.now + seconds * 3
        world.loop.call_later(seconds, world.broker.rebalance, process.room)

    async def _restore(self, room: str, seconds: float) -> None:
        """The first time a back-up is made, the second time it is put back."""
        world, store = self.world, self.world.stores[room]
        if room not in self._backups:
            self._backups[room] = store.backup()
            return
        for process in list(world.processes[room]):
            world.crash(process, seconds)
        world.lost |= store.put_back(self._backups.pop(room))
        await store.begin_epoch()
        world.restored.add(room)

    def _garbage(self, room: str) -> Letter:
        """What nobody of the house has written."""
        topic = self.rng.choice((f"{PREFIX}{room}", f"{PREFIX}contacts", PULSES, ASKS))
        place = (("epoch", b"1"), ("seq", b"%d" % self.rng.randint(-1, 3)), ("n", b"1"))
        headers = self.rng.choice(
            ((), place, (("ce_source", b"/colloque/nowhere"), *place), (("ce_source", b"/colloque/\xff"), *place))
        )
        body = self.rng.choice((b"", b"{", b"[]", b'{"source": "registration", "by": "me", "n": -1}'))
        return Letter(topic, 0, "?", body, headers)
