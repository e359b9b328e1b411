"""Who is told what: each step queues one mail. What it says is a reference here and words only when it leaves."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from colloque.contracts.registration import (
    AgendaChanged,
    OfferExpired,
    OfferShortened,
    PlaceOffered,
    RegistrationAmended,
    RegistrationCancelled,
    RegistrationConfirmed,
    RegistrationFact,
    RegistrationRepeated,
    RegistrationSubmitted,
    RegistrationWaitlisted,
    SignInRequested,
)
from colloque.contracts.traces import Output
from colloque.runtime.work import Answer, Change, Work
from colloque_notifications.domain.mail import Mail, MailBook
from colloque_notifications.domain.templates import TEMPLATES, calendar_ref


@dataclass(frozen=True)
class Letter:
    template: str
    person: str
    about: str
    edition: str | None = None
    context: dict[str, Any] = field(default_factory=dict)
    useful_until: datetime | None = None
    lane: str = ""
    first_of_its_lane: bool = False
    """Nothing of this lane can have been queued before: nobody looks."""
    apart: str = ""
    """Where one message tells one person of several things, each in a mail of its own: which of them."""
    first: str = ""
    """The mail that this one says again."""
    calendar: bool | None = None
    """Whether it carries a calendar file, where its template leaves that open."""


async def ask_to_confirm(fact: RegistrationSubmitted, work: Work) -> Answer:
    return await queue(_confirm_address(fact, fact.expires_at), work)


async def tell_known(fact: RegistrationRepeated, work: Work) -> Answer:
    """The page was the same as ever; the mail says what is so."""
    if fact.state == "pending":
        return await queue(_confirm_address(fact, fact.expires_at), work)
    return await queue(_letter("registration_known", fact, state=fact.state), work)


async def tell_confirmed(fact: RegistrationConfirmed, work: Work) -> Answer:
    letter = _letter(
        "registration_confirmed",
        fact,
        lane=_agenda(fact),
        first_of_its_lane=True,
        number=fact.number,
        sessions=fact.sessions,
        without=fact.without,
    )
    return await queue(letter, work)


async def tell_waitlisted(fact: RegistrationWaitlisted, work: Work) -> Answer:
    left: dict[str, Any] = {"declined": True} if fact.declined else {}
    return await queue(_letter("registration_waitlisted", fact, lane=_line(fact), rank=fact.rank, **left), work)


async def tell_offered(fact: PlaceOffered, work: Work) -> Answer:
    return await queue(_offer("place_offered", fact), work)


async def tell_offer_shortened(fact: OfferShortened, work: Work) -> Answer:
    return await queue(_offer("offer_shortened", fact), work)


async def tell_offer_expired(fact: OfferExpired, work: Work) -> Answer:
    return await queue(_letter("offer_expired", fact, lane=_line(fact)), work)


async def tell_amended(fact: RegistrationAmended, work: Work) -> Answer:
    """Only when sessions changed: the rest is on the page where it was changed."""
    if not (fact.added or fact.freed):
        return None
    letter = _letter(
        "registration_amended",
        fact,
        lane=_agenda(fact),
        number=fact.number,
        sessions=fact.sessions,
        without=fact.without,
        added=fact.added,
        freed=fact.freed,
    )
    return await queue(letter, work)


async def tell_cancelled(fact: RegistrationCancelled, work: Work) -> Answer:
    """An address that was never confirmed is not written to again."""
    if fact.held == "pending":
        return None
    left: dict[str, Any] = {"sessions": fact.freed} if fact.held == "confirmed" else {}
    return await queue(_letter("registration_cancelled", fact, lane=_agenda(fact), held=fact.held, **left), work)


async def tell_agenda_changed(fact: AgendaChanged, work: Work) -> Answer:
    """One digest a release, however much of it concerns the person."""
    letter = _letter(
        "programme_changed_digest",
        fact,
        lane=_agenda(fact),
        release=fact.release,
        sessions=fact.sessions,
        changed=tuple(one.session for one in fact.changed),
        released=fact.released,
        clashes=fact.clashes,
    )
    return await queue(letter, work)


async def send_sign_in_link(fact: SignInRequested, work: Work) -> Answer:
    return await queue(
        Letter(
            "sign_in",
            fact.subject,
            fact.subject,
            context={
                "nonce": fact.nonce,
                "links": fact.generation,
                "until": _written(fact.expires_at),
                "locale": fact.locale,
            },
            useful_until=fact.expires_at,
        ),
        work,
    )


def _confirm_address(fact: RegistrationSubmitted | RegistrationRepeated, until: datetime) -> Letter:
    return _letter("confirm_address", fact, useful_until=until, until=_written(until))


def _offer(template: str, fact: PlaceOffered | OfferShortened) -> Letter:
    """Of use only while it can be answered."""
    until = fact.expires_at
    return _letter(template, fact, lane=_line(fact), useful_until=until, rank=fact.rank, until=_written(until))


def _letter(
    template: str,
    fact: RegistrationFact,
    *,
    lane: str = "",
    first_of_its_lane: bool = False,
    useful_until: datetime | None = None,
    **context: Any,
) -> Letter:
    return Letter(
        template,
        fact.person,
        fact.subject,
        fact.edition,
        {"links": fact.links, **({"again": fact.again} if fact.again else {}), **context},
        useful_until,
        lane,
        first_of_its_lane,
    )


def _agenda(fact: RegistrationFact) -> str:
    """The calendar entries of one registration: what is said of them arrives in order."""
    return f"agenda/{fact.subject}"


def _line(fact: RegistrationFact) -> str:
    """What somebody who waits is told arrives in order."""
    return f"line/{fact.subject}"


def _written(instant: datetime) -> str:
    return instant.isoformat()


async def queue(letter: Letter, work: Work) -> Answer:
    """The mail's id is made of its cause: whatever runs twice queues it once."""
    cause = f"{work.cause}/{letter.apart}" if letter.apart else work.cause
    id = work.claim(Mail.id_of(cause, letter.template, letter.person))
    after = ""
    if letter.lane and not letter.first_of_its_lane:
        before = await work.find(Mail, lane=letter.lane, open=True)
        after = max(before, key=lambda mail: (mail.queued_at, mail.seq)).id if before else ""
    book = await work.get(MailBook, letter.edition) if letter.edition else None
    template = TEMPLATES[letter.template]
    mail = Mail(
        id=id,
        template=letter.template,
        wording=template.wording,
        context=letter.context,
        person=letter.person,
        edition=letter.edition,
        about=letter.about,
        story=work.story,
        cause=work.cause,
        queued_at=work.now,
        due_at=work.now,
        useful_until=letter.useful_until,
        lane=letter.lane,
        after=after,
        first=letter.first,
        seq=book.n + 1 if book else 1 if letter.edition else 0,
    )
    work.keep(Change(mail))
    if letter.edition:
        work.keep(Change((book or MailBook(id=letter.edition, version=-1)).with_one_more(mail)))
    if letter.calendar or (letter.calendar is None and template.calendar and "sessions" in letter.context):
        work.note(Output(kind="file", ref=calendar_ref(id), media_type="text/calendar", visibility="person"))
    return id
