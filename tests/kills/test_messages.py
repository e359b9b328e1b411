"""What comes twice, out of order, unreadable, or in words that nobody knows."""

import asyncio
from pathlib import Path

import pytest

from tests.kills.account import account
from tests.kills.crowd import Crowd
from tests.kills.mischief import Mischief, forged, letters_of
from tests.kills.stage import Stage

pytestmark = [pytest.mark.kills, pytest.mark.timeout(300)]


async def test_what_is_delivered_twice_and_late_is_handled_once(folder: Path) -> None:
    """The broker keeps everything: whoever repeats it has to hear it first."""
    async with Stage(folder, {"COLLOQUE_EMBEDDED_BROKER_KEEPS": "1000000"}).standing() as stage:
        crowd, mischief = Crowd(stage), Mischief(stage.servers.kafka, seed=1)
        async with mischief.echo():
            await crowd.come(range(80))
            await stage.rest()
            await asyncio.sleep(1)  # the last echoes
        assert mischief.echoed > 80 * 8
        await account(stage, crowd)


async def test_what_arrives_backwards_is_handled_in_order(stage: Stage) -> None:
    """The broker holds only what we wrote: every fact of registration, the last one first, each twice."""
    crowd = Crowd(stage, only_submits=lambda _: True)
    stage.servers.broker.kill()
    await crowd.come(range(40))
    await stage.kill_rooms()
    await stage.servers.broker.start()
    mischief = Mischief(stage.servers.kafka, seed=2)
    await mischief.make_topics()
    letters = await letters_of(stage, "registration", "registration")
    assert len(letters) > 40
    await mischief.write(letter for one in reversed(letters) for letter in (one, one))
    await stage.start_rooms()
    await account(stage, crowd)


async def test_what_cannot_be_read_harms_nobody(stage: Stage) -> None:
    crowd, mischief = Crowd(stage), Mischief(stage.servers.kafka, seed=3)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(crowd.come(range(60)))
        for count in (10, 30, 50):
            await crowd.until(count)
            await mischief.write(mischief.junk())
    await account(stage, crowd)


async def test_a_fact_in_garbled_words_is_parked_and_one_of_unknown_type_passed_over(stage: Stage) -> None:
    """On a stream that scheduling has not used yet: there a forged message is the next one for its readers."""
    crowd, mischief = Crowd(stage), Mischief(stage.servers.kafka, seed=4)
    ends = (await stage.rest())["scheduling"]["ends"]
    unused = next(where for where in range(12) if f"scheduling/{where}" not in ends)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(crowd.come(range(40)))
        await crowd.until(10)
        await mischief.write(
            [
                forged("scheduling", unused, 1, "edition.opened.v1", b'{"edition": '),
                forged("scheduling", unused, 2, "edition.sung.v9", b'{"song": "alouette"}'),
            ]
        )
    status = await stage.rest()
    stream = f"scheduling/scheduling/{unused}"
    for room in ("registration", "notifications", "traces"):
        assert tuple(status[room]["marks"][stream]) == (1, 2, 2), room
    assert status["registration"]["parked"] == 1
    assert "follow_edition/nobody" in await stage.rooms.order("registration", "parked", "list")
    await account(stage, crowd, parked=["forged-1"])
