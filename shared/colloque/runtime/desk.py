"""The desk takes messages, runs their steps in turns, commits each turn at once, answers (journal.md §2)."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter as Tally
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import TYPE_CHECKING, Any, cast
from uuid import uuid4

from colloque.contracts import BY_ROOM
from colloque.contracts.fact import Fact, Frozen
from colloque.contracts.registration import Contact
from colloque.contracts.traces import RoomOpened
from colloque.runtime.clock import Clock
from colloque.runtime.journal import Cause, fact_id, partition
from colloque.runtime.message import Kind, Message, Parcel, arrived_message, beyond, command_message, follows
from colloque.runtime.parked import DropParked, NothingParked, Parked, drop_parked
from colloque.runtime.reads import Reads
from colloque.runtime.refusal import OtherPayload, TryAgain
from colloque.runtime.store.port import (
    START,
    CommitUnknown,
    Conflict,
    Counter,
    Down,
    DuplicateLine,
    DuplicateValue,
    LineRecord,
    Mark,
    Store,
    Transaction,
)
from colloque.runtime.turn import TRIES, Run, Turn, where, whole
from colloque.runtime.work import Answer, Change, Command, Document, Key, Steps, Timer, Work, keyed_id

if TYPE_CHECKING:
    from colloque.runtime.room import Room

log = logging.getLogger(__name__)

LIMIT = 64
"""Messages in a turn at most."""
PATIENCE = 2.0
"""Seconds after which somebody outside is told to come again."""
IDLE = 0.2
"""Seconds that messages which only move a mark wait for company."""
CLAIM = 0.3
"""Seconds that a refused process has the next turn for itself."""


class Bug(Exception):
    """A step raised something that is not a refusal: answered as an internal error, the cause in the log."""


@dataclass(frozen=True, slots=True)
class Committed:
    """What a turn of this process has written."""

    documents: Mapping[Key, Document | None]
    lines: Sequence[LineRecord]
    counter: Counter


class OpenRoom(Command):
    """Says which steps this room has, so that a trace can name what is missing."""

    steps: dict[str, tuple[str, ...]]


class Opened(Document):
    steps: dict[str, tuple[str, ...]]


class Desk:
    """One process's desk of one room. `key` makes ids that nobody can guess; it is the same in every process."""

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
    ) -> None:
        self.room, self.store, self.clock, self.key, self.limit = room, store, clock, key, limit
        self.name = name or f"{room}-{uuid4().hex[:8]}"
        self.reads = Reads(store)
        self.steps = Steps()
        self.kinds: tuple[type[Document], ...] = ()
        self.counts: Tally[str] = Tally()
        self.sizes: Tally[int] = Tally()
        self.marks: dict[str, Mark] = {}
        """How far each stream is handled, as of the last commit or refresh of this process."""
        self.counter = Counter()
        """As of the last commit or refresh of this process: for the relay, `/status` and nobody's decision."""
        self.up = True
        self.busy = False
        self._random, self._wall = random or Random(), wall  # noqa: S311 - spreads retries
        self._commands: deque[Message] = deque()
        self._facts: deque[Message] = deque()
        self._held: dict[str, float] = {}
        self._known: Counter | None = None
        self._bell = asyncio.Event()
        self._idle: asyncio.TimerHandle | None = None
        self._arrivals = 0
        self._ringing: set[str] = set()
        self._listeners: list[Callable[[Committed], None]] = []
        self._losers: list[Callable[[str], None]] = []

    def furnish(self, room: Room) -> None:
        """Called by the room once: what it does and what it keeps."""
        own = Steps().on(OpenRoom, self._open_room).on(DropParked, drop_parked)
        self.steps = room.steps.joined(own)
        self.kinds = (*room.kinds, Timer, Parked, Opened)

    def after_commit(self, told: Callable[[Committed], None]) -> None:
        self._listeners.append(told)

    def on_lost(self, told: Callable[[str], None]) -> None:
        """`told(stream)`: something in hand was let go; what follows the mark has to come again."""
        self._losers.append(told)

    # ---- what is handed in
    async def do(self, command: Command, cause: Cause) -> Answer:
        """For somebody outside: the answer once it is committed. Raises what the domain refuses, TryAgain after two
        seconds without a commit, Bug."""
        return await self._hand_in(Kind.COMMAND, command, cause)

    async def report(self, command: Command, cause: Cause) -> Answer:
        """For the house itself (the postman's outcomes): never gives up. A refusal has its line and is not raised."""
        return await self._hand_in(Kind.REPORT, command, cause)

    async def ring(self, timer: Timer) -> None:
        """A due timer. Returns when its turn is over; raises Bug."""
        kind = self.steps.kind(timer.command)
        if kind is None:
            raise Bug(f"no step for the timer's command {timer.command}")
        cause = Cause(keyed_id(self.key, "timer", timer.id, timer.set_by), timer.story)
        if cause.id in self._ringing:
            return
        self._ringing.add(cause.id)
        try:
            message = command_message(
                Kind.TIMER, kind.model_validate(timer.body), cause, self.steps.of(timer.command)
            )  # fmt: skip
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

    async def hear(self, fact: Fact, story: str = "") -> None:
        """A fact as if it had arrived next on its stream; returns when it is handled. For tests of a room alone."""
        source = next((room for room, facts in BY_ROOM.items() if type(fact) in facts), self.room)
        topic, where = ("contacts" if isinstance(fact, Contact) else source), partition(fact.subject)
        stream = f"{source}/{topic}/{where}"
        last = max((m.place for m in self._facts if m.stream == stream), default=self.marks.get(stream, START))
        body = fact.model_dump_json().encode()
        id = fact_id(body.decode(), last.seq)
        parcel = Parcel(
            source, topic, where, last.epoch, last.seq + 1, last.n + 1, id, fact.type, fact.subject, story or id, body
        )  # fmt: skip
        await self._answered(self.read(parcel))

    def read(self, parcel: Parcel) -> Message:
        return arrived_message(parcel, self.steps.kind(parcel.type), self.steps.of(parcel.type))

    def take(self, parcel: Parcel) -> None:
        """From the intake: the next of its stream."""
        self._put(self.read(parcel))

    async def _hand_in(self, kind: Kind, command: Command, cause: Cause) -> Answer:
        message = command_message(kind, command, cause, self.steps.of(type(command).__name__))
        if not message.steps:
            raise Bug(f"{self.room} has no step for {type(command).__name__}")
        if kind is Kind.COMMAND:
            message.until = asyncio.get_running_loop().time() + PATIENCE
        return cast("Answer", await self._answered(message))

    async def _answered(self, message: Message) -> Any:
        message.reply = asyncio.get_running_loop().create_future()
        self._put(message)
        return await message.reply

    def _put(self, message: Message) -> None:
        loop = asyncio.get_running_loop()
        self._arrivals += 1
        message.arrived, message.since = self._arrivals, loop.time()
        (self._facts if message.stream else self._commands).append(message)
        if message.steps or message.reply:
            self._bell.set()
        elif self._idle is None:
            self._idle = loop.call_later(IDLE, self._company_came)

    def _company_came(self) -> None:
        self._idle = None
        self._bell.set()

    def last_in_hand(self, stream: str) -> Mark:
        """The last one of this stream that is handled or waits here."""
        return max((m.place for m in self._facts if m.stream == stream), default=self.marks.get(stream, START))

    @property
    def waiting(self) -> int:
        return len(self._commands) + len(self._facts)

    # ---- the loop
    async def open(self) -> None:
        """Before the first turn: the store, what is known, and which steps there are (said once for each table)."""
        await self.store.open(self.kinds)
        await self.refresh()

    async def introduce(self) -> None:
        """Says which steps this room has, if it has not said exactly that before."""
        steps = self.steps.names()
        known = await self.store.get(Opened, self.room)
        if known is None or known.steps != steps:
            await self.report(OpenRoom(steps=steps), Cause.first(uuid4().hex))

    async def refresh(self) -> None:
        self.counter = await self.store.counter()
        self.marks = dict(self.counter.marks)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Desk]:
        """For tests of a room alone: open, with its loop running."""
        await self.open()
        async with asyncio.TaskGroup() as tasks:
            loop = tasks.create_task(self.run())
            yield self
            loop.cancel()

    async def run(self) -> None:
        while True:
            batch = self._take()
            if batch:
                self.busy = True
                self.sizes[len(batch)] += 1
                await self._turn(batch)
                self.busy = False
            else:
                self._bell.clear()
                await self._wait_for_bell()

    async def _wait_for_bell(self) -> None:
        """Held streams are looked at again when their time has come."""
        until = min((self._held[m.stream] for m in self._facts if m.stream in self._held), default=None)
        try:
            async with asyncio.timeout_at(until):
                await self._bell.wait()
        except TimeoutError:
            pass

    def _take(self) -> list[Message]:
        """What waits, in order of arrival: commands first, up to half a turn; facts fill up, but for streams that are
        held; then more commands."""
        half = min(len(self._commands), max(1, self.limit // 2))
        batch = [self._commands.popleft() for _ in range(half)]
        if self._facts:
            batch += self._take_facts(self.limit - len(batch))
        room_left = min(len(self._commands), self.limit - len(batch))
        return batch + [self._commands.popleft() for _ in range(room_left)]

    def _take_facts(self, most: int) -> list[Message]:
        if not self._held and len(self._facts) <= most:
            taken, self._facts = list(self._facts), deque()
            return taken
        now = asyncio.get_running_loop().time()
        self._held = {stream: until for stream, until in self._held.items() if until > now}
        taken, rest = list[Message](), deque[Message]()
        for m in self._facts:
            free = len(taken) < most and m.stream not in self._held
            (taken if free else rest).append(m)
        self._facts = rest
        return taken

    def _put_back(self, messages: Sequence[Message]) -> None:
        """In order of arrival, among those that came meanwhile."""
        for queue, back in (
            (self._commands, [m for m in messages if not m.stream]),
            (self._facts, [m for m in messages if m.stream]),
        ):
            if back:
                whole = sorted((*back, *queue), key=lambda m: m.arrived)
                queue.clear()
                queue.extend(whole)

    # ---- one turn
    async def _turn(self, batch: list[Message], tries: int = 0) -> None:
        """Counter, sift, run and settle, commit. Whatever goes wrong with the commit: forget what was known, look for
        the lines, run again; what has been handled meanwhile is then answered from its line."""
        doubt, delay = tries > 0, 0.005
        while batch := self._without_those_who_give_up(batch):
            try:
                turn = await self._decide(batch, doubt)
                if turn is None:
                    return None
                batch = list(turn.runs)
                tx = turn.transaction(asyncio.get_running_loop().time())
                if tx.lines or tx.changed_marks or tx.inserts or tx.replaces or tx.deletes:
                    await self.store.commit(tx)
                    self._known = tx.after
                self.up = True
                return self._close(turn, tx)
            except Conflict:
                self.counts["conflicts"] += 1
                tries += 1
                await self._claim_next_turn(tries)
                if tries > 3 and len(batch) > 1:
                    return await self._halves(batch, tries)
            except DuplicateLine:
                self.counts["duplicates"] += 1
                self._known, doubt = None, True
                continue
            except DuplicateValue as taken:
                self.counts["taken"] += 1
                self._known = None
                if len(batch) > 1:
                    return await self._halves(batch, tries)
                batch[0].doom, doubt = taken.refusal, True
                continue
            except CommitUnknown:
                self.counts["unknown"] += 1
            except Down:
                self.counts["down"] += 1
                self.up = False
            self._known, doubt = None, True
            await self._pause(delay)
            delay = min(1.0, delay * 2)
        return None

    async def _decide(self, batch: list[Message], doubt: bool) -> Turn | None:
        """None: nothing of it is left to do."""
        known = await self._counter()
        turn = Turn(self.room, self.key, self.clock.now(), known, self._fetch)
        await self._sift(turn, batch, known, doubt)
        if not turn.runs:
            return None
        await turn.run_and_settle()
        self.counts["reruns"] += turn.reruns
        await self._look_for_lines(turn)
        return turn if turn.runs else None

    async def _fetch(self, keys: Sequence[Key], finds: Sequence[Any]) -> Any:
        return await self.store.fetch(keys, finds)

    async def _counter(self) -> Counter:
        """Read before everything else that the turn reads; as this process left it, if it was the last to commit (the
        fence tells otherwise). Waits while another process has the next turn for itself."""
        known, self._known = self._known, None
        while known is None or (known.next_by not in ("", self.name) and known.next_until > self._wall()):
            if known is not None:
                await asyncio.sleep(0.02)
            known = await self.store.counter()
            self.counter = known
        return known

    def _without_those_who_give_up(self, batch: list[Message]) -> list[Message]:
        """Only somebody outside is told to come again; also those who wait behind this turn."""
        now = asyncio.get_running_loop().time()
        for m in (*batch, *self._commands):
            if m.until is not None and m.until < now:
                self.counts["gave up"] += 1
                m.answer(TryAgain())
        late = [m for m in self._commands if m.until is not None and m.until < now]
        for m in late:
            self._commands.remove(m)
        return [m for m in batch if m.until is None or m.until >= now]

    async def _pause(self, delay: float) -> None:
        await asyncio.sleep(delay * (0.5 + self._random.random()))

    async def _claim_next_turn(self, tries: int) -> None:
        """A courtesy, so that nobody starves; and, when conflicts last, somebody dead may hold the counter."""
        self._known = None
        try:
            now = self._wall()
            await self.store.seize_next(self.name, now + CLAIM, now)
            if tries % 6 == 0:
                await self.store.free()
        except Down:
            self.up = False

    async def _halves(self, batch: list[Message], tries: int) -> None:
        middle = (len(batch) + 1) // 2
        for half in (batch[:middle], batch[middle:]):
            await self._turn(half, max(tries, 1))

    async def _sift(self, turn: Turn, batch: Sequence[Message], known: Counter, doubt: bool) -> None:
        """What is handled leaves the turn: marks tell it of facts; lines, if there is doubt, of everything. Of twins
        the second waits for the next turn, and the later facts of its stream with it."""
        there: Mapping[str, LineRecord] = {}
        if doubt:
            there = await self.store.lines([run_id for m in batch for run_id in _line_ids(m)])
        at, ids, later = dict[str, Mark](), set[str](), list[Message]()
        for m in batch:
            mine = set(_line_ids(m))
            if not ids.isdisjoint(mine) or (m.stream and any(twin.stream == m.stream for twin in later)):
                later.append(m)
            elif m.stream:
                self._sift_arrived(turn, m, at, known, there)
            elif not self._answer_from_line(m, there):
                turn.add(m)
            ids |= mine
        self._put_back(later)

    def _sift_arrived(
        self, turn: Turn, m: Message, at: dict[str, Mark], known: Counter, there: Mapping[str, LineRecord]
    ) -> None:
        assert m.stream is not None
        last = at.get(m.stream, known.marks.get(m.stream, START))
        if follows(last, m.place):
            at[m.stream] = m.place
            turn.add(m, skip=there)
        elif not beyond(last, m.place):
            self.marks[m.stream] = max(last, self.marks.get(m.stream, last))
            m.answer(None)
        elif any(other.stream == m.stream and beyond(m.place, other.place) is False for other in self._facts):
            self._put_back([m])
        else:
            self._let_go(m.stream, last)

    def _let_go(self, stream: str, last: Mark) -> None:
        """What lies between is not here: back to the mark, the intake asks for what follows it."""
        self._facts = deque(m for m in self._facts if m.stream != stream)
        self.marks[stream] = last
        for told in self._losers:
            told(stream)

    def _answer_from_line(self, m: Message, lines: Mapping[str, LineRecord]) -> bool:
        """From the line of a first try."""
        line = next((lines[id] for id in _line_ids(m) if id in lines), None)
        if line is None:
            return False
        if line["digest"] != m.digest and m.kind is Kind.COMMAND:
            m.answer(OtherPayload("this key came before with another payload"))
        else:
            m.answer(line["answer"])
        return True

    async def _look_for_lines(self, turn: Turn) -> None:
        """A second try is often refused, or a bug, because of what the first one has done: its answer stands."""
        doubtful = [
            m
            for m, runs in turn.runs.items()
            if not m.stream and (m in turn.left or any(run.outcome != "done" for run in runs))
        ]
        if not doubtful:
            return
        there = await self.store.lines([id for m in doubtful for id in _line_ids(m)])
        for m in doubtful:
            if self._answer_from_line(m, there):
                turn.drop(m)

    # ---- after the commit
    def _close(self, turn: Turn, tx: Transaction) -> None:
        """The turn is committed: now, and only now, everybody is answered."""
        self.counts["turns"] += 1
        self.counts["lines"] += len(tx.lines)
        self.counter = tx.after
        self.marks.update(tx.changed_marks)
        committed = Committed(turn.view.over, tx.lines, tx.after)
        for told in self._listeners:
            told(committed)
        for m in turn.kept:
            self._answer(m, turn.runs[m])
        for m in turn.left:
            self._leave(m, turn.runs[m])
        self._put_back([m for m in turn.left if m.stream])

    def _answer(self, m: Message, runs: Sequence[Run]) -> None:
        refusal = next((run.refusal for run in runs if run.refusal is not None), None)
        if refusal is not None and m.kind in (Kind.COMMAND, Kind.REPLAY):
            m.answer(refusal)
        else:
            m.answer(runs[0].answer if runs else None)

    def _leave(self, m: Message, runs: Sequence[Run]) -> None:
        """The bug is true: a turn that held has seen it."""
        failed = [run for run in runs if run.bug is not None]
        for run in failed:
            assert run.bug is not None
            self.counts["bugs"] += 1
            log.error("bug in %s of %s: %s", run.name, self.room, whole(run.bug), extra={"story": m.cause.story})
            m.bugs[run.name] = where(run.bug)
        if not m.stream:
            bug = Bug(f"{m.type}: {', '.join(m.bugs.values())}")
            bug.__cause__ = failed[0].bug if failed else None
            m.answer(bug)
        elif failed:
            m.tries += 1
            if m.tries <= TRIES:
                self._held[m.stream] = asyncio.get_running_loop().time() + 0.2 * 3 ** (m.tries - 1)

    async def _open_room(self, command: OpenRoom, work: Work) -> Answer:
        known = await work.get(Opened, self.room)
        if known is None or known.steps != command.steps:
            document = known.becomes(steps=command.steps) if known else Opened(id=self.room, steps=command.steps)
            work.keep(_opened(document, work.now))
        return self.room


def _opened(document: Opened, at: datetime) -> Any:
    return Change(document, (RoomOpened(subject=document.id, at=at, steps=document.steps),))


def _line_ids(m: Message) -> list[str]:
    suffix = "/replay" if m.kind is Kind.REPLAY else ""
    return [f"{m.cause.id}/{step.__name__}{suffix}" for step in m.steps]


__all__ = ["LIMIT", "Bug", "Cause", "Committed", "Desk", "Frozen"]
