"""One room's database in a storm."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from colloque.runtime.store.memory import Backup, MemoryStore
from colloque.runtime.store.port import (
    CommitUnknown,
    Conflict,
    Counter,
    D,
    Down,
    DuplicateLine,
    DuplicateValue,
    Fetched,
    LineRecord,
    Transaction,
)
from colloque.runtime.work import Find, Key
from tests.simulation.process import PROCESS
from tests.simulation.rooms.words import Known

if TYPE_CHECKING:
    from tests.simulation.world import World


class StormStore(MemoryStore):
    """One room's database. Calls of a process take time, and may find it away; calls of nobody answer at once."""

    def __init__(self, world: World, room: str) -> None:
        super().__init__(room)
        self.world, self.down, self.life = world, 0.0, 0

    async def _reach(self, what: str) -> None:
        await super()._reach(what)
        process = PROCESS.get()
        if process is not None:
            await process.step()
            if self.world.fault("sluggish", 0.1 if what == "lease" else 0.003):
                await asyncio.sleep(3 + 4 * self.world.rng.random())
            if self.down > self.world.loop.now:
                raise Down(self.room)

    async def _come_back(self, seldom: float = 0.15) -> None:
        """What was read may be old when it arrives."""
        process = PROCESS.get()
        if process is not None and self.world.rng.random() < seldom:
            if self.world.fault("slow", 0.3):
                await asyncio.sleep(self.world.rng.random() * 1.5)
            await process.step()

    async def counter(self) -> Counter:
        read = await super().counter()
        await self._come_back()
        return read

    async def fetch(self, keys: Iterable[Key], finds: Iterable[Find] = ()) -> Fetched:
        read = await super().fetch(keys, finds)
        await self._come_back()
        return read

    async def lines(self, ids: Iterable[str]) -> dict[str, LineRecord]:
        read = await super().lines(ids)
        await self._come_back()
        return read

    async def get(self, kind: type[D], id: str) -> D | None:
        read = await super().get(kind, id)
        await self._come_back()
        return read

    async def window(
        self, kind: type[D], *, low: Any, high: Any, reverse: bool = False, limit: int = 0, **equal: Any
    ) -> list[D]:
        read = await super().window(kind, low=low, high=high, reverse=reverse, limit=limit, **equal)
        await self._come_back(0.5)
        return read

    async def commit(self, tx: Transaction) -> None:
        """Now and then the result is lost: it is done, not done, or done a little later."""
        await self._reach("commit")
        world = self.world
        if world.fault("unknown", 0.12):
            how, life = world.rng.randrange(3), self.life
            world.log(self.room, "commit: result unknown,", ("done", "not done", "done later")[how])
            if how == 0:
                self._apply_quietly(tx, life)
            if how == 2:
                world.loop.call_later(world.rng.random() * 3, self._apply_quietly, tx, life)
            await self._reach("committed")
            raise CommitUnknown
        self.apply(tx)
        process = PROCESS.get()
        if process is not None:
            await process.step()

    def apply(self, tx: Transaction) -> None:
        before = self.docs(Known)
        super().apply(tx)
        for new, _ in tx.replaces:
            if isinstance(new, Known) and new.place < before[new.id].place:
                self.world.broken.append(f"contacts: {new} has replaced {before[new.id]}")
        for line in tx.lines:
            self.world.note_report(self.room, line["_id"])
            self.world.log(self.room, "line", line["n"], line["_id"], line["outcome"], line["answer"] or "")

    def _apply_quietly(self, tx: Transaction, life: int) -> None:
        if life == self.life:
            with suppress(Conflict, DuplicateLine, DuplicateValue):
                self.apply(tx)

    def put_back(self, backup: Backup) -> set[str]:
        """Answers the lines that are lost."""
        lost = set(self._lines) - set(backup.lines)
        self.restore(backup)
        self.life += 1
        return lost
