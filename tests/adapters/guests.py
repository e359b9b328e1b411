"""A small room, with every sort of field and lookup that a store has to keep."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from enum import Enum, StrEnum
from typing import Any, ClassVar

from colloque.contracts.fact import Slot
from colloque.runtime.refusal import Refusal
from colloque.runtime.store.port import Counter, Mark, Transaction
from colloque.runtime.work import Document, Lookup, Timer

NOON = datetime(2018, 6, 1, 12, 0, 0, 123000, tzinfo=UTC)


class EmailTaken(Refusal):
    pass


class NumberTaken(Refusal):
    pass


class State(StrEnum):
    PENDING = "pending"
    CONFIRMED = "confirmed"


class Meal(Enum):
    NONE = 0
    LUNCH = 1


class Guest(Document):
    lookups: ClassVar[tuple[Lookup, ...]] = (
        *("email", "edition", "sessions"),
        *(("edition", "number"), ("edition", "arrives")),
    )
    unique: ClassVar[Mapping[Lookup, type[Refusal]]] = {"email": EmailTaken, ("edition", "number"): NumberTaken}
    windows: ClassVar[tuple[tuple[str, ...], ...]] = (("edition", "number"), ("at",), ("edition", "state", "arrives"))

    email: str
    edition: str = "nec"
    number: int = 0
    sessions: tuple[str, ...] = ()
    state: State = State.PENDING
    meal: Meal = Meal.NONE
    arrives: date | None = None
    at: datetime | None = None
    slot: Slot | None = None
    needs: frozenset[str] = frozenset()
    words: Mapping[str, Any] = {}


class Badge(Document):
    colour: str = "blue"


KINDS = (Guest, Badge, Timer)


def guest(number: int, **more: Any) -> Guest:
    return Guest(**{"id": f"g{number:04}", "email": f"guest{number}@example.org", "number": number, **more})


def line(number: int, **more: Any) -> dict[str, Any]:
    return {"_id": f"cause{number}/step", "n": number, "story": "s", "at": NOON, "parcels": [], **more}


def turn(known: Counter, lines: Sequence[int] = (), marks: dict[str, Mark] | None = None, **more: Any) -> Transaction:
    """A turn with the lines of these numbers; each sends one parcel."""
    last, marks = max((known.n, *lines)), marks or {}
    ends = {"registration/3": known.ends.get("registration/3", 0) + len(lines)} if lines else {}
    after = replace(
        known,
        turn=known.turn + 1,
        n=last,
        ends={**known.ends, **ends},
        marks={**known.marks, **marks},
        next_by="",
        next_until=0.0,
    )
    return Transaction(
        known, after, changed_ends=ends, changed_marks=marks, lines=[line(number) for number in lines], **more
    )
