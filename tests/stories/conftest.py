"""Two houses for all the stories: one whose form has just opened, one that 853 people have filled."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from colloque_embedded.story.figures import registers
from tests.stories.houses import FullHouse, OpenHouse, opened

IN_ORDER = (
    *("test_story_a1", "test_speakers_answer", "test_the_line"),
    *("test_speakers_of_nec18", "test_the_whole_story", "test_story_a2", "test_story_a3"),
    *("test_every_calendar", "test_no_names_leave"),
)
"""So the stories are told: a house goes on from each to the next, and at last all that they left behind is searched."""
standing: list[OpenHouse] = []
"""Those of the first stories. They end where the next begin: a house at rest still takes its share of the machine."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Both houses live in one loop; whoever is first waits for a house to fill."""
    here = [item for item in items if Path(__file__).parent in item.path.parents]
    here.sort(key=lambda item: IN_ORDER.index(item.path.stem))
    items[:] = [*here, *(item for item in items if Path(__file__).parent not in item.path.parents)]
    for item in here:
        if isinstance(item, pytest.Function) and inspect.iscoroutinefunction(item.function):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)
        item.add_marker(pytest.mark.timeout(1200))


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def open_house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[OpenHouse]:
    async with opened(tmp_path_factory.mktemp("open") / "var") as here:
        standing.append(here)
        yield here


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def full_house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[FullHouse]:
    for done in standing:
        await done.close()
    async with opened(tmp_path_factory.mktemp("full") / "var") as here:
        played = await here.play.fill()
        found = await registers(here.organiser, here.inbox, here.data)
        yield FullHouse(**{**vars(here), "read": len(here.inbox.mails)}, played=played, found=found)
