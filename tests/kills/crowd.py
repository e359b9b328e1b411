"""People who register while things break: each tries again until there is an answer, with the same form."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Collection, Iterable
from dataclasses import dataclass, field
from typing import Literal

import httpx

from colloque_embedded.mailbox import Mailbox
from colloque_embedded.story import Mail, Page, Visitor, street
from colloque_embedded.story.visitor import NoSuchForm
from tests.kills.stage import EDITION, SESSIONS, Stage

AGAIN = 0.3
WAITS = 60.0
"""Seconds that somebody waits for a mail before they call it lost."""
COME_AGAIN = (429, 502, 503, 504)


class Mailboxes:
    """Everybody's, read from the sink's own file: it can be read whoever has just been killed."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox
        self._of: dict[str, list[Mail]] = {}
        self.mails: list[Mail] = []

    def look(self) -> None:
        self._mailbox.refresh()
        for one in self._mailbox.mails[len(self.mails) :]:
            mail = Mail(one.n, one.at, one.recipients, self._mailbox.raw(one))
            self.mails.append(mail)
            for address in mail.recipients:
                self._of.setdefault(address, []).append(mail)

    def of(self, address: str) -> list[Mail]:
        return self._of.get(address, [])

    async def another(self, address: str, known: set[str], within: float = WAITS) -> Mail:
        """The first whose Message-ID is not known yet."""
        until = time.monotonic() + within
        while True:
            self.look()
            for mail in self.of(address):
                if mail.id not in known:
                    return mail
            if time.monotonic() > until:
                raise TimeoutError(f"{address} waits for a mail beside {known or 'none'}")
            await asyncio.sleep(0.05)


@dataclass
class Person:
    """`submitted`, `confirmed`: what they were told was done. Nobody but them knows it outside the house."""

    number: int
    email: str
    sessions: tuple[str, ...]
    submitted: bool = False
    confirmed: bool = False
    tries: int = 0
    also: list[str] = field(default_factory=list)
    """What else they must have got by mail, by kind: besides being asked to confirm, and told what came of it."""
    left: Literal["", "cancelled", "expired"] = ""
    """How they have gone: nobody who has comes back."""

    @property
    def stands(self) -> Collection[str]:
        """Their registration, as far as they were told."""
        if self.left:
            return (self.left,)
        return ("confirmed", "waitlisted") if self.confirmed else ("pending",)


@dataclass
class Crowd:
    stage: Stage
    seed: int = 1
    only_submits: Callable[[Person], bool] = lambda _: False
    """Who goes away once the form is accepted, and never reads the mail."""
    people: list[Person] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.boxes = Mailboxes(self.stage.servers.mailbox)

    def known(self, numbers: Iterable[int]) -> None:
        """They came before, to the house of which this one's folder is a copy."""
        self.boxes.look()
        for number in numbers:
            self.people.append(person := self.person(number))
            person.submitted = person.confirmed = True

    def person(self, number: int) -> Person:
        chance = random.Random(f"{self.seed}/{number}")
        morning, evening = chance.choice(SESSIONS[:2]), SESSIONS[2]
        chosen = chance.choice(((morning,), (evening,), (morning, evening), ()))
        return Person(number, f"p{number}.{self.seed}@example.org", chosen)

    async def come(self, numbers: Iterable[int], at_once: int = 24) -> None:
        """Everybody, so many at once; over once each has all their mails."""
        waiting = iter(numbers)
        road = street(at_once)

        async def one_after_the_other() -> None:
            for number in waiting:
                person = self.person(number)
                self.people.append(person)
                await self._register(person, Visitor(self.stage.url, road, "fr" if number % 5 else "en"))

        try:
            async with asyncio.TaskGroup() as tasks:
                for _ in range(at_once):
                    tasks.create_task(one_after_the_other())
        finally:
            await road.aclose()

    async def until(self, count: int, what: str = "submitted") -> None:
        """So many have been told that it is done: the moment for a fault."""
        while self.done(what) < count:  # noqa: ASYNC110 - many make it true, in two ways
            await asyncio.sleep(0.01)

    def done(self, what: str) -> int:
        return sum(getattr(person, what) for person in self.people)

    async def _register(self, person: Person, visitor: Visitor) -> None:
        form = await self.insist(person, lambda: visitor.get(f"/{visitor.locale}/{EDITION}/register"), asks=True)
        answers = {
            "given": f"Zoé {person.number}",
            "family": "Ménard",
            "email": person.email,
            **{form.form("given").place_of(session): session for session in person.sessions},
        }
        sent = await self.insist(person, lambda: visitor.send(form, "given", answers, insist=True))
        assert sent.path.endswith("/sent"), (sent.status, sent.text[:500])
        person.submitted = True
        if self.only_submits(person):
            return
        mail = await self.boxes.another(person.email, set())
        asked = await self.insist(person, lambda: visitor.get(mail.link("confirm")), asks=True)
        done = await self.insist(person, lambda: visitor.send(asked, follow=False))
        assert done.status == 303, (done.status, done.text[:500])
        person.confirmed = True
        await self.boxes.another(person.email, {mail.id})

    def due(self, person: Person) -> int:
        """So many mails the house owes them."""
        return (1 if self.only_submits(person) else 2) + len(person.also)

    async def insist(self, person: Person, ask: Callable[[], Awaitable[Page]], *, asks: bool = False) -> Page:
        """`asks`: a page with a form is wanted, for what is asked next."""
        while True:
            person.tries += 1
            try:
                page = await ask()
                if page.status not in COME_AGAIN:
                    assert page.status < 500, (page.status, page.text[:500])
                    if asks:
                        page.form()
                    return page
            except httpx.TransportError:
                pass
            except NoSuchForm as none:
                raise AssertionError(f"{none}: {page.text[:300]}") from none
            await asyncio.sleep(AGAIN)
