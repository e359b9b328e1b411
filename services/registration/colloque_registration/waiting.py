"""Who waits, in order, and what is offered: as the console and the API show it."""

from __future__ import annotations

from dataclasses import dataclass

from colloque.contracts.fact import EditionId
from colloque.runtime.desk import Desk
from colloque_registration.domain.registration import Registration
from colloque_registration.domain.waitlist import Ahead, Waitlist


@dataclass(frozen=True)
class Place:
    rank: int
    registration: Registration
    ahead: Ahead | None
    not_now: bool


@dataclass(frozen=True)
class Line:
    """A stretch of it."""

    places: tuple[Place, ...]
    length: int


class Waiting:
    def __init__(self, desk: Desk) -> None:
        self._reads = desk.reads

    async def offers(self, edition: EditionId) -> list[Registration]:
        """What is under way, whatever ends first on top."""
        found = await self._reads.window(Registration, edition=edition, state="offered", low=1, high=2**31)
        return sorted(found, key=lambda one: (one.offer.until if one.offer else one.submitted_at, one.number))

    async def line(self, edition: EditionId, skip: int, size: int) -> Line:
        known = await self._reads.get(Waitlist, edition) or Waitlist(id=edition)
        found = await self._reads.all(Registration, known.line[skip : skip + size])
        places = tuple(
            Place(rank, one, known.why_ahead(one.id), one.id in known.not_now)
            for rank, one in enumerate(found, start=skip + 1)
            if one is not None
        )
        return Line(places, len(known.line))
