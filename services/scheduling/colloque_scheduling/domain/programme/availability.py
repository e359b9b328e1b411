"""What is still free, as the registration room last said: how many places at least, never exactly how many."""

from __future__ import annotations

from pydantic import Field

from colloque.contracts.fact import EditionId, SessionId
from colloque.runtime.work import Change, Document

LAST = 1
"""The mark under which places are the last ones: more than none, and not yet ten."""


class Availability(Document):
    """Its id is the edition's. Of what nothing was said yet (None, or a session that is not named) only the capacity is
    known."""

    places: int | None = None
    seats: dict[SessionId, int] = Field(default_factory=dict)

    @property
    def full(self) -> bool:
        return self.places == 0

    @property
    def last(self) -> bool:
        return self.places == LAST

    def with_places(self, at_least: int) -> Change[Availability]:
        return Change(self if at_least == self.places else self.becomes(places=at_least))

    def with_seats(self, session: SessionId, at_least: int) -> Change[Availability]:
        same = self.seats.get(session) == at_least
        return Change(self if same else self.becomes(seats={**self.seats, session: at_least}))


def unknown(edition: EditionId) -> Availability:
    return Availability(id=edition, version=-1)
