"""`python -m tests.adapters.dies ADDRESS PREFIX`: a process that stops for ever between its writes and its commit."""

from __future__ import annotations

import asyncio
import sys
import time

from pymongo.monitoring import CommandFailedEvent, CommandListener, CommandStartedEvent, CommandSucceededEvent

from colloque.runtime.store.mongo import MongoStore, connect
from tests.adapters.guests import KINDS, guest, turn


class Stops(CommandListener):
    def started(self, event: CommandStartedEvent) -> None:
        if event.command_name == "commitTransaction":
            print("holding", flush=True)
            time.sleep(3600)

    def succeeded(self, event: CommandSucceededEvent) -> None:
        pass

    def failed(self, event: CommandFailedEvent) -> None:
        pass


async def main(address: str, prefix: str) -> None:
    async with connect(address, listeners=[Stops()]) as client:
        store = MongoStore(client, "guests", prefix)
        await store.open(KINDS)
        await store.commit(turn(await store.counter(), [1], inserts=[guest(1)]))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
