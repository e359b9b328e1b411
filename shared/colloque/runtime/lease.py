"""Who does it now? One document a job: its holder, and until when. Whoever has it, or finds it run out, has it on.

A lease saves work (relay, alarm) or is the claim (postman): then nothing begins that may last longer than what is
`left` of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Any

from colloque.runtime.store.port import Store


class Lease:
    """`term` rises each time the lease is gained anew: within one term nobody else has had it. `values` are kept with
    the lease and travel in the write that renews it (the relay's mark)."""

    def __init__(
        self, store: Store, name: str, holder: str, clock: Callable[[], float] = time.time, seconds: float = 30.0
    ) -> None:
        self.store, self.name, self.holder, self.seconds = store, name, holder, seconds
        self.term = 0
        self.values: dict[str, Any] = {}
        self._clock = clock
        self._until = self._since = 0.0
        self._one_at_a_time = asyncio.Lock()

    @property
    def left(self) -> float:
        """Seconds until it runs out, 0 when it is not ours."""
        return max(0.0, self._until - self._clock())

    @property
    def age(self) -> float:
        """Seconds since this term began, 0 when it is not ours."""
        return self._clock() - self._since if self.left > 0 else 0.0

    async def held(self) -> bool:
        """Ours? Asks the database when less than half of it is left. Raises Down, and stands as it stood."""
        if self.left > self.seconds / 2:
            return True
        async with self._one_at_a_time:
            return self.left > self.seconds / 2 or await self._write({})

    async def keep(self, values: Mapping[str, Any]) -> bool:
        """Renews it at once, and these values with it."""
        async with self._one_at_a_time:
            return await self._write(values)

    async def release(self) -> None:
        """Nobody has to wait until it runs out."""
        async with self._one_at_a_time:
            if self.left > 0:
                now = self._clock()
                self._until = 0.0
                await self.store.lease(self.name, self.holder, now, now, {})

    async def _write(self, values: Mapping[str, Any]) -> bool:
        now = self._clock()
        until = now + self.seconds
        before = await self.store.lease(self.name, self.holder, now, until, values)
        if before is None:
            self._until = 0.0
            return False
        answered = self._clock()
        if answered >= self._until:  # it had run out before this was certainly written: somebody may have had it
            self.term += 1
            self._since = answered
        self._until, self.values = until, {**before, **values}
        return True
