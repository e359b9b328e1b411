"""The desk takes messages, runs their steps in turns, commits each turn at once, answers (journal.md §2). HTTP, Kafka
and the clock meet here, and nowhere else."""

from __future__ import annotations

import asyncio
import time
from collections import Counter as Tally
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from random import Random
from typing import TYPE_CHECKING, Any, cast
from uuid import uuid4

from colloque.contracts import BY_ROOM
from colloque.contracts.fact import Fact
from colloque.contracts.registration import Contact
from colloque.runtime.clock import Clock
from colloque.runtime.handling import Bug, Committed, Handling
from colloque.runtime.journal import Cause, fact_id, partition
from colloque.runtime.message import Kind, Message, Parcel, arrived_message, command_message
from colloque.runtime.opening import Opened, OpenRoom, open_room
from colloque.runtime.parked import DropParked, NothingParked, Parked, drop_parked
from colloque.runtime.reads import Reads
from colloque.runtime.store.port import START, Counter, Mark, Store
from colloque.runtime.waiting import Waiting
from colloque.runtime.work import Answer, Command, Document, Steps, Timer, keyed_id

if TYPE_CHECKING:
    from colloque.runtime.room import Room

LIMIT = 64
"""Messages in a turn at most."""
PATIENCE = 2.0
"""Seconds after which somebody outside is told to come again."""


class Desk:
    """One process's desk of one room. `key` makes ids that nobody can guess; it is the same in every process. `wall` is
    system time, by which processes take turns; `clock` is the time of the domain. `sole`: no other process runs this
    room for longer than a command takes, so pages may show what this one knows (a command's doing within seconds)."""

    def __init__(
        self,
        room: str,
        store: Store,
        clock: Clock,
        *,
        key: bytes,
        name: str = "",
        limit: int = LIMIT,
        random: Random | None = None,
        wall: Callable[[], float] = time.time,
        sole: bool = False,
    ) -> None:
        self.room, self.store, self.clock, self.key, self.sole = room, store, clock, key, sole
        self.name = name or f"{room}-{uuid4().hex[:8]}"
        self.steps = Steps()
        self.kinds: tuple[type[Document], ...] = ()
        self.sizes: Tally[int] = Tally()
        self.busy = False
        self._waiting = Waiting(limit)
        self._handling = Handling(room, self.name, store, clock, self._waiting, key=key, random=random, wall=wall)
        self.reads = Reads(store, self._handling.warm if sole else None)
        self.after_commit(self.reads.follow)
        self._ringing: set[str] = set()

    def furnish(self, room: Room) -> None:
        """Called by the room once: what it does and what it keeps."""
        self.steps = room.steps.joined(Steps().on(OpenRoom, open_room).on(DropParked, drop_parked))
        self.kinds = (*room.kinds, Timer, Parked, Opened)

    # ---- how it stands
    @property
    def marks(self) -> dict[str, Mark]:
        """How far each stream is handled, as of the last commit or refresh of this process."""
        return self._handling.marks

    @property
    def counter(self) -> Counter:
        """As of the last commit or refresh of this process: for the relay and `/status`, for nobody's decision."""
        return self._handling.counter

    @property
    def counts(self) -> Tally[str]:
        return self._handling.counts

    @property
    def up(self) -> bool:
        """Did the database answer when it was last asked?"""
        return self._handling.up

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    def last_in_hand(self, stream: str) -> Mark:
        """The last one of this stream that is handled or waits here."""
        return self._waiting.last(stream) or self.marks.get(stream, START)

    def after_commit(self, told: Callable[[Committed], None]) -> None:
        self._handling.committed.append(told)

    def on_lost(self, told: Callable[[str], None]) -> None:
        """`told(stream)`: something in hand was let go; what follows the mark has to come again."""
        self._handling.lost.append(told)

    # ---- its doors
    async def do(self, command: Command, cause: Cause) -> Answer:
        """For somebody outside: the answer once it is committed. Raises what the domain refuses, TryAgain after two
        seconds without a commit, Bug."""
        message = self._message(Kind.COMMAND, command, cause)
        message.until = asyncio.get_running_loop().time() + PATIENCE
        return cast("Answer", await self._answered(message))

    async def report(self, command: Command, cause: Cause) -> Answer:
        """For the house itself (the postman's outcomes): never gives up. A refusal has its line and is not raised."""
        return cast("Answer", await self._answered(self._message(Kind.REPORT, command, cause)))

    async def ring(self, timer: Timer) -> None:
        """A due timer. Returns when its turn is over; raises Bug."""
        kind = self.steps.kind(timer.command)
        if kind is None:
            raise Bug(f"no step for the timer's command {timer.command}")
        cause = Cause(keyed_id(self.key, "timer", timer.id, timer.set_by), timer.story)
        if cause.id not in self._ringing:
            self._ringing.add(cause.id)
            try:
                message = self._message(Kind.TIMER, kind.model_validate(timer.body), cause)
                message.timer = timer
                await self._answered(message)
            finally:
                self._ringing.discard(cause.id)

    async def replay(self, parked: str) -> Answer:
        """The head of a queue through its one step, with a line of its own. Raises what the step refuses, Bug."""
        queue = await self.store.get(Parked, parked)
        if queue is None:
            raise NothingParked(parked)
        head = queue.queue[0]
        step, kind = self.steps.named(head.type, queue.step), self.steps.kind(head.type)
        if step is None or kind is None:
            raise NothingParked(f"{head.type}: this room has no step {queue.step} any more")
        body = kind.model_validate_json(head.body) if head.body is not None and head.error != "malformed" else None
        message = Message(Kind.REPLAY, head.type, body, Cause(head.cause, head.story), (step,), subject=queue.subject)
        message.replays = parked
        return cast("Answer", await self._answered(message))

    def take(self, parcel: Parcel) -> None:
        """From the intake: the next of its stream."""
        self._waiting.put(self._read(parcel))

    async def hear(self, fact: Fact, story: str = "") -> None:
        """A fact as if it had arrived next on its stream; returns when it is handled. For tests of a room alone."""
        source = next((room for room, facts in BY_ROOM.items() if type(fact) in facts), self.room)
        topic, spot = ("contacts" if isinstance(fact, Contact) else source), partition(fact.subject)
        last = self.last_in_hand(f"{source}/{topic}/{spot}")
        body = fact.model_dump_json().encode()
        id = fact_id(source, body.decode(), last.seq)
        await self._answered(
            self._read(
                Parcel(
                    source=source,
                    topic=topic,
                    partition=spot,
                    epoch=last.epoch,
                    seq=last.seq + 1,
                    n=last.n + 1,
                    id=id,
                    type=fact.type,
                    subject=fact.subject,
                    story=story or id,
                    body=body,
                )
            )
        )

    def _read(self, parcel: Parcel) -> Message:
        steps, name = self.steps, parcel.type
        return arrived_message(parcel, steps.kind(name), steps.of(name), steps.patience(name))

    def _message(self, kind: Kind, command: Command, cause: Cause) -> Message:
        steps = self.steps.of(type(command).__name__)
        if not steps:
            raise Bug(f"{self.room} has no step for {type(command).__name__}")
        return command_message(kind, command, cause, steps)

    async def _answered(self, message: Message) -> Any:
        message.reply = asyncio.get_running_loop().create_future()
        self._waiting.put(message)
        return await message.reply

    # ---- its life
    async def open(self) -> None:
        """Before the first turn."""
        await self.store.open(self.kinds)
        await self.refresh()

    async def refresh(self) -> None:
        self._handling.learn(await self.store.counter())

    async def introduce(self) -> None:
        """Says which steps this room has, if it has not said exactly that before."""
        steps = self.steps.names()
        known = await self.store.get(Opened, self.room)
        if known is None or known.steps != steps:
            cause = keyed_id(self.key, "open", self.room, str(known.version + 1 if known else 0))
            await self.report(OpenRoom(room=self.room, steps=steps), Cause.first(cause))

    async def run(self) -> None:
        """Turn after turn, for ever. An error nobody foresaw ends it, and the process with it."""
        while True:
            batch = await self._waiting.batch()
            self.busy = True
            self.sizes[len(batch)] += 1
            await self._handling.handle(batch)
            self.busy = False

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Desk]:
        """For tests of a room alone: open, with its loop running."""
        await self.open()
        async with asyncio.TaskGroup() as tasks:
            loop = tasks.create_task(self.run())
            yield self
            loop.cancel()


__all__ = ["LIMIT", "Bug", "Cause", "Committed", "Desk"]
