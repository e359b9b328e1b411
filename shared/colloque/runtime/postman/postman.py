"""What is due, under the lease: straight from this process's own commits, and as the database has it."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter as Tally
from collections.abc import Callable
from datetime import datetime
from typing import cast
from uuid import uuid4

from colloque.runtime.desk import Committed, Desk
from colloque.runtime.lease import Lease
from colloque.runtime.mailer.port import Mailer
from colloque.runtime.mailing import OPEN, Mail, Mailing
from colloque.runtime.postman.carrying import Carriers
from colloque.runtime.postman.office import CONNECTIONS, Office
from colloque.runtime.postman.writing import Writer
from colloque.runtime.store.port import Down
from colloque.runtime.upcoming import AHEAD, BEGINNING, Upcoming

PAGE = 200
ENOUGH = 100
"""Mails in hand that may go: so many keep everybody busy until the next look."""
PATIENCE = 10.0
"""Seconds after which those that wait for something look for it themselves."""


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
        self._office = Office(desk, mailing, mailer, lease, connections=connections, pause=pause, token=token)
        self._writer, self._carriers = Writer(self._office), Carriers(self._office)
        self.desk, self.mailing, self.lease, self.bag = desk, mailing, lease, self._office.bag
        self._poll, self._most = poll, most
        self._upcoming = Upcoming(desk.clock, self._office.look)
        self._patience = 0.0
        self._term = 0
        desk.after_commit(self._committed)

    @property
    def counts(self) -> Tally[str]:
        return self._office.counts

    @property
    def reachable(self) -> bool:
        """Whether the mail server wanted to talk when last asked."""
        return self._carriers.reachable

    async def due(self) -> bool:
        """Is any mail to be sent now, whoever will send it?"""
        return any([await self._due(state, BEGINNING, self.desk.clock.now(), 1) for state in OPEN])

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._watch())
            tasks.create_task(self._writer.run())
            for _ in range(self._office.connections):
                tasks.create_task(self._carriers.run())

    async def stop(self, patience: float = 2.0) -> None:
        """A clean end, once `run` is cancelled and while the desk still works: what is sent is reported, and nobody has
        to wait for the lease to run out."""
        if self._office.reports:
            await asyncio.wait(self._office.reports, timeout=patience)
        self.abandon()
        await self._office.mailer.close()
        with contextlib.suppress(Down):
            await self.lease.release()

    def abandon(self) -> None:
        """As if this process were killed: what is not reported stays so."""
        for task in self._office.reports:
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
                elif mail.due_at <= self.desk.clock.now():
                    self._take(mail, self._certain_term())
                else:
                    self._upcoming.set(mail.due_at)

    def _certain_term(self) -> int:
        """0 in doubt: not ours, or gained so lately that somebody else may have had it when this was committed."""
        return self.lease.term if self.desk.sole or self.lease.age > self.lease.seconds else 0

    def _take(self, mail: Mail, term: int) -> None:
        if mail.id in self.bag or not self._term:  # somebody else's, who looks at what is due
            return
        if self.bag.ready >= self._most:
            self._writer.left_out = True
        else:
            self.bag.take(mail, term)

    # ---- what is due
    async def _watch(self) -> None:
        """Holds the lease; looks at what is due at the start of a term, when something falls due or may do so (the
        clock has moved), and every few seconds in any case."""
        while True:
            self._office.look.clear()
            self._upcoming.forget()  # whoever holds the lease sees to what falls due until the next look
            try:
                await self._hold()
                if self._term:
                    await self._look_around()
            except Down:
                self._office.counts["down"] += 1
            await self._upcoming.wait(self._poll)

    async def _hold(self) -> None:
        """What was in hand in an earlier term is forgotten: whoever had the lease since then may have sent it."""
        held = await self.lease.held()
        if self._term and (not held or self._term != self.lease.term):
            self.bag.forget()
        self._term = self.lease.term if held else 0

    async def _look_around(self) -> None:
        """What is due as the database has it. It may be older than what this process just commits: in doubt. While
        there is enough in hand nobody looks: what else is due would only wait behind it."""
        if self.bag.ready > ENOUGH:
            return
        self._writer.left_out = False
        now = asyncio.get_running_loop().time()
        if now > self._patience:
            self._patience = now + PATIENCE
            self.bag.reconsider()
        self._upcoming.seen(min([await self._look_at(state) for state in OPEN]))

    async def _look_at(self, state: str) -> datetime:
        """When the next of them falls due, or has to be looked for."""
        low, size, now = BEGINNING, PAGE, self.desk.clock.now()
        while self.bag.ready < self._most:
            mails = await self._due(state, low, now + AHEAD, size)
            for mail in mails:
                if mail.due_at > now:
                    return mail.due_at
                self._take(mail, 0)
            if len(mails) < size:
                break
            size = size * 2 if mails[-1].due_at == low else PAGE
            low = mails[-1].due_at
        return now + AHEAD

    async def _due(self, state: str, low: datetime, high: datetime, limit: int) -> list[Mail]:
        window, kind = self.desk.store.window, self.mailing.kind
        return cast("list[Mail]", await window(kind, state=state, low=low, high=high, limit=limit))
