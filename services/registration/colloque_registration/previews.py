"""Whom a release would tell, before it is made: the same rules as when it is, on what is booked now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from colloque.contracts.fact import EditionId, SessionChange, SessionId
from colloque.runtime.desk import Desk
from colloque.runtime.refusal import Invalid
from colloque_registration.domain.agenda import Concern, concern, shifts_of
from colloque_registration.domain.registration import Registration
from colloque_registration.reads import EditionView

STRETCH = 200
"""Numbers read at once: others are served in between."""


class NotAChange(Invalid):
    """Hours that nobody can compare, or one session twice."""


@dataclass
class Preview:
    """`concerned`: as many of them as were asked for; what comes `after` the last is null when there is no more."""

    told: int = 0
    updated: int = 0
    """Bookings that move, and `released` those that go."""
    released: int = 0
    clash: int = 0
    by_session: Counter[SessionId] = field(default_factory=Counter)
    by_number_of_changes: Counter[int] = field(default_factory=Counter)
    clash_by_pair: Counter[tuple[SessionId, SessionId]] = field(default_factory=Counter)
    concerned: list[tuple[Registration, Concern]] = field(default_factory=list)
    next_after: int | None = None

    def add(self, registration: Registration, means: Concern, *, shown: bool, most: int) -> None:
        self.told += 1
        self.released += len(means.released)
        self.updated += len(means.changed) - len(means.released)
        self.clash += bool(means.clashes)
        self.by_session.update(shift.session for shift in means.changed)
        self.by_number_of_changes[len(means.changed)] += 1
        self.clash_by_pair.update(means.clashes)
        if shown and len(self.concerned) < most:
            self.concerned.append((registration, means))
        elif shown and self.next_after is None:
            self.next_after = self.concerned[-1][0].number


class Previews:
    def __init__(self, desk: Desk) -> None:
        self._reads = desk.reads

    async def of(self, view: EditionView, changes: Sequence[SessionChange], after: int, most: int) -> Preview:
        sensible(changes)
        shifts = {shift.session: shift for shift in shifts_of(changes)}
        hours = {id: one.frame.slot for id, one in view.seats.items()}
        hours |= {shift.session: shift.now or shift.was for shift in shifts.values()}
        preview = Preview()
        if not shifts:
            return preview
        for low in range(1, view.desk.numbered + 1, STRETCH):
            for one in await self._confirmed(view.page.id, low):
                if not shifts.keys().isdisjoint(one.sessions):
                    booked = [session for session in one.sessions if session in hours]
                    preview.add(one, concern(booked, shifts, hours), shown=one.number > after, most=most)
        return preview

    async def _confirmed(self, edition: EditionId, low: int) -> list[Registration]:
        high = low + STRETCH - 1
        return await self._reads.window(Registration, edition=edition, state="confirmed", low=low, high=high)


def sensible(changes: Sequence[SessionChange]) -> None:
    named = Counter(change.session for change in changes)
    if twice := [session for session, times in named.items() if times > 1]:
        objects = [f"session/{session}" for session in twice[:20]]
        raise NotAChange("a session stands twice among the changes", objects=objects, field="changes")
    for change in changes:
        for side in (change.previous, change.current):
            ends = (side.slot.starts_at, side.slot.ends_at) if side is not None else ()
            if any(end.utcoffset() is None for end in ends):
                objects = [f"session/{change.session}"]
                raise NotAChange("an instant has no offset from UTC", objects=objects, field="changes")
