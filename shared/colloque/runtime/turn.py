"""A turn: all that waits is run side by side and settled in order, so that the result equals one after the other
(journal.md §2). Nothing here writes: what comes out is a transaction."""

from __future__ import annotations

import traceback
from collections import deque
from collections.abc import Awaitable, Callable, Container, Coroutine, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from typing import Any

from colloque.contracts.traces import Output
from colloque.runtime.journal import number, parcels_of, partition, scope_of
from colloque.runtime.message import Kind, Message
from colloque.runtime.parked import CannotReplay, NothingParked, Parked, ParkedFact, parked_id
from colloque.runtime.refusal import Refusal
from colloque.runtime.store.port import Counter, Fetched, LineRecord, Transaction
from colloque.runtime.work import Answer, Find, Key, Need, Step, View, Work

TRIES = 3
"""How often a message is tried again after a bug, before it is parked."""

Fetch = Callable[[Sequence[Key], Sequence[Find]], Awaitable[Fetched]]


def line_id(message: Message, step: Step) -> str:
    """A replay has a line of its own."""
    suffix = "/replay" if message.kind is Kind.REPLAY else ""
    return f"{message.cause.id}/{step.__name__}{suffix}"


class Run:
    """One step of one message in one turn."""

    __slots__ = (
        "answer",
        "begun",
        "bug",
        "id",
        "message",
        "outcome",
        "reason",
        "refusal",
        "stale",
        "step",
        "turn",
        "work",
    )

    def __init__(self, turn: Turn, message: Message, step: Step) -> None:
        self.turn, self.message, self.step = turn, message, step
        self.id = line_id(message, step)
        self.bug: BaseException | None = None
        self.begun = False

    @property
    def name(self) -> str:
        return self.step.__name__

    def begin(self) -> Coroutine[Need, None, None]:
        m, turn = self.message, self.turn
        self.work = Work(
            turn.view,
            m.layer,
            now=turn.now,
            cause=m.cause.id,
            story=m.cause.story,
            line=self.id,
            key=turn.key,
            lined=m.kind not in (Kind.CONTACT, Kind.TRACE),
        )
        self.answer: Answer = None
        self.outcome: str | None = None
        self.reason: str | None = None
        self.refusal: Refusal | None = None
        self.begun, self.stale = True, False
        return self._perform()

    async def _perform(self) -> None:
        """The step in its frame: timers, parking, uniqueness, refusals."""
        m, noted = self.message, self.work.noted
        if not await self._may_run():
            return
        frame = dict(noted.changes)
        try:
            if m.doom is not None:
                raise m.doom
            self.answer = await self.step(m.body, self.work)
            await self.work.settle_unread()
            self.outcome = "done"
        except Refusal as refusal:
            self.refusal, self.outcome, self.reason, self.answer = refusal, "refused", refusal.slug, None
            noted.changes, noted.facts, noted.outputs = frame, [], []

    async def _may_run(self) -> bool:
        """False when there is nothing to run: a timer that moved or fired, a fact that is parked."""
        m = self.message
        match m.kind:
            case Kind.TIMER:
                return await self._take_timer()
            case Kind.REPLAY:
                return await self._take_parked()
            case Kind.FACT | Kind.CONTACT | Kind.TRACE:
                return not await self._park_if_due()
        return True

    async def _take_timer(self) -> bool:
        """It is read again in the turn that fires it, and is gone in the same commit, refused or not."""
        expected = self.message.timer
        assert expected is not None
        timer = await self.work.get(type(expected), expected.id)
        if timer is None or timer.set_by != expected.set_by:
            return False
        self.work.noted.changes[type(expected), expected.id] = None
        return True

    async def _take_parked(self) -> bool:
        """A replay takes the head of its queue and nothing else."""
        m = self.message
        assert m.replays is not None
        queue = await self.work.get(Parked, m.replays)
        rest = queue.without_head(m.cause.id) if queue else None
        if queue is None or rest is None:
            self._refuse(NothingParked(f"{m.cause.id} is not the head of {m.replays}"))
        elif m.body is None:
            self._refuse(CannotReplay(f"{m.type} has nothing to replay"))
        else:
            self._lay(rest)
            return True
        return False

    def _refuse(self, refusal: Refusal) -> None:
        self.refusal = refusal

    async def _park_if_due(self) -> bool:
        """After its last try; or at once, behind an earlier fact of the same subject, so that order is kept."""
        m = self.message
        due = m.malformed or (m.tries > TRIES and self.name in m.bugs)
        if not self.turn.parking:
            return False
        id = parked_id(self.name, m.subject)
        queue = await self.work.get(Parked, id)
        if not due and queue is None:
            return False
        error = "malformed" if m.malformed else m.bugs.get(self.name, "behind an earlier one")
        body = None if m.kind is Kind.CONTACT else m.raw.decode(errors="replace")
        digest = sha256(m.raw).hexdigest()
        fact = ParkedFact(
            cause=m.cause.id, story=m.cause.story, type=m.type, body=body, sha256=digest,
            stream=m.stream or "", seq=m.place.seq, error=error, at=self.turn.now,
        )  # fmt: skip
        new = Parked(id=id, step=self.name, subject=m.subject, since=self.turn.now, queue=(fact,))
        self._lay(queue.behind(fact) if queue else new)
        self.outcome, self.reason = "parked", error
        return True

    def _lay(self, parked: Parked) -> None:
        self.work.noted.reads.add((Parked, parked.id))
        self.work.noted.changes[Parked, parked.id] = parked if parked.queue else None

    # ---- what it leaves in the journal
    @property
    def writes_line(self) -> bool:
        """Without one: what a person outside was refused, a timer or replay that came too late, contacts and trace
        lines (else traces would beget traces)."""
        m = self.message
        if self.outcome is None or m.kind in (Kind.TRACE, Kind.CONTACT):
            return self.outcome == "parked"
        return not (self.outcome == "refused" and m.answers_outside)

    def line(self, took_ms: float) -> LineRecord:
        m, noted, room = self.message, self.work.noted, self.turn.room
        parcels = parcels_of(room, self.id, noted.facts)
        kept = [document for document in noted.changes.values() if document is not None]
        record: LineRecord = {
            "_id": self.id,
            "n": 0,
            "story": m.cause.story,
            "cause": m.cause.id,
            "message": m.type,
            "digest": m.digest,
            "step": self.name,
            "scope": scope_of(m.body, *noted.facts, *kept),
            "at": self.turn.now,
            "took_ms": took_ms,
            "outcome": self.outcome,
            "reason": self.reason,
            "answer": self.answer,
            "outputs": [o.model_dump(exclude_none=True) for o in self._outputs(parcels)],
            "parcels": parcels,
            "trace": {"partition": partition(m.cause.story), "seq": 0},
        }
        if m.traceparent:
            record["traceparent"] = m.traceparent
        return record

    def _outputs(self, parcels: Sequence[dict[str, Any]]) -> Iterable[Output]:
        for (kind, id), document in self.work.noted.changes.items():
            name = document.called if document is not None else f"{kind.__name__} (gone)"
            yield Output(kind=kind.output, ref=id, type=name, version=document.version if document else None)
        for parcel in parcels:
            yield Output(kind="fact", ref=parcel["id"], type=parcel["type"])
        yield from self.work.noted.outputs


class NotItsWork(TypeError):
    """A step waited for something else than its work: it could not be run again."""


def where(error: BaseException) -> str:
    """What kind of error and where, without its words: they may quote somebody."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" in {frames[-1].name}, line {frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{place}"


def whole(error: BaseException) -> str:
    """The same with the way that led there, for the log."""
    told = "".join((type(error).__name__, "\n", *traceback.format_tb(error.__traceback__)))
    inner = error.exceptions if isinstance(error, BaseExceptionGroup) else [one for one in (error.__cause__,) if one]
    return "".join((told, *(f"- of it: {whole(one)}" for one in inner)))


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
