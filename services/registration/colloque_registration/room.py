"""Registration: who comes?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from colloque.contracts.registration import Contact
from colloque.runtime.desk import Desk
from colloque.runtime.room import ContactsAsTheyStand, Room
from colloque.runtime.work import Document
from colloque.web.api import Doors
from colloque.web.rights import RIGHTS_KINDS
from colloque.web.settings import WebSettings
from colloque_registration.api import build_api
from colloque_registration.domain.agenda import Release, Telling
from colloque_registration.domain.editions import Edition, EditionDesk
from colloque_registration.domain.people import Person, ProxyMailbox
from colloque_registration.domain.registration import Registration
from colloque_registration.domain.sessions import SessionSeats
from colloque_registration.domain.waitlist import Waitlist
from colloque_registration.pages import build_pages
from colloque_registration.reads import Reader
from colloque_registration.sealing import Seal
from colloque_registration.steps import STEPS
from colloque_registration.steps.organisers import SignIn

KINDS: tuple[type[Document], ...] = (
    Edition,
    EditionDesk,
    SessionSeats,
    Waitlist,
    Release,
    Telling,
    Person,
    ProxyMailbox,
    Registration,
    SignIn,
    *RIGHTS_KINDS,
)
HEARS = ("colloque.scheduling", "colloque.notifications")


def build(desk: Desk, settings: WebSettings) -> Room:
    reader, seal = Reader(desk), Seal(settings.data_keys)
    doors = Doors(desk, settings, reader.series_of)
    routers = (build_pages(desk, settings, doors, reader, seal), build_api(desk, doors, reader))
    return Room(
        desk=desk,
        steps=STEPS,
        kinds=KINDS,
        hears=HEARS,
        routers=routers,
        contacts=contacts(desk),
        frame_of=reader.frame,
    )


def contacts(desk: Desk) -> ContactsAsTheyStand:
    async def as_they_stand(people: Iterable[str]) -> Mapping[str, Contact]:
        asked = list(dict.fromkeys(people))
        found = await desk.reads.all(Person, asked)
        now, epoch = desk.clock.now(), desk.counter.epoch
        return {
            id: Contact(
                subject=id,
                at=now,
                epoch=epoch,
                revision=person.revision,
                described=bool(person.external) or None,
                given=person.given,
                family=person.family,
                email=person.email,
                locale=person.locale,
            )
            if person is not None
            else Contact(subject=id, at=now, epoch=epoch, revision=0, erased=True)
            for id, person in zip(asked, found, strict=True)
        }

    return as_they_stand
