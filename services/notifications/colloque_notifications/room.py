"""Notifications: who is told?"""

from __future__ import annotations

from colloque.contracts import CONTACTS
from colloque.runtime.desk import Desk
from colloque.runtime.room import Room
from colloque.runtime.work import Document
from colloque.web.api import Doors
from colloque.web.rights import RIGHTS_KINDS
from colloque.web.settings import WebSettings
from colloque.web.site import Site
from colloque_notifications.api import build_api
from colloque_notifications.domain.again import Again
from colloque_notifications.domain.invite import Invite
from colloque_notifications.domain.known import KnownContact, KnownEdition, KnownProgramme, KnownRelease
from colloque_notifications.domain.mail import Mail, MailBook
from colloque_notifications.pages import build_pages
from colloque_notifications.reads import MailReads
from colloque_notifications.settings import NotificationsSettings
from colloque_notifications.steps import STEPS
from colloque_notifications.words import WORDS
from colloque_notifications.writing.letters import Letters

KINDS: tuple[type[Document], ...] = (
    Mail,
    MailBook,
    Again,
    Invite,
    KnownContact,
    KnownEdition,
    KnownProgramme,
    KnownRelease,
    *RIGHTS_KINDS,
)
HEARS = ("colloque.registration", "colloque.scheduling", CONTACTS)


def build(desk: Desk, settings: WebSettings) -> Room:
    told = NotificationsSettings.of(settings)
    reads = MailReads(desk)
    site = Site("colloque_notifications", told, desk.clock, words=WORDS)
    doors = Doors(desk, told, reads.series_of)
    return Room(
        desk=desk,
        steps=STEPS,
        kinds=KINDS,
        hears=HEARS,
        routers=(build_pages(site, desk, doors, reads), build_api(desk, doors, reads)),
        mailing=Letters(desk, told),
    )
