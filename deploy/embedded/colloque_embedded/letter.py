"""A received mail as its reader sees it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage, MIMEPart
from html.parser import HTMLParser
from typing import cast

_ADDRESS = re.compile(r"https?://[^\s<>\"'»]+")


@dataclass(frozen=True)
class Part:
    """What is neither the text nor the page: an attachment, a picture shown in the page, a calendar entry."""

    name: str
    media_type: str
    content_id: str
    content: bytes


@dataclass(frozen=True)
class Letter:
    sender: str
    to: str
    subject: str
    date: str
    message_id: str
    headers: tuple[tuple[str, str], ...]
    text: str
    page: str
    parts: tuple[Part, ...]

    @property
    def links(self) -> tuple[str, ...]:
        """In reading order, each once: those of the text, then those that only the page has."""
        found = [link.rstrip(".,;:!?)]") for link in _ADDRESS.findall(self.text)]
        return tuple(dict.fromkeys([*found, *_hrefs(self.page)]))


def read(raw: bytes) -> Letter:
    # SMTPUTF8 mails carry raw UTF-8 in their headers.
    mail = message_from_bytes(raw, policy=policy.SMTPUTF8)
    text, page = mail.get_body(("plain",)), mail.get_body(("html",))
    shown = {id(text), id(page)}
    others = (part for part in mail.walk() if not part.is_multipart() and id(part) not in shown)
    return Letter(
        sender=str(mail["From"] or ""),
        to=str(mail["To"] or ""),
        subject=str(mail["Subject"] or ""),
        date=str(mail["Date"] or ""),
        message_id=str(mail["Message-ID"] or "").strip(),
        headers=tuple((name, str(value)) for name, value in mail.items()),
        text=_words(text),
        page=_words(page),
        parts=tuple(_parts(cast(Iterator[EmailMessage], others))),
    )


def subject(raw: bytes) -> str:
    head = raw.partition(b"\r\n\r\n")[0]
    return str(message_from_bytes(head, policy=policy.SMTPUTF8)["Subject"] or "")


def _words(part: MIMEPart | None) -> str:
    if part is None:
        return ""
    try:
        return str(part.get_content())
    except LookupError:
        payload = part.get_payload(decode=True)
        return payload.decode(errors="replace") if isinstance(payload, bytes) else ""


def _parts(parts: Iterator[EmailMessage]) -> Iterator[Part]:
    for number, part in enumerate(parts, 1):
        payload = part.get_payload(decode=True)
        yield Part(
            name=part.get_filename() or f"{number}.{part.get_content_subtype()}",
            media_type=part.get_content_type(),
            content_id=str(part["Content-ID"] or "").strip(" <>"),
            content=payload if isinstance(payload, bytes) else b"",
        )


class _Hrefs(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attrs if tag == "a" and name == "href" and value]


def _hrefs(page: str) -> list[str]:
    reader = _Hrefs()
    reader.feed(page)
    return [href for href in reader.found if _ADDRESS.match(href)]
