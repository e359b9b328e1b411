"""What lies on the broker, read with a plain client."""

from __future__ import annotations

from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition


@dataclass(frozen=True)
class Record:
    topic: str
    partition: int
    key: bytes
    value: bytes
    headers: tuple[tuple[str, bytes], ...]

    def header(self, name: str) -> str:
        return next((value.decode() for key, value in self.headers if key == name), "")


async def every_record(kafka: str, *topics: str) -> list[Record]:
    """From the beginning to the end of a house at rest; of every topic of the house, if none is named."""
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka, enable_auto_commit=False, auto_offset_reset="earliest")
    await consumer.start()
    try:
        wanted = topics or sorted(name for name in await consumer.topics() if name.startswith("colloque."))
        places = [
            TopicPartition(topic, partition)
            for topic in wanted
            for partition in sorted(consumer.partitions_for_topic(topic) or ())
        ]
        consumer.assign(places)
        await consumer.seek_to_beginning(*places)
        records: list[Record] = []
        behind = set(places)
        while behind:
            for batch in (await consumer.getmany(timeout_ms=200)).values():
                records += [
                    Record(one.topic, one.partition, one.key or b"", one.value or b"", tuple(one.headers))
                    for one in batch
                ]
            # Where the log ends is what an answer to a fetch says: asked for it, the embedded broker tells where its
            # last batch begins.
            behind = {place for place in behind if not await _read_whole(consumer, place)}
        return records
    finally:
        await consumer.stop()


async def _read_whole(consumer: AIOKafkaConsumer, place: TopicPartition) -> bool:
    end = consumer.highwater(place)
    return end is not None and await consumer.position(place) >= end


async def publish(kafka: str, *records: Record) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=kafka, acks="all")
    await producer.start()
    try:
        for one in records:
            await producer.send_and_wait(
                one.topic, one.value, key=one.key, partition=one.partition, headers=list(one.headers)
            )
    finally:
        await producer.stop()
