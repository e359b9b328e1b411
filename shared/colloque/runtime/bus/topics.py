"""The topics of the house, in one table. Contents are kept by the journals, so a week is long; nothing is compacted, so
that what is erased leaves the broker for certain."""

from __future__ import annotations

from typing import NamedTuple

from colloque.contracts import TOPICS
from colloque.runtime.bus.port import ASKS, PARTITIONS, PULSES

HOUR = 3_600_000
LARGEST = 8 << 20
"""Bytes of one message: a release with every session's texts in two languages is larger than Kafka's usual million."""


class Topic(NamedTuple):
    name: str
    partitions: int
    retention_ms: int

    @property
    def settings(self) -> dict[str, str]:
        return {
            "cleanup.policy": "delete",
            "retention.ms": str(self.retention_ms),
            "max.message.bytes": str(LARGEST),
        }


TABLE = {
    **{name: Topic(name, PARTITIONS, 7 * 24 * HOUR) for name in TOPICS},
    **{name: Topic(name, 1, HOUR) for name in (PULSES, ASKS)},
}


def manifest() -> str:
    """The same table for whoever makes topics by hand: `deploy/kafka/topics.yaml`."""
    lines = ["# The topics of the house. Made by `python -m colloque.runtime.bus.topics`: do not edit.", "topics:"]
    for topic in TABLE.values():
        lines += [f"  - name: {topic.name}", f"    partitions: {topic.partitions}", "    config:"]
        lines += [f'      {name}: "{value}"' for name, value in topic.settings.items()]
    return "\n".join(lines) + "\n"


def partitions_of(topic: str) -> int:
    return TABLE[topic].partitions if topic in TABLE else PARTITIONS


if __name__ == "__main__":
    print(manifest(), end="")
