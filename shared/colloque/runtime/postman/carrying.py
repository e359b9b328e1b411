"""From what is written to what is sent: the connections to the mail server."""

from __future__ import annotations

import asyncio
import logging

from colloque.runtime.mailbag import Item
from colloque.runtime.mailer.port import Outcome, Unreachable
from colloque.runtime.postman.office import UNREPORTED, Office
from colloque.runtime.store.port import Down

log = logging.getLogger(__name__)


class Carriers:
    def __init__(self, office: Office) -> None:
        self._office = office
        self.reachable = True
        """Whether the mail server wanted to talk when last asked."""
        self._trouble = 0

    async def run(self) -> None:
        """One connection's work: one mail after the other, at most two of them unreported."""
        free = asyncio.Semaphore(UNREPORTED)
        while True:
            await free.acquire()
            item = await self._office.out.get()
            try:
                outcome = await self._send(item)
            except Down:
                outcome = None
            if outcome is None:
                self._office.bag.let_go(item)
                self._office.look.set()
                free.release()
            elif isinstance(outcome, Unreachable):
                free.release()
                await self._wait_for_server(item, outcome)
            else:
                self.reachable, self._trouble = True, 0
                self._office.report(item, outcome, free.release)

    async def _send(self, item: Item) -> Outcome | None:
        """None: it must not leave now. What takes time comes first: nothing is between the checks and the sending."""
        assert item.written is not None
        while True:
            if not await self._time_enough():
                return None
            if item.term == self._office.lease.term:
                break
            await self._office.read_again([item])
            if item.term != self._office.lease.term:
                return None
        self._office.counts["sending"] += 1
        written = item.written
        return await self._office.mailer.send(written.sender, written.recipient, written.message)

    async def _time_enough(self) -> bool:
        """More is left of the lease than sending can take."""
        return await self._office.lease.held() and self._office.lease.left > self._office.mailer.limit

    async def _wait_for_server(self, item: Item, outcome: Unreachable) -> None:
        """No fault of this mail: it stays queued, nothing is reported, and everybody waits a while."""
        self._office.counts["unreachable"] += 1
        if self.reachable:
            log.warning("the mail server cannot be reached: %s", outcome.words)
        self.reachable = False
        self._trouble += 1
        await asyncio.sleep(min(30.0, self._office.pause * 2 ** min(self._trouble - 1, 6)))
        self._office.bag.again(item)
