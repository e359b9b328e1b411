"""What the room's pages and its API show."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import groupby

from colloque.contracts.fact import EditionFrame, EditionId, SessionId, Slot, TrackFrame
from colloque.runtime.desk import Desk
from colloque_registration.domain.editions import Edition, EditionDesk, UnknownEdition
from colloque_registration.domain.people import Person
from colloque_registration.domain.registration import Registration, UnknownRegistration
from colloque_registration.domain.sessions import SessionSeats, seats_id
from colloque_registration.domain.waitlist import Offer, Waitlist


@dataclass(frozen=True)
class Moment:
    """The sessions that can be booked at one time, and the field that asks which."""

    name: str
    slot: Slot
    sessions: tuple[SessionSeats, ...]


@dataclass(frozen=True)
class EditionView:
    """An edition as its pages show it, up to a second old unless it was asked for exactly."""

    page: Edition
    frame: EditionFrame
    desk: EditionDesk
    seats: Mapping[SessionId, SessionSeats]

    @cached_property
    def moments(self) -> tuple[Moment, ...]:
        return tuple(moments(list(self.seats.values())))

    @property
    def tracks(self) -> Mapping[str, TrackFrame]:
        return {track.id: track for track in self.page.tracks}

    def tracks_of(self, sessions: Iterable[SessionId]) -> list[TrackFrame]:
        """Those that the sessions belong to, in their own order."""
        wanted = {track for one in self.chosen(sessions) for track in one.frame.tracks}
        return [track for track in self.page.tracks if track.id in wanted]

    @property
    def print_(self) -> tuple[object, ...]:
        """Another one when the form would look different."""
        seats = tuple(one.version for one in self.seats.values() if one.bookable)
        return (self.page.version, self.desk.door, self.desk.places_left > 0, self.desk.capacity, seats)

    @property
    def frame_print(self) -> tuple[object, ...]:
        """Another one when what stands around a person's own words would look different."""
        return (self.page.version, self.desk.places_left > 0)

    def chosen(self, sessions: Iterable[SessionId]) -> list[SessionSeats]:
        """In the order of the day."""
        wanted = set(sessions)
        return [one for id, one in self.seats.items() if id in wanted]


@dataclass(frozen=True)
class RegistrationView:
    registration: Registration
    person: Person
    edition: EditionView

    def open_offer(self, now: datetime) -> Offer | None:
        """What is offered and can still be answered."""
        offer = self.registration.offer
        if self.registration.state != "offered" or offer is None or now >= offer.until:
            return None
        return None if self.edition.desk.called_off else offer


class Reader:
    def __init__(self, desk: Desk) -> None:
        self._reads = desk.reads

    async def must_know(self, id: EditionId) -> None:
        if await self.frame(id) is None:
            raise UnknownEdition(id, objects=[f"edition/{id}"])

    async def edition(self, id: EditionId, *, exact: bool = False) -> EditionView:
        """`exact`: as it stands now, for who counts on it."""
        read = self._reads.all if exact else self._reads.glance_all
        [page], [desk] = await asyncio.gather(read(Edition, [id]), read(EditionDesk, [id]))
        if page is None or page.frame is None or desk is None:
            raise UnknownEdition(id, objects=[f"edition/{id}"])
        found = await read(SessionSeats, [seats_id(id, session) for session in page.sessions])
        seats = {one.session: one for one in found if one is not None}
        return EditionView(page, page.frame, desk, seats)

    async def frame(self, id: EditionId) -> EditionFrame | None:
        page = await self._reads.glance(Edition, id)
        return page.frame if page is not None else None

    async def series_of(self, id: EditionId) -> str | None:
        frame = await self.frame(id)
        return frame.series if frame is not None else None

    async def registration(self, id: str, links: int) -> RegistrationView:
        """The one a link speaks of."""
        registration = await self._reads.get(Registration, id)
        if registration is None or registration.links != links:
            raise UnknownRegistration(objects=[f"registration/{id}"])
        return await self._whole(registration)

    async def one_of(self, edition: EditionId, id: str) -> RegistrationView:
        """The one an organiser of that edition looks at."""
        registration = await self._reads.get(Registration, id)
        if registration is None or registration.edition != edition:
            raise UnknownRegistration(objects=[f"registration/{id}"])
        return await self._whole(registration)

    async def _whole(self, registration: Registration) -> RegistrationView:
        person, edition = await asyncio.gather(
            self._reads.get(Person, registration.person), self.edition(registration.edition)
        )
        if person is None:
            raise UnknownRegistration(objects=[f"registration/{registration.id}"])
        return RegistrationView(registration, person, edition)

    async def rank(self, registration: Registration) -> tuple[int, int]:
        """(place in line, length of the line)"""
        line = await self._reads.get(Waitlist, registration.edition)
        return (line.rank(registration.id) or 0, len(line.line)) if line is not None else (0, 0)


def moments(seats: Sequence[SessionSeats]) -> Iterable[Moment]:
    """Sessions that can be booked, by the time they begin and end."""
    bookable = sorted((one for one in seats if one.bookable), key=_time)
    for place, (_, group) in enumerate(groupby(bookable, key=_time), start=1):
        sessions = tuple(group)
        yield Moment(f"slot_{place}", sessions[0].frame.slot, sessions)


def _time(one: SessionSeats) -> tuple[object, object]:
    return (one.frame.slot.starts_at, one.frame.slot.ends_at)
