"""From what may go to what is written: read again if in doubt, rendered together, handed to the carriers."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import cast

from colloque.runtime.mailbag import Item
from colloque.runtime.mailer.port import Deferred
from colloque.runtime.mailing import OPEN, Mail, NotYet, Suppressed, Writing, Written
from colloque.runtime.postman.office import Office
from colloque.runtime.store.port import Down

log = logging.getLogger(__name__)


class Writer:
    """`left_out`: whether more is due than is in hand, so that somebody has to look again once this is done."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self.left_out = False

    async def run(self) -> None:
        """Takes what is ready, a few at a time."""
        while True:
            if batch := self._office.bag.next_few(2 * self._office.connections):
                try:
                    await self._write_few(batch)
                except Down:
                    self._office.counts["down"] += 1
                    for item in batch:
                        self._office.bag.let_go(item)
                    await asyncio.sleep(self._office.pause)
                    self._office.look.set()
            else:
                if self.left_out:
                    self._office.look.set()
                self._office.bag.bell.clear()
                await self._office.bag.bell.wait()

    async def _write_few(self, batch: list[Item]) -> None:
        await self._office.read_again([item for item in batch if item.term != self._office.lease.term])
        batch = [item for item in batch if await self._may_go(item)]
        for item, writing in zip(batch, await self._written(batch), strict=True):
            match writing:
                case Written():
                    item.written = writing
                    await self._office.out.put(item)
                case NotYet(needs):
                    self._office.counts["not yet"] += 1
                    self._office.bag.wait_for(item, needs)
                case _:
                    self._office.report(item, writing)

    async def _written(self, batch: list[Item]) -> Sequence[Writing | Deferred]:
        """One that cannot be written is a bug, and no reason to keep the others: it is tried again like what a server
        defers."""
        if not batch:
            return ()
        try:
            return await self._office.mailing.write([item.mail for item in batch])
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
        if item.term != self._office.lease.term:
            self._office.bag.let_go(item)
            return False
        return not item.mail.after or not await self._waits_behind(item)

    async def _waits_behind(self, item: Item) -> bool:
        """Waits for the older one of its lane to be sent; one that need not be sent any more is reported so."""
        kind, id = self._office.mailing.kind, item.mail.after
        older = cast("Mail | None", await self._office.desk.store.get(kind, id))
        if older is None or older.state not in OPEN:
            return False
        known = self._office.bag.get(id)
        self._office.bag.wait_behind(item, (kind, id))
        if (known is None or not known.going) and self._office.mailing.supersedes(item.mail, older):
            self._office.report(self._office.bag.stand_in(older), Suppressed("superseded"))
        return True
