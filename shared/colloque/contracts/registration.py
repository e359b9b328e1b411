"""Facts of the registration room: who comes?"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from colloque.contracts.fact import ChangeKind, EditionId, Fact, Frozen, PersonRef, RegistrationId, SessionId


def ticket_code(registration: RegistrationId) -> str:
    """What a ticket's QR says, and what is read aloud when it cannot be read: `7F3K-2M9Q`."""
    head = registration[:8].upper()
    return f"{head[:4]}-{head[4:]}"


class RegistrationFact(Fact):
    """Subject: the registration, which is the subject of its mailed links too (`confirm`, `registration`, `ticket`).
    `links` is the generation they are valid for."""

    edition: EditionId
    person: PersonRef
    links: int = 0
    again: int | None = None
    """How many registrations of this person for this edition were cancelled before it, if any: their calendar has had
    these sessions, and has taken them out, so often."""


class RegistrationSubmitted(RegistrationFact):
    """A form came in; its address is not yet confirmed."""

    type: Literal["registration.submitted.v1"] = "registration.submitted.v1"
    channel: str
    expires_at: datetime


class RegistrationRepeated(RegistrationFact):
    """Somebody registered again with an address that has a live registration: only the mail says so."""

    type: Literal["registration.repeated.v1"] = "registration.repeated.v1"
    state: str
    expires_at: datetime


class RegistrationConfirmed(RegistrationFact):
    """The place is taken. `without`: sessions asked for and found full at that moment."""

    type: Literal["registration.confirmed.v1"] = "registration.confirmed.v1"
    number: int
    sessions: tuple[SessionId, ...] = ()
    without: tuple[SessionId, ...] = ()
    places_left: int


class RegistrationWaitlisted(RegistrationFact):
    """`declined`: they were offered a place, have left it to the next, and wait on."""

    type: Literal["registration.waitlisted.v1"] = "registration.waitlisted.v1"
    rank: int
    declined: bool | None = None


class PlaceOffered(RegistrationFact):
    """A place is kept for one who waited at that rank, until `expires_at`. `reason`: why an organiser had it offered
    ahead of others; it names nobody."""

    type: Literal["registration.place_offered.v1"] = "registration.place_offered.v1"
    rank: int
    expires_at: datetime
    reason: str | None = None


class OfferShortened(RegistrationFact):
    """The edition begins earlier than when the place was offered: the answer is due by `expires_at`."""

    type: Literal["registration.offer_shortened.v1"] = "registration.offer_shortened.v1"
    rank: int
    expires_at: datetime


class OfferExpired(RegistrationFact):
    """It was not answered in time: the place goes to the next in line, and this registration leaves it."""

    type: Literal["registration.offer_expired.v1"] = "registration.offer_expired.v1"


class RegistrationAmended(RegistrationFact):
    """`sessions` as they stand now; `added`, `freed` and `without` (asked for, but full) say what moved."""

    type: Literal["registration.amended.v1"] = "registration.amended.v1"
    number: int
    sessions: tuple[SessionId, ...] = ()
    added: tuple[SessionId, ...] = ()
    freed: tuple[SessionId, ...] = ()
    without: tuple[SessionId, ...] = ()


class RegistrationCancelled(RegistrationFact):
    """`held`: what state it left (confirmed, waitlisted, offered or pending)."""

    type: Literal["registration.cancelled.v1"] = "registration.cancelled.v1"
    held: str
    freed: tuple[SessionId, ...] = ()
    places_left: int


class RegistrationExpired(RegistrationFact):
    """Never confirmed within its 48 hours."""

    type: Literal["registration.expired.v1"] = "registration.expired.v1"


class ChangedSession(Frozen):
    session: SessionId
    kinds: tuple[ChangeKind, ...]


class AgendaChanged(RegistrationFact):
    """Release `release` of the programme concerns this registration: `changed` are the sessions it had booked that are
    at another time or place, or off; of the latter the bookings are `released`. `sessions`: held after that. `clashes`:
    two of these that overlap since this release; the person chooses."""

    type: Literal["agenda.changed.v1"] = "agenda.changed.v1"
    release: int
    sessions: tuple[SessionId, ...] = ()
    changed: tuple[ChangedSession, ...]
    released: tuple[SessionId, ...] = ()
    clashes: tuple[tuple[SessionId, SessionId], ...] = ()


class PlacesChanged(Fact):
    """The free places of an edition (its subject) have crossed a mark: `at_least` so many are there for whoever
    confirms next; none also while somebody waits for what is free. Not told between two marks."""

    type: Literal["places.changed.v1"] = "places.changed.v1"
    capacity: int
    at_least: int


class SeatsChanged(Fact):
    """The same of one session's seats. Subject: the edition."""

    type: Literal["seats.changed.v1"] = "seats.changed.v1"
    session: SessionId
    seats: int
    at_least: int


class OrganiserFact(Fact):
    """Subject: the organiser, a person reference."""


class OrganiserGranted(OrganiserFact):
    """`scope`: `house`, `series:<id>` or `edition:<id>`. `generation` is raised to end every session of theirs."""

    type: Literal["organiser.granted.v1"] = "organiser.granted.v1"
    role: str
    scope: str
    generation: int


class OrganiserRevoked(OrganiserFact):
    type: Literal["organiser.revoked.v1"] = "organiser.revoked.v1"
    role: str
    scope: str
    generation: int


class SignInRequested(OrganiserFact):
    """Somebody known asked for a link to the console. The subject of the link is the `nonce`: good once, until
    `expires_at`."""

    type: Literal["sign_in.requested.v1"] = "sign_in.requested.v1"
    nonce: str
    generation: int
    expires_at: datetime
    locale: str = "fr"


class TokenIssued(OrganiserFact):
    """A token for the API. Only its SHA-256 leaves the room. `scope` narrows what the organiser may do anyway."""

    type: Literal["token.issued.v1"] = "token.issued.v1"
    token: str
    hash: str
    role: str
    scope: str
    expires_at: datetime | None = None


class TokenRevoked(OrganiserFact):
    type: Literal["token.revoked.v1"] = "token.revoked.v1"
    token: str
    hash: str


class ContactChanged(Fact):
    """A notice only (subject: the person): what is sent is the contact as it stands when it is sent."""

    type: Literal["contact.changed.v1"] = "contact.changed.v1"


class Contact(Fact):
    """What travels on `colloque.contacts`: the whole contact, or, when `erased`, nothing of it any more.
    The receiver keeps the higher (`epoch`, `revision`)."""

    personal = True

    type: Literal["contact.v1"] = "contact.v1"
    epoch: int
    revision: int
    erased: bool = False
    given: str = ""
    family: str = ""
    email: str = ""
    locale: str = "fr"
    described: bool | None = None
    """An organiser has said who this is: somebody who may speak or organise, not only somebody who came by a form."""
