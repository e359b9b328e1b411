"""What pages and the API read: what stands now, without a turn."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any, TypeVar, cast

from colloque.runtime.store.port import Fetched, Store
from colloque.runtime.warm import Warm
from colloque.runtime.work import Document, Key

D = TypeVar("D", bound=Document)

GLANCE = 1.0
"""Seconds that what a page only shows may be old."""
MANY = 10_000
"""Documents remembered for a glance, before all are forgotten."""


class Reads:
    """Those who ask by id while a reading is under way share the next one: one query a collection, whoever asks.
    `warm`: what the desk knows to stand without asking, where no other process of the room is at work."""

    def __init__(self, store: Store, warm: Warm | None = None) -> None:
        self._store, self._warm = store, warm
        self._asked: set[Key] = set()
        self._next: asyncio.Task[Fetched] | None = None
        self._current: asyncio.Task[Fetched] | None = None
        self._glanced: dict[Key, tuple[float, Document | None]] = {}

    async def get(self, kind: type[D], id: str) -> D | None:
        return (await self.all(kind, (id,)))[0]

    async def all(self, kind: type[D], ids: Iterable[str]) -> list[D | None]:
        """In the order asked for; None for those who are not there."""
        keys: list[Key] = [(kind, id) for id in ids]
        return cast("list[D | None]", await self._see(keys)) if keys else []

    async def find(self, kind: type[D], **equal: Any) -> list[D]:
        return await self._store.find(kind, **equal)

    async def window(
        self, kind: type[D], *, low: Any, high: Any, reverse: bool = False, limit: int = 0, **equal: Any
    ) -> list[D]:
        return await self._store.window(kind, low=low, high=high, reverse=reverse, limit=limit, **equal)

    async def glance(self, kind: type[D], id: str) -> D | None:
        return (await self.glance_all(kind, (id,)))[0]

    async def glance_all(self, kind: type[D], ids: Iterable[str]) -> list[D | None]:
        """As `all`, up to a second old."""
        keys: list[Key] = [(kind, id) for id in ids]
        now = asyncio.get_running_loop().time()
        known = {key: glanced[1] for key in keys if (glanced := self._glanced.get(key)) and now < glanced[0]}
        if late := [key for key in keys if key not in known]:
            seen = dict(zip(late, await self._see(late), strict=True))
            if len(self._glanced) > MANY:
                self._glanced.clear()
            self._glanced.update((key, (now + GLANCE, document)) for key, document in seen.items())
            known |= seen
        return cast("list[D | None]", [known[key] for key in keys])

    async def _see(self, keys: Sequence[Key]) -> list[Document | None]:
        known = self._warm.known(keys) if self._warm is not None else {}
        if len(known) < len(keys):
            known |= await self._read([key for key in keys if key not in known])
        return [known[key] for key in keys]

    async def _read(self, keys: Sequence[Key]) -> dict[Key, Document | None]:
        self._asked.update(keys)
        if self._next is None:
            self._next = asyncio.create_task(self._read_after(self._current))
        fetched = await asyncio.shield(self._next)
        return {key: fetched.documents[key] for key in keys}

    async def _read_after(self, current: asyncio.Task[Fetched] | None) -> Fetched:
        if current is not None and not current.done():
            await asyncio.wait([current])
        asked, self._asked = self._asked, set()
        self._current, self._next = self._next, None
        return await self._store.fetch(asked)
