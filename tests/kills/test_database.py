"""The database is killed: what it had acknowledged is on its disk, and nothing else was ever told to anybody."""

import asyncio

import pytest

from tests.kills.account import account
from tests.kills.crowd import Crowd
from tests.kills.stage import Stage

pytestmark = [pytest.mark.kills, pytest.mark.timeout(300)]


async def test_a_database_killed_twice_keeps_what_was_acknowledged(stage: Stage) -> None:
    crowd = Crowd(stage)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(crowd.come(range(120)))
        for count in (30, 80):
            await crowd.until(count)
            stage.servers.database.kill()
            await asyncio.sleep(1)  # as long as somebody takes to notice
            await stage.servers.database.start()
    await account(stage, crowd)
