"""What every bus does: memory, the embedded broker, Apache Kafka (its own, or the one COLLOQUE_TEST_KAFKA names)."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import time
from collections import Counter as Tally
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Protocol
from uuid import uuid4

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from colloque.runtime.bus.kafka import KafkaBus
from colloque.runtime.bus.memory import Broker, MemoryBus
from colloque.runtime.bus.port import PULSES, Bus, BusDown, Delivery, Letter
from colloque.runtime.store.memory import MemoryStore
from colloque_embedded.servers import Folder
from colloque_embedded.servers.broker import broker
from colloque_embedded.servers.ports import HOST, several_free_ports
from tests.live.kafka_cluster import KafkaCluster
from tests.runtime.neighbours import BUILD, LEDGER, LISTENER, TELLER, Kept, Noted, Process, Tell, cause

FACTS, OTHERS = "colloque.registration", "colloque.scheduling"


class World(Protocol):
    forgets: bool
    """Is it empty when it comes back?"""

    def bus(self) -> Bus: ...

    async def away(self) -> None: ...

    async def back(self) -> None: ...


class Memory:
    forgets = True

    def __init__(self) -> None:
        self.broker = Broker()

    def bus(self) -> Bus:
        return MemoryBus(self.broker)

    async def away(self) -> None:
        self.broker.up = False

    async def back(self) -> None:
        self.broker.wipe()
        self.broker.up = True


class Tansu:
    forgets = True

    def __init__(self, folder: Path) -> None:
        home = Folder(folder)
        home.take()
        [port] = several_free_ports(1)
        self.address = f"{HOST}:{port}"
        self.child = broker(home, port)

    def bus(self, keeps: int | None = None) -> Bus:
        return KafkaBus(self.address, idempotent=False, keeps=keeps)

    async def away(self) -> None:
        self.child.kill()

    async def back(self) -> None:
        await self.child.start()


class OwnTansu(Tansu):
    """Of one process alone."""

    def bus(self, keeps: int | None = 500) -> Bus:
        return super().bus(keeps)


class Kafka:
    forgets = False

    def __init__(self, cluster: KafkaCluster) -> None:
        self.cluster, self.address = cluster, cluster.bootstrap

    def bus(self) -> Bus:
        return KafkaBus(self.address, patience=5)

    async def away(self) -> None:
        self.cluster.kill()

    async def back(self) -> None:
        await self.cluster.revive()


class Named:
    forgets = False

    def bus(self) -> Bus:
        return KafkaBus(os.environ["COLLOQUE_TEST_KAFKA"])

    async def away(self) -> None:
        pytest.skip("the Kafka that COLLOQUE_TEST_KAFKA names is not ours to stop")

    async def back(self) -> None:
        raise AssertionError("it was never away")


KAFKA = pytest.param("kafka", marks=[pytest.mark.kafka, pytest.mark.timeout(300)])
SHARED = ["memory", pytest.param("tansu", marks=pytest.mark.kills), KAFKA]
SLOWLY = [*SHARED, pytest.param("own", marks=pytest.mark.kills)]
"""The embedded broker takes twenty seconds to see that a member has gone, or that it was killed itself."""


@pytest.fixture(params=["memory", "tansu", "own", KAFKA])
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    if request.param == "memory":
        yield Memory()
    elif request.param in ("tansu", "own"):
        tansu = (Tansu if request.param == "tansu" else OwnTansu)(tmp_path)
        await tansu.child.start()
        yield tansu
        await tansu.child.stop()
    elif "COLLOQUE_TEST_KAFKA" in os.environ:
        yield Named()
    else:
        async with KafkaCluster(tmp_path) as cluster:
            yield Kafka(cluster)


class Ear:
    """Keeps what it hears of this test's letters: a broker may hold those of others."""

    def __init__(self, token: str) -> None:
        self.token = token
        self.heard: list[Delivery] = []

    async def receive(self, deliveries: Sequence[Delivery]) -> None:
        assert deliveries
        self.heard += [delivery for delivery in deliveries if delivery.key == self.token]

    @property
    def bodies(self) -> list[bytes]:
        return [delivery.body for delivery in self.heard]


@pytest.fixture
def token() -> str:
    return uuid4().hex


async def until(condition: Callable[[], bool], within: float = 30) -> None:
    end = time.monotonic() + within
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        await asyncio.sleep(0.01)


async def insist(bus: Bus, letters: Sequence[Letter]) -> None:
    """As the relay does."""
    while True:
        try:
            return await bus.send(letters)
        except BusDown:
            await asyncio.sleep(0.2)


def numbers(token: str, count: int, topic: str = FACTS, where: int = 0) -> list[Letter]:
    return [Letter(topic, where, token, b"%d" % number, ()) for number in range(count)]


async def test_each_group_gets_everything_in_order_and_untouched(world: World, token: str) -> None:
    one, two, everybody = Ear(token), Ear(token), Ear(token)
    reader, sender = world.bus(), world.bus()
    reader.subscribe(f"one-{token}", (FACTS, OTHERS), one.receive)
    reader.subscribe(f"two-{token}", (FACTS,), two.receive)
    sender.overhear((PULSES,), everybody.receive)
    await sender.start()
    await until(lambda: sender.ready)
    before = Letter(PULSES, 0, token, b"before", ())
    strange = (("ce_id", "é".encode()), ("n", b"12"), ("raw", b"\xff\x00"))
    large = os.urandom(3_000_000)
    letters = [
        *(Letter(FACTS, number % 3, token, b"%d" % number, strange) for number in range(300)),
        Letter(FACTS, 4, token, b"", ()),
        Letter(FACTS, 4, token, b"\xff{", ()),
        *(Letter(FACTS, 5, token, large, ()) for _ in range(2)),
        Letter(OTHERS, 11, token, b"other", ()),
    ]
    await sender.send([*letters, before])
    await reader.start()
    await until(lambda: reader.ready)
    late = asyncio.create_task(pulse_until_heard(sender, everybody))
    await until(lambda: len(one.heard) >= len(letters) and len(two.heard) >= len(letters) - 1)
    await late

    for ear, sent in ((one, letters), (two, letters[:-1])):
        assert len(ear.heard) == len(sent)
        for where in {(letter.topic, letter.partition) for letter in sent}:
            heard = [delivery for delivery in ear.heard if (delivery.topic, delivery.partition) == where]
            assert [delivery.body for delivery in heard] == [x.body for x in sent if (x.topic, x.partition) == where]
            offsets = [delivery.offset for delivery in heard]
            assert offsets == sorted(set(offsets))
        assert {delivery.partition: dict(delivery.headers) for delivery in ear.heard if delivery.partition < 3} == {
            where: dict(strange) for where in range(3)
        }
    await reader.stop()
    await sender.stop()


@pytest.mark.parametrize("world", ["tansu", KAFKA], indirect=True)
async def test_one_consumer_hears_for_all_the_rooms_of_a_process(world: World, token: str) -> None:
    assert isinstance(world, Tansu | Kafka)
    bus = KafkaBus(world.address, idempotent=isinstance(world, Kafka), group=f"house-{token}")
    both, one = Ear(token), Ear(token)
    bus.subscribe("both", (FACTS, OTHERS), both.receive)
    bus.subscribe("one", (OTHERS,), one.receive)
    await bus.start()
    await insist(bus, [*numbers(token, 20), *numbers(token, 3, OTHERS)])
    await until(lambda: len(both.heard) == 23 and len(one.heard) == 3)
    assert [heard.body for heard in both.heard if heard.topic == FACTS] == [b"%d" % number for number in range(20)]
    assert one.bodies == [b"0", b"1", b"2"]
    await bus.stop()


@pytest.mark.parametrize("world", ["own"], indirect=True)
async def test_a_log_of_a_broker_of_ones_own_begins_again_and_nothing_is_lost(world: World, token: str) -> None:
    assert isinstance(world, OwnTansu)
    one, two, everybody, bus = Ear(token), Ear(token), Ear(token), world.bus(keeps=20)
    bus.subscribe("one", (FACTS, OTHERS), one.receive)
    bus.subscribe("two", (OTHERS,), two.receive)
    bus.overhear((PULSES,), everybody.receive)
    await bus.start()
    await insist(bus, numbers(token, 1, PULSES))
    await until(lambda: bool(everybody.heard))

    def begun(topic: str) -> int:
        return sum(heard.topic == topic and heard.offset == 0 for heard in (*one.heard, *everybody.heard))

    topics, sent = (FACTS, OTHERS, PULSES), list[Letter]()

    async def talk(where: int) -> None:
        while min(map(begun, topics)) < 4:
            letters = [Letter(topic, where, token, b"%d" % len(sent), ()) for topic in topics]
            sent.extend(letters)
            await asyncio.gather(*(bus.send([letter]) for letter in letters))

    await asyncio.gather(*map(talk, range(12)))
    everybody.heard.pop(0)
    await until(lambda: len(one.heard) + len(everybody.heard) >= len(sent) and len(two.heard) >= len(sent) // 3)
    for ear, theirs in ((one, (FACTS, OTHERS)), (two, (OTHERS,)), (everybody, (PULSES,))):
        for stream in itertools.product(theirs, range(12)):
            heard = [heard.body for heard in ear.heard if (heard.topic, heard.partition) == stream]
            assert heard == [letter.body for letter in sent if (letter.topic, letter.partition) == stream]
    await bus.stop()


async def pulse_until_heard(bus: Bus, ear: Ear) -> None:
    """It hears from when it is there, and not what was said before."""
    while b"now" not in ear.bodies:
        await bus.send([Letter(PULSES, 0, ear.token, b"now", ())])
        await asyncio.sleep(0.05)


@pytest.mark.parametrize("world", SHARED, indirect=True)
async def test_members_of_a_group_share_its_partitions_and_one_goes_on_for_another(world: World, token: str) -> None:
    first, second = Ear(token), Ear(token)
    buses = [world.bus(), world.bus()]
    for bus, ear in zip(buses, (first, second), strict=True):
        bus.subscribe(f"group-{token}", (FACTS,), ear.receive)
        await bus.start()

    async def round_of(number: int) -> None:
        await insist(buses[1], [Letter(FACTS, where, token, b"%d" % number, ()) for where in range(12)])

    number = 0
    while not (first.heard and second.heard):
        await round_of(number)
        number += 1
        await asyncio.sleep(0.2)
    await buses[0].stop()
    last = b"%d" % number
    await round_of(number)
    await until(lambda: sum(body == last for body in second.bodies) == 12)

    every = Tally((delivery.partition, delivery.body) for delivery in (*first.heard, *second.heard))
    assert set(every) == {(where, b"%d" % one) for where in range(12) for one in range(number + 1)}
    await buses[1].stop()


async def test_a_bus_starts_before_its_broker_does(world: World, token: str) -> None:
    await world.away()
    ear, bus = Ear(token), world.bus()
    bus.subscribe(f"group-{token}", (FACTS,), ear.receive)
    await bus.start()
    await asyncio.sleep(0.3)
    assert not bus.ready
    with pytest.raises(BusDown):
        await bus.send(numbers(token, 1))

    await world.back()
    await until(lambda: bus.ready)
    await insist(bus, numbers(token, 3))
    await until(lambda: ear.bodies[-3:] == [b"0", b"1", b"2"])
    await bus.stop()


@pytest.mark.parametrize("world", ["tansu", KAFKA], indirect=True)
async def test_topics_with_too_few_partitions_are_made_as_the_table_has_them(world: World, token: str) -> None:
    """A consumer that asks a new broker first has them made as the broker thinks best."""
    ear, bus = Ear(token), world.bus()
    assert isinstance(world, Tansu | Kafka)
    admin = AIOKafkaAdminClient(bootstrap_servers=world.address)
    await admin.start()
    await admin.create_topics([NewTopic(FACTS, 4, 1), NewTopic(OTHERS, 4, 1)])
    await admin.close()
    bus.subscribe(f"group-{token}", (FACTS, OTHERS), ear.receive)
    await bus.start()
    await until(lambda: bus.ready)
    for topic in (FACTS, OTHERS):
        await insist(bus, [letter for where in range(12) for letter in numbers(token, 1, topic, where)])
    everywhere = {(topic, where) for topic in (FACTS, OTHERS) for where in range(12)}
    await until(lambda: {(one.topic, one.partition) for one in ear.heard} == everywhere)
    await bus.stop()


@pytest.mark.parametrize("world", SLOWLY, indirect=True)
async def test_a_broker_that_dies_and_comes_back_is_used_again(world: World, token: str) -> None:
    ear, everybody, bus = Ear(token), Ear(token), world.bus()
    bus.subscribe(f"group-{token}", (FACTS,), ear.receive)
    bus.overhear((PULSES,), everybody.receive)
    await bus.start()
    await insist(bus, numbers(token, 50))
    await until(lambda: len(ear.heard) == 50)
    await pulse_until_heard(bus, everybody)

    await world.away()
    with pytest.raises(BusDown):
        async with asyncio.timeout(60):
            await bus.send(numbers(token, 1))
    await until(lambda: not bus.ready)
    await world.back()
    ear.heard.clear()
    everybody.heard.clear()
    await until(lambda: bus.ready)
    await insist(bus, [Letter(FACTS, 0, token, b"after", ()), Letter(PULSES, 0, token, b"after", ())])

    async def looked_back() -> None:
        """A new log is shorter than what the group has read; whoever knows that something is missing looks back."""
        while b"after" not in ear.bodies:
            await asyncio.sleep(0.5)
            with contextlib.suppress(BusDown):
                await bus.look_back(f"group-{token}")
            await insist(bus, [Letter(PULSES, 0, token, b"now", ())])

    async with asyncio.timeout(60):
        await looked_back()
        await pulse_until_heard(bus, everybody)
    await bus.stop()


@pytest.mark.parametrize("world", SLOWLY, indirect=True)
async def test_a_broker_killed_under_traffic_loses_nothing_and_repeats_nothing(world: World) -> None:
    bus = world.bus()
    stores = {room: MemoryStore(room) for room in BUILD}
    talker, hearer, keeper = processes = [Process(room, 1, stores[room], bus) for room in (TELLER, LISTENER, LEDGER)]
    await bus.start()
    for process in processes:
        await process.start()
    subjects = [f"s{number}" for number in range(40)]

    async def tell(word: str) -> None:
        for subject in subjects:
            await talker.desk.do(Tell(subject=subject, word=word), cause())
            await asyncio.sleep(0.005)

    await tell("before")
    for word in ("first", "second"):
        telling = asyncio.create_task(tell(word))
        await asyncio.sleep(0.1)
        await world.away()
        await asyncio.sleep(1)
        await world.back()
        await telling
    await tell("after")

    await until(lambda: [len(noted.words) for noted in stores[LISTENER].docs(Noted).values()] == [4] * 40, 90)
    await until(lambda: [len(kept.lines) for kept in stores[LEDGER].docs(Kept).values() if kept.id == TELLER] == [160])
    words = ("before", "first", "second", "after")
    assert {id: noted.words for id, noted in stores[LISTENER].docs(Noted).items()} == dict.fromkeys(subjects, words)
    assert sorted(stores[LEDGER].docs(Kept)[TELLER].lines) == sorted(line["_id"] for line in stores[TELLER].written)
    assert hearer.desk.counts["bugs"] == keeper.desk.counts["bugs"] == 0
    for process in processes:
        await process.end()
    await bus.stop()
