"""Each room alone, by its own command, against the same broker and database."""

from pathlib import Path

import pytest

from tests.kills.account import account
from tests.kills.apart import Apart
from tests.kills.crowd import Crowd

pytestmark = [pytest.mark.kills, pytest.mark.timeout(300)]


async def test_rooms_apart_tell_the_story_and_two_processes_of_one_share_its_work(folder: Path) -> None:
    async with Apart(folder).standing() as stage:
        crowd, replicas = Crowd(stage), stage.of("notifications")
        for start in range(0, 60, 20):
            await crowd.come(range(start, start + 20))
        for process in replicas:
            assert sum((await process.status())["turns"].values()) > 0, "one of them has nothing to do"
        await stage.rest()
        await replicas[1].stop()
        stage.processes.remove(replicas[1])
        await crowd.come(range(60, 80))
        await account(stage, crowd)
