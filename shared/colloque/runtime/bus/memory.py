"""A broker in memory with the habits of a real one: logs that only grow, groups whose positions are hints, consumers
that wait for ever once the log behind them is gone."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TypeAlias

from colloque.runtime.bus.port import BusDown, Delivery, Letter, Receive
from colloque.runtime.bus.topics import partitions_of

FETCH = 500
"""Records that a consumer gets at most at once."""

Where: TypeAlias = "tuple[str, int]"
"""Topic and partition."""


class Broker:
    """One object is one broker. Several buses may be at it at once, as several processes would."""

    def __init__(self) -> None:
        self.logs: dict[Where, list[Delivery]] = defaultdict(list)
        self.committed: dict[tuple[str, Where], int] = {}
        """How far each group has read, as far as its members have told."""
        self._up = True
        self._ears: list[Ear] = []

    # ---- what tests and the simulation do to it
    @property
    def up(self) -> bool:
        return self._up

    @up.setter
    def up(self, up: bool) -> None:
        self._up = up
        self._ring()

    def wipe(self, *, positions: bool = True) -> None:
        """Made anew, and empty. The members of a group keep where they stand, which may lie beyond the new end; who has
        no group finds the new end by itself. `positions`: what the groups have told is gone too."""
        self.logs.clear()
        if positions:
            self.committed.clear()
        for ear in self._ears:
            if ear.group is None:
                ear.positions = dict.fromkeys(ear.positions, 0)

    def append(self, letter: Letter) -> None:
        where = letter.topic, letter.partition
        log = self.logs[where]
        log.append(Delivery(*where, len(log), letter.key, letter.body, dict(letter.headers)))
        for ear in self._ears:
            if where in ear.positions:
                ear.bell.set()

    def choose(self, _group: str, where: Where, members: Sequence[Ear]) -> Ear:
        """Which member gets a partition. Evenly, and always in the same way."""
        return members[where[1] % len(members)]

    def rebalance(self, group: str) -> None:
        """A partition that changes hands is read on from where the group is known to be; its last owner is not waited
        for, and may have more in hand."""
        members = [ear for ear in self._ears if ear.group == group]
        for where in sorted({where for ear in members for where in ear.partitions}):
            candidates = [ear for ear in members if where in ear.partitions]
            owner = self.choose(group, where, candidates)
            for ear in members:
                if ear is not owner:
                    ear.positions.pop(where, None)
            owner.positions.setdefault(where, self.committed.get((group, where), 0))
            owner.bell.set()

    # ---- for its buses
    def join(self, ear: Ear) -> None:
        self._ears.append(ear)
        if ear.group is None:
            ear.positions = {where: len(self.logs[where]) for where in ear.partitions}
        else:
            self.rebalance(ear.group)

    def leave(self, ear: Ear) -> None:
        if ear in self._ears:
            self._ears.remove(ear)
            ear.positions.clear()
            if ear.group is not None:
                self.rebalance(ear.group)

    def fetch(self, ear: Ear) -> list[Delivery]:
        """What follows its positions. Beyond the end there is nothing; where a new log has outgrown a position, what
        lies before is skipped in silence."""
        batch: list[Delivery] = []
        for where, position in ear.positions.items() if self._up else ():
            found = self.logs[where][position : position + FETCH - len(batch)]
            if found:
                ear.positions[where] = position + len(found)
                batch += found
                if ear.group is not None:
                    self.committed[ear.group, where] = ear.positions[where]
        return batch

    def _ring(self) -> None:
        for ear in self._ears:
            ear.bell.set()


class Ear:
    """One consumer: a member of a group, or one that hears everything from now on."""

    def __init__(self, bus: MemoryBus, group: str | None, topics: Iterable[str], receive: Receive) -> None:
        self.bus, self.group, self._receive = bus, group, receive
        self.partitions = [(topic, n) for topic in topics for n in range(partitions_of(topic))]
        self.positions: dict[Where, int] = {}
        self.bell = asyncio.Event()

    async def listen(self) -> None:
        while True:
            self.bell.clear()
            if batch := self.bus.broker.fetch(self):
                await self.bus.reach("deliver")
                await self._receive(batch)
            else:
                await self.bell.wait()


class MemoryBus:
    """One process at a broker.

    `reach` is awaited at every point where a real bus waits for its broker: "start", "send", "append" (once for each
    topic and partition of a send), "acknowledge", "deliver", "look_back". A subclass may delay there or raise BusDown,
    so that all, a part or nothing of it has arrived; and choose in `on_the_way` what becomes of the letters: twice, in
    another order, not at all. `Broker.append` is an arrival, for one that happens late."""

    def __init__(self, broker: Broker) -> None:
        self.broker = broker
        self._ears: list[Ear] = []
        self._listening: list[asyncio.Task[None]] = []

    async def reach(self, what: str) -> None:
        pass

    def on_the_way(self, letters: Sequence[Letter]) -> Sequence[Letter]:
        return letters

    # ---- the port
    def subscribe(self, group: str, topics: Sequence[str], receive: Receive) -> None:
        self._ears.append(Ear(self, group, topics, receive))

    def overhear(self, topics: Sequence[str], receive: Receive) -> None:
        self._ears.append(Ear(self, None, topics, receive))

    async def start(self) -> None:
        await self.reach("start")
        for ear in self._ears:
            self.broker.join(ear)
            self._listening.append(asyncio.create_task(ear.listen()))

    async def stop(self) -> None:
        listening = self._listening
        self.kill()
        ends = await asyncio.gather(*listening, return_exceptions=True)
        for end in ends:
            if isinstance(end, Exception):
                raise end

    def kill(self) -> None:
        """As if the process had died: nobody is asked, nothing is waited for."""
        for task in self._listening:
            task.cancel()
        for ear in self._ears:
            self.broker.leave(ear)
        self._listening = []

    @property
    def ready(self) -> bool:
        return bool(self._listening) and self.broker.up

    async def send(self, letters: Sequence[Letter]) -> None:
        await self._ask_broker("send")
        batches: dict[Where, list[Letter]] = {}
        for letter in self.on_the_way(letters):
            batches.setdefault((letter.topic, letter.partition), []).append(letter)
        for batch in batches.values():
            await self._ask_broker("append")
            for letter in batch:
                self.broker.append(letter)
        await self._ask_broker("acknowledge")

    async def look_back(self, group: str) -> int:
        await self._ask_broker("look_back")
        moved = 0
        for ear in self._ears:
            for where, position in ear.positions.items() if ear.group == group else ():
                if position > len(self.broker.logs[where]):
                    ear.positions[where] = 0
                    moved += 1
            ear.bell.set()
        return moved

    async def _ask_broker(self, what: str) -> None:
        await self.reach(what)
        if not self.broker.up:
            raise BusDown(what)
