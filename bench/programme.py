"""What a view of the public programme costs, by somebody who has not seen it before; beside a bare FastAPI application
that answers as many bytes."""

from __future__ import annotations

import asyncio
import gzip
import time
from collections.abc import Callable, Sequence

from bench.figures import Figure, at_most
from bench.floor import floor
from bench.people import Browser
from bench.plan import Plan
from bench.stage import edition, stage

READERS = 4


async def programme(plan: Plan) -> Sequence[Figure]:
    figures = list[Figure]()
    async with stage(plan) as house, floor(house.house.ports.database) as bare:
        for sessions in plan.programme:
            await edition(house, f"bench-{sessions}", sessions=sessions)

            def spent() -> float:
                """By the app and by the database."""
                cpu = house.cpu()
                return cpu["app"] + cpu["database"]

            page = f"/fr/bench-{sessions}/programme"
            made = await _first_view(house.port, page, sessions)
            cost, size, rate = await _views(house.port, page, plan.programme_views, spent)
            least, _, _ = await _views(bare.port, f"/page/{size}", plan.programme_views, lambda: bare.cpu)
            print(f"  {sessions} sessions: made in {made * 1e3:.0f} ms, {size} bytes, {rate:.0f} views a second")
            figures += [
                Figure(f"programme.{sessions}", cost, "ms a view", least, at_most(2)),
                Figure(f"programme.{sessions}.bytes", size, "bytes transferred", None, at_most(60_000)),
            ]
    return figures


async def _first_view(port: int, page: str, sessions: int) -> float:
    """Seconds. Afterwards it is kept as it is until the edition changes. Every session must be on it."""
    browser, began = Browser(port), time.perf_counter()
    _, headers, body = await browser.ask("GET", page)
    took = time.perf_counter() - began
    browser.close()
    shown = gzip.decompress(body) if headers.get(b"content-encoding") == b"gzip" else body
    if missing := [n for n in range(sessions) if f"/sessions/s{n:03}".encode() not in shown]:
        raise AssertionError(f"{page} shows {sessions - len(missing)} of {sessions} sessions")
    return took


async def _views(port: int, page: str, count: int, spent: Callable[[], float]) -> tuple[float, int, float]:
    """CPU milliseconds a view, bytes of one, views a second."""
    await _read(port, page, count // 10)
    before, began = spent(), time.perf_counter()
    size = await _read(port, page, count)
    took, cost = time.perf_counter() - began, spent() - before
    return cost / count * 1000, size, count / took


async def _read(port: int, page: str, count: int) -> int:
    """So many times, by readers who keep nothing: the bytes of one answer, which is always the same."""
    numbers, sizes = iter(range(max(READERS, count))), set[int]()

    async def reads() -> None:
        browser = Browser(port)
        for _ in numbers:
            status, _, body = await browser.ask("GET", page)
            if status != 200:
                raise RuntimeError(f"{page}: {status}")
            sizes.add(len(body))
        browser.close()

    async with asyncio.timeout(60 + count * 0.1), asyncio.TaskGroup() as tasks:
        for _ in range(READERS):
            tasks.create_task(reads())
    [size] = sizes
    return size
