"""Notifications: who is told?"""

from __future__ import annotations

from colloque.contracts import CONTACTS
from colloque.runtime.desk import Desk
from colloque.runtime.room import Room
from colloque.runtime.work import Document
from colloque.web.rights import RIGHTS_KINDS
from colloque_notifications.domain.known import KnownContact, KnownEdition, KnownProgramme
from colloque_notifications.domain.mail import Mail, MailBook
from colloque_notifications.settings import NotificationsSettings
from colloque_notifications.steps import STEPS
from colloque_notifications.writing.letters import Letters

KINDS: tuple[type[Document], ...] = (Mail, MailBook, KnownContact, KnownEdition, KnownProgramme, *RIGHTS_KINDS)
HEARS = ("colloque.registration", "colloque.scheduling", CONTACTS)


def build(desk: Desk, settings: NotificationsSettings) -> Room:
    return Room(desk=desk, steps=STEPS, kinds=KINDS, hears=HEARS, mailing=Letters(desk, settings))
