"""What this room learns from registration: that places grow scarce, are gone, or are free again."""

from __future__ import annotations

from colloque.contracts.registration import PlacesChanged, SeatsChanged
from colloque.runtime.work import Answer, Work
from colloque_scheduling.domain.programme.availability import Availability, unknown


async def follow_places(fact: PlacesChanged, work: Work) -> Answer:
    known = await work.get(Availability, fact.subject) or unknown(fact.subject)
    work.keep(known.with_places(fact.at_least))
    return None


async def follow_seats(fact: SeatsChanged, work: Work) -> Answer:
    known = await work.get(Availability, fact.subject) or unknown(fact.subject)
    work.keep(known.with_seats(fact.session, fact.at_least))
    return None
