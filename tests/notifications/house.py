"""The room alone: its desk on a database in memory, its postman with a mail server in memory, and what it has heard."""

from __future__ import annotations

import asyncio
import email
import email.policy
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from email.message import EmailMessage
from typing import Any

from colloque.contracts.fact import (
    EditionFrame,
    Fact,
    RoomFrame,
    SessionChange,
    SessionFrame,
    Slot,
    TrackFrame,
    Venue,
)
from colloque.contracts.registration import (
    AgendaChanged,
    ChangedSession,
    Contact,
    OfferExpired,
    OfferShortened,
    PlaceOffered,
    RegistrationAmended,
    RegistrationCancelled,
    RegistrationConfirmed,
    RegistrationRepeated,
    RegistrationSubmitted,
    RegistrationWaitlisted,
    SignInRequested,
)
from colloque.contracts.scheduling import EditionOpened, ProgrammeReleased
from colloque.runtime.clock import MovedClock
from colloque.runtime.desk import Desk
from colloque.runtime.lease import Lease
from colloque.runtime.mailer.memory import MemoryMailer
from colloque.runtime.postman import Postman
from colloque.runtime.room import Room
from colloque.runtime.store.memory import MemoryStore
from colloque_notifications.domain.mail import Mail, MailBook
from colloque_notifications.room import build
from colloque_notifications.settings import NotificationsSettings
from tests.calendars.mails import lint_mails
from tests.notifications.post_office import until

NOW = datetime(2018, 9, 4, 12, 2, tzinfo=UTC)
SETTINGS = NotificationsSettings(
    base_url="https://nec.colloque.example",
    secret_keys=("a secret key of the tests",),
    link_keys=("a link key of the tests",),
    mail_from="nec18@colloque.example",
    mail_host="colloque.example",
)
FRAME = EditionFrame(
    edition="nec-2018",
    series="nec",
    code="NEC18",
    title={"fr": "Numérique en Commun[s] 2018", "en": "Numérique en Commun[s] 2018"},
    starts_on=date(2018, 9, 13),
    ends_on=date(2018, 9, 14),
    tz="Europe/Paris",
    venue=Venue(
        name="École nationale supérieure d’architecture de Nantes",
        address="6 quai François-Mitterrand, 44200 Nantes",
        municipality="Nantes",
    ),
    capacity=850,
    contact_email="contact@colloque.example",
    contact_phone="02 61 91 00 18",
    demo=True,
)
TRACKS = (
    TrackFrame(id="lieux", order=1, title={"fr": "Lieux", "en": "Places"}, look="a1"),
    TrackFrame(id="communs", order=2, title={"fr": "Communs", "en": "Commons"}, look="a3"),
)


def session(  # noqa: PLR0917 (a table of sessions reads best in columns)
    id: str, day: int, start: tuple[int, int], end: tuple[int, int], fr: str, en: str, room: str, **more: Any
) -> SessionFrame:
    """Hours are those of Paris in September."""
    return SessionFrame(
        id=id,
        title={"fr": fr, "en": en},
        format="workshop",
        room=RoomFrame(id=room.lower().replace(" ", "-"), name=room, capacity=240),
        slot=Slot(
            starts_at=datetime(2018, 9, day, start[0] - 2, start[1], tzinfo=UTC),
            ends_at=datetime(2018, 9, day, end[0] - 2, end[1], tzinfo=UTC),
            tz="Europe/Paris",
        ),
        seats=240,
        booking=more.pop("booking", "required"),
        **more,
    )


SESSIONS = (
    session("s01", 13, (9, 30), (10, 30), "Plénière d’ouverture", "Opening plenary", "Auditorium", booking="none"),
    session(
        "s02",
        13,
        (11, 0),
        (12, 30),
        "Quarante ans de lieux « nouveaux » : que garder ?",
        "Forty years of “new” places: what should we keep?",
        "Plateau Loire",
        tracks=("lieux",),
    ),
    session(
        "s07",
        13,
        (14, 0),
        (15, 30),
        "Communs 2/5 : choisir une licence; puis, la tenir",
        "Commons 2/5: choosing a licence",
        "Atelier 3",
        tracks=("communs",),
        revision=2,
    ),
    session(
        "s13",
        14,
        (9, 30),
        (11, 0),
        "Communs 4/5 : *la place* des <acteurs> publics | [ici](http://ailleurs.example)",
        "Commons 4/5: *the place* of public <bodies> | [here](http://elsewhere.example)",
        "Atelier 3",
        tracks=("communs",),
    ),
    session("s18", 14, (16, 0), (17, 0), "Plénière de clôture", "Closing plenary", "Auditorium", booking="none"),
)
OPENED = EditionOpened(subject="nec-2018", at=NOW, frame=FRAME)
RELEASED = ProgrammeReleased(
    subject="nec-2018",
    at=datetime(2018, 6, 18, 10, tzinfo=UTC),
    edition="nec-2018",
    n=1,
    tracks=TRACKS,
    changes=tuple(SessionChange(session=one.id, current=one) for one in SESSIONS),
)


def _changed() -> dict[str, SessionFrame]:
    """s07 at other hours and elsewhere; s13 called off."""
    by_id = {one.id: one for one in SESSIONS}
    slot = Slot(
        starts_at=datetime(2018, 9, 13, 14, tzinfo=UTC),
        ends_at=datetime(2018, 9, 13, 15, 30, tzinfo=UTC),
        tz="Europe/Paris",
    )
    room = RoomFrame(id="audito", name="Auditorium", capacity=500)
    reason = {"fr": "L’intervenant est empêché.", "en": "The speaker is unable to attend."}
    return {
        "s07": by_id["s07"].model_copy(update={"slot": slot, "room": room, "revision": 3}),
        "s13": by_id["s13"].model_copy(update={"state": "cancelled", "revision": 1, "reason": reason}),
    }


RELEASED_2 = ProgrammeReleased(
    subject="nec-2018",
    at=datetime(2018, 9, 12, 12, tzinfo=UTC),
    edition="nec-2018",
    n=2,
    tracks=TRACKS,
    changes=tuple(
        SessionChange(session=id, previous=next(one for one in SESSIONS if one.id == id), current=now)
        for id, now in _changed().items()
    ),
)


def contact(person: str = "nadia", **more: Any) -> Contact:
    known: dict[str, Any] = {"given": "Nadia", "family": "Benali", "email": "nadia.benali@example.org", "locale": "fr"}
    return Contact(subject=person, at=NOW, **({"epoch": 1, "revision": 1} | known | more))


def _registration(more: dict[str, Any]) -> dict[str, Any]:
    return {"subject": "r0001", "at": NOW, "edition": "nec-2018", "person": "nadia"} | more


def submitted(**more: Any) -> RegistrationSubmitted:
    until = datetime(2018, 9, 6, 12, 2, tzinfo=UTC)
    return RegistrationSubmitted(**_registration({"channel": "self", "expires_at": until} | more))


def repeated(**more: Any) -> RegistrationRepeated:
    until = datetime(2018, 9, 6, 12, 2, tzinfo=UTC)
    return RegistrationRepeated(**_registration({"state": "confirmed", "expires_at": until} | more))


def confirmed(**more: Any) -> RegistrationConfirmed:
    return RegistrationConfirmed(**_registration({"number": 42, "sessions": ("s02", "s07"), "places_left": 7} | more))


def waitlisted(**more: Any) -> RegistrationWaitlisted:
    return RegistrationWaitlisted(**_registration({"rank": 3} | more))


def offered(**more: Any) -> PlaceOffered:
    until = datetime(2018, 9, 6, 12, 5, tzinfo=UTC)
    return PlaceOffered(**_registration({"rank": 1, "expires_at": until} | more))


def hurried(**more: Any) -> OfferShortened:
    until = datetime(2018, 9, 6, 8, tzinfo=UTC)
    return OfferShortened(**_registration({"rank": 1, "expires_at": until} | more))


def lapsed(**more: Any) -> OfferExpired:
    return OfferExpired(**_registration(more))


def amended(**more: Any) -> RegistrationAmended:
    values = {"number": 42, "sessions": ("s02", "s13"), "added": ("s13",), "freed": ("s07",)}
    return RegistrationAmended(**_registration(values | more))


def cancelled(**more: Any) -> RegistrationCancelled:
    return RegistrationCancelled(**_registration({"held": "confirmed", "places_left": 8} | more))


def agenda_changed(**more: Any) -> AgendaChanged:
    values = {
        "release": 2,
        "sessions": ("s02", "s07"),
        "changed": (
            ChangedSession(session="s07", kinds=("moved", "room")),
            ChangedSession(session="s13", kinds=("cancelled",)),
        ),
        "released": ("s13",),
        "clashes": (("s02", "s07"),),
    }
    return AgendaChanged(**_registration(values | more))


def sign_in(**more: Any) -> SignInRequested:
    until = datetime(2018, 9, 4, 12, 17, tzinfo=UTC)
    known: dict[str, Any] = {"subject": "nadia", "at": NOW, "nonce": "n0nce", "generation": 0, "expires_at": until}
    return SignInRequested(**(known | more))


class House:
    def __init__(self) -> None:
        self.store = MemoryStore("notifications")
        self.clock = MovedClock(NOW)
        self.mailer, self._parsed = MemoryMailer(), list[EmailMessage]()
        self.desk = Desk("notifications", self.store, self.clock, key=b"test")
        self.room: Room = build(self.desk, SETTINGS)
        assert self.room.mailing is not None
        lease = Lease(self.store, "postman", "one", seconds=30)
        self.postman = Postman(self.desk, self.room.mailing, self.mailer, lease, poll=0.05)

    async def hear(self, *facts: Fact) -> None:
        for fact in facts:
            await self.desk.hear(fact)

    @property
    def mails(self) -> list[Mail]:
        return sorted(self.store.docs(Mail).values(), key=lambda mail: (mail.queued_at, mail.seq))

    @property
    def book(self) -> MailBook:
        return self.store.docs(MailBook)["nec-2018"]

    @property
    def received(self) -> list[EmailMessage]:
        self._parsed += [parsed(taken.message) for taken in self.mailer.box[len(self._parsed) :]]
        return list(self._parsed)

    async def settle(self) -> None:
        """Until every mail is sent, or will not be."""
        await until(lambda: all(not mail.open for mail in self.mails))

    async def send(self, *facts: Fact) -> list[EmailMessage]:
        """What leaves the house when this is heard."""
        before = len(self.mailer.box)
        await self.hear(*facts)
        await self.settle()
        return self.received[before:]


def parsed(message: bytes) -> EmailMessage:
    mail = email.message_from_bytes(message, policy=email.policy.default)
    assert isinstance(mail, EmailMessage)
    return mail


def text_of(mail: EmailMessage, kind: str = "plain") -> str:
    part = mail.get_body((kind,))
    assert part is not None
    content = part.get_content()
    assert isinstance(content, str)
    return content


def file_of(mail: EmailMessage, media_type: str) -> bytes:
    (part,) = [part for part in mail.iter_attachments() if part.get_content_type() == media_type]
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    return content


@asynccontextmanager
async def house(*heard: Fact, posting: bool = True) -> AsyncIterator[House]:
    """One that knows the edition, its programme and Nadia, unless told what else it has heard."""
    one = House()
    async with one.desk.running():
        await one.hear(*(heard or (OPENED, RELEASED, contact())))
        task = asyncio.create_task(one.postman.run()) if posting else None
        try:
            yield one
            lint_mails(one.received)
        finally:
            if task is not None:
                task.cancel()
                await asyncio.wait([task])
                one.postman.abandon()
