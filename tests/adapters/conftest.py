"""Every database that the store's contract is tested on: memory, the embedded one, and those named by
COLLOQUE_TEST_MONGODB (addresses, separated by spaces)."""

from __future__ import annotations

import asyncio
import itertools
import os
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Protocol

import pytest

from colloque.runtime.store.memory import MemoryStore
from colloque.runtime.store.mongo import Client, MongoStore, connect
from colloque.runtime.store.port import Store
from colloque_embedded.servers.child import Child
from colloque_embedded.servers.database import database, mongodb_address
from colloque_embedded.servers.folder import Folder
from colloque_embedded.servers.ports import Ports
from tests.adapters.guests import KINDS

EMBEDDED = "secantusd-py"
NAMED = os.environ.get("COLLOQUE_TEST_MONGODB", "").split()
_prefixes = itertools.count(1)


class House(Protocol):
    """One room's database, and as many processes on it as a test wants."""

    async def process(self) -> Store: ...


class MemoryHouse:
    def __init__(self) -> None:
        self.store = MemoryStore("guests")

    async def process(self) -> Store:
        await self.store.open(KINDS)
        return self.store


class MongoHouse:
    def __init__(self, client: Client, *, lasting: bool = False) -> None:
        """`lasting`: what is left on the server would stay there."""
        self.client, self.prefix, self.lasting = client, f"test_{os.getpid()}_{next(_prefixes)}_", lasting
        self.stores: list[MongoStore] = []

    async def process(self) -> MongoStore:
        store = MongoStore(self.client, "guests", self.prefix)
        self.stores.append(store)
        await store.open(KINDS)
        return store

    async def end(self) -> None:
        for store in self.stores:
            await store.close()
        if self.lasting:
            await self.client.drop_database(f"{self.prefix}guests")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Child]:
    with started(tmp_path_factory.mktemp("database")) as child:
        yield child


class started:  # noqa: N801 - reads as a verb
    """The embedded database, in a folder of its own."""

    def __init__(self, path: Path) -> None:
        self.folder = Folder(path)

    def __enter__(self) -> Child:
        self.folder.take()
        self.child = database(self.folder, Ports.free().database)
        self.child.launch()
        with ThreadPoolExecutor() as aside:  # a test that asks for it has a loop running here already
            aside.submit(lambda: asyncio.run(self.child.ready())).result()
        return self.child

    def __exit__(self, *_: object) -> None:
        self.child.kill()
        self.folder.leave()


@pytest.fixture(params=[EMBEDDED, *NAMED])
def address(request: pytest.FixtureRequest) -> str:
    """Of each real server."""
    if request.param == EMBEDDED:
        return mongodb_address(request.getfixturevalue("server").port)
    return str(request.param)


@pytest.fixture
async def mongo(address: str) -> AsyncIterator[MongoHouse]:
    async with connect(address) as client:
        house = MongoHouse(client, lasting=address in NAMED)
        yield house
        await house.end()


@pytest.fixture(params=["memory", EMBEDDED, *NAMED])
async def house(request: pytest.FixtureRequest) -> AsyncIterator[House]:
    if request.param == "memory":
        yield MemoryHouse()
        return
    named = request.param != EMBEDDED
    async with connect(request.param if named else mongodb_address(request.getfixturevalue("server").port)) as client:
        house = MongoHouse(client, lasting=named)
        yield house
        await house.end()


@pytest.fixture
async def store(house: House) -> Store:
    return await house.process()
