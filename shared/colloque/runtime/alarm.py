"""The alarm hands due timers to the desk (journal.md §7). Its lease saves work: the desk reads each timer again in the
turn that fires it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from colloque.runtime.desk import Bug, Committed, Desk
from colloque.runtime.lease import Lease
from colloque.runtime.store.port import Down
from colloque.runtime.upcoming import AHEAD, BEGINNING, Upcoming
from colloque.runtime.work import Timer

log = logging.getLogger(__name__)

PAGE = 200


class Alarm:
    """Woken by commits of this process that set a timer, by the clock when it moves, and by a slow poll."""

    def __init__(self, desk: Desk, lease: Lease, *, poll: float = 2.0) -> None:
        self.desk, self.lease, self.poll = desk, lease, poll
        self._bell = asyncio.Event()
        self._upcoming = Upcoming(desk.clock, self._bell)
        self._in_hand: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._sick: dict[tuple[str, str], tuple[int, float]] = {}
        """Timers whose step has a bug: how often, and until when they are left alone (loop time)."""
        desk.after_commit(self._committed)

    async def due(self) -> bool:
        """Is any timer due now, whoever will hand it in?"""
        return bool(await self.desk.store.window(Timer, low=BEGINNING, high=self.desk.clock.now(), limit=1))

    async def run(self) -> None:
        try:
            while True:
                self._bell.clear()
                self._upcoming.forget()  # whoever holds the lease sees to what falls due until the next look
                try:
                    if await self.lease.held():
                        await self._ring_what_is_due()
                except Down:
                    pass
                await self._upcoming.wait(self.poll)
        finally:
            for task in self._in_hand.values():
                task.cancel()

    def _committed(self, committed: Committed) -> None:
        for document in committed.documents.values():
            if isinstance(document, Timer):
                self._upcoming.set(document.at)

    async def _ring_what_is_due(self) -> None:
        now = self.desk.clock.now()
        size = PAGE + len(self._in_hand) + len(self._sick)
        timers = await self.desk.store.window(Timer, low=BEGINNING, high=now + AHEAD, limit=size)
        for timer in timers:
            if timer.at <= now:
                self._ring(timer)
        self._upcoming.seen(next((timer.at for timer in timers if timer.at > now), now + AHEAD))

    def _ring(self, timer: Timer) -> None:
        loop, key = asyncio.get_running_loop(), (timer.id, timer.set_by)
        if key in self._in_hand or self._sick.get(key, (0, 0.0))[1] > loop.time():
            return
        self._in_hand[key] = task = loop.create_task(self._hand_in(key, timer))
        task.add_done_callback(self._handed_in(key))

    def _handed_in(self, key: tuple[str, str]) -> Callable[[asyncio.Task[None]], None]:
        def done(_: asyncio.Task[None]) -> None:
            del self._in_hand[key]
            if not self._in_hand:
                self._bell.set()  # there may be more than one page

        return done

    async def _hand_in(self, key: tuple[str, str], timer: Timer) -> None:
        """A step with a bug keeps its timer: it is tried again, ever more slowly, to once an hour."""
        try:
            await self.desk.ring(timer)
            self._sick.pop(key, None)
        except Bug:
            times = self._sick.get(key, (0, 0.0))[0] + 1
            delay = min(3600.0, 2.0**times)
            self._sick[key] = times, asyncio.get_running_loop().time() + delay
            log.error("timer %s stays: its step has a bug", timer.id, extra={"story": timer.story})
