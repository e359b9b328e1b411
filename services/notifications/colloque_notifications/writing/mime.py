"""The message around the words: its headers and parts (RFC 5322, 2045–2049), compiled with holes where a person's own
lines and files go."""

from __future__ import annotations

from datetime import datetime
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from hashlib import blake2b
from typing import NamedTuple

from colloque_notifications.writing.address import Mailbox
from colloque_notifications.writing.form import File, Form, Piece, compiled, in_html, in_text
from colloque_notifications.writing.marks import HOLE, clean


class Attachment(NamedTuple):
    """`name`: which of the files handed in when the form is filled."""

    name: str
    filename: str
    media_type: str
    parameters: tuple[tuple[str, str], ...] = ()


class Envelope(NamedTuple):
    """A subject with holes is written for each person."""

    sender: Mailbox
    reply_to: str
    subject: str
    lang: str


_CRLF = "\r\n"
_POLICY = SMTP.clone(cte_type="8bit")
_TEXT, _HTML, _CALENDAR, _FILE = "part-text", "part-html", "part-calendar", "part-file-"


def form(
    envelope: Envelope, text: str, html: str, attachments: tuple[Attachment, ...], calendar: Attachment | None = None
) -> Form:
    """`calendar`: an invitation, which mail programs look for as the last alternative of what there is to read."""
    seed = blake2b(f"{text}\0{html}".encode(), digest_size=12).hexdigest()
    skeleton = _skeleton(envelope, attachments, calendar, seed)
    parts: dict[str, tuple[Piece, ...]] = {
        _TEXT: compiled(text.rstrip("\n"), in_text),
        _HTML: compiled(html.rstrip("\n"), in_html),
        **({_CALENDAR: (File(calendar.name),)} if calendar else {}),
        **{f"{_FILE}{one.name}": (File(one.name),) for one in attachments},
    }
    pieces: list[Piece] = []
    for mark, part in parts.items():
        before, _, skeleton = skeleton.partition(mark.encode())
        pieces += [before, *part]
        if mark.startswith((_FILE, _CALENDAR)):
            skeleton = skeleton.removeprefix(b"\r\n")
    return Form((*pieces, skeleton), envelope.subject if HOLE.search(envelope.subject) else "")


def _skeleton(envelope: Envelope, attachments: tuple[Attachment, ...], calendar: Attachment | None, seed: str) -> bytes:
    """The whole message with a word in place of each part. Its boundaries are made of what it says: the same form
    always has the same, and no part can hold one."""
    mail = EmailMessage(policy=_POLICY)
    mail["From"] = Address(envelope.sender.name, addr_spec=envelope.sender.email)
    if envelope.reply_to:
        mail["Reply-To"] = envelope.reply_to
    if not HOLE.search(envelope.subject):
        mail["Subject"] = envelope.subject
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(_TEXT, cte="8bit")
    mail.add_alternative(_HTML, subtype="html", cte="8bit")
    if calendar:
        part = EmailMessage(policy=_POLICY)
        part["Content-Type"] = "; ".join((calendar.media_type, *(f"{name}={v}" for name, v in calendar.parameters)))
        part["Content-Transfer-Encoding"] = "base64"
        part.set_payload(f"{_CALENDAR}\r\n")
        mail.attach(part)
    mail.set_boundary(f"=_a{seed}")
    if attachments:
        mail.make_mixed(f"=_m{seed}")
    mail["Content-Language"] = envelope.lang
    for one in attachments:
        part = EmailMessage(policy=_POLICY)
        part["Content-Type"] = "; ".join((one.media_type, *(f'{name}="{value}"' for name, value in one.parameters)))
        part["Content-Transfer-Encoding"] = "base64"
        part["Content-Disposition"] = f'attachment; filename="{one.filename}"'
        part.set_payload(f"{_FILE}{one.name}\r\n")
        mail.attach(part)
    return mail.as_bytes()


def head(to: Mailbox, at: datetime, message_id: str, subject: str = "") -> bytes:
    """The lines that differ from person to person: before all others, so that the rest can be compiled."""
    said = f"Subject: {Header(clean(subject), header_name='Subject').encode(linesep=_CRLF)}{_CRLF}" if subject else ""
    return f"To: {to}\r\nDate: {format_datetime(at)}\r\nMessage-ID: <{message_id}>\r\n{said}".encode()


__all__ = ["Attachment", "Envelope", "form", "head"]
