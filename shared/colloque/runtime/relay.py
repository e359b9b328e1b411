"""What a room's journal holds leaves through here, in order of `n`; again when somebody asks (journal.md §4)."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter as Tally
from collections import deque
from collections.abc import Mapping, Sequence
from itertools import islice
from random import Random

from colloque.contracts.registration import Contact
from colloque.runtime.bell import rung
from colloque.runtime.bus.envelope import Franking, Wanted, everything
from colloque.runtime.bus.port import ASKS, Bus, BusDown, Delivery, Letter
from colloque.runtime.bus.signals import Ask, Pulse, heard
from colloque.runtime.handling import Committed
from colloque.runtime.journal import CONTACTS
from colloque.runtime.lease import Lease
from colloque.runtime.room import Room
from colloque.runtime.store.port import Down, LineRecord

log = logging.getLogger(__name__)

POLL = 5.0
"""Seconds between two pulses, between two tries at most, and between two looks at what other processes have committed
where nobody says otherwise."""
FIRST = 0.1
"""Seconds before the second try."""
BATCH = 500
"""Lines that leave together."""
AHEAD = 4_000
"""Lines just committed that are kept in memory at most; beyond, the journal is read."""
ANSWER = 5_000
"""Parcels that one ask gets at most."""
NOTHING_AFTER = 2**53 - 1
"""The revision of a contact whose person is not there any more."""


class Relay:
    """One process of a room sends, under a lease that keeps how far it came; each of them answers asks. Sending
    twice is harmless, so the mark is written only when the lease is renewed anyway. `watch`: be woken by what other
    processes commit, not only by a look every `look` seconds."""

    def __init__(
        self,
        room: Room,
        bus: Bus,
        lease: Lease,
        *,
        watch: bool = False,
        look: float = POLL,
        random: Random | None = None,
    ) -> None:
        self._room, self._desk, self._bus, self.lease = room, room.desk, bus, lease
        self._watch, self._look_every = watch, look
        self._random = random or Random()  # noqa: S311 - spreads retries
        self.sent = 0
        """The n up to which everything has been acknowledged, as far as this process knows."""
        self.counts: Tally[str] = Tally()
        self._term, self._failing = 0, False
        self._fresh: deque[LineRecord] = deque()
        self._look = False
        self._asks: dict[str, Ask] = {}
        self._bell, self._pulse_bell, self._ask_bell = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._franking = Franking(room.name, 0)
        bus.overhear((ASKS,), self._hear)
        self._desk.after_commit(self._committed)

    @property
    def active(self) -> bool:
        """Is it this process that sends?"""
        return self.lease.left > 0

    def wake(self) -> None:
        """Another process may have committed something."""
        self._look = True
        self._bell.set()

    async def run(self) -> None:
        """After `desk.open`, until it is cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._send_on())
            tasks.create_task(self._pulse_on())
            tasks.create_task(self._answer_on())
            if self._watch:
                tasks.create_task(self._desk.store.watch(self.wake))

    async def release(self) -> None:
        """At an orderly end: the next one begins at once, and here."""
        if self.active and await self.lease.keep({"sent": self.sent}):
            await self.lease.release()

    # ---- sending
    def _committed(self, committed: Committed) -> None:
        if self.active and len(self._fresh) + len(committed.lines) <= AHEAD:
            self._fresh.extend(committed.lines)
        else:
            self._fresh.clear()
            self._look = True
        self._bell.set()

    async def _send_on(self) -> None:
        delay = FIRST
        while True:
            self._bell.clear()
            try:
                await self._send_what_waits()
            except (BusDown, Down) as away:
                log.info("the relay of %s waits: %s", self._room.name, away)
                self.counts["away"] += 1
                self._failing = self._failing or isinstance(away, BusDown)
                await asyncio.sleep(delay * (0.5 + self._random.random()))
                delay = min(POLL, delay * 2)
                continue
            delay = FIRST
            if not await rung(self._bell, self._look_every):
                self._look = True

    async def _send_what_waits(self) -> None:
        while await self._has_lease() and (lines := await self._next()):
            letters = await self._letters(lines, everything)
            await self._bus.send(letters)
            self.sent = lines[-1]["n"]
            self.counts["lines"] += len(lines)
            self.counts["letters"] += len(letters)
            if self._failing:
                self._failing = False
                self._pulse_bell.set()

    async def _has_lease(self) -> bool:
        """One write at half-life, the mark with it. Who cannot send lets the lease run out: another may be luckier."""
        lease = self.lease
        if lease.left > (0 if self._failing else lease.seconds / 2):
            return True
        if not await (lease.keep({"sent": self.sent}) if lease.left > 0 else lease.held()):
            return False
        if lease.term != self._term:
            await self._desk.refresh()
            # A mark beyond the journal's end is of a life that was restored away.
            self.sent = min(max(self.sent, lease.values.get("sent", 0)), self._desk.counter.n)
            self._term, self._look = lease.term, True
            self._pulse_bell.set()
        return True

    async def _next(self) -> list[LineRecord]:
        """The lines after the mark: from memory if they were just committed here, else from the journal."""
        while self._fresh and self._fresh[0]["n"] <= self.sent:
            self._fresh.popleft()
        if not self._fresh or self._fresh[0]["n"] != self.sent + 1:
            if not (self._look or self._fresh):
                return []
            self._look = False
            found = await self._desk.store.journal(self.sent + 1, self.sent + BATCH)
            self._look = len(found) == BATCH
        else:
            found = list(islice(self._fresh, BATCH))
        return [line for n, line in enumerate(found, self.sent + 1) if line["n"] == n]

    async def _letters(self, lines: Sequence[LineRecord], wanted: Wanted) -> list[Letter]:
        epoch = self._desk.counter.epoch
        if self._franking.epoch != epoch:
            self._franking = Franking(self._room.name, epoch)
        contacts = await self._contacts(lines, wanted)
        return [letter for line in lines for letter in self._franking.letters(line, contacts, wanted)]

    async def _contacts(self, lines: Sequence[LineRecord], wanted: Wanted) -> Mapping[str, Contact]:
        """As they stand now, whatever they were when the line was written."""
        notices = {
            parcel["subject"]: line["at"]
            for line in lines
            for parcel in line["parcels"]
            if parcel["topic"] == CONTACTS and wanted(CONTACTS, parcel["partition"], parcel["seq"])
        }
        if not notices or self._room.contacts is None:
            return {}
        epoch, known = self._desk.counter.epoch, await self._room.contacts(list(notices))
        gone = {
            person: Contact(subject=person, at=at, epoch=epoch, revision=NOTHING_AFTER, erased=True)
            for person, at in notices.items()
            if person not in known
        }
        return gone | {person: contact.model_copy(update={"epoch": epoch}) for person, contact in known.items()}

    # ---- saying where the streams end
    async def _pulse_on(self) -> None:
        """Every few seconds; at once after a start and when the broker is back."""
        delay = FIRST
        while True:
            self._pulse_bell.clear()
            try:
                if self.active:
                    await self._desk.refresh()
                    counter = self._desk.counter
                    if counter.n > self.sent:
                        self.wake()
                    await self._bus.send(
                        [Pulse(source=self._room.name, epoch=counter.epoch, ends=dict(counter.ends)).letter()]
                    )
            except (BusDown, Down):
                await rung(self._pulse_bell, delay * (0.5 + self._random.random()))
                delay = min(POLL, delay * 2)
            else:
                delay = FIRST
                await rung(self._pulse_bell, POLL)

    # ---- answering
    async def _hear(self, deliveries: Sequence[Delivery]) -> None:
        for delivery in deliveries:
            ask = heard(Ask, delivery)
            if ask is not None and ask.source == self._room.name:
                self._asks[ask.by] = ask
                self._ask_bell.set()

    async def _answer_on(self) -> None:
        while True:
            await self._ask_bell.wait()
            self._ask_bell.clear()
            while self._asks:
                ask = self._asks.pop(next(iter(self._asks)))
                try:
                    await self._answer(ask)
                except (BusDown, Down) as away:
                    log.info("%s cannot answer %s: %s", self._room.name, ask.by, away)

    async def _answer(self, ask: Ask) -> None:
        """From the line that the ask names (that one included) until enough parcels are found."""
        await self._desk.refresh()
        counter = self._desk.counter
        self.counts["asks"] += 1
        if ask.epoch != counter.epoch:  # its numbers are of another life
            self._pulse_bell.set()
            return
        first = ask.first

        def wanted(topic: str, where: int, seq: int) -> bool:
            return seq >= first.get(f"{topic}/{where}", NOTHING_AFTER)

        n, left = max(1, ask.n), ANSWER
        while n <= counter.n and left > 0:
            lines = await self._desk.store.journal(n, n + BATCH - 1)
            if letters := (await self._letters(lines, wanted))[:left]:
                await self._bus.send(letters)
                self.counts["sent again"] += len(letters)
                left -= len(letters)
            n += BATCH
