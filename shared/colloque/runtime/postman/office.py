"""What the postman's parts share: the mails in hand, the lease that is the claim to them, and the way they are
reported."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter as Tally
from collections.abc import Callable, Sequence
from typing import cast

from colloque.runtime.desk import Bug, Desk
from colloque.runtime.journal import Cause
from colloque.runtime.lease import Lease
from colloque.runtime.mailbag import Item, Mailbag
from colloque.runtime.mailer.port import Mailer
from colloque.runtime.mailing import OPEN, Mail, Mailing, Result

log = logging.getLogger(__name__)

CONNECTIONS = 4
UNREPORTED = 2
"""Mails a connection may have sent and not yet reported: what a crash repeats."""


class Office:
    def __init__(
        self,
        desk: Desk,
        mailing: Mailing,
        mailer: Mailer,
        lease: Lease,
        *,
        connections: int,
        pause: float,
        token: Callable[[], str],
    ) -> None:
        self.desk, self.mailing, self.mailer, self.lease = desk, mailing, mailer, lease
        self.connections, self.pause, self._token = connections, pause, token
        self.bag = Mailbag()
        self.counts: Tally[str] = Tally()
        self.look = asyncio.Event()
        """Somebody should look at what is due."""
        self.out: asyncio.Queue[Item] = asyncio.Queue(UNREPORTED * connections)
        """Written, and waiting for a connection."""
        self.reports: set[asyncio.Task[None]] = set()

    async def read_again(self, items: Sequence[Item]) -> None:
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

    # ---- reporting
    def report(self, item: Item, result: Result, done: Callable[[], None] = lambda: None) -> None:
        task = asyncio.get_running_loop().create_task(self._tell(item, result))

        def finished(task: asyncio.Task[None]) -> None:
            self.reports.discard(task)
            done()

        self.reports.add(task)
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
