"""One room's database in a storm."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from colloque.runtime.store.memory import Backup, MemoryStore
from colloque.runtime.store.port import CommitUnknown, Conflict, Down, DuplicateLine, DuplicateValue, Transaction
from tests.simulation.process import PROCESS

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
            if self.down > self.world.loop.now:
                raise Down(self.room)

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
        super().apply(tx)
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
