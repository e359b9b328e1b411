"""`python -m tests.adapters.dies ADDRESS PREFIX`: a process that stops for ever between its writes and its commit."""

from __future__ import annotations

import asyncio
import sys

from colloque.runtime.store.mongo import MongoStore, connect
from tests.adapters.guests import KINDS, guest, turn


class Stuck(MongoStore):
    async def _settle(self) -> None:
        print("holding", flush=True)
        await asyncio.sleep(3600)


async def main(address: str, prefix: str) -> None:
    async with connect(address) as client:
        store = Stuck(client, "guests", prefix)
        await store.open(KINDS)
        await store.commit(turn(await store.counter(), [1], inserts=[guest(1)]))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
