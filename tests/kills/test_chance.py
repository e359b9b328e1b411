"""All of it together, as chance has it."""

import asyncio
import random
from collections.abc import Awaitable, Callable

import pytest

from colloque_embedded.faults import Fault
from colloque_embedded.servers import Child
from tests.kills.account import account
from tests.kills.crowd import Crowd
from tests.kills.mischief import Mischief
from tests.kills.stage import Stage

pytestmark = [pytest.mark.kills, pytest.mark.timeout(300)]

TAKEN = 4


@pytest.mark.parametrize("seed", [2018])
async def test_the_house_survives_whatever_comes_in_whatever_order(stage: Stage, seed: int) -> None:
    chance, servers = random.Random(seed), stage.servers
    crowd, mischief = Crowd(stage, seed=seed), Mischief(servers.kafka, seed)

    async def break_child(child: Child) -> None:
        child.kill()
        await asyncio.sleep(chance.uniform(0, 1.5))
        await child.start()

    async def break_rooms() -> None:
        await stage.kill_rooms()
        await asyncio.sleep(chance.uniform(0, 1))
        await stage.start_rooms()

    async def break_everything() -> None:
        servers.database.kill()
        servers.broker.kill()
        await stage.kill_rooms()
        await asyncio.gather(servers.database.start(), servers.broker.start())
        await stage.start_rooms()

    async def break_mails() -> None:
        await servers.faults.set(
            Fault("refuse", times=chance.randrange(1, 4)),
            Fault("stall", times=1),
            Fault("close", times=chance.randrange(1, 4)),
            Fault("take_and_close", times=TAKEN),
        )

    breaks: list[Callable[[], Awaitable[None]]] = [
        lambda: break_child(servers.broker),
        lambda: break_child(servers.database),
        break_rooms,
        break_everything,
        break_mails,
        lambda: mischief.write(mischief.junk()),
    ]
    chance.shuffle(breaks)
    async with mischief.echo(), asyncio.TaskGroup() as tasks:
        tasks.create_task(crowd.come(range(140)))
        for number, breaks_something in enumerate(breaks, 1):
            await crowd.until(20 * number)
            await breaks_something()
    assert mischief.echoed > 0
    await account(stage, crowd, repeats=TAKEN)
