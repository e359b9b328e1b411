"""The line of those who wait for a place in an edition, and what is offered to them."""

from __future__ import annotations

from datetime import datetime, timedelta

from colloque.contracts.fact import Frozen, PersonRef, RegistrationId
from colloque.runtime.refusal import Refusal
from colloque.runtime.work import Change, Document

TO_ANSWER = timedelta(hours=48)


class OfferIsOver(Refusal):
    """It was good until a moment that has passed, or has been answered otherwise."""

    status = 410


class NotInLine(Refusal):
    """Only who waits can be offered a place."""


class NothingIsOffered(Refusal):
    """The edition has begun, or is called off or postponed: nobody is offered a place any more, or not now."""


class Offer(Frozen):
    """A place that is kept for one person. `rank`: where in line they stood."""

    until: datetime
    rank: int
    reason: str = ""
    """Why they were offered it ahead of others."""


class Ahead(Frozen):
    """Somebody whom an organiser has put ahead of the others, and why."""

    registration: RegistrationId
    reason: str
    by: PersonRef


class Waitlist(Document):
    """Its id is the edition. A rank is the place in line at that moment: those behind somebody who leaves move up."""

    line: tuple[RegistrationId, ...] = ()
    ahead: tuple[Ahead, ...] = ()
    """Those of the line who stand at its head because an organiser said so."""
    not_now: tuple[RegistrationId, ...] = ()
    """Those of the line who have declined what is free at present: they are asked again when another place is freed."""
    offered: tuple[RegistrationId, ...] = ()
    """Those who have left the line because a place is offered to them, and who have not answered."""

    def rank(self, registration: RegistrationId) -> int | None:
        return self.line.index(registration) + 1 if registration in self.line else None

    def why_ahead(self, registration: RegistrationId) -> Ahead | None:
        return next((one for one in self.ahead if one.registration == registration), None)

    @property
    def next(self) -> RegistrationId | None:
        """The first in line who has not just said « not now »."""
        return next((one for one in self.line if one not in self.not_now), None)

    def joined(self, registration: RegistrationId) -> Change[Waitlist]:
        return Change(self.becomes(line=(*self.line, registration)))

    def left(self, registration: RegistrationId) -> Change[Waitlist]:
        return Change(
            self.becomes(
                line=tuple(one for one in self.line if one != registration),
                ahead=tuple(one for one in self.ahead if one.registration != registration),
                not_now=tuple(one for one in self.not_now if one != registration),
                offered=tuple(one for one in self.offered if one != registration),
            )
        )

    def promised(self, registration: RegistrationId) -> Change[Waitlist]:
        """A place is offered to them: the others move up."""
        return Change(self.left(registration).document.model_copy(update={"offered": (*self.offered, registration)}))

    def declined(self, registration: RegistrationId) -> Change[Waitlist]:
        """At the end of the line again."""
        rest = self.left(registration).document
        return Change(
            rest.model_copy(update={"line": (*rest.line, registration), "not_now": (*rest.not_now, registration)})
        )

    def freed(self) -> Change[Waitlist]:
        """Another place: everybody is asked again."""
        return Change(self.becomes(not_now=()) if self.not_now else self)

    def moved_up(self, registration: RegistrationId, reason: str, by: PersonRef) -> Change[Waitlist]:
        """To the head of the line, behind those who were put there before."""
        rest = self.left(registration).document
        first = tuple(one.registration for one in rest.ahead)
        others = tuple(one for one in rest.line if one not in first)
        ahead = (*rest.ahead, Ahead(registration=registration, reason=reason, by=by))
        return Change(self.becomes(line=(*first, registration, *others), ahead=ahead, not_now=rest.not_now))


def answer_by(now: datetime, opening: datetime) -> datetime:
    """48 hours, and never past the opening."""
    return min(now + TO_ANSWER, opening)
