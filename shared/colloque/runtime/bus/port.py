"""What the runtime asks of a broker. Adapters: `memory`, `kafka`; one contract test runs on both (and on a real Kafka).

The broker may lose, repeat, reorder and forget everything: the journal is the truth (journal.md §4)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import NamedTuple, Protocol

PULSES = "colloque.pulses"
ASKS = "colloque.asks"
PARTITIONS = 12


class Letter(NamedTuple):
    """One record on its way out."""

    topic: str
    partition: int
    key: str
    body: bytes
    headers: Sequence[tuple[str, bytes]]


class Delivery(NamedTuple):
    """One record that has arrived. `offset` is where the broker keeps it: a hint, never the truth."""

    topic: str
    partition: int
    offset: int
    key: str
    body: bytes
    headers: Mapping[str, bytes]


Receive = Callable[[Sequence[Delivery]], Awaitable[None]]


class BusDown(Exception):
    """The broker did not acknowledge: some of it may have arrived."""


class Bus(Protocol):
    """`subscribe` and `overhear` are called before `start`. `start` does not wait for the broker to be there: it keeps
    trying with growing delay, and `ready` says how it stands."""

    def subscribe(self, group: str, topics: Sequence[str], receive: Receive) -> None:
        """A consumer group: each partition goes to one of its members, batches in order."""
        ...

    def overhear(self, topics: Sequence[str], receive: Receive) -> None:
        """Every process hears every record from now on (pulses, asks): no group, no past."""
        ...

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    @property
    def ready(self) -> bool: ...

    async def send(self, letters: Sequence[Letter]) -> None:
        """Returns when the broker has acknowledged all of them; raises BusDown."""
        ...

    async def look_back(self, group: str) -> int:
        """Partitions whose position lies beyond their topic's end go back to the beginning: a broker made anew holds
        less than we have read, and would let us wait for ever. Answers how many."""
        ...
