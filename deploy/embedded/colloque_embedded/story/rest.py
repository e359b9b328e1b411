"""Wait until nothing moves any more."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Any

import httpx

from colloque.runtime.rest import numbers, unrest

LOOK = 0.03


async def rest(client: httpx.AsyncClient, within: float = 60) -> Mapping[str, Any]:
    """What the rooms say of themselves once all have said twice that nothing waits."""
    until, before = time.monotonic() + within, None
    while True:
        why, now = "it does not answer", None
        try:
            answer = await client.get("/status")
            rooms: dict[str, Any] = answer.raise_for_status().json()
            why, now = unrest(rooms) or "", numbers(rooms)
            if not why and now == before:
                return rooms
        except httpx.HTTPError:
            pass
        before = None if why else now
        if time.monotonic() > until:
            raise TimeoutError(f"the house is not at rest after {within:.0f} s: {why or 'its numbers still move'}")
        await asyncio.sleep(LOOK)
