"""The Apache Kafka that the live tests stand on is a real one: it keeps what it acknowledged, whoever is killed."""

from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from tests.live.kafka_cluster import KafkaCluster

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(300)]


async def make_topic(kafka: KafkaCluster, copies: int) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic("letters", 2, copies)])
    finally:
        await admin.close()


async def produce(kafka: KafkaCluster, *letters: bytes) -> None:
    async with AIOKafkaProducer(bootstrap_servers=kafka.bootstrap, acks="all", enable_idempotence=True) as producer:
        for letter in letters:
            await producer.send_and_wait("letters", letter, key=b"amina")


async def read(kafka: KafkaCluster, count: int) -> list[bytes]:
    async with AIOKafkaConsumer(
        "letters", bootstrap_servers=kafka.bootstrap, group_id="readers", auto_offset_reset="earliest"
    ) as consumer:
        return [(await consumer.getone()).value for _ in range(count)]


async def test_one_broker_keeps_its_letters_over_a_kill(tmp_path: Path) -> None:
    async with KafkaCluster(tmp_path) as kafka:
        await make_topic(kafka, copies=1)
        await produce(kafka, b"one", b"two")
        kafka.kill()
        await kafka.revive()
        await produce(kafka, b"three")
        assert await read(kafka, 3) == [b"one", b"two", b"three"]


async def test_three_brokers_go_on_with_two(tmp_path: Path) -> None:
    async with KafkaCluster(tmp_path, size=3) as kafka:
        await make_topic(kafka, copies=3)
        await produce(kafka, b"one")
        kafka.kill(1)
        await produce(kafka, b"two")
        await kafka.revive(1)
        await produce(kafka, b"three")
        assert await read(kafka, 3) == [b"one", b"two", b"three"]
