"""What an operator does to a room from a command line: parked messages, and a database put back from a back-up."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

from colloque.runtime.desk import Desk
from colloque.runtime.journal import Cause
from colloque.runtime.parked import DropParked, NothingParked, Parked


async def parked(desk: Desk) -> list[Parked]:
    """Every queue, the oldest first."""
    return await desk.store.window(Parked, low=datetime(1970, 1, 1, tzinfo=UTC), high=datetime(9999, 1, 1, tzinfo=UTC))


async def show(desk: Desk, id: str) -> Parked:
    found = await desk.store.get(Parked, id)
    if found is None:
        raise NothingParked(id)
    return found


async def replay(desk: Desk, id: str) -> None:
    """The head of the queue and nothing else."""
    await desk.replay(id)


async def drop(desk: Desk, id: str, why: str) -> None:
    head = (await show(desk, id)).queue[0]
    await desk.do(DropParked(parked=id, cause=head.cause, why=why), Cause(uuid4().hex, head.story))


async def restored(desk: Desk) -> int:
    """To be said once, before the first turn after the database was put back: begins a new life of the journal."""
    await desk.store.open(desk.kinds)
    return await desk.store.begin_epoch()
