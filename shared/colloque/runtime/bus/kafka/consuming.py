"""What is received, as FastStream hands it on: in batches, bodies and headers left alone."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage, TopicPartition
from faststream.kafka import Topic as Subscribed
from faststream.kafka.message import FAKE_CONSUMER

from colloque.runtime.bus.kafka.producing import PARTITION
from colloque.runtime.bus.port import Delivery, Receive


def subscriber(
    broker: KafkaBroker, receivers: Sequence[tuple[frozenset[str], Receive]], *, one_log: bool = False, **more: Any
) -> Any:
    """One consumer for all of them; each gets what it wants, in order. `one_log`: each topic has one partition, which
    it takes without asking for it."""
    topics = sorted(frozenset().union(*(topics for topics, _ in receivers)))

    async def handle(records: Sequence[Any]) -> None:
        deliveries = [_delivery(record) for record in records]
        for wanted, receive in receivers:
            if theirs := [one for one in deliveries if one.topic in wanted]:
                await receive(theirs)

    by_group = [] if one_log else [Subscribed(topic, declare=False) for topic in topics]
    by_hand = [TopicPartition(topic, 0, declare=False) for topic in topics] if one_log else []
    made = broker.subscriber(
        *by_group,
        partitions=by_hand,
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
    made(handle)
    return made


def _delivery(record: Any) -> Delivery:
    key = record.key.decode(errors="replace") if record.key else ""
    headers = {name: value or b"" for name, value in record.headers}
    own = headers.pop(PARTITION, b"")
    where = int(own) if own.isdigit() else record.partition
    return Delivery(record.topic, where, record.offset, key, record.value or b"", headers)


async def look_back(consumer: Any) -> int:
    """Where a position lies beyond the end, back to the beginning. The end is what the last answer to a fetch said:
    asked for it, the embedded broker tells where its last batch begins."""
    moved = 0
    for where in consumer.assignment() if consumer is not None else ():
        end = consumer.highwater(where)
        if end is not None and await position(consumer, where) > end:
            consumer.seek(where, 0)
            moved += 1
    return moved


async def position(consumer: Any, where: Any) -> int:
    """What it has been given reaches to here. -1 while that is being looked up; to wait for it may take for ever."""
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
