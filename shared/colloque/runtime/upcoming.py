"""When something next falls due, as far as this process knows: so that nobody looks for it before."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from colloque.runtime.bell import rung
from colloque.runtime.clock import Clock

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
AHEAD = timedelta(hours=6)
"""So far each look sees what is to come: a clock that is moved on within it asks nobody."""


class Upcoming:
    """`bell` calls for a look: it is rung when something is set to fall due earlier than was known, and when the clock
    moves to where something may be due."""

    def __init__(self, clock: Clock, bell: asyncio.Event) -> None:
        self._clock, self._bell = clock, bell
        self._at: datetime | None = None
        clock.on_move(self._moved)

    def forget(self) -> None:
        """A look begins, and may not come to an end."""
        self._at = None

    def seen(self, at: datetime) -> None:
        """A look has found that nothing falls due before."""
        self._at = min(at, self._at or at)

    def set(self, at: datetime) -> None:
        """Something will fall due then."""
        if self._at is None or at < self._at:
            self._at = at
            self._bell.set()

    async def wait(self, poll: float) -> None:
        """Until there is a reason to look, for `poll` seconds at most."""
        ahead = (self._at - self._clock.now()).total_seconds() if self._at else poll
        await rung(self._bell, max(0.01, min(poll, ahead)))

    def _moved(self) -> None:
        if self._at is None or self._at <= self._clock.now():
            self._bell.set()
