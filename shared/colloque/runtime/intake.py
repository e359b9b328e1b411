"""What arrives from other rooms: each stream without a hole, nothing twice; what is missing is asked for (journal.md
§4).

The bus's callbacks only put down what came; one task reads it, so an error nobody foresaw ends that task and the
process with it, and is not swallowed by a client library."""

from __future__ import annotations

import asyncio
import logging
import math
from collections import Counter as Tally
from collections import deque
from collections.abc import Sequence
from hashlib import sha256

from colloque.contracts import topic as topic_of
from colloque.runtime.bus.envelope import PREFIX, Garbled, opened, place_of
from colloque.runtime.bus.port import PULSES, Bus, BusDown, Delivery
from colloque.runtime.bus.signals import Ask, Pulse, heard
from colloque.runtime.lacking import GRACE, SPACE, Lacking
from colloque.runtime.message import beyond, follows
from colloque.runtime.room import Room
from colloque.runtime.store.port import START, Down, Mark

log = logging.getLogger(__name__)

AHEAD = 3_000
"""Messages that may wait here and at the desk before the bus has to."""
JOIN = 6.0
"""Seconds that a broker may need to let us join the group: as long as nothing at all has come, an answer could not."""


class Intake:
    """Of one process. The group is the room's name: its processes share the streams, and a stream may move between them
    at any time; the marks tell."""

    def __init__(self, room: Room, bus: Bus) -> None:
        self._room, self._desk, self._bus = room, room.desk, bus
        self._inbox: deque[Sequence[Delivery]] = deque()
        self._pulses: deque[Pulse] = deque()
        self._bell = asyncio.Event()
        self._last: dict[str, Mark] = {}
        """The last of each stream that is handled, or in hand here."""
        self._lacking = Lacking()
        self._looked = -math.inf
        """When the marks were last read."""
        self._told: set[tuple[str, int]] = set()
        self.counts: Tally[str] = Tally()
        if room.hears:
            bus.subscribe(room.name, room.hears, self._receive)
            bus.overhear((PULSES,), self._hear)
        self._desk.on_lost(self._lost)

    @property
    def waiting(self) -> int:
        """Records that have arrived and are not yet at the desk."""
        return sum(map(len, self._inbox))

    @property
    def _crowded(self) -> bool:
        """So much waits here that the bus has to: what is lacking may stand right behind it, and to have it sent once
        more would only make the queue longer."""
        return self.waiting + self._desk.waiting > AHEAD // 2

    @property
    def lacking(self) -> int:
        """Streams of which something is known to be missing."""
        return len(self._lacking)

    # ---- from the bus
    async def _receive(self, deliveries: Sequence[Delivery]) -> None:
        """Does not come back, and so is given nothing more, while too much waits."""
        self._inbox.append(deliveries)
        self._bell.set()
        while self.waiting + self._desk.waiting > AHEAD:  # noqa: ASYNC110 - rare, and two queues drain in many ways
            await asyncio.sleep(0.02)

    async def _hear(self, deliveries: Sequence[Delivery]) -> None:
        for delivery in deliveries:
            pulse = heard(Pulse, delivery)
            if pulse is not None and topic_of(pulse.source) in self._room.hears:
                self._pulses.append(pulse)
                self._bell.set()

    # ---- the one task
    async def run(self) -> None:
        """After `desk.open`, until it is cancelled."""
        self._know_marks()
        while True:
            self._bell.clear()
            while self._inbox:
                await self._arrive(self._inbox.popleft())
            while self._pulses:
                self._compare(self._pulses.popleft())
            for source in self._lacking.due(self._now()):
                if self._crowded:
                    self._lacking.later(source, self._now() + GRACE)
                else:
                    await self._ask(source)
            await self._until_something()

    def _now(self) -> float:
        return asyncio.get_running_loop().time()

    async def _until_something(self) -> None:
        if self._inbox or self._pulses:
            return
        due = self._lacking.next_due()
        try:
            async with asyncio.timeout_at(None if due == math.inf else due):
                await self._bell.wait()
        except TimeoutError:
            pass

    async def _arrive(self, deliveries: Sequence[Delivery]) -> None:
        for delivery in deliveries:
            try:
                source, place = place_of(delivery)
                if topic_of(source) not in self._room.hears:
                    raise Garbled(f"{source} is not heard here")
                await self._sort(delivery, source, place)
            except Garbled as why:
                self._tell(delivery, why)
        self.counts["records"] += len(deliveries)

    async def _sort(self, delivery: Delivery, source: str, place: Mark) -> None:
        stream = f"{source}/{delivery.topic[len(PREFIX) :]}/{delivery.partition}"
        last = self._last.get(stream, START)
        if beyond(last, place) and not follows(last, place):
            # Another process of this room may have handled what lies between.
            await self._look_at_marks(SPACE)
            last = self._last.get(stream, START)
        if follows(last, place):
            self._desk.take(opened(delivery, source, place))
            self._reach(stream, place)
        elif beyond(last, place):
            self._lacking.note(stream, place, self._now())
        else:
            self.counts["dropped"] += 1

    def _reach(self, stream: str, place: Mark) -> None:
        self._last[stream] = place
        self._lacking.arrived(stream, place, self._now())

    def _tell(self, delivery: Delivery, why: Garbled) -> None:
        """Nothing of ours: told once a partition, so that nobody can fill a log with it."""
        self.counts["garbled"] += 1
        where = delivery.topic, delivery.partition
        if where not in self._told:
            self._told.add(where)
            digest = sha256(delivery.body).hexdigest()
            log.warning("not a parcel at %s/%d/%d (%s): sha256 %s", *where, delivery.offset, why, digest)

    # ---- the marks
    def _know_marks(self) -> None:
        self._looked = self._now()
        for stream, mark in self._desk.marks.items():
            if beyond(self._last.get(stream, START), mark):
                self._reach(stream, mark)

    async def _look_at_marks(self, at_most_every: float = 0.0) -> None:
        if self._now() - self._looked >= at_most_every:
            try:
                await self._desk.refresh()
            except Down:
                return
            self._know_marks()

    def _lost(self, stream: str) -> None:
        """The desk let it go: what follows its mark has to come again."""
        was, mark = self._last.get(stream, START), self._desk.marks.get(stream, START)
        self._last[stream] = mark
        if beyond(mark, was):
            self._lacking.note(stream, was, self._now())
            self._bell.set()

    # ---- what is missing
    def _compare(self, pulse: Pulse) -> None:
        self._lacking.forget_before(pulse.source, pulse.epoch)
        for where, seq in pulse.ends.items():
            stream, end = f"{pulse.source}/{where}", Mark(pulse.epoch, seq, 0)
            heard_here = PREFIX + where.partition("/")[0] in self._room.hears
            if heard_here and seq and beyond(self._last.get(stream, START), end):
                self._lacking.note(stream, end, self._now() + (GRACE if self.counts["records"] else JOIN))

    async def _ask(self, source: str) -> None:
        """One ask for all that is lacking of one source; of a new life of its journal, from the start."""
        await self._look_at_marks()
        ends = self._lacking.ends(source)
        if not ends:
            return
        epoch = max(end.epoch for end in ends.values())
        first, n = {}, []
        for stream in ends:
            last = self._last.get(stream, START)
            same = last.epoch == epoch
            first[stream] = epoch, last.seq + 1 if same else 1
            n.append(last.n if same else 0)
        in_vain = self._lacking.asked(source, first, self._now())
        wanted = {stream.partition("/")[2]: seq for stream, (_, seq) in first.items()}
        ask = Ask(source=source, by=self._desk.name, epoch=epoch, first=wanted, n=min(n))
        self.counts["asks"] += 1
        try:
            await self._bus.send([ask.letter()])
            if in_vain:
                self.counts["looked back"] += await self._bus.look_back(self._room.name)
        except BusDown as away:
            log.info("%s cannot ask %s: %s", self._room.name, source, away)
