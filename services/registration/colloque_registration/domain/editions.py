"""Editions as scheduling tells them, and the desk that opens a door and counts who goes through."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Literal, TypeAlias
from zoneinfo import ZoneInfo

from colloque.contracts.fact import EditionFrame, EditionId, SessionId, TrackFrame
from colloque.contracts.registration import PlacesChanged
from colloque.runtime.refusal import NotFound, Refusal
from colloque.runtime.work import Change, Document
from colloque_registration.domain import filling

Door: TypeAlias = Literal["announced", "open", "closed", "postponed", "cancelled", "over"]


class UnknownEdition(NotFound):
    """No edition of that name, or none that is announced."""


class NotYetOpen(Refusal):
    """Registration opens later."""


class RegistrationIsClosed(Refusal):
    """Registration has closed."""


class EditionIsPostponed(Refusal):
    """New dates will be told."""


class EditionIsCancelled(Refusal):
    """There will be no such event."""


class EditionIsOver(Refusal):
    """It has taken place."""


_SHUT: dict[Door, type[Refusal]] = {
    "announced": NotYetOpen,
    "closed": RegistrationIsClosed,
    "postponed": EditionIsPostponed,
    "cancelled": EditionIsCancelled,
    "over": EditionIsOver,
}


class Edition(Document):
    """For pages: the frame, and the last release of the programme (0: none yet)."""

    windows = (("starts_on",),)

    starts_on: str = ""
    """The day, to list editions by; nothing while only the programme is known."""
    frame: EditionFrame | None = None
    release: int = 0
    opens_at: datetime | None = None
    """When the first session of the release begins."""
    tracks: tuple[TrackFrame, ...] = ()
    sessions: tuple[SessionId, ...] = ()
    """All that the release holds, in the order of the day."""

    @property
    def first_day(self) -> datetime:
        """Its beginning, at the place."""
        assert self.frame is not None
        return datetime.combine(self.frame.starts_on, time(), ZoneInfo(self.frame.tz)).astimezone(UTC)


class EditionDesk(Document):
    """For decisions. Every registration has its number here, dense in each edition, in order of submission."""

    door: Door
    capacity: int
    closes_at: datetime | None = None
    opens_at: datetime | None = None
    """When the first session of the programme begins; nothing while none is known."""
    release: int = 0
    """The last one of the programme: whoever takes a place now knows of it."""
    numbered: int = 0
    pending: int = 0
    confirmed: int = 0
    waitlisted: int = 0
    not_now: int = 0
    """So many of those have declined what is free at present."""
    offered: int = 0
    cancelled: int = 0
    expired: int = 0
    told: int | None = None
    """At least so many places are free, as the other rooms heard last (None: nothing but the capacity)."""

    @property
    def unpromised(self) -> int:
        """Places that nobody has, and that are offered to nobody."""
        return max(0, self.capacity - self.confirmed - self.offered)

    @property
    def held(self) -> int:
        """Places that are not taken and not for whoever comes next: offered to somebody, or free and for those who
        stand in line, in order. So a place that is freed (or added) while somebody waits is never sold past them; what
        all of them have declined is anybody's."""
        return self.offered + min(self.waitlisted - self.not_now, self.unpromised)

    @property
    def places_left(self) -> int:
        return max(0, self.capacity - self.confirmed - self.held)

    def shut(self, now: datetime) -> Refusal | None:
        """Why nobody can register now; None when one can."""
        if self.door == "open":
            return RegistrationIsClosed() if self.closes_at and now >= self.closes_at else None
        return _SHUT[self.door]()

    def let_in(self, now: datetime) -> None:
        if refusal := self.shut(now):
            raise refusal

    @property
    def called_off(self) -> bool:
        """There is nothing to come to, or not any more."""
        return self.door in ("cancelled", "over")

    def not_called_off(self) -> None:
        """What was asked while the door stood open may still be confirmed after it has closed, as long as there is
        something to come to."""
        if self.called_off:
            raise _SHUT[self.door]

    def submitted(self) -> Change[EditionDesk]:
        return Change(self.becomes(numbered=self.numbered + 1, pending=self.pending + 1))

    def moved(self, before: str, after: str, at: datetime) -> Change[EditionDesk]:
        """One registration went from one state to the other."""
        return self.telling(self.went(before, after), at)

    def went(self, before: str, after: str, *, not_now: int | None = None) -> EditionDesk:
        """The same while more is to come, before anything is told of it."""
        counts = {before: getattr(self, before) - 1, after: getattr(self, after) + 1}
        return self.becomes(**counts, not_now=self.not_now if not_now is None else not_now)

    def offers(self, now: datetime, opening: datetime) -> bool:
        """Whether places are offered to those who wait: until the edition begins, and while it is to take place."""
        return self.door in ("open", "closed") and now < opening

    def telling(self, after: EditionDesk, at: datetime) -> Change[EditionDesk]:
        """That document, and the news of the door if there is any."""
        said = filling.at_least(self.capacity) if self.told is None else self.told
        now = filling.told(said, after.places_left if after.takes_place_at_once else 0)
        if now == said:
            return Change(after)
        fact = PlacesChanged(subject=self.id, at=at, capacity=after.capacity, at_least=now)
        return Change(after.model_copy(update={"told": now}), (fact,))

    @property
    def takes_place_at_once(self) -> bool:
        return self.places_left > 0 and self.waitlisted == self.not_now


def told(
    edition: EditionId, frame: EditionFrame, door: Door | None, known: Edition | None, desk: EditionDesk | None
) -> tuple[Edition, EditionDesk]:
    """Both as this news leaves them; `door` None: only the frame has changed."""
    day = frame.starts_on.isoformat()
    page = known.becomes(frame=frame, starts_on=day) if known else Edition(id=edition, frame=frame, starts_on=day)
    counted = desk or EditionDesk(id=edition, door="announced", capacity=frame.capacity)
    if known and not desk:
        counted = counted.model_copy(update={"release": known.release, "opens_at": known.opens_at})
    news = {"capacity": frame.capacity, "closes_at": frame.closes_at, "door": door or counted.door}
    return page, counted.becomes(**news) if desk else counted.model_copy(update=news)
