"""What has arrived in everybody's mailboxes, read as a mail program reads it."""

from __future__ import annotations

import asyncio
import re
import time
from base64 import b64decode
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import cached_property
from typing import cast

import httpx
from selectolax.lexbor import LexborHTMLParser

from colloque_embedded.story.visitor import plain

_MESSAGE_ID = re.compile(rb"^message-id:\s*<([^@>]+)@", re.IGNORECASE | re.MULTILINE)
_LANGUAGE = re.compile(rb"^content-language:\s*([\w-]+)", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True)
class Mail:
    """The `n`-th that the mail server took. Parsed when it is looked into, and only then."""

    n: int
    at: float
    recipients: tuple[str, ...]
    raw: bytes

    @cached_property
    def message(self) -> EmailMessage:
        return message_from_bytes(self.raw, policy=policy.default)

    @cached_property
    def subject(self) -> str:
        return plain(str(self.message["Subject"] or ""))

    @property
    def to(self) -> str:
        return self.recipients[0]

    @property
    def locale(self) -> str:
        return self._header(_LANGUAGE)

    @property
    def id(self) -> str:
        """What stands before the @ of its Message-ID: its name in the house."""
        return self._header(_MESSAGE_ID)

    @cached_property
    def text(self) -> str:
        return plain(self._body("plain"))

    @cached_property
    def html(self) -> str:
        return self._body("html")

    @cached_property
    def links(self) -> list[str]:
        nodes = LexborHTMLParser(self.html).css("a[href]")
        return list(dict.fromkeys(node.attributes.get("href") or "" for node in nodes))

    def links_for(self, purpose: str) -> list[str]:
        """Those that are for that, as their address says: `confirm`, `registration`, `ticket`, `enter`, `cancel`."""
        return [
            link
            for link in self.links
            if f"/{purpose}/" in f"{link}/" and (purpose == "cancel" or not link.endswith("/cancel"))
        ]

    def link(self, purpose: str) -> str:
        found = self.links_for(purpose)
        if not found:
            raise LookupError(f"the mail has no link for {purpose!r}")
        return found[0]

    @cached_property
    def attachments(self) -> list[tuple[str, str, bytes]]:
        """(file name, media type, content)"""
        return [
            (part.get_filename() or "", part.get_content_type(), cast(bytes, part.get_payload(decode=True)))
            for part in self.message.walk()
            if part.get_filename()
        ]

    @property
    def calendars(self) -> list[bytes]:
        return [content for _, kind, content in self.attachments if kind == "text/calendar"]

    @property
    def pictures(self) -> list[bytes]:
        return [content for _, kind, content in self.attachments if kind.startswith("image/")]

    def _header(self, shape: re.Pattern[bytes]) -> str:
        """Of a mail that need not be parsed for more."""
        found = shape.search(self.raw.partition(b"\r\n\r\n")[0])
        return found[1].decode() if found else ""

    def _body(self, kind: str) -> str:
        part = self.message.get_body((kind,))
        return str(part.get_content()) if part else ""


class Inbox:
    """All the mailboxes; each mail is fetched once, however many wait for one."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client
        self._next = 0
        self._fetching = asyncio.Lock()
        self._of: dict[str, list[Mail]] = defaultdict(list)
        self.mails: list[Mail] = []

    async def refresh(self, wait: float = 0) -> None:
        """Fetch what has come since; `wait` up to so many seconds for the first."""
        known = len(self.mails)
        async with self._fetching:
            if len(self.mails) > known:
                return
            asked = {"after": self._next, "limit": 1000, "wait": wait, "whole": True}
            answer = (await self._client.post("/dev/mail/api/mails", json=asked)).raise_for_status().json()
            self._next = answer["next"]
            for one in answer["mails"]:
                mail = Mail(one["n"], one["at"], tuple(one["recipients"]), b64decode(one["source"]))
                self.mails.append(mail)
                for address in mail.recipients:
                    self._of[address.lower()].append(mail)

    async def all(self) -> list[Mail]:
        """Everything that has come by now."""
        before = -1
        while before != len(self.mails):
            before = len(self.mails)
            await self.refresh()
        return self.mails

    async def to(self, address: str) -> list[Mail]:
        """All that somebody has got by now."""
        await self.all()
        return list(self._of[address.lower()])

    async def arrival(
        self, to: str, *, like: Callable[[Mail], bool] | None = None, after: int = 0, within: float = 20
    ) -> Mail:
        """The first mail after the `after`-th in somebody's mailbox that is `like` that; waits for it."""
        until, looked, theirs = time.monotonic() + within, 0, self._of[to.lower()]
        while True:
            for mail in theirs[looked:]:
                if mail.n > after and (like is None or like(mail)):
                    return mail
            looked = len(theirs)
            left = until - time.monotonic()
            if left <= 0:
                raise TimeoutError(f"no such mail has come within {within:.0f} s")
            await self.refresh(wait=min(left, 5))
