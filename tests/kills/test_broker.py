"""The broker keeps everything in memory: killed, it has forgotten all, topics included. What it forgets the journals
know."""

import asyncio

import pytest

from tests.kills.account import account
from tests.kills.crowd import Crowd
from tests.kills.stage import Stage

pytestmark = [pytest.mark.kills, pytest.mark.timeout(300)]


async def test_a_broker_killed_in_the_middle_of_200_registrations_costs_nobody_anything(stage: Stage) -> None:
    crowd = Crowd(stage, only_submits=lambda person: person.number >= 200)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(crowd.come(range(200)))
        await crowd.until(100)
        stage.servers.broker.kill()
        await crowd.come(range(200, 212))  # forms are accepted while the broker is away
        await stage.servers.broker.start()
    await account(stage, crowd)


async def test_a_broker_wiped_again_and_again_is_told_everything_again(stage: Stage) -> None:
    crowd = Crowd(stage)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(crowd.come(range(80)))
        for count in (20, 40, 60):
            await crowd.until(count)
            stage.servers.broker.kill()
            await stage.servers.broker.start()
    await account(stage, crowd)


async def test_a_house_whose_broker_is_new_and_whose_rooms_are_killed_too_starts_from_its_journals(
    stage: Stage,
) -> None:
    crowd = Crowd(stage, only_submits=lambda _: True)
    stage.servers.broker.kill()
    await crowd.come(range(40))
    await stage.kill_rooms()
    await stage.servers.broker.start()
    await stage.start_rooms()
    await account(stage, crowd)
