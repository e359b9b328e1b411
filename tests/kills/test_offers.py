"""Places are given up and offered while parts of the house die: each finds one taker, each offer ends once."""

import asyncio
from datetime import timedelta

import pytest

from tests.kills.account import account
from tests.kills.crowd import Crowd
from tests.kills.stage import Victim
from tests.kills.takers import How, Takers, account_of_offers

pytestmark = [pytest.mark.kills, pytest.mark.timeout(300)]

GIVEN_UP = 18
ANSWERS: tuple[How, ...] = ("accept", "leave", "accept", "later")


@pytest.mark.parametrize("victim", ["rooms", "database", "broker"])
async def test_every_place_that_is_given_up_finds_one_taker_whatever_dies_meanwhile(
    full: Crowd, victim: Victim
) -> None:
    stage, takers = full.stage, Takers(full)

    # Eighteen give their places up at once; in the middle of it something dies.
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(takers.cancel(full.people[:GIVEN_UP]))
        await takers.until(GIVEN_UP // 3)
        await stage.kill(victim)
    await stage.rest()
    offers = takers.offers()
    assert len(offers) == GIVEN_UP

    # Those who are asked take it (twice over), leave it to the next, or leave; newcomers want a place too.
    answers = [(person, mail, ANSWERS[n % len(ANSWERS)]) for n, (person, mail) in enumerate(offers)]
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(takers.answer(answers))
        tasks.create_task(full.come(range(len(full.people), len(full.people) + 6)))
        await takers.until(GIVEN_UP + GIVEN_UP // 3)
        await stage.kill(victim)
    await stage.rest()
    passed_on = takers.offers()
    assert len(passed_on) == sum(how != "accept" for _, _, how in answers)
    await takers.answer([(person, mail, "accept") for person, mail in passed_on])

    await account(stage, full)
    assert await account_of_offers(stage) == GIVEN_UP + len(passed_on)


async def test_what_ends_while_the_rooms_are_down_is_passed_on_once_they_stand_again(full: Crowd) -> None:
    """Those who are asked keep silent for 48 hours, in which the rooms are killed and away."""
    stage, takers = full.stage, Takers(full)
    await takers.cancel(full.people[:GIVEN_UP])
    await stage.rest()
    await takers.answer([(person, mail, "silence") for person, mail in takers.offers()])
    await stage.kill_rooms()
    await stage.start_rooms(later=timedelta(hours=48, minutes=5))
    await stage.rest()
    offers = takers.offers()
    assert len(offers) == GIVEN_UP
    await takers.answer([(person, mail, "accept") for person, mail in offers])

    await account(stage, full)
    assert await account_of_offers(stage) == 2 * GIVEN_UP
