"""One town and one Chromium for the whole run. Playwright's own loop runs in this thread, so whatever of ours is
asynchronous runs in another."""

import asyncio
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import pytest
from playwright.sync_api import Browser, sync_playwright

from colloque_embedded.story import HouseProcess
from colloque_embedded.story.process import free_row
from tests.browser.town import BEGINS, SETTINGS, Town

T = TypeVar("T")
_ELSEWHERE = ThreadPoolExecutor(1)


def apart(work: Coroutine[Any, Any, T]) -> T:
    return _ELSEWHERE.submit(asyncio.run, work).result()


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    house = HouseProcess(tmp_path_factory.mktemp("town"), free_row(), at=BEGINS, settings=SETTINGS)
    town = Town(house)

    async def settle() -> None:
        house.start()
        await house.ready()
        await town.settle()

    try:
        apart(settle())
        yield town
    finally:
        apart(house.stop())


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield browser
        browser.close()
