"""Kafka, or what speaks its protocol: the only home of FastStream and aiokafka.

Consumers go through FastStream, in batches; bodies and headers are left alone. What is sent goes through a producer of
its own, one explicit batch for each topic and partition. Offsets are committed in the background, before anything is
handled: they are hints (journal.md §4)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic
from aiokafka.errors import IncompatibleBrokerVersion, KafkaError, TopicAlreadyExistsError, UnknownError, for_code
from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage
from faststream.kafka import Topic as Subscribed
from faststream.kafka.message import FAKE_CONSUMER

from colloque.runtime.bus.chatter import dampen
from colloque.runtime.bus.port import BusDown, Delivery, Letter, Receive
from colloque.runtime.bus.topics import LARGEST, TABLE, Topic

log = logging.getLogger(__name__)
# FastStream warns of what is left out on purpose; a receiver that fails is an error, and said.
framework = logging.getLogger(f"{__name__}.framework")

BATCH = 1 << 20
"""Bytes that travel as one batch; a single letter may be larger."""
LOOK = 1.0
"""Seconds between two looks at the broker: does it answer, and does it have the topics?"""
REPLY = 3.0
"""Seconds that a broker has for an answer: the client may wait for ever for one whose question died with it."""
LONGEST = 5.0
"""Seconds between two tries at most."""
METADATA = 5_000
"""Milliseconds after which a client looks whether its topics have other partitions than it knows: a topic that was
just widened may first be seen as it was."""
HOPELESS = 3
"""Failed sends to a broker that answers, after which the producer itself is made anew."""

Work = Callable[[], Awaitable[Any]]


class KafkaBus:
    """One a process; its rooms may share it. `idempotent`: the embedded broker does not know how. `replication`: of
    topics that have to be made. `patience`: seconds that a send may take; an idempotent producer never gives up.
    `group`: one consumer of that name hears for all the process's rooms, which saves the broker most of what they would
    ask for, and lets a room that falls behind keep the others waiting. Without it each room is a group of its own."""

    def __init__(
        self,
        servers: str,
        *,
        idempotent: bool = True,
        replication: int = 1,
        patience: float = 45,
        group: str | None = None,
    ) -> None:
        self._servers, self._idempotent, self._replication = servers, idempotent, replication
        self._patience = patience
        framework.setLevel(logging.ERROR)
        dampen()
        # FastStream's own producer and administration are left out.
        self._broker = KafkaBroker(
            servers,
            logger=framework,
            consumer_only=True,
            apply_types=False,
            graceful_timeout=2,
            metadata_max_age_ms=METADATA,
        )
        self._group = group
        self._subscribed: dict[str, tuple[frozenset[str], Receive]] = {}
        self._groups: dict[str, Any] = {}
        self._overheard: list[tuple[frozenset[str], Receive]] = []
        self._overhearing: Any = None
        self._admin: AIOKafkaAdminClient | None = None
        self._producer: AIOKafkaProducer | None = None
        self._answers = False
        self._failures = 0
        self._doubt = asyncio.Event()
        self._living: asyncio.Task[None] | None = None

    # ---- the port
    def subscribe(self, group: str, topics: Sequence[str], receive: Receive) -> None:
        self._subscribed[group] = (frozenset(topics), receive)

    def overhear(self, topics: Sequence[str], receive: Receive) -> None:
        self._overheard.append((frozenset(topics), receive))

    async def start(self) -> None:
        if self._group is None:
            for group, those in self._subscribed.items():
                self._groups[group] = self._subscriber([those], group_id=group, auto_offset_reset="earliest")
        elif self._subscribed:
            everybody = list(self._subscribed.values())
            one = self._subscriber(everybody, group_id=self._group, auto_offset_reset="earliest")
            self._groups = dict.fromkeys(self._subscribed, one)
        if self._overheard:
            self._overhearing = self._subscriber(self._overheard, auto_offset_reset="latest")
        self._living = asyncio.create_task(self._live(), name="kafka")

    async def stop(self) -> None:
        if self._living is not None:
            self._living.cancel()
            await asyncio.gather(self._living, return_exceptions=True)
        await self._hang_up()

    @property
    def ready(self) -> bool:
        return self._answers

    async def send(self, letters: Sequence[Letter]) -> None:
        if self._producer is None:
            raise BusDown("not connected")
        try:
            async with asyncio.timeout(self._patience):
                await self._deliver(self._producer, letters)
        except (KafkaError, OSError) as error:
            self._failures += 1
            self._answers = False
            self._doubt.set()
            raise BusDown(repr(error)) from error
        self._failures = 0

    async def look_back(self, group: str) -> int:
        try:
            async with asyncio.timeout(REPLY):
                return await _look_back(self._groups[group].consumer)
        except (KafkaError, OSError) as error:
            raise BusDown(repr(error)) from error

    # ---- sending
    async def _deliver(self, producer: AIOKafkaProducer, letters: Sequence[Letter]) -> None:
        batches: dict[tuple[str, int], list[Letter]] = {}
        for letter in letters:
            batches.setdefault((letter.topic, letter.partition), []).append(letter)
        sent = [self._deliver_to(producer, *where, batch) for where, batch in batches.items()]
        failures = [end for end in await asyncio.gather(*sent, return_exceptions=True) if end is not None]
        if failures:
            if isinstance(failures[0], asyncio.CancelledError):  # a producer that is ended lets go of what it holds
                raise BusDown("the producer was given up") from failures[0]
            raise failures[0]

    async def _deliver_to(self, producer: AIOKafkaProducer, topic: str, where: int, letters: Sequence[Letter]) -> None:
        if where not in (await producer.partitions_for(topic) or ()):
            raise BusDown(f"{topic} has no partition {where}")
        try:
            await _send_packed(producer, topic, where, letters)
        except UnknownError:  # what the embedded broker says once of each partition that it has just been given
            await _send_packed(producer, topic, where, letters)

    # ---- receiving
    def _subscriber(self, receivers: Sequence[tuple[frozenset[str], Receive]], **more: Any) -> Any:
        topics = sorted(frozenset().union(*(topics for topics, _ in receivers)))

        async def handle(records: Sequence[Any]) -> None:
            deliveries = [_delivery(record) for record in records]
            for wanted, receive in receivers:
                if theirs := [one for one in deliveries if one.topic in wanted]:
                    await receive(theirs)

        subscriber = self._broker.subscriber(
            *(Subscribed(topic, declare=False) for topic in topics),
            batch=True,
            max_records=500,
            batch_timeout_ms=10,
            fetch_max_wait_ms=50,
            session_timeout_ms=10_000,
            heartbeat_interval_ms=2_000,
            # A receiver that has enough makes us wait; that is no reason to leave the group.
            max_poll_interval_ms=3_600_000,
            ack_policy=AckPolicy.ACK_FIRST,
            parser=_unread,
            decoder=_undecoded,
            **more,
        )
        subscriber(handle)
        return subscriber

    # ---- its life
    async def _live(self) -> None:
        await self._insist(self._come_up, self._hang_up)
        await self._broker.connect()
        async with asyncio.TaskGroup() as tasks:
            # Side by side: a first join takes seconds.
            for subscriber in self._broker.subscribers:
                tasks.create_task(self._insist(subscriber.start, subscriber.stop))
            tasks.create_task(self._watch_over())

    async def _insist(self, work: Work, undo: Work) -> None:
        delay = 0.1
        while not await self._tried(work):
            await self._tried(undo)
            await asyncio.sleep(delay)
            delay = min(LONGEST, delay * 2)

    async def _watch_over(self) -> None:
        """A broker made anew has no topics, and lets some consumers wait for ever."""
        while True:
            try:
                async with asyncio.timeout(LOOK):
                    await self._doubt.wait()
            except TimeoutError:
                pass
            self._doubt.clear()
            self._answers = await self._tried(self._look_after)
            if not self._answers:
                await asyncio.sleep(0.2)

    async def _tried(self, work: Work) -> bool:
        try:
            await work()
        except (KafkaError, OSError, BusDown) as error:
            log.info("%s does not answer: %r", self._servers, error)
            return False
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
            # The client has cancelled a future of its own, and we were waiting for it: nobody meant us.
            log.info("%s does not answer: its client has let go", self._servers)
            return False
        except Exception:
            log.warning("%s gives a strange answer", self._servers, exc_info=True)
            return False
        return True

    async def _come_up(self) -> None:
        self._admin = AIOKafkaAdminClient(bootstrap_servers=self._servers, request_timeout_ms=10_000)
        await self._admin.start()
        await self._make_topics(self._admin)
        await self._renew_producer()
        self._answers = True

    async def _look_after(self) -> None:
        assert self._admin is not None
        async with asyncio.timeout(REPLY):
            await self._make_topics(self._admin)
        if self._overhearing is not None:
            async with asyncio.timeout(REPLY):
                await _look_back(self._overhearing.consumer)
        if self._failures >= HOPELESS:
            await self._renew_producer()

    async def _renew_producer(self) -> None:
        old, self._producer, self._failures = self._producer, None, 0
        if old is not None:
            await _end(old)
        producer = AIOKafkaProducer(
            bootstrap_servers=self._servers,
            acks="all",
            linger_ms=0,
            max_batch_size=BATCH,
            max_request_size=LARGEST,
            metadata_max_age_ms=METADATA,
            enable_idempotence=self._idempotent,
            # Time for a cluster to choose another leader; the embedded broker has nothing to choose.
            request_timeout_ms=40_000 if self._idempotent else 5_000,
        )
        try:
            await producer.start()
        except BaseException:
            await producer.stop()
            raise
        self._producer = producer

    async def _make_topics(self, admin: AIOKafkaAdminClient) -> None:
        there = {one["topic"]: len(one["partitions"]) for one in await admin.describe_topics()}
        missing = [topic for topic in TABLE.values() if topic.name not in there]
        if missing:
            log.info("%d topics are made at %s", len(missing), self._servers)
            answer = await admin.create_topics([self._new(topic) for topic in missing])
            for name, code, *_ in answer.topic_errors:
                if code not in (0, TopicAlreadyExistsError.errno):
                    raise for_code(code)(name)
        # A consumer that asked for one first, ours too, has it made as the broker thinks best.
        narrow = [topic for topic in TABLE.values() if there.get(topic.name, topic.partitions) < topic.partitions]
        if narrow:
            await self._widen(admin, narrow)

    async def _widen(self, admin: AIOKafkaAdminClient, narrow: Sequence[Topic]) -> None:
        try:
            await admin.create_partitions({topic.name: NewPartitions(topic.partitions) for topic in narrow})
        except IncompatibleBrokerVersion:
            # The embedded broker cannot; what it holds the journals hold, so it begins these again.
            log.info("%d topics are made again at %s", len(narrow), self._servers)
            await admin.delete_topics([topic.name for topic in narrow])
            await admin.create_topics([self._new(topic) for topic in narrow])

    def _new(self, topic: Topic) -> NewTopic:
        return NewTopic(topic.name, topic.partitions, self._replication, topic_configs=topic.settings)

    async def _hang_up(self) -> None:
        self._answers = False
        producer, admin, self._producer, self._admin = self._producer, self._admin, None, None
        ends = [self._broker.stop()]
        if producer is not None:
            ends.append(_end(producer))
        if admin is not None:
            ends.append(admin.close())
        await asyncio.gather(*ends, return_exceptions=True)


async def _end(producer: AIOKafkaProducer) -> None:
    """It would first see all that it holds acknowledged, however long that takes; the journal holds it too."""
    try:
        async with asyncio.timeout(2):
            await producer.stop()
    except TimeoutError:
        await producer._sender.close()
        await producer.client.close()


async def _send_packed(producer: AIOKafkaProducer, topic: str, where: int, letters: Sequence[Letter]) -> None:
    for batch in _packed(producer, letters):
        acknowledged = await producer.send_batch(batch, topic, partition=where)
        # Whoever has lost patience does not hear how it ended; the event loop would call that an error of ours.
        acknowledged.add_done_callback(_noted)
        await asyncio.shield(acknowledged)


def _noted(future: asyncio.Future[Any]) -> None:
    if not future.cancelled():
        future.exception()


def _packed(producer: AIOKafkaProducer, letters: Sequence[Letter]) -> Iterator[Any]:
    batch = producer.create_batch()
    for topic, _, key, body, headers in letters:
        record = {"key": key.encode(), "value": body, "timestamp": None, "headers": list(headers)}
        if batch.append(**record) is None:
            yield batch
            batch = producer.create_batch()
            if batch.append(**record) is None:
                raise ValueError(f"a letter to {topic} is too large: {len(body)} bytes")
    yield batch


def _delivery(record: Any) -> Delivery:
    key = record.key.decode(errors="replace") if record.key else ""
    headers = {name: value or b"" for name, value in record.headers}
    return Delivery(record.topic, record.partition, record.offset, key, record.value or b"", headers)


async def _look_back(consumer: Any) -> int:
    """Where a position lies beyond the end, back to the beginning. The end is what the last answer to a fetch said:
    asked for it, the embedded broker tells where its last batch begins."""
    moved = 0
    for where in consumer.assignment() if consumer is not None else ():
        end = consumer.highwater(where)
        if end is not None and await _position(consumer, where) > end:
            consumer.seek(where, 0)
            moved += 1
    return moved


async def _position(consumer: Any, where: Any) -> int:
    """-1 while it is being looked up; to wait for that may take for ever."""
    try:
        async with asyncio.timeout(0.2):
            return int(await consumer.position(where))
    except TimeoutError:
        return -1


async def _unread(records: Any) -> KafkaMessage:
    """Headers stay bytes: one that is garbled must not take a whole batch with it."""
    return KafkaMessage(raw_message=records, body=b"", consumer=FAKE_CONSUMER)


async def _undecoded(message: KafkaMessage) -> Any:
    """The records as they came: bodies are read by those who have a step for them, not by the framework."""
    return message.raw_message
