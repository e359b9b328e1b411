"""What a release of the programme means for those who have booked: which of their sessions it changed, which are off,
and which two of those they still hold are now at the same time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

from colloque.contracts.fact import ChangeKind, EditionId, Frozen, SessionChange, SessionId, Slot
from colloque.runtime.work import Change, Document

LOOK = 64
"""So many registrations are looked at, at once,"""
SLICE = 50
"""and, of those concerned, how many are told: others wait for one such turn at most."""
Clash = tuple[SessionId, SessionId]


class Shift(Frozen):
    """One session as a release changed it for whoever has it in their agenda; `now` None: it is off."""

    session: SessionId
    kinds: tuple[ChangeKind, ...]
    was: Slot
    now: Slot | None


def shifts_of(changes: Iterable[SessionChange]) -> tuple[Shift, ...]:
    """Those of the changes that somebody who booked must hear of."""
    shifts = []
    for change in changes:
        if change.previous is not None and (kinds := change.kinds):
            off = change.current is None or change.current.off
            now = None if off or change.current is None else change.current.slot
            shifts.append(Shift(session=change.session, kinds=kinds, was=change.previous.slot, now=now))
    return tuple(shifts)


class Concern(NamedTuple):
    """What one release means for one who had booked: `held` after it."""

    changed: tuple[Shift, ...]
    held: tuple[SessionId, ...]
    released: tuple[SessionId, ...]
    clashes: tuple[Clash, ...]


def concern(booked: Sequence[SessionId], shifts: Mapping[SessionId, Shift], hours: Mapping[SessionId, Slot]) -> Concern:
    """`hours`: of every session booked, as they are with that release."""
    changed = tuple(shifts[session] for session in sorted(booked) if session in shifts)
    released = tuple(shift.session for shift in changed if shift.now is None)
    held = tuple(session for session in booked if session not in released)
    return Concern(changed, held, released, _clashes(held, shifts, hours))


def _clashes(
    held: Sequence[SessionId], shifts: Mapping[SessionId, Shift], hours: Mapping[SessionId, Slot]
) -> tuple[Clash, ...]:
    """Two that overlap with this release and did not before it: of those that did, the person knows."""
    was = {session: shifts[session].was if session in shifts else hours[session] for session in held}
    return tuple(
        (one, other)
        for one, other in combinations(sorted(held), 2)
        if hours[one].overlaps(hours[other]) and not was[one].overlaps(was[other])
    )


def release_id(edition: EditionId, n: int) -> str:
    return f"{edition}/{n}"


class Release(Document):
    """What release `n` changed for those who have booked; kept until all of them are told."""

    edition: EditionId
    n: int
    shifts: tuple[Shift, ...]


class Telling(Document):
    """How far those concerned by the releases of an edition (its id) are told: one release after the other, so that
    everybody hears of them in order, and within one in order of the registrations' numbers."""

    queue: tuple[int, ...] = ()
    """Releases still to be told, the one in hand first."""
    after: int = 0
    """Of the one in hand, everybody up to this number is told."""
    upto: int = 0
    """The last number that existed when the release was heard of: who came later knew."""
    waiting: tuple[int, ...] = ()
    """The same of those that wait."""
    told: int = 0
    """How many it has concerned so far."""
    done: int = 0
    """The last release that everybody has been told of."""

    @property
    def in_hand(self) -> int | None:
        return self.queue[0] if self.queue else None

    @property
    def next_slice(self) -> range:
        return range(self.after + 1, min(self.after + LOOK, self.upto) + 1)

    def still_to_tell(self, number: int) -> tuple[int, ...]:
        """Of which releases the registration of that number has not been told, in order."""
        return self.queue[1:] if number <= self.after else self.queue

    def heard(self, n: int, numbered: int) -> Change[Telling]:
        if not self.queue:
            return Change(self.becomes(queue=(n,), after=0, upto=numbered, told=0))
        return Change(self.becomes(queue=(*self.queue, n), waiting=(*self.waiting, numbered)))

    def told_one(self) -> Change[Telling]:
        """Ahead of its turn."""
        return Change(self.becomes(told=self.told + 1))

    def told_slice(self, told: int, reached: int) -> Change[Telling]:
        """Everybody up to that number is told; after the last one, the next release is in hand."""
        if reached < self.upto:
            return Change(self.becomes(after=reached, told=self.told + told))
        n, *queue = self.queue
        upto, *waiting = self.waiting or (0,)
        rest = {"queue": tuple(queue), "waiting": tuple(waiting), "after": 0, "upto": upto if queue else 0}
        return Change(self.becomes(done=n, told=0 if queue else self.told + told, **rest))
