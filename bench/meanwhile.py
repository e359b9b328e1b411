"""Those who come while the house is busy with something else: one after the other at a fixed rate, whatever becomes of
those before them. Each does one thing a visitor or an organiser does, and is timed until the whole answer is there."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from itertools import count
from urllib.parse import urlencode

from bench.people import Browser, token_of
from bench.registration import percentile
from bench.stage import Stage

DOING = ("programme", "session", "form", "list", "grid")
"""Every other form is also sent."""


class Others:
    """`desk`: somebody signed in to the console, as whom all of them come."""

    def __init__(self, house: Stage, edition: str, sessions: Sequence[str], desk: Browser) -> None:
        self._edition, self._sessions, self._organiser, self._desk = edition, sessions, house.organiser, desk
        self._free = list[Browser]()
        self._numbers = count()
        self.seconds: dict[str, list[float]] = defaultdict(list)

    def forget(self) -> list[float]:
        """How long each had to wait since the last time."""
        waited = [one for kind in self.seconds.values() for one in kind]
        self.seconds.clear()
        return waited

    def told(self) -> str:
        return ", ".join(
            f"{what} {percentile(waited, 0.5) * 1e3:.0f}/{max(waited) * 1e3:.0f}"
            for what, waited in sorted(self.seconds.items())
        )

    @asynccontextmanager
    async def coming(self, a_second: float) -> AsyncIterator[None]:
        async with asyncio.TaskGroup() as tasks:
            door = tasks.create_task(self._come(a_second, tasks))
            yield
            door.cancel()
        for browser in self._free:
            browser.close()
        self._free.clear()

    async def _come(self, a_second: float, tasks: asyncio.TaskGroup) -> None:
        began = time.perf_counter()
        for place in count():
            await asyncio.sleep(max(0.0, began + place / a_second - time.perf_counter()))
            tasks.create_task(self._comes(next(self._numbers)))

    async def _comes(self, n: int) -> None:
        browser = self._free.pop() if self._free else self._another()
        await self._does(DOING[n % len(DOING)], n, browser)
        self._free.append(browser)

    def _another(self) -> Browser:
        browser = Browser(self._desk.port)
        browser.cookies.update(self._desk.cookies)
        return browser

    async def _does(self, what: str, n: int, browser: Browser) -> None:
        if what == "list":
            with self._timed(what):
                await self._organiser.get(f"/api/editions/{self._edition}/registrations", limit=50)
            return
        page = await self._asks(what, n, browser)
        if what == "form" and n % 2:
            person = {"who": "self", "given": f"Zoé {n}", "family": "O’Neil-Kérien", "email": f"later{n}@example.org"}
            await self._asks("submit", n, browser, person | {"form_token": token_of(page)})

    async def _asks(self, what: str, n: int, browser: Browser, fields: dict[str, str] | None = None) -> bytes:
        path, body = self._path(what, n), urlencode(fields or {}).encode()
        with self._timed(what):
            status, _, answer = await browser.ask("POST" if fields else "GET", path, body)
        if status not in (200, 303):
            raise RuntimeError(f"{path}: {status} {answer[:500]!r}")
        return answer

    def _path(self, what: str, n: int) -> str:
        if what == "grid":
            return f"/console/{self._edition}/programme"
        if what == "session":
            return f"/fr/{self._edition}/sessions/{self._sessions[n % len(self._sessions)]}"
        return f"/fr/{self._edition}/{'programme' if what == 'programme' else 'register'}"

    @contextmanager
    def _timed(self, what: str) -> Iterator[None]:
        began = time.perf_counter()
        yield
        self.seconds[what].append(time.perf_counter() - began)
