"""The topics, made where they are missing or narrower than the table has them."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic
from aiokafka.errors import IncompatibleBrokerVersion, TopicAlreadyExistsError, for_code

from colloque.runtime.bus.topics import Topic

log = logging.getLogger(__name__)


async def lay_topics(servers: str, admin: AIOKafkaAdminClient, topics: Sequence[Topic], replication: int) -> None:
    there = {one["topic"]: len(one["partitions"]) for one in await admin.describe_topics()}
    missing = [topic for topic in topics if topic.name not in there]
    if missing:
        log.info("%d topics are made at %s", len(missing), servers)
        answer = await admin.create_topics([_new(topic, replication) for topic in missing])
        for name, code, *_ in answer.topic_errors:
            if code not in (0, TopicAlreadyExistsError.errno):
                raise for_code(code)(name)
    # A consumer that asked for one first, ours too, has it made as the broker thinks best.
    narrow = [topic for topic in topics if there.get(topic.name, topic.partitions) < topic.partitions]
    if narrow:
        await _widen(servers, admin, narrow, replication)


async def _widen(servers: str, admin: AIOKafkaAdminClient, narrow: Sequence[Topic], replication: int) -> None:
    try:
        await admin.create_partitions({topic.name: NewPartitions(topic.partitions) for topic in narrow})
    except IncompatibleBrokerVersion:
        # The embedded broker cannot; what it holds the journals hold, so it begins these again.
        log.info("%d topics are made again at %s", len(narrow), servers)
        await lay_again(admin, narrow, replication)


async def lay_again(admin: AIOKafkaAdminClient, topics: Sequence[Topic], replication: int) -> None:
    await admin.delete_topics([topic.name for topic in topics])
    await admin.create_topics([_new(topic, replication) for topic in topics])


def _new(topic: Topic, replication: int) -> NewTopic:
    return NewTopic(topic.name, topic.partitions, replication, topic_configs=topic.settings)
