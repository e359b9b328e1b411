"""A broker of this process alone keeps all in memory, forgets nothing by itself, and looks through every batch of a log
each time it is asked for the newest: so a log that has grown long and has been read begins again, empty."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from colloque.runtime.bus.kafka.consuming import position
from colloque.runtime.bus.kafka.laying import lay_again
from colloque.runtime.bus.topics import Topic

STILL = 0.2
"""Seconds that those who send wait at most for those who read."""


class Log(NamedTuple):
    """As far as it was sent from here: of a topic, whose partitions all travel in one."""

    batches: int = 0
    end: int = 0


class Afresh:
    """`keeps`: batches of a topic after which it may begin again."""

    def __init__(self, keeps: int) -> None:
        self._keeps = keeps
        self._logs: dict[str, Log] = {}
        self._turns: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._under_way = 0
        self._open = asyncio.Event()
        self._open.set()

    @asynccontextmanager
    async def sending(self) -> AsyncIterator[None]:
        while not self._open.is_set():
            await self._open.wait()
        self._under_way += 1
        try:
            yield
        finally:
            self._under_way -= 1

    def turn(self, topic: str) -> asyncio.Lock:
        return self._turns[topic]

    def sent(self, topic: str, end: int) -> None:
        self._logs[topic] = Log(self._logs.get(topic, Log()).batches + 1, end)

    async def begin(self, admin: AIOKafkaAdminClient, topics: Mapping[str, Topic], consumers: Sequence[Any]) -> None:
        """What is long is made anew, once nothing is under way and all consumers have been given what it holds. Where
        they have not within a moment, it is left for another time."""
        long = [name for name, one in self._logs.items() if one.batches >= self._keeps]
        if not long or None in consumers:
            return
        self._open.clear()
        try:
            if await self._all_is_still(consumers, long):
                await self._make_anew(admin, [topics[name] for name in long], consumers)
        finally:
            self._open.set()

    async def _all_is_still(self, consumers: Sequence[Any], names: Sequence[str]) -> bool:
        until = time.monotonic() + STILL
        while self._under_way or not await self._have_all(consumers, names):
            if time.monotonic() > until:
                return False
            await asyncio.sleep(0.005)
        return True

    async def _have_all(self, consumers: Sequence[Any], names: Sequence[str]) -> bool:
        for consumer, where in _heard(consumers, names):
            if await position(consumer, where) < self._logs[where.topic].end:
                return False
        return True

    async def _make_anew(self, admin: AIOKafkaAdminClient, topics: Sequence[Topic], consumers: Sequence[Any]) -> None:
        names = [topic.name for topic in topics]
        await lay_again(admin, topics, replication=1)
        for consumer, where in _heard(consumers, names):
            consumer.seek(where, 0)
        for name in names:
            del self._logs[name]


def _heard(consumers: Sequence[Any], names: Sequence[str]) -> list[tuple[Any, TopicPartition]]:
    places = [TopicPartition(name, 0) for name in names]
    return [(consumer, where) for consumer in consumers for where in places if where in consumer.assignment()]
