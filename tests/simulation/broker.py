"""The broker in a storm: it repeats, reorders, loses and forgets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from colloque.runtime.bus.memory import Broker, Ear, MemoryBus, Where
from colloque.runtime.bus.port import ASKS, PULSES, BusDown, Letter

if TYPE_CHECKING:
    from tests.simulation.process import Process
    from tests.simulation.world import World


MUCH = 10_000


class StormBroker(Broker):
    def __init__(self, world: World) -> None:
        super().__init__()
        self.world, self.back = world, 0.0

    def choose(self, _group: str, where: Where, members: Sequence[Ear]) -> Ear:  # noqa: ARG002 - a port
        return self.world.rng.choice(members)

    def wipe(self, *, positions: bool = True) -> None:
        """It had held much more than a storm has seen: who keeps a position stands far beyond the new end."""
        super().wipe(positions=positions)
        for ear in self._ears:
            if ear.group is not None:
                ear.positions = {where: position + MUCH for where, position in ear.positions.items()}
        self.committed = {one: position + MUCH for one, position in self.committed.items()}

    def forget_offsets(self, group: str) -> None:
        """They have expired."""
        for one, where in list(self.committed):
            if one == group:
                del self.committed[one, where]

    def fail(self, seconds: float) -> None:
        self.up = False
        self.back = max(self.back, self.world.loop.now + seconds)
        self.world.loop.call_later(seconds, self._come_back)

    def _come_back(self) -> None:
        if self.world.loop.now >= self.back - 1e-9:
            self.up = True


class StormBus(MemoryBus):
    def __init__(self, broker: StormBroker, process: Process) -> None:
        super().__init__(broker)
        self.process, self.world = process, process.world

    async def reach(self, what: str) -> None:
        await self.process.step()
        if what == "acknowledge" and self.world.fault("producer", 0.05):
            raise BusDown("no acknowledgement, though all arrived")

    def on_the_way(self, letters: Sequence[Letter]) -> Sequence[Letter]:
        world, out = self.world, list(letters)
        if world.fault("producer", 0.15):
            world.rng.shuffle(out)  # a retry overtook
        for letter in letters:
            if world.fault("producer", 0.05):
                out.append(letter)  # sent twice
            if world.fault("producer", 0.05):  # a first try that arrives late
                world.loop.call_later(world.rng.random() * 5, self.broker.append, letter)
        return [one for one in out if one.topic not in (PULSES, ASKS) or not world.fault("lost", 0.3)]
