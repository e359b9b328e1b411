"""An event loop whose time is its own: nothing waits for real, and the same seed gives the same run."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable
from typing import Any


class NothingWillHappen(RuntimeError):
    """Everybody waits, and no time is set for anything."""


class _Patience:
    """Instead of a selector: waiting is only a step of the clock."""

    def __init__(self, loop: VirtualLoop) -> None:
        self._loop = loop

    def select(self, timeout: float | None) -> list[Any]:
        if timeout is None:
            raise NothingWillHappen
        self._loop.now += timeout
        return []

    def close(self) -> None:
        pass


class VirtualLoop(asyncio.BaseEventLoop):
    """Single thread, no sockets, no files."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.events = 0
        self._selector = _Patience(self)
        self._clock_resolution = 1e-9

    def time(self) -> float:
        return self.now

    def call_soon(
        self, callback: Callable[..., Any], *args: Any, context: contextvars.Context | None = None
    ) -> asyncio.Handle:
        self.events += 1
        return super().call_soon(callback, *args, context=context)

    def _process_events(self, event_list: list[Any]) -> None:
        pass

    def _write_to_self(self) -> None:
        pass
