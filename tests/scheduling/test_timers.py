"""What the clock does by itself."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from colloque.contracts.scheduling import EditionClosed, EditionFact, EditionOpened, RegistrationClosed
from colloque.runtime.work import Timer
from colloque_scheduling.domain.programme.edition import Edition
from tests.scheduling import nec18
from tests.scheduling.house import House, nec18_as

NEC = "/api/editions/nec-2018"


@pytest.fixture
async def house() -> AsyncIterator[House]:
    async with nec18_as("planned") as house:
        yield house


def told(house: House) -> list[type[EditionFact]]:
    return [type(fact) for fact in house.said(EditionFact)][1:]


def state(house: House) -> str:
    return house.docs(Edition)["nec-2018"].state


async def test_registration_closes_by_itself_at_its_hour(house: House) -> None:
    await house.post(f"{NEC}/open")

    await house.until(nec18.wall("2018-09-12T19:59"))
    assert state(house) == "open"
    await house.until(nec18.wall("2018-09-12T20:00"))

    assert state(house) == "closed_registration"
    [closed] = house.said(RegistrationClosed)
    assert closed.at == nec18.wall("2018-09-12T20:00")


async def test_registration_opens_by_itself_only_where_that_was_asked_for(house: House) -> None:
    await house.until(nec18.wall("2018-06-20T12:00"))
    assert state(house) == "announced"


async def test_registration_opens_by_itself_where_that_was_asked_for(house: House) -> None:
    await house.web.patch(NEC, json={"opens_by_itself": True})

    await house.until(nec18.wall("2018-06-20T08:00"))

    assert state(house) == "open"
    assert EditionOpened in told(house)


async def test_a_closing_that_is_put_off_happens_then_and_once(house: House) -> None:
    await house.post(f"{NEC}/open")
    await house.web.patch(NEC, json={"closes_at": "2018-09-13T08:00:00+02:00"})

    await house.until(nec18.wall("2018-09-12T23:00"))
    assert state(house) == "open"
    await house.until(nec18.wall("2018-09-13T07:59"))
    assert state(house) == "running"
    assert told(house).count(RegistrationClosed) == 1


async def test_a_closing_that_is_taken_back_does_not_happen(house: House) -> None:
    await house.post(f"{NEC}/open")
    await house.web.patch(NEC, json={"closes_at": None})

    await house.until(nec18.wall("2018-09-12T23:00"))

    assert state(house) == "open"


async def test_from_the_first_midnight_it_runs_and_after_the_last_it_is_over(house: House) -> None:
    await house.post(f"{NEC}/open")

    await house.until(nec18.wall("2018-09-13T00:00"))
    assert state(house) == "running"
    await house.until(nec18.wall("2018-09-14T23:59"))
    assert state(house) == "running"
    await house.until(nec18.wall("2018-09-15T00:00"))

    assert state(house) == "closed"
    assert told(house) == [EditionOpened, RegistrationClosed, EditionClosed]
    assert house.docs(Timer) == {}


async def test_an_edition_that_is_called_off_waits_for_nothing(house: House) -> None:
    await house.post(f"{NEC}/open")
    await house.post(f"{NEC}/cancel")

    assert house.docs(Timer) == {}
    await house.until(house.clock.at + timedelta(days=365))
    assert state(house) == "cancelled"
