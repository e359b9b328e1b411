"""What became of a mail."""

from __future__ import annotations

from colloque.runtime.work import Answer, Change, Work
from colloque_notifications.commands import NoteOutcome
from colloque_notifications.domain.mail import Mail, MailBook


async def note_outcome(command: NoteOutcome, work: Work) -> Answer:
    """Only what is still to be sent can be settled. A mail that left twice (see the postman) is sent once here, and the
    second outcome has its line and changes nothing."""
    keys = [(Mail, command.mail)]
    if command.edition:
        await work.ahead(*keys, (MailBook, command.edition))
    mail = await work.get(Mail, command.mail)
    if mail is None or not mail.open:
        return "settled before"
    change = _decided(mail, command, work)
    work.keep(change)
    for file in command.files:
        work.note(file)
    if mail.edition and mail.state != change.document.state:
        book = await work.get(MailBook, mail.edition)
        if book is not None:
            work.keep(Change(book.with_moved(mail, change.document)))
    return change.document.state


def _decided(mail: Mail, command: NoteOutcome, work: Work) -> Change[Mail]:
    match command.result:
        case "sent":
            return mail.sent(work.now, sha256=command.sha256, size=command.size)
        case "deferred":
            return mail.deferred(work.now, command.status, command.words)
        case "failed":
            return mail.failed(work.now, command.status, command.words)
        case "suppressed":
            return mail.suppressed(work.now, command.reason)
