"""Two houses for all the stories: one whose form has just opened, one that 853 people have filled."""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import pytest
import pytest_asyncio

from colloque_embedded.story.figures import Registers, registers
from colloque_embedded.story.inbox import Inbox, Mail
from colloque_embedded.story.nec18 import Nec18
from colloque_embedded.story.organiser import Organiser, sign_up
from colloque_embedded.story.play import BEGINS, Play, Played
from colloque_embedded.story.process import HouseProcess, free_row
from colloque_embedded.story.visitor import Visitor

T = TypeVar("T")
SETTINGS = {"COLLOQUE_MIN_FILL_SECONDS": "0", "COLLOQUE_FORM_BURST": "0", "COLLOQUE_API_BURST": "0"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Both houses live in one loop; whoever is first waits for a house to fill."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            if isinstance(item, pytest.Function) and inspect.iscoroutinefunction(item.function):
                item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)
            item.add_marker(pytest.mark.timeout(1200))


@dataclass
class OpenHouse:
    """Release 1 is out and registration has just opened; nobody has come."""

    house: HouseProcess
    organiser: Organiser
    inbox: Inbox
    data: Nec18
    play: Play
    visitors: list[Visitor] = field(default_factory=list)
    prepared: int = 0
    """The last mail of the preparations: speakers, who may register too, have got some."""

    async def mails_to(self, address: str) -> list[Mail]:
        """Since registration is open."""
        return [mail for mail in await self.inbox.to(address) if mail.n > self.prepared]

    def visitor(self, locale: str = "fr") -> Visitor:
        """Somebody new, who is seen out when the house closes."""
        self.visitors.append(Visitor(self.house.url, None, locale))
        return self.visitors[-1]


@dataclass(kw_only=True)
class FullHouse(OpenHouse):
    """850 are confirmed and three stand in line; nobody has cancelled."""

    played: Played
    found: Registers


async def eventually(read: Callable[[], Awaitable[T]], wanted: T, within: float = 5) -> None:
    """What pages only show may be up to a second old."""
    until = time.monotonic() + within
    while True:
        found = await read()
        if found == wanted:
            return
        assert time.monotonic() < until, found
        await asyncio.sleep(0.05)


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[OpenHouse]:
    house = HouseProcess(folder, free_row(), at=BEGINS, settings=SETTINGS)
    house.start()
    try:
        await house.ready()
        data = Nec18()
        told = data.organiser
        organiser = await sign_up(house, told["given"], told["family"], told["email"])
        inbox = Inbox(organiser.client)
        play = Play(organiser, inbox, data)
        await play.prepare()
        here = OpenHouse(house, organiser, inbox, data, play, prepared=(await inbox.all())[-1].n)
        yield here
        for visitor in here.visitors:
            await visitor.leave()
        await organiser.leave()
    finally:
        await house.stop()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def open_house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[OpenHouse]:
    async with opened(tmp_path_factory.mktemp("open") / "var") as here:
        yield here


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def full_house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[FullHouse]:
    async with opened(tmp_path_factory.mktemp("full") / "var") as here:
        played = await here.play.fill()
        found = await registers(here.organiser, here.inbox, here.data)
        yield FullHouse(**vars(here), played=played, found=found)
