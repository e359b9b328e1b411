"""Without what brings every stream to its end, or starts timers and lives right."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from colloque.runtime import desk, relay, rest
from colloque.runtime.bus.memory import MemoryBus
from colloque.runtime.bus.signals import Ask, Pulse
from colloque.runtime.desk import Desk
from colloque.runtime.intake import Intake
from colloque.runtime.lacking import Lacking
from colloque.runtime.relay import Relay
from colloque.runtime.work import Timer, keyed_id
from tests.simulation import world
from tests.simulation.database import StormStore


def ask(patch: pytest.MonkeyPatch) -> None:
    async def asks_nobody(self: Intake, source: str) -> None:
        await self._look_at_marks()
        self._lacking.asked(source, {}, self._now())

    patch.setattr(Intake, "_ask", asks_nobody)


def pulse(patch: pytest.MonkeyPatch) -> None:
    async def silent(_self: Relay) -> None:
        await asyncio.Event().wait()

    patch.setattr(Relay, "_pulse_on", silent)


def ask_anyone(patch: pytest.MonkeyPatch) -> None:
    answer = Relay._answer

    async def only_the_active(self: Relay, ask: Ask) -> None:
        if self.active:
            await answer(self, ask)

    patch.setattr(Relay, "_answer", only_the_active)


def ask_parcels(patch: pytest.MonkeyPatch) -> None:
    """An answer is so many lines, whatever is sent of them."""

    async def so_many_lines(self: Relay, ask: Ask) -> None:
        await self._desk.refresh()
        if ask.epoch != self._desk.counter.epoch:
            return self._pulse_bell.set()
        lines = await self._desk.store.journal(max(1, ask.n), max(1, ask.n) + relay.ANSWER - 1)

        def wanted(topic: str, where: int, seq: int) -> bool:
            return seq >= ask.first.get(f"{topic}/{where}", relay.NOTHING_AFTER)

        if letters := await self._letters(lines, wanted):
            await self._bus.send(letters)
        return None

    patch.setattr(Relay, "_answer", so_many_lines)


def look_back(patch: pytest.MonkeyPatch) -> None:
    async def never(_self: MemoryBus, _group: str) -> int:
        return 0

    patch.setattr(MemoryBus, "look_back", never)


def older_lives(patch: pytest.MonkeyPatch) -> None:
    """What a life that is over had, and the next has not, is asked for for ever."""

    def remembers(_self: Lacking, _source: str, _epoch: int) -> None:
        pass

    patch.setattr(Lacking, "forget_before", remembers)


def marks_reread(patch: pytest.MonkeyPatch) -> None:
    """What another process has handled meanwhile is not looked at before asking."""

    async def blind(_self: Intake, _at_most_every: float = 0.0) -> None:
        pass

    patch.setattr(Intake, "_look_at_marks", blind)


def timer_set(patch: pytest.MonkeyPatch) -> None:
    """The cause of a fired timer names the time it was set for."""
    ring, at = Desk.ring, dict[str, str]()

    def named_by_time(key: bytes, *parts: str) -> str:
        return keyed_id(key, *parts[:-1], at[parts[-1]]) if parts[0] == "timer" else keyed_id(key, *parts)

    async def ring_by_time(self: Desk, timer: Timer) -> None:
        at[timer.set_by] = timer.at.isoformat()
        await ring(self, timer)

    patch.setattr(desk, "keyed_id", named_by_time)
    patch.setattr(Desk, "ring", ring_by_time)


def epoch(patch: pytest.MonkeyPatch) -> None:
    async def the_same_life(self: StormStore) -> int:
        return self._counter.epoch

    patch.setattr(StormStore, "begin_epoch", the_same_life)


def rest_by_ends(patch: pytest.MonkeyPatch) -> None:
    """Rest goes by what the pulses have said."""
    said: dict[str, dict[str, int]] = {}
    compare = Intake._compare

    def compare_and_remember(self: Intake, pulse: Pulse) -> None:
        said[pulse.source] = dict(pulse.ends)
        compare(self, pulse)

    def unrest(statuses: Any) -> str | None:
        return rest.unrest({room: {**one, "ends": said.get(room, {})} for room, one in statuses.items()})

    patch.setattr(Intake, "_compare", compare_and_remember)
    patch.setattr(world, "unrest", unrest)
