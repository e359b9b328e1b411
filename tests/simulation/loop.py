"""An event loop whose time is its own: nothing waits for real, and the same seed gives the same run."""

from __future__ import annotations

import asyncio
import contextvars
from collections import deque
from collections.abc import Callable
from heapq import heappop, heappush
from typing import TypeVarTuple

Ts = TypeVarTuple("Ts")


class NothingWillHappen(RuntimeError):
    """Everybody waits, and no time is set for anything."""


class VirtualLoop(asyncio.BaseEventLoop):
    """Single thread, no sockets, no files. Waiting is only a step of the clock. What a callback raises ends the run."""

    _ready: deque[asyncio.Handle]

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.events = 0
        self._later: list[tuple[float, int, asyncio.TimerHandle]] = []
        self._count = 0

    def time(self) -> float:
        return self.now

    def call_soon(
        self,
        callback: Callable[[*Ts], object],
        *args: *Ts,
        context: contextvars.Context | None = None,
    ) -> asyncio.Handle:
        handle = asyncio.Handle(callback, args, self, context)
        self._ready.append(handle)
        return handle

    def call_at(
        self,
        when: float,
        callback: Callable[[*Ts], object],
        *args: *Ts,
        context: contextvars.Context | None = None,
    ) -> asyncio.TimerHandle:
        handle = asyncio.TimerHandle(when, callback, args, self, context)
        self._count += 1
        heappush(self._later, (when, self._count, handle))
        return handle

    def call_later(
        self,
        delay: float,
        callback: Callable[[*Ts], object],
        *args: *Ts,
        context: contextvars.Context | None = None,
    ) -> asyncio.TimerHandle:
        return self.call_at(self.now + delay, callback, *args, context=context)

    def _run_once(self) -> None:
        ready, later = self._ready, self._later
        if not ready:
            while later and later[0][2].cancelled():
                heappop(later)
            if not later:
                raise NothingWillHappen
            self.now = max(self.now, later[0][0])
            while later and later[0][0] <= self.now:
                ready.append(heappop(later)[2])
        for _ in range(len(ready)):
            handle = ready.popleft()
            if not handle.cancelled():
                self.events += 1
                handle._context.run(handle._callback, *handle._args)  # type: ignore[attr-defined]

    def _write_to_self(self) -> None:
        pass
