"""Facts a second from one room's journal through its relay, Kafka and another room's intake into a step that keeps a
document for each. The floor: a bare aiokafka producer, and a consumer that inserts each batch into the same database
and commits its offsets."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import orjson
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from bench.figures import Figure, times_at_least
from bench.plan import Plan
from colloque.contracts.registration import RegistrationConfirmed
from colloque.runtime.bus.kafka import KafkaBus
from colloque.runtime.bus.port import PARTITIONS
from colloque.runtime.clock import SystemClock
from colloque.runtime.desk import Cause, Desk
from colloque.runtime.intake import Intake
from colloque.runtime.journal import partition
from colloque.runtime.lease import Lease
from colloque.runtime.relay import Relay
from colloque.runtime.room import Room
from colloque.runtime.store.mongo import Client, MongoStore, connect
from colloque.runtime.store.mongo.client import DURABLE
from colloque.runtime.store.port import START
from colloque.runtime.work import Answer, Change, Command, Document, Steps, Work
from colloque.web.serve import tidy_memory
from colloque_embedded.servers import Folder, Ports, Servers
from colloque_embedded.settings import EmbeddedSettings

AT_ONCE = 50
"""Facts of one command."""
TELLER, HEARER = "registration", "notifications"


class Tell(Command):
    first: int
    count: int


class Kept(Document):
    number: int
    sessions: tuple[str, ...]


async def tell(command: Tell, work: Work) -> Answer:
    work.tell(*(_fact(n, work) for n in range(command.first, command.first + command.count)))
    return command.count


def _fact(n: int, work: Work) -> RegistrationConfirmed:
    return RegistrationConfirmed(
        subject=f"registration{n:08}",
        at=work.now,
        edition="bench-2027",
        person=f"person{n:014}",
        number=n,
        sessions=("s000", "s006"),
        places_left=1000,
    )


async def keep(fact: RegistrationConfirmed, work: Work) -> Answer:
    return work.keep(Change(Kept(id=work.new_id(), number=fact.number, sessions=fact.sessions))).id


class House:
    """Two rooms in one process, as the embedded house has them."""

    def __init__(self, client: Client, kafka: str) -> None:
        self.bus = KafkaBus(kafka, idempotent=False, keeps=EmbeddedSettings().broker_keeps)
        self.teller, self.hearer = (_desk(client, name) for name in (TELLER, HEARER))
        teller = Room(self.teller, Steps().on(Tell, tell), kinds=(), hears=())
        hearer = Room(
            self.hearer, Steps().on(RegistrationConfirmed, keep), kinds=(Kept,), hears=(f"colloque.{TELLER}",)
        )
        self.relay = Relay(teller, self.bus, Lease(self.teller.store, "relay", self.teller.name))
        self.intake = Intake(hearer, self.bus)
        self.told = 0

    @asynccontextmanager
    async def standing(self) -> AsyncIterator[None]:
        async with self.teller.running(), self.hearer.running(), asyncio.TaskGroup() as tasks:
            intake = tasks.create_task(self.intake.run())
            await self.bus.start()
            yield
            intake.cancel()
            await self.bus.stop()
        for desk in (self.teller, self.hearer):
            await desk.store.close()

    @asynccontextmanager
    async def relaying(self) -> AsyncIterator[None]:
        async with asyncio.TaskGroup() as tasks:
            relay = tasks.create_task(self.relay.run())
            yield
            relay.cancel()

    async def tell(self, count: int) -> None:
        for first in range(self.told, self.told + count, AT_ONCE):
            command = Tell(first=first, count=min(AT_ONCE, self.told + count - first))
            await self.teller.do(command, Cause.first(f"tell{first}"))
        self.told += count

    async def heard_all(self) -> None:
        ends = {f"{TELLER}/{where}": end for where, end in self.teller.counter.ends.items() if where.startswith(TELLER)}

        def heard() -> bool:
            marks = self.hearer.marks
            return all(marks.get(stream, START).seq == end for stream, end in ends.items())

        await _until(heard)


def _desk(client: Client, name: str) -> Desk:
    return Desk(name, MongoStore(client, name, "bench_"), SystemClock(), key=b"bench", sole=True)


async def _until(true: Callable[[], bool], within: float = 300) -> None:
    async with asyncio.timeout(within):
        while not true():  # noqa: ASYNC110 - looks so often that it is not seen in the figure
            await asyncio.sleep(0.002)


async def facts(plan: Plan) -> Sequence[Figure]:
    warm = max(AT_ONCE, plan.facts // 20)
    with tempfile.TemporaryDirectory(prefix="colloque-bench-") as path:
        servers = Servers(Folder(Path(path)), Ports.free(), database_program=plan.database)
        async with servers, connect(servers.mongodb) as client:
            house = House(client, servers.kafka)
            async with house.standing():
                await house.tell(warm)
                async with house.relaying():
                    await house.heard_all()
                await house.tell(plan.facts)
                tidy_memory()
                began = time.perf_counter()
                async with house.relaying():
                    await house.heard_all()
                    rate = plan.facts / (time.perf_counter() - began)
                sizes, relayed, taken = dict(house.hearer.sizes), dict(house.relay.counts), dict(house.intake.counts)
            kept = await client["bench_notifications"]["Kept"].count_documents({})
            if kept != house.told:
                raise AssertionError(f"{house.told} facts were told and {kept} kept")
            floor = await _bare(client, servers.kafka, plan.facts, warm)
    turns = sum(sizes.values())
    mean = sum(size * times for size, times in sizes.items()) / turns
    print(f"  {turns} turns of {mean:.0f}; relay {relayed}, intake {taken}")
    return [Figure("facts.rate", rate, "a second", floor, times_at_least(1 / 3))]


async def _bare(client: Client, kafka: str, count: int, warm: int) -> float:
    """Facts a second, of the same size on as many partitions; sent in explicit batches, which is the quickest way."""
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    await admin.create_topics([NewTopic("floor", PARTITIONS, 1)])
    await admin.close()
    producer = AIOKafkaProducer(bootstrap_servers=kafka, acks="all", max_batch_size=1 << 20, enable_idempotence=False)
    consumer = AIOKafkaConsumer(
        "floor",
        bootstrap_servers=kafka,
        group_id="floor",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        fetch_max_wait_ms=50,
    )
    await producer.start()
    await consumer.start()
    try:
        facts = client["floor"].get_collection("facts", write_concern=DURABLE)
        await asyncio.gather(_produce(producer, range(warm)), _consume(consumer, facts, warm))
        began = time.perf_counter()
        async with asyncio.timeout(300):
            await asyncio.gather(_produce(producer, range(warm, warm + count)), _consume(consumer, facts, count))
        return count / (time.perf_counter() - began)
    finally:
        await producer.stop()
        await consumer.stop()


async def _produce(producer: AIOKafkaProducer, numbers: range) -> None:
    by_partition: dict[int, list[int]] = {}
    for n in numbers:
        by_partition.setdefault(partition(f"registration{n:08}"), []).append(n)
    acknowledged = []
    for where, mine in by_partition.items():
        batch = producer.create_batch()
        for n in mine:
            record = {"key": f"registration{n:08}".encode(), "value": _body(n), "timestamp": None}
            if batch.append(**record) is None:
                acknowledged.append(await producer.send_batch(batch, "floor", partition=where))
                batch = producer.create_batch()
                batch.append(**record)
        acknowledged.append(await producer.send_batch(batch, "floor", partition=where))
    await asyncio.gather(*acknowledged)


def _body(n: int) -> bytes:
    fact = {
        "type": "registration.confirmed.v1",
        "subject": f"registration{n:08}",
        "at": "2027-01-04T08:00:00.000000Z",
        "edition": "bench-2027",
        "person": f"person{n:014}",
        "links": 0,
        "number": n,
        "sessions": ("s000", "s006"),
        "without": (),
        "places_left": 1000,
    }
    return orjson.dumps(fact)


async def _consume(consumer: AIOKafkaConsumer, facts: Any, count: int) -> None:
    while count > 0:
        batches = await consumer.getmany(timeout_ms=50, max_records=500)
        records = [record for batch in batches.values() for record in batch]
        if records:
            await facts.insert_many([orjson.loads(record.value) for record in records])
            await consumer.commit()
            count -= len(records)
