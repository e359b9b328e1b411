"""What is sent: the next batches of each topic and partition, acknowledged."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any, Protocol

from aiokafka import AIOKafkaProducer
from aiokafka.errors import UnknownError

from colloque.runtime.bus.port import BusDown, Letter
from colloque.runtime.bus.topics import LARGEST

PARTITION = "partition"
"""The header of a letter that travels in another partition than its own."""
BATCH = 1 << 20
"""Bytes that travel as one batch; a single letter may be larger."""


async def started(servers: str, *, idempotent: bool, metadata_ms: int) -> AIOKafkaProducer:
    producer = AIOKafkaProducer(
        bootstrap_servers=servers,
        acks="all",
        linger_ms=0,
        max_batch_size=BATCH,
        max_request_size=LARGEST,
        metadata_max_age_ms=metadata_ms,
        enable_idempotence=idempotent,
        # Time for a cluster to choose another leader; the embedded broker has nothing to choose.
        request_timeout_ms=40_000 if idempotent else 5_000,
    )
    try:
        await producer.start()
    except BaseException:
        await producer.stop()
        raise
    return producer


async def end(producer: AIOKafkaProducer) -> None:
    """It would first see all that it holds acknowledged, however long that takes; the journal holds it too."""
    try:
        async with asyncio.timeout(2):
            await producer.stop()
    except TimeoutError:
        await producer._sender.close()
        await producer.client.close()


class OneLog(Protocol):
    def turn(self, topic: str) -> AbstractAsyncContextManager[None]:
        """Many send to the same log, and the client gives up early on whoever often has to wait for others."""
        ...

    def sent(self, topic: str, end: int) -> None:
        """A batch; `end`: the offset after it."""
        ...


async def deliver(producer: AIOKafkaProducer, letters: Sequence[Letter], one_log: OneLog | None = None) -> None:
    """One explicit batch for each topic and partition; raises what the first failure was. `one_log`: a topic's
    partitions all travel in its first."""
    batches: dict[tuple[str, int], list[Letter]] = {}
    for letter in letters:
        batches.setdefault((letter.topic, 0 if one_log else letter.partition), []).append(letter)
    sent = [_deliver_to(producer, *where, batch, one_log) for where, batch in batches.items()]
    failures = [end for end in await asyncio.gather(*sent, return_exceptions=True) if end is not None]
    if failures:
        if isinstance(failures[0], asyncio.CancelledError):  # a producer that is ended lets go of what it holds
            raise BusDown("the producer was given up") from failures[0]
        raise failures[0]


async def _deliver_to(
    producer: AIOKafkaProducer, topic: str, where: int, letters: Sequence[Letter], one_log: OneLog | None
) -> None:
    if where not in (await producer.partitions_for(topic) or ()):
        raise BusDown(f"{topic} has no partition {where}")
    async with one_log.turn(topic) if one_log else nullcontext():
        try:
            await _send_packed(producer, topic, where, letters, one_log)
        except UnknownError:  # what the embedded broker says once of each partition that it has just been given
            await _send_packed(producer, topic, where, letters, one_log)


async def _send_packed(
    producer: AIOKafkaProducer, topic: str, where: int, letters: Sequence[Letter], one_log: OneLog | None
) -> None:
    for batch in _packed(producer, where, letters):
        acknowledged = await producer.send_batch(batch, topic, partition=where)
        # Whoever has lost patience does not hear how it ended; the event loop would call that an error of ours.
        acknowledged.add_done_callback(_noted)
        place = await asyncio.shield(acknowledged)
        if one_log is not None:
            one_log.sent(topic, place.offset + batch.record_count())


def _noted(future: asyncio.Future[Any]) -> None:
    if not future.cancelled():
        future.exception()


def _packed(producer: AIOKafkaProducer, where: int, letters: Sequence[Letter]) -> Iterator[Any]:
    batch = producer.create_batch()
    for topic, partition, key, body, headers in letters:
        own = [*headers] if partition == where else [*headers, (PARTITION, b"%d" % partition)]
        record = {"key": key.encode(), "value": body, "timestamp": None, "headers": own}
        if batch.append(**record) is None:
            yield batch
            batch = producer.create_batch()
            if batch.append(**record) is None:
                raise ValueError(f"a letter to {topic} is too large: {len(body)} bytes")
    yield batch
