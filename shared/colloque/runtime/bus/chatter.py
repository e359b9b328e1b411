"""The client library reports each try of each consumer for each partition while a broker is away: once in a while will
do."""

from __future__ import annotations

import logging
import time

SPEAKERS = (
    "aiokafka",
    "aiokafka.client",
    "aiokafka.cluster",
    "aiokafka.conn",
    "aiokafka.consumer.consumer",
    "aiokafka.consumer.fetcher",
    "aiokafka.consumer.group_coordinator",
    "aiokafka.consumer.subscription_state",
    "aiokafka.producer.producer",
    "aiokafka.producer.sender",
)
QUIET = 10.0


class OnceInAWhile(logging.Filter):
    """Lets a sentence pass that was not said in the last ten seconds, whatever it was said of."""

    def __init__(self) -> None:
        super().__init__()
        self._said: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        now = time.monotonic()
        if self._said.get(record.msg, -QUIET) + QUIET > now:
            return False
        self._said[record.msg] = now
        return True


def dampen() -> None:
    for name in SPEAKERS:
        speaker = logging.getLogger(name)
        if not any(isinstance(known, OnceInAWhile) for known in speaker.filters):
            speaker.addFilter(OnceInAWhile())
