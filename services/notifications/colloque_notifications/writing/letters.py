"""What the postman asks of this room: mails written, from what is known now."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from colloque.contracts.traces import Output
from colloque.runtime.desk import Desk
from colloque.runtime.mailer.port import Deferred, Failed, Sent
from colloque.runtime.mailing import NotYet, Result, Suppressed, Writing, Written
from colloque.runtime.work import D, Document
from colloque_notifications.commands import NoteOutcome
from colloque_notifications.domain.known import KnownContact, KnownEdition, KnownProgramme, KnownRelease
from colloque_notifications.domain.mail import Mail
from colloque_notifications.domain.templates import TEMPLATES, calendar_ref, ticket_ref
from colloque_notifications.settings import NotificationsSettings
from colloque_notifications.writing.address import Mailbox
from colloque_notifications.writing.contents import Contents, locale_of
from colloque_notifications.writing.marks import filled
from colloque_notifications.writing.mime import head
from colloque_notifications.writing.press import Kept, Press


class Letters:
    kind: type[Document] = Mail

    def __init__(self, desk: Desk, settings: NotificationsSettings) -> None:
        self.desk, self.settings = desk, settings
        self.press = Press(settings)
        self.contents = Contents(settings)

    # ---- writing
    async def write(self, mails: Sequence[Mail]) -> list[Writing]:
        contacts = await self.desk.reads.all(KnownContact, [mail.person for mail in mails])
        return [await self._one(mail, contact) for mail, contact in zip(mails, contacts, strict=True)]

    async def _one(self, mail: Mail, contact: KnownContact | None) -> Writing:
        if contact is None:
            return NotYet((KnownContact, mail.person))
        if contact.erased:
            return Suppressed("erased")
        if mail.useful_until is not None and mail.useful_until <= self.desk.clock.now():
            return Suppressed("too_late")
        mailbox = Mailbox.of(contact.name, contact.email)
        if mailbox is None:
            return Suppressed("no_mailbox")
        edition, programme, release = None, None, None
        if mail.edition is not None:
            edition = await self._known(KnownEdition, mail.edition, lambda _: True)
            if edition is None:
                return NotYet((KnownEdition, mail.edition))
            wanted, n = _sessions_of(mail), mail.context.get("release", 0)
            if n:
                id = KnownRelease.id_of(mail.edition, n)
                release = await self._known(KnownRelease, id, lambda _: True)
                if release is None:
                    return NotYet((KnownRelease, id))
            if wanted:
                programme = await self._known(
                    KnownProgramme, mail.edition, lambda known: known.n >= n and wanted <= set(known.sessions)
                )
                if programme is None:
                    return NotYet((KnownProgramme, mail.edition))
            else:
                programme = await self.desk.reads.glance(KnownProgramme, mail.edition)
        lang = locale_of(mail, contact)
        return self._written(mail, contact, mailbox, self.press.kept(lang, edition, programme, release))

    async def _known(self, kind: type[D], id: str, enough: Any) -> D | None:
        """A second old is good enough, unless it does not say what is needed."""
        known = await self.desk.reads.glance(kind, id)
        if known is None or not enough(known):
            known = await self.desk.reads.get(kind, id)
        return known if known is not None and enough(known) else None

    def _written(
        self,
        mail: Mail,
        contact: KnownContact,
        mailbox: Mailbox,
        kept: Kept,
    ) -> Written:
        content = self.contents.of(mail, contact, kept.lang, kept)
        form = self.press.form(mail.template, tuple(sorted(content.files)), kept)
        id = f"{mail.id}@{self.settings.lasting_host}"
        lines = head(mailbox, self.desk.clock.now(), id, filled(form.subject, content.values))
        message = form.fill(lines, content.values, content.shown, content.files)
        files = tuple(_file(mail, name, body) for name, body in content.files.items())
        return Written(self.settings.sender, mailbox.email, message, files)

    # ---- what becomes of them
    def supersedes(self, newer: Mail, older: Mail) -> bool:
        """What is held now says all that an older account of it said; who cancels has no use for either. Of a
        calendar entry, as of a question, the latest message is the whole truth."""
        if newer.lane.startswith(("invite/", "speaker/")):
            return True
        if newer.template == "registration_cancelled":
            return True
        return newer.template == older.template == "registration_amended"

    def report(self, mail: Mail, result: Result, written: Written | None) -> NoteOutcome:
        values: dict[str, Any] = {"mail": mail.id, "edition": mail.edition}
        match result:
            case Sent() if written is not None:
                digest = sha256(written.message).hexdigest()
                values |= {"result": "sent", "sha256": digest, "size": len(written.message), "files": written.files}
            case Deferred(status, words):
                values |= {"result": "deferred", "status": status, "words": words[:500]}
            case Failed(status, words):
                values |= {"result": "failed", "status": status, "words": words[:500]}
            case Suppressed(reason):
                values |= {"result": "suppressed", "reason": reason}
            case other:
                raise AssertionError(f"nobody reports {other}")
        return NoteOutcome(**values)


_REFERENCES = ("sessions", "without", "added", "freed", "changed", "released")


def _sessions_of(mail: Mail) -> set[str]:
    return {id for name in _REFERENCES for id in mail.context.get(name, ())}


def _file(mail: Mail, name: str, body: bytes) -> Output:
    ref, media_type = {
        "ticket": (ticket_ref(mail.id), "image/png"),
        "calendar": (calendar_ref(mail.id), "text/calendar"),
        "cancellation": (calendar_ref(mail.id), "text/calendar"),
        "request": (calendar_ref(mail.id), "text/calendar"),
        "cancel": (calendar_ref(mail.id), "text/calendar"),
    }[name]
    return Output(
        kind="file",
        ref=ref,
        media_type=media_type,
        sha256=sha256(body).hexdigest(),
        size=len(body),
        visibility="person",
    )


__all__ = ["TEMPLATES", "Letters"]
