"""What only a real server can do to a store: be away, die, lose the connection, count round trips."""

from __future__ import annotations

import asyncio
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import ClassVar

import pytest
from pymongo.monitoring import CommandFailedEvent, CommandListener, CommandStartedEvent, CommandSucceededEvent

from colloque.runtime.refusal import Refusal
from colloque.runtime.store.mongo import MongoStore, connect
from colloque.runtime.store.port import (
    CommitUnknown,
    Conflict,
    Down,
    DuplicateValue,
    OtherData,
)
from colloque.runtime.work import Find, Lookup
from colloque_embedded.servers.child import Child
from colloque_embedded.servers.database import mongodb_address
from tests.adapters.conftest import NAMED, MongoHouse, started
from tests.adapters.guests import KINDS, Badge, EmailTaken, Guest, State, guest, turn
from tests.adapters.wire import When, Wire


# ---- round trips
class Overheard(CommandListener):
    """What was really said to the server."""

    def __init__(self) -> None:
        self.commands: Counter[str] = Counter()

    def started(self, event: CommandStartedEvent) -> None:
        self.commands[event.command_name] += 1

    def succeeded(self, event: CommandSucceededEvent) -> None:
        pass

    def failed(self, event: CommandFailedEvent) -> None:
        pass


@pytest.fixture
async def overheard(address: str) -> AsyncIterator[tuple[MongoStore, Overheard]]:
    listener = Overheard()
    async with connect(address, listeners=[listener]) as client:
        house = MongoHouse(client, lasting=address in NAMED)
        store = await house.process()
        store.trips.clear()
        listener.commands.clear()
        yield store, listener
        await house.end()


@pytest.mark.parametrize("many", [1, 3, 5])
async def test_a_commit_of_a_few_messages_is_two_round_trips(
    overheard: tuple[MongoStore, Overheard], many: int
) -> None:
    store, listener = overheard
    numbers = list(range(1, many + 1))
    await store.commit(turn(await store.counter(), numbers, inserts=[guest(number) for number in numbers]))
    assert listener.commands == {"find": 1, "bulkWrite": 1, "commitTransaction": 1}
    assert store.trips == {"counter": 1, "write": 1, "commit": 1}


@pytest.mark.parametrize("many", [6, 16, 64])
async def test_many_new_documents_of_a_kind_cost_one_round_trip_more_however_many(
    overheard: tuple[MongoStore, Overheard], many: int
) -> None:
    store, listener = overheard
    numbers = list(range(1, many + 1))
    await store.commit(turn(await store.counter(), numbers, inserts=[guest(number) for number in numbers]))
    assert listener.commands == {"find": 1, "bulkWrite": 1, "insert": 2, "commitTransaction": 1}
    assert store.trips == {"counter": 1, "write": 3, "commit": 1}


async def test_a_fetch_is_one_read_a_kind_and_lookup(overheard: tuple[MongoStore, Overheard]) -> None:
    store, listener = overheard
    keys = [(Guest, f"g{number:04}") for number in range(40)] + [(Badge, "b")]
    finds = [Find(Guest, "email", f"guest{number}@example.org") for number in range(40)]
    pairs = [Find(Guest, ("edition", "number"), ("nec", number)) for number in range(40)]
    await store.fetch(keys, [*finds, *pairs])
    assert listener.commands == {"find": 4}
    assert store.trips == {"read": 4}


async def test_every_other_call_costs_what_it_says(overheard: tuple[MongoStore, Overheard]) -> None:
    store, listener = overheard
    await store.seed([guest(number) for number in range(150)])
    listener.commands.clear()
    store.trips.clear()
    await store.get(Guest, "g0001")
    await store.find(Guest, edition="nec")
    await store.window(Guest, edition="nec", low=0, high=140)
    await store.lines(["a/b"])
    await store.journal(1, 50)
    await store.lease("relay", "me", 0, 1, {"mark": 1})
    assert listener.commands == {"find": 5, "findAndModify": 1}
    assert sum(store.trips.values()) == sum(listener.commands.values())


async def test_a_lookup_and_a_window_of_the_same_fields_share_one_index(mongo: MongoHouse) -> None:
    await mongo.process()
    indexes = await mongo.client[f"{mongo.prefix}guests"]["Guest"].index_information()
    keys = [tuple(index["key"]) for index in indexes.values()]
    assert (("edition", 1), ("number", 1)) in keys
    assert len(keys) == len(set(keys))


# ---- whose data
async def test_data_of_another_room_are_refused_by_name(mongo: MongoHouse) -> None:
    await mongo.process()
    other = MongoStore(mongo.client, "guests", mongo.prefix)
    other.room = "traces"
    with pytest.raises(OtherData, match="holds the room guests"):
        await other.open(KINDS)
    await other.close()


async def test_a_lookup_that_becomes_unique_is_unique_after_the_next_start(mongo: MongoHouse) -> None:
    class Before(Badge):
        lookups: ClassVar[tuple[Lookup, ...]] = ("colour",)

    class After(Before):
        unique: ClassVar[Mapping[Lookup, type[Refusal]]] = {"colour": EmailTaken}

    Before.__name__ = After.__name__ = "Badge"
    first = MongoStore(mongo.client, "guests", mongo.prefix)
    await first.open([Before])
    second = MongoStore(mongo.client, "guests", mongo.prefix)
    await second.open([After])
    with pytest.raises(DuplicateValue):
        await second.commit(turn(await second.counter(), inserts=[After(id="a"), After(id="b")]))
    await first.close()
    await second.close()


# ---- who dies in the middle
async def test_what_a_killed_process_held_is_free_again_when_the_next_one_opens(
    mongo: MongoHouse, address: str
) -> None:
    await (await mongo.process()).close()
    dying = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.adapters.dies", address, mongo.prefix, stdout=asyncio.subprocess.PIPE
    )
    assert dying.stdout is not None
    assert await dying.stdout.readline() == b"holding\n"
    dying.kill()
    await dying.wait()

    async with asyncio.timeout(10):
        store = await mongo.process()
        await store.commit(turn(await store.counter(), [1]))
    assert await store.get(Guest, "g0001") is None


async def test_a_process_frees_what_another_held_when_it_died(mongo: MongoHouse, address: str) -> None:
    store = await mongo.process()
    dying = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.adapters.dies", address, mongo.prefix, stdout=asyncio.subprocess.PIPE
    )
    assert dying.stdout is not None
    assert await dying.stdout.readline() == b"holding\n"
    dying.kill()
    await dying.wait()

    with pytest.raises(Conflict):
        await store.commit(turn(await store.counter(), [1]))
    await asyncio.wait_for(store.seize_next("me", until=time.time() + 1, now=time.time()), 5)
    await store.free()
    await store.commit(turn(await store.counter(), [1]))
    assert (await store.counter()).n == 1


# ---- the connection goes
@pytest.fixture
async def wire(server: Child) -> AsyncIterator[Wire]:
    async with Wire(server.port) as wire:
        yield wire


@pytest.fixture
async def over_wire(wire: Wire) -> AsyncIterator[MongoHouse]:
    async with connect(f"{mongodb_address(wire.port)}&directConnection=true", patience=0.4) as client:
        house = MongoHouse(client)
        yield house
        wire.mend()
        await house.end()


@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_connection_lost_before_the_commit_changes_nothing_and_the_next_turn_goes_through(
    wire: Wire, over_wire: MongoHouse, when: When
) -> None:
    store = await over_wire.process()
    wire.cut(b"bulkWrite", when)
    known = await store.counter()
    with pytest.raises(Down):
        await store.commit(turn(known, [1], inserts=[guest(1)]))
    wire.mend()
    assert await store.counter() == known
    await store.commit(turn(known, [1], inserts=[guest(1)]))
    assert (await store.counter()).n == 1


@pytest.mark.parametrize(("when", "lines"), [("before", 0), ("after", 1)])
async def test_a_connection_lost_during_the_commit_leaves_its_result_unknown(
    wire: Wire, over_wire: MongoHouse, when: When, lines: int
) -> None:
    store = await over_wire.process()
    wire.cut(b"commitTransaction", when)
    known = await store.counter()
    with pytest.raises(CommitUnknown):
        await store.commit(turn(known, [1], inserts=[guest(1)]))
    wire.mend()
    assert len(await store.lines(["cause1/step"])) == lines
    counter = await store.counter()
    assert counter.n == lines
    await store.commit(turn(counter, [2]))


# ---- the server goes
@pytest.fixture
def mortal(tmp_path: Path) -> started:
    return started(tmp_path / "database")


async def test_while_the_database_is_away_every_call_says_so_soon_and_all_is_well_when_it_is_back(
    mortal: started,
) -> None:
    with mortal as child:
        async with connect(mongodb_address(child.port), patience=0.3) as client:
            store = await MongoHouse(client).process()
            await store.commit(turn(await store.counter(), [1], inserts=[guest(1)]))
            known = await store.counter()
            child.kill()
            for call in (
                store.counter,
                lambda: store.get(Guest, "g0001"),
                lambda: store.commit(turn(known, [2])),
                lambda: store.journal(1, 2),
                lambda: store.lease("relay", "me", 0, 1, {}),
                lambda: store.seize_next("me", 1, 0),
                store.free,
            ):
                began = time.monotonic()
                with pytest.raises(Down):
                    await call()
                assert time.monotonic() - began < 3
            await child.start()
            await store.commit(turn(await store.counter(), [2], inserts=[guest(2)]))
            assert [line["n"] for line in await store.journal(1, 5)] == [1, 2]
            await store.close()


async def test_a_store_closes_while_the_database_is_away(mortal: started) -> None:
    with mortal as child:
        async with connect(mongodb_address(child.port), patience=0.3) as client:
            store = await MongoHouse(client).process()
            child.kill()
            await store.close()
            # pymongo 4.20 leaves a socket open when it is closed while it looks for its server.
            await child.start()
            await client.admin.command("ping")


async def test_nothing_acknowledged_is_lost_when_the_database_is_killed_in_the_middle_of_commits(
    mortal: started,
) -> None:
    acknowledged: list[int] = []
    heard = asyncio.Event()

    async def write(store: MongoStore, until: asyncio.Event) -> None:
        while not until.is_set():
            try:
                known = await store.counter()
                numbers = [known.n + 1, known.n + 2, known.n + 3]
                try:
                    await store.commit(turn(known, numbers, inserts=[guest(number) for number in numbers]))
                except CommitUnknown:
                    if not await store.lines([f"cause{numbers[0]}/step"]):
                        continue
                acknowledged.extend(numbers)
                heard.set()
            except (Down, Conflict):
                await asyncio.sleep(0.02)

    async def more(turns: int) -> None:
        wanted = len(acknowledged) + 3 * turns
        while len(acknowledged) < wanted:
            heard.clear()
            await heard.wait()

    with mortal as child:
        async with connect(mongodb_address(child.port), patience=0.5) as client:
            store = await MongoHouse(client).process()
            over = asyncio.Event()
            writing = asyncio.create_task(write(store, over))
            for _ in range(3):
                await more(12)
                child.kill()
                await child.start()
            await more(3)
            over.set()
            await writing

            counter = await store.counter()
            lines = await store.journal(1, counter.n + 10)
            guests = await store.fetch([(Guest, f"g{number:04}") for number in range(1, counter.n + 4)])
            await store.close()
    assert len(acknowledged) >= 3 * (3 * 12 + 3)
    assert [line["n"] for line in lines] == list(range(1, counter.n + 1))
    assert set(acknowledged) <= {line["n"] for line in lines}
    there = {key[1] for key, document in guests.documents.items() if document}
    assert there == {f"g{number:04}" for number in range(1, counter.n + 1)}


# ---- being woken
async def test_a_process_is_woken_by_the_commits_of_another(mongo: MongoHouse) -> None:
    one, other = await mongo.process(), await mongo.process()
    woken = asyncio.Event()
    watching = asyncio.create_task(one.watch(woken.set))
    try:
        async with asyncio.timeout(15):
            while not woken.is_set():  # the stream begins at some moment after it was asked for
                known = await other.counter()
                await other.commit(turn(known, [known.n + 1]))
                await asyncio.sleep(0.1)
    finally:
        watching.cancel()
    assert woken.is_set()


async def test_a_change_of_state_is_one_replacement_whatever_its_size(overheard: tuple[MongoStore, Overheard]) -> None:
    store, listener = overheard
    everybody = [guest(number) for number in range(64)]
    await store.seed(everybody)
    listener.commands.clear()
    changed = [(one.becomes(state=State.CONFIRMED), 0) for one in everybody]
    await store.commit(turn(await store.counter(), replaces=changed))
    assert listener.commands == {"find": 1, "bulkWrite": 1, "commitTransaction": 1}
