"""The rooms' process is killed in the middle of what it does."""

import asyncio

import pytest

from tests.kills.account import account
from tests.kills.crowd import Crowd
from tests.kills.stage import Stage

pytestmark = [pytest.mark.kills, pytest.mark.timeout(300)]


async def test_rooms_killed_twice_lose_nothing_that_was_acknowledged(stage: Stage) -> None:
    crowd = Crowd(stage)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(crowd.come(range(120)))
        for count in (30, 80):
            await crowd.until(count)
            await stage.kill_rooms()
            await stage.start_rooms()
    await account(stage, crowd)
