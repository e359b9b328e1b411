"""To wait for a bell, and not for ever."""

from __future__ import annotations

import asyncio


async def rung(bell: asyncio.Event, seconds: float | None) -> bool:
    """Waits for the bell, but not longer than that. False: time ran out."""
    try:
        async with asyncio.timeout(seconds):
            await bell.wait()
    except TimeoutError:
        return False
    return True
