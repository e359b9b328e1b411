"""Without what only saves work: all laws hold."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

import pytest

from colloque.runtime.bus.memory import Broker, Ear
from colloque.runtime.bus.port import BusDown, Delivery, Letter
from colloque.runtime.desk import Desk
from colloque.runtime.lacking import Lacking
from colloque.runtime.store.memory import MemoryStore
from colloque.runtime.store.port import Transaction
from tests.simulation.broker import StormBus
from tests.simulation.mutants.mails import leased_to_everybody


def relay_lease(patch: pytest.MonkeyPatch) -> None:
    leased_to_everybody(patch, "relay")


def alarm_lease(patch: pytest.MonkeyPatch) -> None:
    leased_to_everybody(patch, "alarm")


def relay_acks(patch: pytest.MonkeyPatch) -> None:
    """The relay goes on whether or not all is acknowledged."""
    send = StormBus.send

    async def hopes(self: StormBus, letters: Sequence[Letter]) -> None:
        with suppress(BusDown):
            await send(self, letters)

    patch.setattr(StormBus, "send", hopes)


def versions(patch: pytest.MonkeyPatch) -> None:
    def whatever(_self: MemoryStore, _tx: Transaction) -> None:
        pass

    patch.setattr(MemoryStore, "_check_versions", whatever)


def ask_spacing(patch: pytest.MonkeyPatch) -> None:
    def at_once(self: Lacking, source: str) -> float:
        return min(gap.due for gap in self._gaps[source].values())

    def later(self: Lacking, source: str, until: float) -> None:
        for gap in self._gaps[source].values():
            gap.due = max(gap.due, until)

    patch.setattr(Lacking, "_time_for", at_once)
    patch.setattr(Lacking, "later", later)


def offsets(patch: pytest.MonkeyPatch) -> None:
    fetch = Broker.fetch

    def fetch_and_forget(self: Broker, ear: Ear) -> list[Delivery]:
        found = fetch(self, ear)
        self.committed.clear()
        return found

    patch.setattr(Broker, "fetch", fetch_and_forget)


def ringing(patch: pytest.MonkeyPatch) -> None:
    """A timer is rung as often as the alarm likes."""
    ring = Desk.ring

    async def ring_again(self: Desk, timer: object) -> None:
        self._ringing.clear()
        await ring(self, timer)  # type: ignore[arg-type]

    patch.setattr(Desk, "ring", ring_again)
