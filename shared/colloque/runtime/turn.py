"""A turn: all that waits is run side by side and settled in order, so that the result equals one after the other
(journal.md §2). Nothing here writes: what comes out is a transaction."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Container, Coroutine, Sequence
from dataclasses import replace
from datetime import datetime

from colloque.runtime.journal import number
from colloque.runtime.message import Message
from colloque.runtime.parked import Parked
from colloque.runtime.run import TRIES, Run
from colloque.runtime.store.port import Counter, Fetched, Transaction
from colloque.runtime.work import Find, Key, Need, View

Fetch = Callable[[Sequence[Key], Sequence[Find]], Awaitable[Fetched]]


class NotItsWork(TypeError):
    """A step waited for something else than its work: it could not be run again."""


class Turn:
    """The messages of one turn on their way through it."""

    def __init__(self, room: str, key: bytes, now: datetime, known: Counter, fetch: Fetch) -> None:
        self.room, self.key, self.now, self.known = room, key, now, known
        self.view, self._fetch = View(), fetch
        self.runs: dict[Message, tuple[Run, ...]] = {}
        self.left: list[Message] = []
        """With a bug in one of their steps, and what follows them on their streams."""
        self.parking = bool(known.parked)
        """Whether anything is parked or about to be: otherwise nobody has to look for a queue."""
        self.reruns = 0
        self._running: dict[Run, Coroutine[Need, None, None]] = {}
        self._needs: dict[Run, Need] = {}

    def add(self, message: Message, skip: Container[str] = ()) -> None:
        """`skip`: lines that are there already."""
        message.layer = {}
        runs = (Run(self, message, step) for step in message.steps)
        self.runs[message] = tuple(run for run in runs if run.id not in skip)
        self.parking = self.parking or message.malformed or message.tries > TRIES

    async def run_and_settle(self) -> None:
        """One step after the other, each settled as soon as it and all before it have finished; whoever has to wait for
        the database lets the next begin meanwhile, so that what all of them ask for at one moment travels as one read.
        A message is settled when its last step is: then its changes lie on the view for those that go on. Who has read
        what is changed after that runs again when its turn to settle comes; it may read more."""
        waiting = deque(run for runs in self.runs.values() for run in runs)
        for run in list(waiting):
            if run.message not in self.left:
                self._start(run)
                self._settle(waiting)
        while waiting:
            await self._fetch_all()
            for run in list(self._needs):
                del self._needs[run]
                self._go_on(run)
                self._settle(waiting)

    async def _fetch_all(self) -> None:
        keys: dict[Key, None] = {}
        finds: dict[Find, None] = {}
        for need in self._needs.values():
            for read in need.reads:
                if isinstance(read, Find):
                    finds[read] = None
                elif read not in self.view.base:
                    keys[read] = None
        fetched = await self._fetch(list(keys), list(finds))
        self.view.add(fetched.documents, fetched.found)

    def _start(self, run: Run) -> None:
        self._running[run] = run.begin()
        self._go_on(run)

    def _go_on(self, run: Run) -> None:
        """On to the next thing that is not yet on the view, or to the end."""
        try:
            while True:
                need = self._running[run].send(None)
                if not isinstance(need, Need):
                    raise NotItsWork(f"{run.name} waited for {need!r}")
                if not all(self.view.has(read) for read in need.reads):
                    self._needs[run] = need
                    return
        except StopIteration:
            del self._running[run]
        except Exception as bug:  # noqa: BLE001 - told, logged and parked by the desk
            run.bug = bug
            del self._running[run]

    def _settle(self, waiting: deque[Run]) -> None:
        while waiting and waiting[0] not in self._running:
            run, m = waiting[0], waiting[0].message
            if m in self.left:
                waiting.popleft()
            elif not run.begun:
                return
            elif run.stale:
                self.reruns += 1
                run.bug = None
                self._start(run)
            else:
                waiting.popleft()
                if run.bug is not None:
                    self._leave(m)
                else:
                    self._lay_down(run, waiting)

    def _leave(self, message: Message) -> None:
        """Its message leaves the turn, and the later ones of its stream with it."""
        self.left.append(message)
        if message.stream:
            later = False
            for other in self.runs:
                later = later or other is message
                if later and other.stream == message.stream and other not in self.left:
                    self.left.append(other)

    def _lay_down(self, run: Run, waiting: deque[Run]) -> None:
        m, changes = run.message, run.work.noted.changes
        whole = run is self.runs[m][-1]
        stale = self.view.made_stale_by({**m.layer, **changes} if whole else changes, m.layer)
        m.layer.update(changes)
        if whole:
            self.view.over.update(m.layer)
        if stale:
            for other in waiting:
                if other.begun and (whole or other.message is m) and not other.work.noted.reads.isdisjoint(stale):
                    other.stale = True

    @property
    def kept(self) -> list[Message]:
        return [m for m in self.runs if m not in self.left]

    def drop(self, message: Message) -> None:
        """It has been answered from its line: nothing of it is written. Only for what changed nothing."""
        del self.runs[message]
        if message in self.left:
            self.left.remove(message)

    def transaction(self, now: float) -> Transaction:
        known, kept = self.known, self.kept
        lines = [
            run.line(round((now - m.since) * 1000, 1)) for m in kept for run in self.runs[m] if run.writes_line
        ]  # fmt: skip
        after, moved = number(lines, known)
        marks = {m.stream: m.place for m in kept if m.stream}
        tx = Transaction(known, after, changed_ends=moved, changed_marks=marks, lines=lines)
        self._documents(tx)
        parked = sum(new is not None for (kind, _), new in self.view.over.items() if kind is Parked) - sum(
            old is not None
            for (kind, id), old in self.view.base.items()
            if kind is Parked and (kind, id) in self.view.over
        )
        tx.after = replace(
            after,
            turn=known.turn + 1,
            marks={**known.marks, **marks},
            parked=known.parked + parked,
            next_by="",
            next_until=0.0,
        )
        return tx

    def _documents(self, tx: Transaction) -> None:
        for key, new in self.view.over.items():
            old = self.view.base[key]
            if old is None and new is not None:
                tx.inserts.append(new)
            elif old is not None and new is None:
                tx.deletes.append((key[0], key[1], old.version))
            elif old is not None and new is not None and new is not old:
                tx.replaces.append((new, old.version))
        held = {key for m in self.kept for run in self.runs[m] for key in run.work.noted.held}
        for kind, id in held - set(self.view.over):
            if (document := self.view.base.get((kind, id))) is not None:
                tx.held.append((kind, id, document.version))
