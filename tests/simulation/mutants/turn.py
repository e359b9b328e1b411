"""Without what keeps a turn equal to one message after the other."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from colloque.runtime import handling, run, turn
from colloque.runtime.journal import number
from colloque.runtime.message import Kind, Message
from colloque.runtime.parked import Parked
from colloque.runtime.run import TRIES, Run
from colloque.runtime.store.port import Counter, LineRecord
from colloque.runtime.turn import Turn
from colloque.runtime.work import Document, Key, Read, Step, View, Work
from tests.simulation.database import StormStore
from tests.simulation.process import PROCESS

Changes = Mapping[Key, Document | None]


def rerun(patch: pytest.MonkeyPatch) -> None:
    def nothing(_self: View, _changes: Changes, _layer: Changes) -> set[Read]:
        return set()

    patch.setattr(View, "made_stale_by", nothing)


def find_reads(patch: pytest.MonkeyPatch) -> None:
    def documents_only(_self: View, changes: Changes, _layer: Changes) -> set[Read]:
        return set(changes)

    patch.setattr(View, "made_stale_by", documents_only)


def unique_find(patch: pytest.MonkeyPatch) -> None:
    async def looks_for_nobody(_self: Work, _key: Key, _before: Document | None, _new: Document) -> None:
        pass

    patch.setattr(Work, "_look_for_twins", looks_for_nobody)


def message_whole(patch: pytest.MonkeyPatch) -> None:
    lay_down = Turn._lay_down

    def lay_down_at_once(self: Turn, run: Run, waiting: deque[Run]) -> None:
        lay_down(self, run, waiting)
        self.view.over.update(run.message.layer)
        for other in waiting:
            if not other.work.noted.reads.isdisjoint(run.message.layer):
                other.stale = True

    patch.setattr(Turn, "_lay_down", lay_down_at_once)


def stream_waits(patch: pytest.MonkeyPatch) -> None:
    def alone(self: Turn, message: Message) -> None:
        self.left.append(message)

    patch.setattr(Turn, "_leave", alone)


# ---------------------------------------------------------------------------------------------------------- parking
def park_order(patch: pytest.MonkeyPatch) -> None:
    park = Run._park_if_due

    async def only_the_due(self: Run) -> bool:
        m = self.message
        return (m.malformed or (m.tries > TRIES and self.name in m.bugs)) and await park(self)

    patch.setattr(Run, "_park_if_due", only_the_due)


def park_fenced(patch: pytest.MonkeyPatch) -> None:
    """Each process goes by the queues as it has seen them first, or left them."""
    get, lay = Work.get, Run._lay

    async def remembered(self: Work, kind: type[Any], id: str) -> Any:
        process = PROCESS.get()
        if kind is not Parked or process is None:
            return await get(self, kind, id)
        found = await get(self, kind, id)
        return process.memory.setdefault(id, found)

    def lay_and_remember(self: Run, parked: Parked) -> None:
        lay(self, parked)
        if process := PROCESS.get():
            process.memory[parked.id] = parked if parked.queue else None

    patch.setattr(Work, "get", remembered)
    patch.setattr(Run, "_lay", lay_and_remember)


def replay_head(patch: pytest.MonkeyPatch) -> None:
    """Any of the queue is replayed."""
    get = StormStore.get

    async def shuffled(self: StormStore, kind: type[Any], id: str) -> Any:
        found = await get(self, kind, id)
        if isinstance(found, Parked):
            n = self.world.rng.randrange(len(found.queue))
            return found.model_copy(update={"queue": found.queue[n:] + found.queue[:n]})
        return found

    def without_any(self: Parked, cause: str) -> Parked | None:
        rest = tuple(one for one in self.queue if one.cause != cause)
        return self.becomes(queue=rest) if len(rest) < len(self.queue) else None

    patch.setattr(StormStore, "get", shuffled)
    patch.setattr(Parked, "without_head", without_any)


def replay_line(patch: pytest.MonkeyPatch) -> None:
    def same_line(message: Message, step: Step) -> str:
        return f"{message.cause.id}/{step.__name__}"

    patch.setattr(run, "line_id", same_line)
    patch.setattr(handling, "line_id", same_line)


# ------------------------------------------------------------------------------------------------ timers and lines
def timer_read(patch: pytest.MonkeyPatch) -> None:
    async def take_blindly(self: Run) -> bool:
        timer = self.message.timer
        assert timer is not None
        await self.work.get(type(timer), timer.id)
        self.work.noted.changes[type(timer), timer.id] = None
        return True

    patch.setattr(Run, "_take_timer", take_blindly)


def _writes_line() -> Callable[[Run], bool]:
    written = vars(Run)["writes_line"]
    assert isinstance(written, property)
    assert written.fget is not None
    return written.fget


def timer_refused(patch: pytest.MonkeyPatch) -> None:
    perform, writes_line = Run._perform, _writes_line()

    async def perform_and_stay(self: Run) -> None:
        await perform(self)
        if self.message.kind is Kind.TIMER and self.outcome == "refused":
            self.work.noted.changes.clear()

    def not_for_refused(self: Run) -> bool:
        refused = self.message.kind is Kind.TIMER and self.outcome == "refused"
        return not refused and writes_line(self)

    patch.setattr(Run, "_perform", perform_and_stay)
    patch.setattr(Run, "writes_line", property(not_for_refused))


def quiet_traces(patch: pytest.MonkeyPatch) -> None:
    writes_line = _writes_line()

    def for_traces_too(self: Run) -> bool:
        return self.message.kind is Kind.TRACE or writes_line(self)

    patch.setattr(Run, "writes_line", property(for_traces_too))


def fact_ids(patch: pytest.MonkeyPatch) -> None:
    """A fact is called by its number."""

    def number_and_name(lines: Sequence[LineRecord], known: Counter) -> tuple[Counter, dict[str, int]]:
        after = number(lines, known)
        for line in lines:
            for i, parcel in enumerate(line["parcels"]):
                parcel["id"] = f"{parcel['topic']}-{line['n']}-{i}"
        return after

    patch.setattr(turn, "number", number_and_name)
