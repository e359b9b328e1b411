"""Seats in the sessions of a programme: one document a session, so that a rush for one does not hold up the others."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from itertools import combinations

from colloque.contracts.fact import EditionId, SessionFrame, SessionId
from colloque.contracts.registration import SeatsChanged
from colloque.runtime.refusal import Invalid, Refusal
from colloque.runtime.work import Change, Document
from colloque_registration.domain import filling


class SessionFull(Refusal):
    """Its last seat is taken."""


class SessionNotBookable(Invalid):
    """Nobody needs, or can have, a seat of their own there."""


class SessionsOverlap(Refusal):
    """One person cannot sit in two rooms at once."""

    status = 422


def seats_id(edition: EditionId, session: SessionId) -> str:
    return f"{edition}.{session}"


class SessionSeats(Document):
    """`gone`: a release took it out or called it off. Who had booked it still has it in their registration."""

    edition: EditionId
    frame: SessionFrame
    taken: int = 0
    gone: bool = False
    told: int | None = None
    """At least so many seats are free, as the other rooms heard last (None: nothing but how many there are)."""

    @property
    def session(self) -> SessionId:
        return self.frame.id

    @property
    def bookable(self) -> bool:
        return self.frame.booking != "none" and not self.gone

    @property
    def left(self) -> int:
        return max(0, self.frame.seats - self.taken)

    def take(self) -> Change[SessionSeats]:
        if not self.bookable:
            raise SessionNotBookable(self.session, objects=[f"session/{self.session}"])
        if not self.left:
            raise SessionFull(self.session, objects=[f"session/{self.session}"])
        return Change(self.becomes(taken=self.taken + 1))

    def give_back(self, seats: int = 1) -> Change[SessionSeats]:
        return Change(self.becomes(taken=self.taken - seats))

    def released(self, frame: SessionFrame | None) -> Change[SessionSeats]:
        """As the next release has it (None: it holds it no more). The seats that are taken stay taken."""
        off = frame is None or frame.off
        return Change(self.becomes(frame=frame or self.frame, gone=off))

    def telling(self, at: datetime) -> Change[SessionSeats]:
        """This document as it is to be kept, and the news of its seats if there is any."""
        said = filling.at_least(self.frame.seats) if self.told is None else self.told
        now = filling.told(said, self.left)
        if now == said or not self.bookable:
            return Change(self)
        fact = SeatsChanged(subject=self.edition, at=at, session=self.session, seats=self.frame.seats, at_least=now)
        return Change(self.model_copy(update={"told": now}), (fact,))


def choose(asked: Sequence[SessionId], seats: Iterable[SessionSeats | None], held: Collection[SessionId] = ()) -> None:
    """What may be asked for: sessions that can be booked, at most one at any moment. Full ones may be asked for:
    whether there is a seat is decided when the place is taken. What is `held` already may be kept, whatever a release
    has made of it since."""
    known = {one.session: one for one in seats if one is not None}
    new = [session for session in asked if session not in held]
    for session in new:
        if session not in known or not known[session].bookable:
            raise SessionNotBookable(f"{session} cannot be booked", objects=[f"session/{session}"], field="sessions")
    for session in new:
        others = [known[one] for one in asked if one != session and one in known]
        if clash := next((other for other in others if first_overlap([known[session], other])), None):
            one, other = sorted((session, clash.session))
            objects = [f"session/{one}", f"session/{other}"]
            raise SessionsOverlap(f"{one} and {other} are at the same time", objects=objects, field="sessions")


def overlaps(held: Sequence[SessionSeats]) -> list[tuple[SessionSeats, SessionSeats]]:
    """Every two of those held that are at the same time, what is called off apart."""
    stand = [one for one in held if not one.gone]
    return [(one, other) for one, other in combinations(stand, 2) if one.frame.slot.overlaps(other.frame.slot)]


def first_overlap(chosen: Sequence[SessionSeats]) -> tuple[SessionSeats, SessionSeats] | None:
    for place, one in enumerate(chosen):
        for other in chosen[place + 1 :]:
            if one.session == other.session or one.frame.slot.overlaps(other.frame.slot):
                return one, other
    return None


def seat(
    asked: Iterable[SessionSeats], held: Iterable[SessionSeats] = ()
) -> tuple[list[SessionSeats], list[SessionId]]:
    """Takes a seat in each of the sessions asked for, in order, that still has one and leaves one person in one room.
    Answers the sessions that changed, and those asked for in vain."""
    there, taken, without = list(held), list[SessionSeats](), list[SessionId]()
    for one in asked:
        if one.bookable and one.left and first_overlap([*there, one]) is None:
            taken.append(one.take().document)
            there.append(one)
        else:
            without.append(one.session)
    return taken, without
