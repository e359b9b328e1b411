"""Virtual people: fill in the form, read the mail, open the link, confirm, wait for the ticket. All goes over HTTP and
SMTP as from outside; the client is small, because it shares the machine with what it measures."""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self
from urllib.parse import urlencode, urlsplit

from colloque_embedded.mailbox import Mailbox

TOKEN = re.compile(rb'name="form_token" value="([^"]+)"')
CONFIRM = re.compile(rb"https?://[^\s\"<>]*/(?:fr|en)/confirm/[A-Za-z0-9_.~-]+")
AGAIN = 0.3
PATIENCE = 60.0
"""Seconds that all of them have, and a second more for each."""


class Browser:
    """One kept connection and its cookies; sends again what got no answer, as a person would."""

    def __init__(self, port: int) -> None:
        self.port, self.cookies, self.again = port, dict[str, str](), 0
        self._link: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, method: str, path: str, body: bytes = b"") -> tuple[int, dict[bytes, bytes], bytes]:
        while True:
            try:
                status, headers, answer = await self._once(method, path, body)
                if status not in (429, 503):
                    return status, headers, answer
            except (OSError, asyncio.IncompleteReadError):
                self._link = None
            self.again += 1
            await asyncio.sleep(AGAIN)

    async def _once(self, method: str, path: str, body: bytes) -> tuple[int, dict[bytes, bytes], bytes]:
        if self._link is None:
            self._link = await asyncio.open_connection("127.0.0.1", self.port)
        reader, writer = self._link
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        head = (
            f"{method} {path} HTTP/1.1\r\nhost: 127.0.0.1:{self.port}\r\ncookie: {cookies}\r\naccept-encoding: gzip\r\n"
            f"content-type: application/x-www-form-urlencoded\r\ncontent-length: {len(body)}\r\n\r\n"
        )
        writer.write(head.encode() + body)
        lines = (await reader.readuntil(b"\r\n\r\n")).split(b"\r\n")
        headers = dict[bytes, bytes]()
        for line in lines[1:-2]:
            name, _, value = line.partition(b": ")
            headers[name.lower()] = value
            if name.lower() == b"set-cookie":
                key, _, kept = value.split(b";")[0].decode().partition("=")
                self.cookies[key] = kept
        answer = await reader.readexactly(int(headers.get(b"content-length", b"0")))
        return int(lines[0][9:12]), headers, answer

    def close(self) -> None:
        if self._link is not None:
            self._link[1].close()


def token_of(page: bytes) -> str:
    found = TOKEN.search(page)
    if found is None:
        raise LookupError(page[:2000].decode(errors="replace"))
    return found[1].decode()


class Post:
    """`async with`: reads the mailbox as it grows; whoever waits for a mail is told of it."""

    def __init__(self, path: Path) -> None:
        self._mailbox, self._seen = Mailbox(path), 0
        self._waiting: dict[tuple[str, int], asyncio.Future[bytes]] = {}
        self.arrivals: dict[str, list[float]] = defaultdict(list)
        """When each mail to an address came, by the sink's clock."""

    async def __aenter__(self) -> Self:
        self._watching = asyncio.create_task(self._watch(), name="the post")
        self._watching.add_done_callback(self._let_down)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._watching.cancel()
        await asyncio.gather(self._watching, return_exceptions=True)

    def expect(self, address: str, which: int) -> asyncio.Future[bytes]:
        """The first mail to that address, the second …"""
        return self._waiting.setdefault((address, which), asyncio.get_running_loop().create_future())

    def look(self) -> None:
        self._mailbox.refresh()
        for mail in self._mailbox.mails[self._seen :]:
            for address in mail.recipients:
                self.arrivals[address].append(mail.at)
                found = self._waiting.get((address, len(self.arrivals[address])))
                if found is not None and not found.done():
                    found.set_result(self._mailbox.raw(mail))
        self._seen = len(self._mailbox.mails)

    async def _watch(self) -> None:
        while True:
            self.look()
            await asyncio.sleep(0.004)

    def _let_down(self, watching: asyncio.Task[None]) -> None:
        """Who waits for a mail does not wait for ever."""
        error = None if watching.cancelled() else watching.exception()
        for waiting in self._waiting.values():
            if error is not None and not waiting.done():
                waiting.set_exception(error)


@dataclass
class Crowd:
    """What they met: seconds by what was done, answers by status."""

    port: int
    edition: str
    sessions: tuple[str, ...]
    post: Post
    seed: int = 1
    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    accepted: dict[str, float] = field(default_factory=dict)
    """When each address was told that its form was taken, by the clock that all processes share."""
    again: int = 0
    """How often somebody was told to come again, or not told anything."""
    answers: Counter[str] = field(default_factory=Counter)

    async def registers(self, i: int, browser: Browser) -> None:
        """One complete registration: the form GET and POST, the link GET and POST, both mails."""
        chance, lang, email = random.Random(f"{self.seed}/{i}"), "en" if i % 12 == 0 else "fr", self.email(i)
        path = f"/{lang}/{self.edition}/register"
        page = await self._timed("1 GET form", browser, "GET", path)
        fields = self.answers_of(i, email, chance) | {"form_token": token_of(page)}
        sent = time.perf_counter()
        await self._timed("2 POST form", browser, "POST", path, fields)
        self.accepted[email] = time.time()
        mail = await self.post.expect(email, 1)
        self.seconds["3 first mail after POST"].append(time.perf_counter() - sent)
        link = CONFIRM.search(mail.replace(b"=\r\n", b""))
        if link is None:
            raise LookupError(mail.decode(errors="replace")[:3000])
        path = urlsplit(link[0].decode()).path
        page = await self._timed("4 GET link", browser, "GET", path)
        sent = time.perf_counter()
        await self._timed("5 POST confirm", browser, "POST", path, {"form_token": token_of(page)})
        await self.post.expect(email, 2)
        self.again += browser.again
        self.seconds["6 second mail after POST"].append(time.perf_counter() - sent)

    def email(self, i: int) -> str:
        return f"p{i}.{self.edition}.{self.seed}@example.org"

    def answers_of(self, i: int, email: str, chance: random.Random) -> dict[str, str]:
        chosen = chance.sample(self.sessions, min(2, len(self.sessions)))
        return {
            "who": "self",
            "given": f"Zoé {i}",
            "family": "O’Neil-Kérien",
            "email": email,
            "category": chance.choice(("mediator", "academic", "elected", "")),
            "first_time": chance.choice(("never_before", "yes_before", "")),
            "meal": "vegetarian",
            **{f"slot_{n}": session for n, session in enumerate(chosen)},
        }

    async def _timed(
        self, what: str, browser: Browser, method: str, path: str, fields: dict[str, str] | None = None
    ) -> bytes:
        began = time.perf_counter()
        status, headers, answer = await browser.ask(method, path, urlencode(fields or {}).encode())
        self.seconds[what].append(time.perf_counter() - began)
        self.answers[f"{what} {status}"] += 1
        if status not in (200, 303):
            raise RuntimeError(f"{what}: {status} {headers} {answer[-3000:].decode(errors='replace')}")
        return answer

    async def rush(self, people: range, at_once: int) -> None:
        """All of them, so many at once."""
        numbers = iter(people)

        async def one_after_the_other() -> None:
            for i in numbers:
                await self._comes(i)

        async with asyncio.timeout(PATIENCE + len(people)), asyncio.TaskGroup() as tasks:
            for _ in range(min(at_once, len(people))):
                tasks.create_task(one_after_the_other())

    async def stream(self, people: range, a_second: float) -> float:
        """All of them, each at their time, whatever has become of those before. By how many seconds the latest of them
        came too late."""
        began, late = time.perf_counter(), 0.0
        async with asyncio.timeout(PATIENCE + len(people)), asyncio.TaskGroup() as tasks:
            for place, i in enumerate(people):
                due = began + place / a_second
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
                late = max(late, time.perf_counter() - due)
                tasks.create_task(self._comes(i))
        return late

    async def _comes(self, i: int) -> None:
        browser = Browser(self.port)
        try:
            await self.registers(i, browser)
        finally:
            browser.close()

    def check(self, people: range) -> None:
        """Everybody has both mails, and none twice."""
        self.post.look()
        wrong = {i: n for i in people if (n := len(self.post.arrivals[self.email(i)])) != 2}
        if wrong:
            some = dict(list(wrong.items())[:5])
            raise AssertionError(f"{len(wrong)} of {len(people)} did not get two mails: {some}")
