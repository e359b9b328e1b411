"""One process's connection to the broker, made again whatever becomes of it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from faststream.kafka import KafkaBroker

from colloque.runtime.bus.chatter import dampen
from colloque.runtime.bus.kafka.afresh import Afresh
from colloque.runtime.bus.kafka.consuming import look_back, subscriber
from colloque.runtime.bus.kafka.laying import lay_topics
from colloque.runtime.bus.kafka.producing import deliver, end, started
from colloque.runtime.bus.port import BusDown, Letter, Receive
from colloque.runtime.bus.topics import TABLE

log = logging.getLogger(__name__)
# FastStream warns of what is left out on purpose; a receiver that fails is an error, and said.
framework = logging.getLogger(f"{__name__}.framework")

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
    ask for, and lets a room that falls behind keep the others waiting. Without it each room is a group of its own.
    `keeps`: the broker is this process's own, and holds all in memory: one consumer takes all there is and asks for no
    group, a topic is one log, and begins again after so many batches (docs/decisions/0016)."""

    def __init__(
        self,
        servers: str,
        *,
        idempotent: bool = True,
        replication: int = 1,
        patience: float = 45,
        group: str | None = None,
        keeps: int | None = None,
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
        self._afresh = Afresh(keeps) if keeps is not None else None
        self._topics = {
            name: topic._replace(partitions=1) if keeps is not None else topic for name, topic in TABLE.items()
        }
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
        one_log = self._afresh is not None
        if self._group is None and not one_log:
            for group, those in self._subscribed.items():
                self._groups[group] = subscriber(self._broker, [those], group_id=group, auto_offset_reset="earliest")
        elif self._subscribed:
            everybody, name = list(self._subscribed.values()), None if one_log else self._group
            one = subscriber(self._broker, everybody, one_log=one_log, group_id=name, auto_offset_reset="earliest")
            self._groups = dict.fromkeys(self._subscribed, one)
        if self._overheard:
            self._overhearing = subscriber(self._broker, self._overheard, auto_offset_reset="latest", one_log=one_log)
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
                if self._afresh is None:
                    await deliver(self._producer, letters)
                else:
                    async with self._afresh.sending():
                        await deliver(self._producer, letters, self._afresh)
        except (KafkaError, OSError) as error:
            self._failures += 1
            self._answers = False
            self._doubt.set()
            raise BusDown(repr(error)) from error
        self._failures = 0

    async def look_back(self, group: str) -> int:
        try:
            async with asyncio.timeout(REPLY):
                return await look_back(self._groups[group].consumer)
        except (KafkaError, OSError) as error:
            raise BusDown(repr(error)) from error

    # ---- its life
    async def _live(self) -> None:
        await self._insist(self._come_up, self._hang_up)
        await self._broker.connect()
        async with asyncio.TaskGroup() as tasks:
            # Side by side: a first join takes seconds.
            for ears in self._broker.subscribers:
                tasks.create_task(self._insist(ears.start, ears.stop))
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
        await lay_topics(self._servers, self._admin, [*self._topics.values()], self._replication)
        await self._renew_producer()
        self._answers = True

    async def _look_after(self) -> None:
        assert self._admin is not None
        async with asyncio.timeout(REPLY):
            await lay_topics(self._servers, self._admin, [*self._topics.values()], self._replication)
        for consumer in self._alone:
            async with asyncio.timeout(REPLY):
                await look_back(consumer)
        if self._afresh is not None:
            async with asyncio.timeout(REPLY):
                await self._afresh.begin(self._admin, self._topics, self._alone)
        if self._failures >= HOPELESS:
            await self._renew_producer()

    @property
    def _alone(self) -> list[Any]:
        """The consumers without a group: where they stand is nobody's business but ours."""
        ears = [] if self._overhearing is None else [self._overhearing]
        if self._afresh is not None:
            ears += {id(one): one for one in self._groups.values()}.values()
        return [one.consumer for one in ears]

    async def _renew_producer(self) -> None:
        old, self._producer, self._failures = self._producer, None, 0
        if old is not None:
            await end(old)
        self._producer = await started(self._servers, idempotent=self._idempotent, metadata_ms=METADATA)

    async def _hang_up(self) -> None:
        self._answers = False
        producer, admin, self._producer, self._admin = self._producer, self._admin, None, None
        ends = [self._broker.stop()]
        if producer is not None:
            ends.append(end(producer))
        if admin is not None:
            ends.append(admin.close())
        await asyncio.gather(*ends, return_exceptions=True)
