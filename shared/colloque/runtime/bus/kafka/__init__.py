"""Kafka, or what speaks its protocol: the only home of FastStream and aiokafka.

Consumers go through FastStream, in batches; bodies and headers are left alone. What is sent goes through a producer of
its own, one explicit batch for each topic and partition. Offsets are committed in the background, before anything is
handled: they are hints (journal.md §4)."""

from colloque.runtime.bus.kafka.bus import KafkaBus

__all__ = ["KafkaBus"]
