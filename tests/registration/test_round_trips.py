"""How often the hot path goes to the database: as seldom alone as in a rush."""

from __future__ import annotations

import asyncio
from collections import Counter

from colloque.runtime.work import Timer
from colloque_registration.commands import ConfirmRegistration, SubmitRegistration
from colloque_registration.domain.agenda import SLICE
from colloque_registration.domain.registration import Registration
from tests.registration.browsing import Browser
from tests.registration.house import House, house
from tests.registration.nec18 import programme
from tests.registration.releases import registration, release_2, seeded
from tests.registration.test_pages import FORM, SAID, confirm_link


def form(n: int) -> SubmitRegistration:
    return SubmitRegistration(
        edition="nec-2018", given="P", family=f"Number {n}", email=f"p{n}@example.org", sessions=("s03", "s09")
    )


async def trips(here: House, *commands: SubmitRegistration | ConfirmRegistration) -> Counter[str]:
    before = Counter(here.store.trips)
    await asyncio.gather(*(here.do(command) for command in commands))
    spent = Counter(here.store.trips)
    spent.subtract(before)
    return Counter({call: spent[call] for call in ("counter", "read", "lines", "commit") if spent[call]})


async def clicks(here: House) -> list[ConfirmRegistration]:
    pending = [one for one in here.store.docs(Registration).values() if one.state == "pending"]
    return [ConfirmRegistration(registration=one.id, links=one.links) for one in pending]


async def test_a_form_reads_once_at_most_and_commits_once_whoever_else_is_there() -> None:
    async with house() as here:
        await here.submit(form(0))
        alone = await trips(here, form(1))
        assert alone <= Counter(read=1, commit=1)
        assert alone["commit"] == 1
        assert await trips(here, *(form(n) for n in range(2, 34))) <= Counter(read=1, commit=1)


async def test_a_click_reads_twice_at_most_and_commits_once_whoever_else_is_there() -> None:
    """What this process has just written need not be read again: then it reads less."""
    async with house() as here:
        for n in range(34):
            await here.submit(form(n))
        first, *rest = await clicks(here)
        alone = await trips(here, first)
        assert alone <= Counter(read=2, commit=1)
        assert alone["commit"] == 1
        assert await trips(here, *rest) <= Counter(read=2, commit=1)
        assert here.desk_of().confirmed == 34


async def test_a_whole_registration_alone_goes_to_the_database_nine_times_at_most() -> None:
    """Form GET and POST, confirm GET and POST, each on its own; under load turns and reads are shared."""
    async with house() as here:
        browser = Browser(here)
        browser.client.follow_redirects = False
        await browser.get(FORM)
        before = Counter(here.store.trips)
        page = await browser.get(FORM)
        await browser.post(page, "given", **SAID)
        [registration] = here.store.docs(Registration).values()
        asks = await browser.get(confirm_link(registration))
        await browser.post(asks, "Confirmer")
        spent = Counter(here.store.trips)
        spent.subtract(before)
        assert (+spent).total() - spent["committed"] <= 9
        assert here.desk_of().confirmed == 1


async def test_a_slice_of_those_whom_a_release_concerns_reads_and_commits_as_often_for_one_as_for_fifty() -> None:
    spent = []
    for crowd in (1, SLICE):
        people = [registration(f"r{n}", n, "confirmed", ("s06", "s16")) for n in range(1, crowd + 1)]
        here = await seeded(programme(), people)
        async with here.desk.running():
            await here.hear(release_2())
            [timer] = here.store.docs(Timer).values()
            before = Counter(here.store.trips)
            await here.desk.ring(timer)
            trips_ = Counter(here.store.trips)
            trips_.subtract(before)
            spent.append(+trips_)
            assert len(here.facts("agenda.changed.v1")) == crowd
    assert spent[0] == spent[1]
    assert spent[1]["read"] <= 5
    assert spent[1]["commit"] == 1
