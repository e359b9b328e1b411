"""What the small rooms keep, tell and are asked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar

from colloque.contracts.fact import Fact
from colloque.runtime.refusal import Refusal
from colloque.runtime.work import Command, Document, Lookup

CAPACITY = 3
LIVE = ("confirmed", "waiting", "offered")


class NotSo(Refusal): ...


class Taken(Refusal): ...


# ---------------------------------------------------------------------------------------------------------- documents
class Reg(Document):
    lookups: ClassVar[tuple[Lookup, ...]] = ("person",)

    person: str
    edition: str
    state: str
    rank: int = 0
    lapses: int = 0
    revision: int = 1
    place: int | None = None


class Seats(Document):
    free: int = CAPACITY
    queue: tuple[str, ...] = ()
    rank: int = 0


class Badge(Document):
    lookups: ClassVar[tuple[Lookup, ...]] = ("name",)
    unique: ClassVar[Mapping[Lookup, type[Refusal]]] = {"name": Taken}

    name: str


class Closed(Document):
    by: str


class Swept(Document):
    slices: int = 0


class Someone(Document):
    revision: int = 0
    erased: bool = False


class Tally(Document):
    count: int = 0


class Allot(Document):
    log: tuple[tuple[str, int], ...] = ()


class Letter(Document):
    """C's mail, as the postman wants it."""

    lookups: ClassVar[tuple[Lookup, ...]] = ("lane",)
    windows: ClassVar[tuple[tuple[str, ...], ...]] = (("state", "due_at"),)

    state: str = "queued"
    due_at: datetime
    lane: str
    after: str = ""
    attempts: int = 0
    story: str
    person: str
    revision: int


class Known(Document):
    """C's copy of a contact."""

    epoch: int
    revision: int
    erased: bool

    @property
    def place(self) -> tuple[int, int]:
        return self.epoch, self.revision


class Ledger(Document):
    """T's: what came on one stream of traces, in order; one document a stream and life of its source."""

    lines: tuple[str, ...] = ()


# -------------------------------------------------------------------------------------------------------------- facts
class About(Fact):
    person: str
    edition: str
    revision: int


class Registered(About):
    type: str = "sim.registered.v1"


class Offered(About):
    type: str = "sim.offered.v1"


class Confirmed(About):
    type: str = "sim.confirmed.v1"


class Cancelled(About):
    type: str = "sim.cancelled.v1"


class Expired(About):
    type: str = "sim.expired.v1"


class Noted(Fact):
    """Nobody has a step for this one."""

    type: str = "sim.noted.v1"


class Odd(Fact):
    """What A believes to be one."""

    type: str = "sim.odd.v1"


class OddAsRead(Odd):
    """What B believes it to be: it cannot read what A tells."""

    weight: int


class Allotted(Fact):
    type: str = "sim.allotted.v1"
    place: int


class Reported(Fact):
    type: str = "sim.reported.v1"
    letter: str
    result: str


# ----------------------------------------------------------------------------------------------------------- commands
class Register(Command):
    edition: str
    person: str


class OnReg(Command):
    reg: str

    @property
    def about(self) -> str:
        return self.reg


class Cancel(OnReg): ...


class Accept(OnReg): ...


class Extend(OnReg): ...


class Expire(OnReg): ...


class Sweep(Command):
    left: int


class MakeBadge(Command):
    name: str


class Close(Command):
    edition: str


class Misspeak(Command):
    """Tells what nobody can read."""

    edition: str


class ChangeContact(Command):
    person: str
    erase: bool


class SettleLetter(Command):
    letter: str
    result: str
