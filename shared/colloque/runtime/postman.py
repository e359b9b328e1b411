"""The postman carries a room's mails: documents with a state, sent under a lease, each outcome reported to the desk as
a command (journal.md §6).

The lease is the claim. Before a mail leaves, more than the time that sending can take must be left of it, and the mail
is read once more unless nobody else can have changed it: unless it was committed by this process during this very term
of the lease. After the server's 250 and before our commit a crash repeats the few mails then unreported, once, under
the same Message-ID; nobody can do better with SMTP."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import Counter as Tally
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import cast
from uuid import uuid4

from colloque.runtime.desk import Bug, Committed, Desk
from colloque.runtime.journal import Cause
from colloque.runtime.lease import Lease
from colloque.runtime.mailbag import Item, Mailbag
from colloque.runtime.mailer.port import Deferred, Mailer, Outcome, Unreachable
from colloque.runtime.mailing import OPEN, Mail, Mailing, NotYet, Result, Suppressed, Writing, Written
from colloque.runtime.store.port import Down

log = logging.getLogger(__name__)

CONNECTIONS = 4
UNREPORTED = 2
"""Mails a connection may have sent and not yet reported: what a crash repeats."""
PAGE = 200
PATIENCE = 10.0
"""Seconds after which those that wait for something look for it themselves."""
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


class Postman:
    def __init__(
        self,
        desk: Desk,
        mailing: Mailing,
        mailer: Mailer,
        lease: Lease,
        *,
        connections: int = CONNECTIONS,
        poll: float = 2.0,
        most: int = 2000,
        pause: float = 0.5,
        token: Callable[[], str] = lambda: uuid4().hex[:8],
    ) -> None:
        if lease.seconds / 2 <= mailer.limit:
            raise ValueError("half of the lease must outlast the sending of a mail")
        self.desk, self.mailing, self.mailer, self.lease = desk, mailing, mailer, lease
        self.counts: Tally[str] = Tally()
        self.reachable = True
        """Whether the mail server wanted to talk when last asked."""
        self.bag = Mailbag()
        self._connections, self._poll, self._most, self._pause, self._token = connections, poll, most, pause, token
        self._out: asyncio.Queue[Item] = asyncio.Queue(UNREPORTED * connections)
        self._reports: set[asyncio.Task[None]] = set()
        self._look = asyncio.Event()
        self._next_due: datetime | None = None
        self._patience = 0.0
        self._term = 0
        self._left_out = False
        self._trouble = 0
        desk.after_commit(self._committed)
        desk.clock.on_move(self._look.set)

    async def due(self) -> bool:
        """Is any mail to be sent now, whoever will send it?"""
        return any([await self._due(state, BEGINNING, 1) for state in OPEN])

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._watch())
            tasks.create_task(self._write())
            for _ in range(self._connections):
                tasks.create_task(self._carry())

    async def stop(self, patience: float = 2.0) -> None:
        """A clean end, once `run` is cancelled and while the desk still works: what is sent is reported, and nobody has
        to wait for the lease to run out."""
        if self._reports:
            await asyncio.wait(self._reports, timeout=patience)
        self.abandon()
        await self.mailer.close()
        with contextlib.suppress(Down):
            await self.lease.release()

    def abandon(self) -> None:
        """As if this process were killed: what is not reported stays so."""
        for task in self._reports:
            task.cancel()

    # ---- what comes in
    def _committed(self, committed: Committed) -> None:
        """Straight from this process's own commits: no poll on the way of a mail."""
        for key, document in committed.documents.items():
            self.bag.changed(key)
            if key[0] is self.mailing.kind:
                mail = cast("Mail | None", document)
                if mail is None or mail.state not in OPEN:
                    self.bag.settled(key[1])
                else:
                    self._take(mail, self._certain_term())

    def _certain_term(self) -> int:
        """0 in doubt: not ours, or gained so lately that somebody else may have had it when this was committed."""
        return self.lease.term if self.desk.sole or self.lease.age > self.lease.seconds else 0

    def _take(self, mail: Mail, term: int) -> None:
        if mail.id in self.bag:
            return
        if mail.due_at > self.desk.clock.now():
            if self._next_due is None or mail.due_at < self._next_due:
                self._next_due = mail.due_at
                self._look.set()
        elif not self._term:
            pass  # somebody else's, who looks at what is due
        elif self.bag.ready >= self._most:
            self._left_out = True
        else:
            self.bag.take(mail, term)

    # ---- what is due
    async def _watch(self) -> None:
        """Holds the lease; looks at what is due at the start of a term, when something falls due, when the clock moves,
        and every few seconds in any case."""
        while True:
            self._look.clear()
            self._next_due = None  # whoever holds the lease sees to what falls due until the next look
            try:
                await self._hold()
                if self._term:
                    await self._look_around()
            except Down:
                self.counts["down"] += 1
            seconds = self._poll
            if self._next_due is not None:
                seconds = min(seconds, (self._next_due - self.desk.clock.now()).total_seconds())
            try:
                async with asyncio.timeout(max(seconds, 0.01)):
                    await self._look.wait()
            except TimeoutError:
                pass

    async def _hold(self) -> None:
        """What was in hand in an earlier term is forgotten: whoever had the lease since then may have sent it."""
        held = await self.lease.held()
        if self._term and (not held or self._term != self.lease.term):
            self.bag.forget()
        self._term = self.lease.term if held else 0

    async def _look_around(self) -> None:
        """What is due as the database has it. It may be older than what this process just commits: in doubt."""
        self._left_out = False
        now = asyncio.get_running_loop().time()
        if now > self._patience:
            self._patience = now + PATIENCE
            self.bag.reconsider()
        for state in OPEN:
            low, size = BEGINNING, PAGE
            while self.bag.ready < self._most:
                mails = await self._due(state, low, size)
                for mail in mails:
                    self._take(mail, 0)
                if len(mails) < size:
                    break
                size = size * 2 if mails[-1].due_at == low else PAGE
                low = mails[-1].due_at
            await self._look_ahead(state)

    async def _look_ahead(self, state: str) -> None:
        """The first that falls due before the next look."""
        now = self.desk.clock.now()
        soon = now + timedelta(seconds=self._poll)
        for mail in await self.desk.store.window(self.mailing.kind, state=state, low=now, high=soon, limit=1):
            self._take(cast(Mail, mail), 0)

    async def _due(self, state: str, low: datetime, limit: int) -> list[Mail]:
        window, kind = self.desk.store.window, self.mailing.kind
        return cast("list[Mail]", await window(kind, state=state, low=low, high=self.desk.clock.now(), limit=limit))

    # ---- writing
    async def _write(self) -> None:
        """Takes what is ready, a few at a time: read again if in doubt, rendered together, handed to the carriers."""
        while True:
            if batch := self.bag.next_few(2 * self._connections):
                try:
                    await self._write_few(batch)
                except Down:
                    self.counts["down"] += 1
                    for item in batch:
                        self.bag.let_go(item)
                    await asyncio.sleep(self._pause)
                    self._look.set()
            else:
                if self._left_out:
                    self._look.set()
                self.bag.bell.clear()
                await self.bag.bell.wait()

    async def _write_few(self, batch: list[Item]) -> None:
        await self._read_again([item for item in batch if item.term != self.lease.term])
        batch = [item for item in batch if await self._may_go(item)]
        for item, writing in zip(batch, await self._written(batch), strict=True):
            match writing:
                case Written():
                    item.written = writing
                    await self._out.put(item)
                case NotYet(needs):
                    self.counts["not yet"] += 1
                    self.bag.wait_for(item, needs)
                case _:
                    self._report(item, writing)

    async def _written(self, batch: list[Item]) -> Sequence[Writing | Deferred]:
        """One that cannot be written is a bug, and no reason to keep the others: it is tried again like what a server
        defers."""
        if not batch:
            return ()
        try:
            return await self.mailing.write([item.mail for item in batch])
        except Down:
            raise
        except Exception:
            if len(batch) > 1:
                return [(await self._written([item]))[0] for item in batch]
            mail = batch[0].mail
            log.exception("a mail could not be written", extra={"mail": mail.id, "story": mail.story})
            return [Deferred(0, "it could not be written")]

    async def _may_go(self, item: Item) -> bool:
        """Still to be sent, as far as anybody can know, and nothing older of its lane before it."""
        if item.term != self.lease.term:
            self.bag.let_go(item)
            return False
        return not item.mail.after or not await self._waits_behind(item)

    async def _read_again(self, items: Sequence[Item]) -> None:
        """Those that are still to be sent are then of this term of the lease."""
        if not items:
            return
        term, kind = self.lease.term, self.mailing.kind
        self.counts["read again"] += len(items)
        fetched = await self.desk.store.fetch([(kind, item.mail.id) for item in items], ())
        for item in items:
            mail = cast("Mail | None", fetched.documents[kind, item.mail.id])
            if mail is not None and mail.state in OPEN and mail.due_at <= self.desk.clock.now():
                item.mail, item.term = mail, term

    async def _waits_behind(self, item: Item) -> bool:
        """Waits for the older one of its lane to be sent; one that need not be sent any more is reported so."""
        kind, id = self.mailing.kind, item.mail.after
        older = cast("Mail | None", await self.desk.store.get(kind, id))
        if older is None or older.state not in OPEN:
            return False
        known = self.bag.get(id)
        self.bag.wait_behind(item, (kind, id))
        if (known is None or not known.going) and self.mailing.supersedes(item.mail, older):
            self._report(self.bag.stand_in(older), Suppressed("superseded"))
        return True

    # ---- sending
    async def _carry(self) -> None:
        """One connection's work: one mail after the other, at most two of them unreported."""
        free = asyncio.Semaphore(UNREPORTED)
        while True:
            await free.acquire()
            item = await self._out.get()
            try:
                outcome = await self._send(item)
            except Down:
                outcome = None
            if outcome is None:
                self.bag.let_go(item)
                self._look.set()
                free.release()
            elif isinstance(outcome, Unreachable):
                free.release()
                await self._wait_for_server(item, outcome)
            else:
                self.reachable, self._trouble = True, 0
                self._report(item, outcome, free.release)

    async def _send(self, item: Item) -> Outcome | None:
        """None: it must not leave now. What takes time comes first: nothing is between the checks and the sending."""
        assert item.written is not None
        while True:
            if not await self._time_enough():
                return None
            if item.term == self.lease.term:
                break
            await self._read_again([item])
            if item.term != self.lease.term:
                return None
        self.counts["sending"] += 1
        written = item.written
        return await self.mailer.send(written.sender, written.recipient, written.message)

    async def _time_enough(self) -> bool:
        """More is left of the lease than sending can take."""
        return await self.lease.held() and self.lease.left > self.mailer.limit

    async def _wait_for_server(self, item: Item, outcome: Unreachable) -> None:
        """No fault of this mail: it stays queued, nothing is reported, and everybody waits a while."""
        self.counts["unreachable"] += 1
        if self.reachable:
            log.warning("the mail server cannot be reached: %s", outcome.words)
        self.reachable = False
        self._trouble += 1
        await asyncio.sleep(min(30.0, self._pause * 2 ** min(self._trouble - 1, 6)))
        self.bag.again(item)

    # ---- reporting
    def _report(self, item: Item, result: Result, done: Callable[[], None] = lambda: None) -> None:
        task = asyncio.get_running_loop().create_task(self._tell(item, result))

        def finished(task: asyncio.Task[None]) -> None:
            self._reports.discard(task)
            done()

        self._reports.add(task)
        task.add_done_callback(finished)

    async def _tell(self, item: Item, result: Result) -> None:
        """Never gives up. A bug in the report's step must not send the mail again: it is told again, more slowly."""
        mail, delay = item.mail, 1.0
        command = self.mailing.report(mail, result, item.written)
        cause = Cause(f"{mail.id}.{mail.attempts + 1}.{self._token()}", mail.story)
        while True:
            try:
                await self.desk.report(command, cause)
                break
            except Bug:
                log.error("the outcome of mail %s could not be noted", mail.id, extra={"story": mail.story})
                await asyncio.sleep(delay)
                delay = min(300.0, delay * 2)
        self.counts[type(result).__name__.lower()] += 1
        self.bag.let_go(item)


__all__ = ["OPEN", "Mail", "Mailing", "NotYet", "Postman", "Suppressed", "Writing", "Written"]
