"""What pages and the API read: what stands now, without a turn."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, TypeVar, cast

from colloque.runtime.handling import Committed
from colloque.runtime.store.port import Down, Fetched, Store
from colloque.runtime.warm import Warm
from colloque.runtime.work import Document, Key

D = TypeVar("D", bound=Document)

GLANCE, ALONE = 1.0, 5.0
"""Seconds that what a page only shows may be old; and where no other process of the room is at work: what this one
commits is seen at once."""
MANY = 10_000
"""Documents remembered for a glance, before all are forgotten."""


class Seen(NamedTuple):
    at: float
    document: Document | None


class Reads:
    """Those who ask by id while a reading is under way share the next one: one query a collection, whoever asks.
    `warm`: what the desk knows to stand without asking, where no other process of the room is at work."""

    def __init__(self, store: Store, warm: Warm | None = None) -> None:
        self._store, self._warm, self._age = store, warm, GLANCE if warm is None else ALONE
        self._asked: set[Key] = set()
        self._next: asyncio.Task[Fetched] | None = None
        self._current: asyncio.Task[Fetched] | None = None
        self._glanced: dict[Key, Seen] = {}
        self._looks = 0
        self._renewing: asyncio.Task[None] | None = None

    def follow(self, committed: Committed) -> None:
        """What this process commits is seen in the next glance."""
        now = asyncio.get_running_loop().time()
        for key, document in committed.documents.items():
            if self._looks or key in self._glanced:
                self._glanced[key] = Seen(now, document)

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
        """As `all`, up to a second old. Whoever asks in the second half of that time has it read again for those who
        come after, and does not wait for it."""
        keys: list[Key] = [(kind, id) for id in ids]
        now = asyncio.get_running_loop().time()
        seen = {key: one for key in keys if (one := self._glanced.get(key)) and now - one.at < self._age}
        if late := [key for key in keys if key not in seen]:
            seen |= await self._look(late)
        elif self._renewing is None and (old := [key for key in keys if now - seen[key].at >= self._age / 2]):
            self._renewing = asyncio.create_task(self._renew(old))
        return cast("list[D | None]", [seen[key].document for key in keys])

    async def _renew(self, keys: Sequence[Key]) -> None:
        try:
            await self._look(keys)
        except Down:
            pass  # the next one waits, and is told
        finally:
            self._renewing = None

    async def _look(self, keys: Sequence[Key]) -> dict[Key, Seen]:
        """What has been committed here meanwhile is not older than what was read."""
        began = asyncio.get_running_loop().time()
        self._looks += 1
        try:
            read = {key: Seen(began, document) for key, document in zip(keys, await self._see(keys), strict=True)}
        finally:
            self._looks -= 1
        newer = {key: known for key in keys if (known := self._glanced.get(key)) and known.at > began}
        if len(self._glanced) > MANY:
            self._glanced.clear()
        seen = read | newer
        self._glanced.update(seen)
        return seen

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
