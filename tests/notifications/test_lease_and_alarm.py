"""Leases change hands as they should; the alarm rings what is due, and only that."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from colloque.runtime.alarm import Alarm
from colloque.runtime.clock import MovedClock
from colloque.runtime.desk import Desk
from colloque.runtime.journal import Cause
from colloque.runtime.lease import Lease
from colloque.runtime.room import Room
from colloque.runtime.store.memory import MemoryStore
from colloque.runtime.work import Change, Command, Document, Steps, Timer, Work
from tests.notifications.post_office import Wall, until

NOON = datetime(2018, 6, 20, 12, tzinfo=UTC)


# ---- leases
async def test_a_lease_is_held_by_one_until_it_runs_out() -> None:
    store, wall = MemoryStore("post"), Wall()
    one, two = Lease(store, "x", "one", wall, 10), Lease(store, "x", "two", wall, 10)
    assert (await one.held(), await two.held()) == (True, False)
    wall.now += 4
    assert (await one.held(), await two.held()) == (True, False)
    wall.now += 7
    assert (await two.held(), await one.held()) == (True, False)
    assert (one.left, two.left) == (0.0, 10.0)


async def test_a_lease_is_renewed_when_half_of_it_is_gone_and_not_before() -> None:
    store, wall = MemoryStore("post"), Wall()
    lease = Lease(store, "x", "one", wall, 10)
    await lease.held()
    wall.now += 4
    await lease.held()
    assert (store.trips["lease"], lease.left) == (1, 6.0)
    wall.now += 2
    await lease.held()
    assert (store.trips["lease"], lease.left) == (2, 10.0)


async def test_a_term_goes_on_while_it_is_renewed_and_a_new_one_begins_after_a_gap() -> None:
    store, wall = MemoryStore("post"), Wall()
    lease = Lease(store, "x", "one", wall, 10)
    for _ in range(5):
        await lease.held()
        wall.now += 6
    assert lease.term == 1
    wall.now += 5
    await lease.held()
    assert lease.term == 2


async def test_a_renewal_that_is_answered_after_the_end_begins_a_new_term() -> None:
    """Somebody else may have had it in between: nothing of the old term is certain any more."""
    wall = Wall()

    class Slow(MemoryStore):
        async def _reach(self, what: str) -> None:
            await super()._reach(what)
            if self.trips["lease"] == 2:
                wall.now += 6

    lease = Lease(Slow("post"), "x", "one", wall, 10)
    await lease.held()
    wall.now += 6
    await lease.held()
    assert lease.term == 2


async def test_a_lease_given_back_is_free_at_once() -> None:
    store, wall = MemoryStore("post"), Wall()
    one, two = Lease(store, "x", "one", wall, 10), Lease(store, "x", "two", wall, 10)
    await one.held()
    await one.release()
    assert await two.held()


async def test_values_travel_with_the_lease_to_its_next_holder() -> None:
    store, wall = MemoryStore("post"), Wall()
    one, two = Lease(store, "relay", "one", wall, 10), Lease(store, "relay", "two", wall, 10)
    await one.keep({"n": 7})
    wall.now += 11
    assert await two.held()
    assert two.values == {"n": 7}


# ---- the alarm
class Rung(Document):
    times: int = 0


class Sleep(Command):
    about_what: str
    at: datetime


class Ring(Command):
    bell: str

    @property
    def about(self) -> str:
        return self.bell


async def sleep(command: Sleep, work: Work) -> str:
    work.wake(command.at, Ring(bell=command.about_what))
    return command.about_what


async def ring(command: Ring, work: Work) -> str:
    if command.bell == "broken":
        raise KeyError(command.bell)
    rung = await work.get(Rung, command.bell)
    work.keep(Change(rung.becomes(times=rung.times + 1) if rung else Rung(id=command.bell, times=1)))
    return command.bell


class Clockwork:
    def __init__(self, store: MemoryStore, name: str) -> None:
        self.store, self.clock = store, MovedClock(NOON)
        self.desk = Desk("clock", store, self.clock, key=b"test", name=name)
        Room(self.desk, Steps().on(Sleep, sleep).on(Ring, ring), kinds=(Rung,), hears=())
        self.alarm = Alarm(self.desk, Lease(store, "alarm", name), poll=0.05)

    async def sleep(self, what: str, at: datetime) -> None:
        await self.desk.do(Sleep(about_what=what, at=at), Cause.first(f"{what}{at}"))

    async def rung(self, what: str) -> int:
        await until(lambda: what in self.store.docs(Rung))
        return self.store.docs(Rung)[what].times


@asynccontextmanager
async def clockwork(store: MemoryStore | None = None, name: str = "one") -> AsyncIterator[Clockwork]:
    one = Clockwork(store or MemoryStore("clock"), name)
    async with one.desk.running():
        task = asyncio.create_task(one.alarm.run())
        yield one
        task.cancel()
        await asyncio.wait([task])


async def test_a_timer_rings_at_its_time_once_and_is_gone() -> None:
    async with clockwork() as clock:
        await clock.sleep("tea", clock.clock.now() + timedelta(seconds=0.2))
        await asyncio.sleep(0.05)
        assert not clock.store.docs(Rung)
        assert await clock.rung("tea") == 1
        await asyncio.sleep(0.2)
        assert await clock.rung("tea") == 1
        assert not clock.store.docs(Timer)


async def test_moving_the_clock_wakes_the_alarm() -> None:
    async with clockwork() as clock:
        clock.alarm.poll = 60
        await clock.sleep("autumn", NOON + timedelta(days=90))
        await asyncio.sleep(0.05)
        clock.clock.set(NOON + timedelta(days=91))
        assert await clock.rung("autumn") == 1


async def test_a_timer_set_again_rings_at_its_new_time_only() -> None:
    async with clockwork() as clock:
        await clock.sleep("tea", NOON + timedelta(hours=1))
        await clock.sleep("tea", NOON + timedelta(hours=2))
        clock.clock.set(NOON + timedelta(hours=1, minutes=30))
        await asyncio.sleep(0.2)
        assert not clock.store.docs(Rung)
        clock.clock.set(NOON + timedelta(hours=2, minutes=1))
        assert await clock.rung("tea") == 1


async def test_hundreds_of_timers_due_at_once_all_ring_once() -> None:
    async with clockwork() as clock:
        await asyncio.gather(*(clock.sleep(f"t{i:03}", NOON + timedelta(hours=1)) for i in range(450)))
        clock.clock.set(NOON + timedelta(hours=2))
        for i in range(450):
            assert await clock.rung(f"t{i:03}") == 1
        assert not await clock.alarm.due()


async def test_a_timer_whose_step_has_a_bug_keeps_nobody_else_and_is_not_lost() -> None:
    async with clockwork() as clock:
        await clock.sleep("broken", NOON - timedelta(hours=1))
        await clock.sleep("tea", NOON)
        assert await clock.rung("tea") == 1
        await asyncio.sleep(0.3)
        assert [timer.id for timer in clock.store.docs(Timer).values()] == ["Ring/broken"]
        assert clock.desk.counts["bugs"] < 4, "it is tried again ever more slowly"


async def test_two_processes_ring_each_timer_once() -> None:
    store = MemoryStore("clock")
    async with clockwork(store, "one") as one, clockwork(store, "two") as two:
        await asyncio.gather(*((one, two)[i % 2].sleep(f"t{i}", NOON) for i in range(40)))
        for i in range(40):
            assert await one.rung(f"t{i}") == 1
