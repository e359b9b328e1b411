"""The room at its desk, and a way to hand in trace lines as the intake does."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime

from colloque.contracts.fact import EditionFrame, Venue
from colloque.contracts.scheduling import EditionAnnounced
from colloque.contracts.traces import RoomOpened, TraceLine
from colloque.runtime.clock import MovedClock
from colloque.runtime.desk import Committed, Desk
from colloque.runtime.journal import partition
from colloque.runtime.message import Parcel
from colloque.runtime.room import Room
from colloque.runtime.store.memory import MemoryStore
from colloque_traces.steps import KINDS, STEPS

NOW = datetime(2018, 9, 4, 12, tzinfo=UTC)
FRAME = EditionFrame(
    edition="nec-2018", series="nec", code="NEC18", title={"fr": "Numérique en Commun[s] 2018"},
    starts_on=date(2018, 9, 13), ends_on=date(2018, 9, 14), tz="Europe/Paris", venue=Venue(name="ENSA Nantes"),
    capacity=850, contact_email="nec18@colloque.example", contact_phone="02 61 91 00 18", demo=True,
)  # fmt: skip
ROOMS: dict[str, dict[str, tuple[str, ...]]] = {
    "notifications": {
        "registration.submitted.v1": ("ask_to_confirm",),
        "registration.confirmed.v1": ("tell_confirmed",),
    },
    "scheduling": {"registration.confirmed.v1": ("expect_attendance",)},
}


class Ledger:
    """`hand_in` numbers lines on their streams, per room, as their relays would."""

    def __init__(self, store: MemoryStore | None = None, room: Room | None = None) -> None:
        self.store = store or MemoryStore("traces")
        self.clock = MovedClock(NOW)
        self.desk = room.desk if room else Desk("traces", self.store, self.clock, key=b"test")
        if room is None:
            Room(desk=self.desk, steps=STEPS, kinds=KINDS, hears=())
        self._ends: Counter[str] = Counter()
        self._wait: tuple[asyncio.Event, dict[str, tuple[int, int]]] = asyncio.Event(), {}
        self.desk.after_commit(self._look)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Ledger]:
        async with self.desk.running():
            yield self

    async def rooms_open(self) -> None:
        for room, steps in ROOMS.items():
            await self.desk.hear(RoomOpened(subject=room, at=NOW, steps=steps))

    async def announce(self, frame: EditionFrame = FRAME) -> None:
        await self.desk.hear(EditionAnnounced(subject=frame.edition, at=NOW, frame=frame))

    def rewind(self) -> None:
        """What is handed in next comes with the numbers it had from the beginning."""
        self._ends.clear()

    async def hand_in(self, *lines: TraceLine) -> None:
        await self.hand_in_all(lines)

    async def hand_in_all(self, lines: Iterable[TraceLine]) -> None:
        """Returns when all are handled."""
        last: dict[str, tuple[int, int]] = {}
        for line in lines:
            where = partition(line.story)
            key = f"{line.room}/{line.epoch}/{where}"
            self._ends[key] += 1
            parcel = Parcel(
                line.room, "traces", where, line.epoch, self._ends[key], line.n, line.id, line.type, line.story,
                line.story, line.model_dump_json(exclude_none=True).encode(),
            )  # fmt: skip
            self.desk.take(parcel)
            last[parcel.stream] = line.epoch, self._ends[key]
        handled = asyncio.Event()
        self._wait = handled, last
        self._look()
        async with asyncio.timeout(30):
            await handled.wait()

    def _look(self, _committed: Committed | None = None) -> None:
        """Whether all that was handed in is handled."""
        handled, last = self._wait
        if all(self.desk.marks.get(stream, (0, 0))[:2] >= place for stream, place in last.items()):
            handled.set()
