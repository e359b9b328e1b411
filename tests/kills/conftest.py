from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.kills.crowd import Crowd
from tests.kills.stage import Stage, prepare

PLACES, IN_LINE = 200, 40


def made_aside(making: Coroutine[Any, Any, None]) -> None:
    """A loop runs here already, so in a thread that lives until it is made."""
    with ThreadPoolExecutor(1) as aside:
        aside.submit(lambda: asyncio.run(making)).result()


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("prepared") / "house"
    made_aside(prepare(path))
    return path


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    async def fill(stage: Stage) -> None:
        crowd = Crowd(stage)
        await crowd.come(range(PLACES))
        await crowd.come(range(PLACES, PLACES + IN_LINE))

    path = tmp_path_factory.mktemp("filled") / "house"
    made_aside(prepare(path, places=PLACES, seats=PLACES, then=fill))
    return path


@pytest.fixture
def folder(prepared: Path, tmp_path: Path) -> Path:
    path = tmp_path / "house"
    shutil.copytree(prepared, path)
    return path


@pytest.fixture
async def stage(folder: Path) -> AsyncIterator[Stage]:
    async with Stage(folder).standing() as stage:
        yield stage


@pytest.fixture
async def full(filled: Path, tmp_path: Path) -> AsyncIterator[Crowd]:
    """The first 200 hold a place, the last 40 stand in line."""
    path = tmp_path / "full"
    shutil.copytree(filled, path)
    async with Stage(path, places=PLACES, seats=PLACES).standing() as stage:
        crowd = Crowd(stage)
        crowd.known(range(PLACES + IN_LINE))
        yield crowd
