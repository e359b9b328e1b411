from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.kills.stage import Stage, prepare


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made once; a loop runs here already, so in a thread that lives until it is made."""
    path = tmp_path_factory.mktemp("prepared") / "house"
    with ThreadPoolExecutor(1) as aside:
        aside.submit(lambda: asyncio.run(prepare(path))).result()
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
