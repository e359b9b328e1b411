"""One person's registration for one edition, from the form to the door."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from colloque.contracts.fact import EditionId, Frozen, PersonRef, RegistrationId, SessionId
from colloque.contracts.registration import (
    AgendaChanged,
    ChangedSession,
    OfferExpired,
    OfferShortened,
    PlaceOffered,
    RegistrationAmended,
    RegistrationCancelled,
    RegistrationConfirmed,
    RegistrationExpired,
    RegistrationRepeated,
    RegistrationSubmitted,
    RegistrationWaitlisted,
)
from colloque.runtime.refusal import NotFound, Refusal
from colloque.runtime.work import Change, Document
from colloque_registration.domain.agenda import Concern
from colloque_registration.domain.consents import Ledger, Purpose
from colloque_registration.domain.states import LIVE, NEXT, Category, Channel, FirstTime, State
from colloque_registration.domain.waitlist import Offer, OfferIsOver

TO_CONFIRM = timedelta(hours=48)
BETWEEN_REPEATS = timedelta(hours=1)


class UnknownRegistration(NotFound):
    """There is none of that name."""


class AlreadyDecided(Refusal):
    """Its state does not allow that any more."""


class NothingToChange(Refusal):
    """It holds no place, and does not wait for one."""


class Answers(Frozen):
    """What the form says, the contact apart. `needs` are sealed by whoever read the form; none are an empty string."""

    sessions: tuple[SessionId, ...] = ()
    category: Category | None = None
    first_time: FirstTime = "no_answer"
    needs: str = ""
    consents: Ledger = Ledger()
    locale: str = "fr"
    channel: Channel = "web"
    entered_by: str = ""
    """Who filled it in for the person registered, by name: that person may know."""


class Registration(Document):
    """`links`: the generation its mailed links are valid for. `words`: by what the console finds it, edition first."""

    lookups = ("words", ("edition", "number"))
    windows = (("edition", "number"), ("edition", "state", "number"))

    edition: EditionId
    person: PersonRef
    number: int
    state: State = "pending"
    links: int = 0
    answers: Answers
    sessions: tuple[SessionId, ...] = ()
    """In which a seat is held."""
    without: tuple[SessionId, ...] = ()
    """Asked for, and found full when the place was taken."""
    submitted_at: datetime
    expires_at: datetime
    decided_at: datetime | None = None
    """When it was confirmed, or joined the line."""
    ended_at: datetime | None = None
    offer: Offer | None = None
    """Of a place, the last that was made."""
    repeated_at: datetime | None = None
    words: tuple[str, ...] = ()
    again: int = 0
    """So many of this person's for this edition were cancelled before it."""
    heard: int = 0
    """The last release of the programme that it was made with, or told of."""
    news: tuple[ChangedSession, ...] = ()
    """What releases have made of the sessions it holds since they were booked, and which they have called off."""

    @property
    def lives(self) -> bool:
        return self.state in LIVE

    def _fact(self, at: datetime) -> dict[str, object]:
        known = {"subject": self.id, "at": at, "edition": self.edition, "person": self.person, "links": self.links}
        return {**known, "again": self.again} if self.again else known

    def to(self, state: State) -> State:
        """That state, if it may follow."""
        if state not in NEXT[self.state]:
            raise AlreadyDecided(f"{self.state} cannot become {state}", objects=[f"registration/{self.id}"])
        return state

    def submitted(self, at: datetime) -> Change[Registration]:
        fact = RegistrationSubmitted.model_validate(
            {**self._fact(at), "channel": self.answers.channel, "expires_at": self.expires_at}
        )
        return Change(self, (fact,))

    def repeated(self, answers: Answers, words: tuple[str, ...], at: datetime) -> Change[Registration]:
        """The same person sent the form again. What nobody has confirmed yet becomes what was said last; what holds a
        place stays as it is: only the mailbox hears of it, and at most once an hour."""
        pending = self.state == "pending"
        said = {"answers": answers, "words": words, "expires_at": at + TO_CONFIRM} if pending else {}
        if self.repeated_at is not None and at - self.repeated_at < BETWEEN_REPEATS:
            return Change(self.becomes(**said) if said else self)
        again = self.becomes(repeated_at=at, **said)
        fact = RegistrationRepeated.model_validate(
            {**self._fact(at), "state": self.state, "expires_at": again.expires_at}
        )
        return Change(again, (fact,))

    def confirm(
        self,
        sessions: Iterable[SessionId],
        without: Iterable[SessionId],
        *,
        places_left: int,
        at: datetime,
        release: int = 0,
    ) -> Change[Registration]:
        """`release`: of the programme that its sessions are booked in."""
        held, missed = tuple(sessions), tuple(without)
        fact = RegistrationConfirmed.model_validate(
            {**self._fact(at), "number": self.number, "sessions": held, "without": missed, "places_left": places_left}
        )
        state = self.to("confirmed")
        heard = max(self.heard, release)
        return Change(self.becomes(state=state, sessions=held, without=missed, decided_at=at, heard=heard), (fact,))

    def told(self, concern: Concern, n: int, at: datetime) -> Change[Registration]:
        """Release `n` concerns it: bookings of what is off are released, clashes are named and left to the person."""
        news = tuple(ChangedSession(session=shift.session, kinds=shift.kinds) for shift in concern.changed)
        fact = AgendaChanged.model_validate(
            {
                **self._fact(at),
                "release": n,
                "sessions": concern.held,
                "changed": news,
                "released": concern.released,
                "clashes": concern.clashes,
            }
        )
        known = tuple(one for one in self.news if one.session not in {new.session for new in news})
        return Change(self.becomes(sessions=concern.held, news=(*known, *news), heard=n), (fact,))

    def wait(self, rank: int, at: datetime) -> Change[Registration]:
        """At that rank; who had been offered a place has left it to the next."""
        declined = {"declined": True} if self.state == "offered" else {}
        fact = RegistrationWaitlisted.model_validate({**self._fact(at), "rank": rank, **declined})
        return Change(self.becomes(state=self.to("waitlisted"), decided_at=at), (fact,))

    def offered(self, offer: Offer, at: datetime) -> Change[Registration]:
        fact = PlaceOffered.model_validate(
            {**self._fact(at), "expires_at": offer.until, "rank": offer.rank, "reason": offer.reason or None}
        )
        return Change(self.becomes(state=self.to("offered"), offer=offer), (fact,))

    def hurried(self, opening: datetime, at: datetime) -> Change[Registration]:
        """The edition begins earlier than what it is offered was good for. Of an hour that has passed nobody is told:
        the offer is simply over."""
        if self.state != "offered" or self.offer is None or self.offer.until <= opening:
            return Change(self)
        told = {**self._fact(at), "rank": self.offer.rank, "expires_at": opening}
        facts = (OfferShortened.model_validate(told),) if opening > at else ()
        return Change(self.becomes(offer=self.offer.model_copy(update={"until": opening})), facts)

    def answering(self, now: datetime) -> Offer:
        """The offer that is answered now, if it still can be."""
        if self.state != "offered" or self.offer is None or now >= self.offer.until:
            until = self.offer.until if self.offer else None
            raise OfferIsOver("nothing is offered any more", objects=[f"registration/{self.id}"], until=until)
        return self.offer

    def lapse(self, at: datetime) -> Change[Registration]:
        """Nothing was answered: it leaves the line."""
        fact = OfferExpired.model_validate(self._fact(at))
        return Change(self.becomes(state=self.to("expired"), ended_at=at), (fact,))

    @property
    def lapsed(self) -> bool:
        """It expired because an offer was not answered, not because it was never confirmed."""
        return self.state == "expired" and self.offer is not None

    def expire(self, at: datetime) -> Change[Registration]:
        fact = RegistrationExpired.model_validate(self._fact(at))
        return Change(self.becomes(state=self.to("expired"), ended_at=at), (fact,))

    def cancel(self, places_left: int, at: datetime) -> Change[Registration]:
        fact = RegistrationCancelled.model_validate(
            {**self._fact(at), "held": self.state, "freed": self.sessions, "places_left": places_left}
        )
        gone = {"sessions": (), "without": (), "ended_at": at}
        return Change(self.becomes(state=self.to("cancelled"), **gone), (fact,))

    def amend(
        self,
        sessions: Iterable[SessionId],
        *,
        added: Iterable[SessionId],
        freed: Iterable[SessionId],
        without: Iterable[SessionId],
        at: datetime,
    ) -> Change[Registration]:
        """Other sessions. Nothing is told when none has moved."""
        self._may_change("confirmed")
        held, more, less, missed = tuple(sessions), tuple(added), tuple(freed), tuple(without)
        news = tuple(one for one in self.news if one.session not in (*more, *less))
        after = self.becomes(sessions=held, without=missed, news=news)
        if not more and not less:
            return Change(after if missed != self.without else self)
        fact = RegistrationAmended.model_validate(
            {**self._fact(at), "number": self.number, "sessions": held, "added": more, "freed": less, "without": missed}
        )
        return Change(after, (fact,))

    def ask(self, sessions: tuple[SessionId, ...]) -> Change[Registration]:
        """What somebody who waits would like to attend, once a place is theirs."""
        self._may_change("waitlisted", "offered")
        return self._answered(sessions=sessions)

    def need(self, sealed: str) -> Change[Registration]:
        self._may_change("pending", "waitlisted", "offered", "confirmed")
        return self._answered(needs=sealed)

    def consent(self, purpose: Purpose, given: bool, text_version: str, at: datetime) -> Change[Registration]:
        self._may_change(*LIVE)
        ledger = self.answers.consents
        after = ledger.give(purpose, at, text_version, "link") if given else ledger.withdraw(purpose, at)
        return self._answered(consents=after)

    def _answered(self, **said: object) -> Change[Registration]:
        answers = self.answers.model_copy(update=said)
        return Change(self if answers == self.answers else self.becomes(answers=answers))

    def _may_change(self, *states: State) -> None:
        if self.state not in states:
            raise NothingToChange(f"it is {self.state}", objects=[f"registration/{self.id}"])


def submit(
    id: RegistrationId,
    *,
    edition: EditionId,
    person: PersonRef,
    number: int,
    answers: Answers,
    words: tuple[str, ...],
    at: datetime,
    before: Registration | None = None,
) -> Change[Registration]:
    """`before`: the last one of the same person for the same edition."""
    again = before.again + (before.state == "cancelled") if before is not None else 0
    registration = Registration(
        id=id,
        edition=edition,
        person=person,
        number=number,
        answers=answers,
        submitted_at=at,
        expires_at=at + TO_CONFIRM,
        words=words,
        again=again,
    )
    return registration.submitted(at)
