"""What this room needs to be told, read once by whoever starts it."""

from __future__ import annotations

from colloque.web.settings import WebSettings


class NotificationsSettings(WebSettings):
    mail_from: str = "colloque@localhost"
    """The sender of every mail and the organiser of every calendar entry: a mailbox that is read. For as long as
    somebody keeps such an entry."""
    mail_host: str = "localhost"
    """The right side of every Message-ID and of every calendar entry's UID. Never changed: the same entry under another
    name is another entry."""
