"""Each room says which steps it has for which types of message, so that a trace can name what is missing."""

from __future__ import annotations

from colloque.contracts.traces import RoomOpened
from colloque.runtime.work import Answer, Change, Command, Document, Work


class OpenRoom(Command):
    room: str
    steps: dict[str, tuple[str, ...]]


class Opened(Document):
    """What was said last; its id is the room."""

    steps: dict[str, tuple[str, ...]]


async def open_room(command: OpenRoom, work: Work) -> Answer:
    known = await work.get(Opened, command.room)
    if known is None or known.steps != command.steps:
        opened = known.becomes(steps=command.steps) if known else Opened(id=command.room, steps=command.steps)
        work.keep(Change(opened, (RoomOpened(subject=command.room, at=work.now, steps=command.steps),)))
    return command.room
