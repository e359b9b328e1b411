"""One batch through its turn, until it is committed (journal.md §2.3–§2.5): whatever goes wrong with the commit, what
was known is forgotten, lines are looked for and the turn runs again; what has been handled meanwhile is answered from
its line."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter as Tally
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from colloque.runtime.bugs import where, whole
from colloque.runtime.clock import Clock
from colloque.runtime.message import Kind, Message, beyond, follows
from colloque.runtime.refusal import OtherPayload
from colloque.runtime.run import TRIES, Run, line_id
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
from colloque.runtime.turn import Turn
from colloque.runtime.waiting import Waiting
from colloque.runtime.warm import Warm
from colloque.runtime.work import Document, Key

log = logging.getLogger(__name__)

CLAIM = 0.3
"""Seconds that a refused process has the next turn for itself."""
ALONE = 3
"""Refusals after which a turn is cut in halves."""


class Bug(Exception):
    """A step raised something that is not a refusal: answered as an internal error, the cause in the log."""


@dataclass(frozen=True, slots=True)
class Committed:
    """What a turn of this process has written."""

    documents: Mapping[Key, Document | None]
    lines: Sequence[LineRecord]
    counter: Counter


class Handling:
    """Takes batches through turns, for one desk."""

    turn_of: Callable[..., Turn] = Turn

    def __init__(
        self,
        room: str,
        name: str,
        store: Store,
        clock: Clock,
        waiting: Waiting,
        *,
        key: bytes,
        random: Random | None = None,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self.room, self.name, self.store, self.clock, self.waiting, self.key = room, name, store, clock, waiting, key
        self.counts: Tally[str] = Tally()
        self.marks: dict[str, Mark] = {}
        self.counter = Counter()
        self.up = True
        self.committed: list[Callable[[Committed], None]] = []
        self.lost: list[Callable[[str], None]] = []
        self._random, self._wall = random or Random(), wall  # noqa: S311 - spreads retries
        self._known: Counter | None = None
        self.warm = Warm(store)

    def learn(self, read: Counter) -> None:
        """The counter, read outside of a turn. It may be older than what is known by now: read before a commit of ours,
        and here after it."""
        known = self.counter
        if (read.epoch, read.turn) >= (known.epoch, known.turn):
            if read.turn != known.turn:  # somebody else has committed: the next turn must not go by what we left
                self._known = None
                self.warm.forget()
            self.counter, self.marks = read, dict(read.marks)

    async def handle(self, batch: list[Message], tries: int = 0) -> None:
        doubt, delay = tries > 0, 0.005
        while batch := self._without_the_late(batch):
            try:
                turn = await self._decide(batch, doubt)
                if turn is None:
                    return
                batch = list(turn.runs)
                tx = turn.transaction(asyncio.get_running_loop().time())
                if tx.writes:
                    await self.store.commit(tx)
                    self._known = tx.after
                    self.warm.keep(turn.view, tx.after)
                elif self.warm.used and not await self._stands(turn.known):
                    doubt = True
                    continue
                else:
                    self._known = turn.known
                self.up = True
                self._close(turn, tx)
                return
            except Conflict:
                self.counts["conflicts"] += 1
                tries += 1
                await self._claim_next_turn(tries)
                if tries > ALONE and len(batch) > 1:
                    await self._halves(batch, tries)
                    return
            except DuplicateLine:
                self.counts["duplicates"] += 1
                self._known, doubt = None, True
                continue
            except DuplicateValue as taken:
                self.counts["taken"] += 1
                self._known, doubt = None, True
                if len(batch) > 1:
                    await self._halves(batch, tries)
                    return
                batch[0].doom = taken.refusal
                continue
            except CommitUnknown:
                self.counts["unknown"] += 1
            except Down:
                self.counts["down"] += 1
                self.up = False
            self._known, doubt = None, True
            await asyncio.sleep(delay * (0.5 + self._random.random()))
            delay = min(1.0, delay * 2)

    async def _stands(self, known: Counter) -> bool:
        """Nothing is written, so no fence has said whether what is about to be told was decided on how things are."""
        now = self.counter = await self.store.counter()
        return (now.epoch, now.turn) == (known.epoch, known.turn)

    def _without_the_late(self, batch: list[Message]) -> list[Message]:
        left, gone = self.waiting.give_up(batch)
        self.counts["gave up"] += gone
        return left

    async def _halves(self, batch: list[Message], tries: int) -> None:
        middle = (len(batch) + 1) // 2
        for half in (batch[:middle], batch[middle:]):
            await self.handle(half, max(tries, 1))

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

    # ---- before the commit
    async def _decide(self, batch: list[Message], doubt: bool) -> Turn | None:
        """None: nothing of it is left to do. Who is late is looked at once the counter is known: what the same person
        was told elsewhere after that, the fence sees; what before, it does not."""
        known = await self._read_counter()
        self.warm.begin(known)
        batch = self._without_the_late(batch)
        turn = self.turn_of(self.room, self.key, self.clock.now(), known, self.warm.fetch)
        await self._sift(turn, batch, known, doubt)
        if not turn.runs:
            return None
        await turn.run_and_settle()
        self.counts["reruns"] += turn.reruns
        await self._look_for_lines(turn)
        return turn if turn.runs else None

    async def _read_counter(self) -> Counter:
        """Before everything else that the turn reads; as this process left it, if it was the last to commit (the fence
        tells otherwise). Waits while another process has the next turn for itself."""
        known, self._known = self._known, None
        while known is None or (known.next_by not in ("", self.name) and known.next_until > self._wall()):
            if known is not None:
                await asyncio.sleep(0.02)
            known = self.counter = await self.store.counter()
        return known

    async def _sift(self, turn: Turn, batch: Sequence[Message], known: Counter, doubt: bool) -> None:
        """What is handled leaves the turn: marks tell it of facts; lines, if there is doubt, of everything. Of twins
        the second waits for the next turn, and the later facts of its stream with it."""
        there: Mapping[str, LineRecord] = {}
        if doubt:
            there = await self.store.lines([id for m in batch for id in _line_ids(m)])
        at, ids, later = dict[str, Mark](), set[str](), list[Message]()
        for m in batch:
            mine = _line_ids(m)
            if not ids.isdisjoint(mine) or (m.stream and any(twin.stream == m.stream for twin in later)):
                later.append(m)
            elif m.stream:
                last = at.get(m.stream, known.marks.get(m.stream, START))
                if self._is_next(m, m.stream, last):
                    at[m.stream] = m.place
                    turn.add(m, skip=there)
            elif not self._answer_from_line(m, there):
                turn.add(m)
            ids.update(mine)
        self.waiting.put_back(later)

    def _is_next(self, m: Message, stream: str, last: Mark) -> bool:
        """Of its stream, after `last`. If not, it is handled already, or waits for those before it."""
        if follows(last, m.place):
            return True
        if not beyond(last, m.place):
            self.marks[stream] = max(last, self.marks.get(stream, last))
            m.answer(None)
        elif self.waiting.has_before(m):
            self.waiting.put_back([m])
        else:  # what lies between is not here: back to the mark
            self.waiting.let_go(stream)
            self.marks[stream] = last
            for told in self.lost:
                told(stream)
        return False

    def _answer_from_line(self, m: Message, lines: Mapping[str, LineRecord]) -> bool:
        """From the line of a first try."""
        line = next((lines[id] for id in _line_ids(m) if id in lines), None)
        if line is None:
            return False
        if m.kind is Kind.COMMAND and line["digest"] != m.digest:
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
        for told in self.committed:
            told(committed)
        for m in turn.kept:
            _answer(m, turn.runs[m])
        for m in turn.left:
            self._leave(m, turn.runs[m])
        self.waiting.put_back([m for m in turn.left if m.stream])

    def _leave(self, m: Message, runs: Sequence[Run]) -> None:
        """The bug is true: a turn that held has seen it."""
        failed = [(run, run.bug) for run in runs if run.bug is not None]
        for run, error in failed:
            self.counts["bugs"] += 1
            log.error("bug in %s of %s: %s", run.name, self.room, whole(error), extra={"story": m.cause.story})
            m.bugs[run.name] = where(error)
        if not m.stream:
            m.answer(Bug(f"{m.type}: {', '.join(m.bugs.values())}"))
        elif failed:
            m.tries += 1
            if m.tries <= TRIES:
                self.waiting.hold(m.stream, 0.2 * 3 ** (m.tries - 1))


def _answer(m: Message, runs: Sequence[Run]) -> None:
    refusal = next((run.refusal for run in runs if run.refusal is not None), None)
    if refusal is not None and m.kind in (Kind.COMMAND, Kind.REPLAY):
        m.answer(refusal)
    else:
        m.answer(runs[0].answer if runs else None)


def _line_ids(m: Message) -> list[str]:
    return [line_id(m, step) for step in m.steps]
