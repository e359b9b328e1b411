"""What every room says of itself: which steps it has, and what each message it handled has produced."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from colloque.contracts.fact import Fact, Frozen


class RoomOpened(Fact):
    """Subject: the room. `steps`: type of message → names of the steps it has for it."""

    type: Literal["room.opened.v1"] = "room.opened.v1"
    steps: dict[str, tuple[str, ...]]


class Output(Frozen):
    """One thing that handling a message has produced. `kind`: document, fact, mail, file or webhook; or `dropped`:
    `ref` is then the line (`<cause>/<step>`) whose fact an operator has given up, and `why` what they wrote of it; or
    `reason`: `why` an organiser did it to what `ref` names."""

    kind: str
    ref: str
    type: str | None = None
    version: int | None = None
    media_type: str | None = None
    sha256: str | None = None
    size: int | None = None
    licence: str | None = None
    visibility: str | None = None
    why: str | None = None


class TraceLine(Frozen):
    """A line of a room's journal as it travels on `colloque.traces`: without the bodies of what it sent."""

    type: Literal["line"] = "line"
    id: str
    n: int
    room: str
    epoch: int
    story: str
    cause: str
    message: str
    """The type of the message that was handled."""
    step: str
    scope: str | None = None
    """The edition it concerns, if one."""
    at: datetime
    took_ms: float
    outcome: Literal["done", "refused", "parked"]
    reason: str | None = None
    outputs: tuple[Output, ...] = ()
    parcels: tuple[dict[str, Any], ...] = ()
    """(id, type, topic, subject) of each parcel."""
