"""The connection to a server, and how long anything may take."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeAlias

from pymongo import AsyncMongoClient
from pymongo.errors import ConnectionFailure
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from colloque.runtime.store.port import Down

Client: TypeAlias = AsyncMongoClient[dict[str, Any]]

DURABLE = WriteConcern("majority", j=True)
# A line that a fail-over may still take back must not be published: nothing is read before a majority has it.
SETTLED = ReadConcern("majority")


def connect(uri: str, *, patience: float = 2.0, stall: float = 20.0, listeners: Sequence[Any] = ()) -> Client:
    """`patience`: seconds to look for a server before it counts as away; `stall`: to wait for its answer. Whether the
    driver tries writes again is the address's own word: SecantusDB's says `retryWrites=false`. `listeners`: pymongo's,
    for who counts or measures."""
    return AsyncMongoClient(
        uri,
        appname="colloque",
        serverSelectionTimeoutMS=round(patience * 1000),
        connectTimeoutMS=round(patience * 1000),
        socketTimeoutMS=round(stall * 1000),
        event_listeners=listeners,
    )


@contextmanager
def reaching() -> Iterator[None]:
    try:
        yield
    except ConnectionFailure as lost:
        raise Down(str(lost)[:300]) from lost
