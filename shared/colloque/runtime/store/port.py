"""What the runtime asks of a room's database. Adapters: `memory`, `mongo`; one contract test runs on both.

A store holds, for one room: documents by kind, the journal (lines), one counter document, leases. It reads by id,
by declared lookups (equality) and by closed ranges, and writes in transactions only. Instants come back in whole
milliseconds; everything else comes back equal."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol, TypeVar

from colloque.runtime.refusal import Refusal
from colloque.runtime.work import Document, Find, Key

D = TypeVar("D", bound=Document)
LineRecord = dict[str, Any]
"""A line of the journal as journal.md §3 draws it, `_id` included; see runtime/journal.py for its fields."""


class Mark(NamedTuple):
    """How far this room has handled a stream of another: the place, and the n of its line at the source."""

    epoch: int
    seq: int
    n: int


START = Mark(1, 0, 0)


@dataclass(frozen=True, slots=True)
class Counter:
    """One document a room. `ends`: "<topic>/<partition>" of its own streams → seq. `marks`:
    "<source>/<topic>/<partition>" → Mark. Topics are written here without "colloque." (no dots in field names).
    `next_by`, `next_until`: who has the next turn for itself, and until when (system seconds)."""

    epoch: int = 1
    turn: int = 0
    n: int = 0
    ends: Mapping[str, int] = field(default_factory=dict)
    marks: Mapping[str, Mark] = field(default_factory=dict)
    parked: int = 0
    """How many Parked documents there are: while it is 0, nobody has to look for one."""
    next_by: str = ""
    next_until: float = 0.0


@dataclass(slots=True)
class Transaction:
    """All that one turn writes. `known` is the counter it was decided on, `after` what it becomes (turn + 1, numbers,
    ends, marks, nobody's next turn); only `changed_ends` and `changed_marks` differ. `replaces` and `deletes` carry the
    version they replace; `held` the versions a decision rested on."""

    known: Counter
    after: Counter
    changed_ends: dict[str, int] = field(default_factory=dict)
    changed_marks: dict[str, Mark] = field(default_factory=dict)
    lines: list[LineRecord] = field(default_factory=list)
    inserts: list[Document] = field(default_factory=list)
    replaces: list[tuple[Document, int]] = field(default_factory=list)
    deletes: list[tuple[type[Document], str, int]] = field(default_factory=list)
    held: list[tuple[type[Document], str, int]] = field(default_factory=list)

    @property
    def writes(self) -> bool:
        """A turn without lines, marks and documents commits nothing."""
        return bool(self.lines or self.changed_marks or self.inserts or self.replaces or self.deletes)


class Conflict(Exception):
    """Somebody committed in between: the counter or a version is another than known, or the server says so (112,
    TransientTransactionError). Nothing of the transaction is there."""


class DuplicateLine(Exception):
    """One of the lines is in the journal already: its message has been handled. Nothing of the transaction is there."""


class DuplicateValue(Exception):
    """A unique index said no. `refusal` is what the document names for that index."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(str(refusal))
        self.refusal = refusal


class CommitUnknown(Exception):
    """The connection was lost during the commit: it did, did not or still will happen."""


class Down(Exception):
    """The database is out of reach. Nothing is counted as a failure."""


class OtherData(Exception):
    """What lies there was written by another room, or in a shape this version does not know."""


class Fetched(NamedTuple):
    documents: Mapping[Key, Document | None]
    """Every key asked for, and every document a find met."""
    found: Mapping[Find, tuple[Key, ...]]


class Store(Protocol):
    """Every method may raise Down. `trips` counts round trips to the server by kind of call."""

    room: str
    trips: dict[str, int]

    async def open(self, kinds: Iterable[type[Document]]) -> None:
        """Indexes (journal.n and every lookup, unique or window), the counter if there is none. Ends what a dead
        process of this room left open (`killSessions`). Says so if the data are of another room or shape."""
        ...

    async def close(self) -> None: ...

    async def counter(self) -> Counter: ...

    async def fetch(self, keys: Iterable[Key], finds: Iterable[Find] = ()) -> Fetched:
        """One read a collection and lookup, all at once."""
        ...

    async def lines(self, ids: Iterable[str]) -> dict[str, LineRecord]: ...

    async def commit(self, tx: Transaction) -> None:
        """All or nothing. Raises Conflict, DuplicateLine, DuplicateValue, CommitUnknown, Down."""
        ...

    async def free(self) -> None:
        """Ends the open transactions of this room's other processes (one may be dead and hold the counter)."""
        ...

    async def seize_next(self, by: str, until: float, now: float) -> None:
        """A refused process takes the next turn for itself: raises `turn`, so that nobody else's commit in hand holds.
        Nothing happens while another one has it (`next_until` > now)."""
        ...

    async def journal(self, first: int, last: int) -> list[LineRecord]:
        """Lines with first <= n <= last, in order of n."""
        ...

    async def lease(
        self, name: str, holder: str, now: float, until: float, values: Mapping[str, Any]
    ) -> dict[str, Any] | None:
        """Whoever holds it, or finds it run out, has it until `until`, and `values` are laid over those kept with it
        (the relay's mark). Answers the lease's values as they were before, None if somebody else has it."""
        ...

    async def begin_epoch(self) -> int:
        """After a restore: the next epoch; n, ends and marks stay as the back-up has them (readers go through the
        streams again from 1 under the new epoch, and drop what they have handled). Answers the epoch. To be called
        before the first turn."""
        ...

    async def watch(self, woken: Callable[[], None]) -> None:
        """Calls `woken` after every commit of any process of this room, until it is cancelled; ends at once where the
        server cannot tell. It only wakes: whoever is woken looks for himself."""
        ...

    async def get(self, kind: type[D], id: str) -> D | None: ...

    async def find(self, kind: type[D], **equal: Any) -> list[D]:
        """By a declared lookup, as last committed."""
        ...

    async def window(
        self, kind: type[D], *, low: Any, high: Any, reverse: bool = False, limit: int = 0, **equal: Any
    ) -> list[D]:
        """By a declared window: the equal fields, then low <= last field <= high, in its order. Keep ranges closed and
        narrow: a server may read all of it before it sorts."""
        ...

    async def seed(self, documents: Sequence[Document]) -> None:
        """Bulk insert outside any turn: for measurements and imports into an empty room only."""
        ...
