"""What this room needs to be told besides what every room is."""

from __future__ import annotations

from colloque.web.settings import WebSettings


class NotificationsSettings(WebSettings):
    mail_from: str = ""
    """The sender of every mail, and the organiser of every calendar entry for as long as somebody keeps it: a mailbox
    that is read. If none is given: the house's contact, or `colloque@` the site's host."""
    mail_host: str = ""
    """The right side of every Message-ID and of every calendar entry's UID; the site's host if none is given. Never
    changed afterwards: the same entry under another name is another entry."""

    @staticmethod
    def of(settings: WebSettings) -> NotificationsSettings:
        """What is not in `settings` is in the environment, or has its default."""
        if isinstance(settings, NotificationsSettings):
            return settings
        return NotificationsSettings(**settings.model_dump())

    @property
    def sender(self) -> str:
        return self.mail_from or self.contact_email or f"colloque@{self.host}"

    @property
    def lasting_host(self) -> str:
        return self.mail_host or self.host
