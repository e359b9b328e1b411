"""Somebody with access to the broker who writes to the house's topics what no relay would."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError

from colloque.contracts import TOPICS
from colloque.runtime.bus.envelope import Franking
from colloque.runtime.bus.kafka.consuming import look_back
from colloque.runtime.bus.kafka.producing import PARTITION
from colloque.runtime.bus.port import ASKS, PULSES, Letter
from colloque.runtime.bus.topics import TABLE
from colloque.runtime.store.mongo import MongoStore, connect
from tests.kills.stage import Stage

OURS = ("echo", b"1")


@asynccontextmanager
async def started(client: Any) -> AsyncIterator[Any]:
    """Ended too where its start failed, as the client's own context would not have it."""
    try:
        await client.start()
        yield client
    finally:
        await client.stop()


class Mischief:
    def __init__(self, servers: str, seed: int) -> None:
        self._servers, self._chance = servers, random.Random(seed)
        self.echoed = 0

    async def write(self, letters: Iterable[Letter]) -> None:
        async with started(AIOKafkaProducer(bootstrap_servers=self._servers, acks="all")) as producer:
            for topic, partition, key, body, given in letters:
                where, headers = partition, list(given)
                if where not in await producer.partitions_for(topic):  # in the house's own broker a topic is one log
                    where, headers = 0, [*headers, (PARTITION, str(partition).encode())]
                sent = await producer.send(topic, body, key=key.encode(), partition=where, headers=headers)
                await sent

    async def make_topics(self) -> None:
        """As the house makes them in its own broker."""
        admin = AIOKafkaAdminClient(bootstrap_servers=self._servers)
        await admin.start()
        try:
            await admin.create_topics([NewTopic(name, 1, 1) for name in TABLE])
        finally:
            await admin.close()

    @asynccontextmanager
    async def echo(self) -> AsyncIterator[None]:
        """Everything that is said is said once more, later, and in another order."""
        task = asyncio.create_task(self._echo())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _echo(self) -> None:
        """The broker may go and come meanwhile."""
        while True:
            try:
                ears = AIOKafkaConsumer(*TOPICS, bootstrap_servers=self._servers, auto_offset_reset="earliest")
                async with started(ears) as consumer:
                    await self._echo_what_comes(consumer)
            except (KafkaError, OSError):
                await asyncio.sleep(0.3)
            except asyncio.CancelledError:
                task = asyncio.current_task()
                if task is None or task.cancelling():
                    raise
                # The client has cancelled a future of its own, and we were waiting for it.

    async def _echo_what_comes(self, consumer: Any) -> None:
        while True:
            await look_back(consumer)
            heard = [one for records in (await consumer.getmany(timeout_ms=300)).values() for one in records]
            letters = [
                Letter(one.topic, one.partition, (one.key or b"").decode(), one.value, (*one.headers, OURS))
                for one in heard
                if OURS not in one.headers
            ]
            self._chance.shuffle(letters)
            async with asyncio.timeout(5):
                await self.write(letters)
            self.echoed += len(letters)

    def junk(self) -> list[Letter]:
        """Nothing of it can be read."""
        envelopes: tuple[Sequence[tuple[str, bytes]], ...] = (
            (),
            (("ce_source", b"\xff\xfe"), ("seq", b"1"), ("epoch", b"1"), ("n", b"1")),
            (("ce_source", b"/colloque/registration"), ("seq", b"one"), ("epoch", b"1"), ("n", b"1")),
            (("ce_source", b"/colloque/registration"), ("seq", b"-1"), ("epoch", b"1"), ("n", b"1")),
            (("ce_source", b"/colloque/cellar"), ("seq", b"1"), ("epoch", b"1"), ("n", b"1")),
        )
        letters = [
            Letter(topic, self._chance.randrange(12), "junk", self._chance.randbytes(40), headers)
            for topic in TOPICS
            for headers in envelopes
        ]
        letters += [Letter(topic, 0, "junk", body, ()) for topic in (PULSES, ASKS) for body in (b"", b"{", b"[1]")]
        self._chance.shuffle(letters)
        return letters


async def letters_of(stage: Stage, room: str, topic: str) -> list[Letter]:
    """All that a room has ever said on a topic, as its relay would say it."""
    async with connect(stage.servers.mongodb) as client:
        store = MongoStore(client, room, "colloque_")
        await store.open(())
        counter = await store.counter()
        lines = await store.journal(1, counter.n)
        await store.close()
    franking = Franking(room, counter.epoch)
    return [letter for line in lines for letter in franking.letters(line, {}, lambda name, *_: name == topic)]


def forged(source: str, partition: int, seq: int, kind: str, body: bytes) -> Letter:
    """In a proper envelope, and the next that its readers expect."""
    headers = {
        "ce_id": f"forged-{seq}",
        "ce_type": kind,
        "ce_source": f"/colloque/{source}",
        "ce_subject": "nobody",
        "ce_story": "forgery",
        "ce_cause": "forgery",
        "epoch": "1",
        "seq": str(seq),
        "n": str(seq),
    }
    return Letter(f"colloque.{source}", partition, "nobody", body, [(k, v.encode()) for k, v in headers.items()])
