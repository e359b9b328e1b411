"""NEC 2018, played from outside: an organiser prepares it, 853 people come in order of time."""

from __future__ import annotations

import asyncio
import heapq
import time
from collections import deque
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from colloque_embedded.story.inbox import Inbox, Mail
from colloque_embedded.story.nec18 import EDITION, Nec18, Row, wall
from colloque_embedded.story.organiser import Organiser
from colloque_embedded.story.rest import rest
from colloque_embedded.story.speakers import Speakers
from colloque_embedded.story.visitor import Page, PageForm, Visitor, street

BEGINS = wall("2018-06-04T09:00")
ANSWERS, RELEASE, OPENING = wall("2018-06-14T18:00"), wall("2018-06-18T12:00"), wall("2018-06-20T08:00")
AHEAD = 40
"""So many events may be under way before the one whose turn it is: forms sent, links opened. Clicks wait their turn."""
A_LINK_IS_GOOD = timedelta(hours=47)
A_PAGE_IS_GOOD = timedelta(hours=12)
AT_ONCE = 16
TRIES = 3
"""The clock may leap over a form's time while it is filled in: then it is asked for again."""
FIRST_AND_LAST = {"r0001", "r0002", "r0003", "r0673", "r0851", "r0852", "r0853"}

Tell = Callable[[str], None]


class WentWrong(Exception):
    """Somebody did not find what the story says they find."""


@dataclass(frozen=True)
class Watch:
    """Who is told of what happens. Both are called often."""

    step: Tell = lambda _: None
    moment: Callable[[datetime, int, int, int], None] = lambda *_: None
    """When it is in the story; how many forms are sent, links clicked, mails read."""


@dataclass
class Played:
    """How long it took; for those who looked, by row, the page after the click; every address that was asked."""

    pages: dict[str, Page] = field(default_factory=dict)
    seconds: float = 0
    urls: list[str] = field(default_factory=list)


class Play:
    def __init__(self, organiser: Organiser, inbox: Inbox, data: Nec18, watch: Watch | None = None) -> None:
        self._organiser, self._inbox, self._data = organiser, inbox, data
        self._watch = watch or Watch()
        self._api = f"/api/editions/{EDITION}"
        self._url = str(organiser.client.base_url)

    async def move_clock(self, at: datetime) -> None:
        (await self._organiser.client.post("/dev/clock", json={"at": at.isoformat()})).raise_for_status()

    # ---- the organiser
    async def prepare(self) -> list[str]:
        """Series, edition, programme, release 1, the form open. The rules that were tried on the way."""
        tell, post, data = self._watch.step, self._organiser.post, self._data
        await post("/api/series", data.series)
        await post("/api/editions", data.edition)
        for track in data.tracks:
            await post(f"{self._api}/tracks", track)
        for room in data.rooms:
            await post(f"{self._api}/rooms", room)
        for session in data.sessions:
            await post(f"{self._api}/sessions", session)
        tell(f"{len(data.tracks)} tracks, {len(data.rooms)} rooms, {len(data.sessions)} sessions")
        person = {one["external_id"]: (await post("/api/people", one))["person"] for one in data.speakers}
        for one in data.assignments:
            await post(f"{self._api}/assignments", {**one, "person": person[one["person"]]})
        tell(f"{len(person)} speakers, {len(data.assignments)} assignments")
        said = await self._what_is_refused(person)
        tell(f"refused or warned of, as it must be: {', '.join(said)}")
        await post(f"{self._api}/announce")
        speakers = Speakers(self._organiser, self._inbox, data, person)
        asked = await speakers.invite()
        await self.move_clock(ANSWERS)
        answers = ", ".join(f"{count} {answer}" for answer, count in (await speakers.answer()).items())
        tell(f"{asked} invitations by mail, answered by their links: {answers}")
        await self.move_clock(RELEASE)
        await post(f"{self._api}/releases", {"n": 1})
        await self.move_clock(OPENING)
        await post(f"{self._api}/open")
        await rest(self._organiser.client)
        tell("version 1 of the programme is released, registration is open")
        return said

    async def _what_is_refused(self, person: dict[str, str]) -> list[str]:
        said = []
        for conflict in self._data.conflicts(person):
            path = f"{self._api}/{conflict.path}"
            if conflict.warns:
                answer = await self._organiser.post(path, conflict.body)
                rules = [warning["rule"] for warning in answer["warnings"]]
                await self._organiser.delete(f"{path}/{answer['id']}")
            else:
                rules = [(await self._organiser.refusal(path, conflict.body)).rule]
            if conflict.rule not in rules:
                raise WentWrong(f"{conflict.rule} was to be said, and {rules or 'nothing'} was")
            said.append(conflict.rule)
        rule = (await self._organiser.refusal(f"{self._api}/open")).rule
        if rule != "illegal-transition":
            raise WentWrong(f"an edition opens before it is announced: {rule}")
        return [*said, rule]

    # ---- everybody else
    async def fill(self) -> Played:
        return await Crowd(self, self._url, self._inbox, self._data, self._watch).come()


@dataclass(order=True)
class Event:
    at: datetime
    row: Row = field(compare=False)
    clicks: bool = field(compare=False)


class Crowd:
    """Forms are sent and links opened a little ahead of their time, several at once; the clicks that take the places go
    one after the other, each at its minute."""

    def __init__(self, play: Play, url: str, inbox: Inbox, data: Nec18, watch: Watch) -> None:
        self._play, self._url, self._inbox, self._watch = play, url, inbox, watch
        rows = data.rows.values()
        self._entered_by: dict[str, list[str]] = {}
        for row in rows:
            if row.proxy is not None:
                self._entered_by.setdefault(row.mailbox, []).append(row.name)
        events = [Event(row.submitted, row, clicks=False) for row in rows]
        events += [Event(row.clicked, row, clicks=True) for row in rows]
        heapq.heapify(events)
        self._events = deque(heapq.heappop(events) for _ in range(len(events)))
        self._now = OPENING
        self._street = street(AT_ONCE)
        self._room = asyncio.Semaphore(AT_ONCE)
        self._begun: set[str] = set()
        self._mails: dict[str, asyncio.Task[tuple[Visitor, Mail]]] = {}
        self._asked: dict[str, asyncio.Task[tuple[Visitor, Page]]] = {}
        self._after: list[asyncio.Task[None]] = []
        self._sent = self._clicked = 0
        self._played = Played()

    async def come(self) -> Played:
        began = time.monotonic()
        async with AsyncExitStack() as stack:
            stack.push_async_callback(self._street.aclose)
            stack.push_async_callback(self._give_up)
            while self._events:
                await self._step()
                self._watch.moment(self._now, self._sent, self._clicked, len(self._inbox.mails))
            await asyncio.gather(*self._after)
        await rest(self._play._organiser.client)
        await self._inbox.all()
        self._watch.moment(self._now, self._sent, self._clicked, len(self._inbox.mails))
        self._played.seconds = time.monotonic() - began
        return self._played

    async def _step(self) -> None:
        self._look_ahead()
        event = self._events.popleft()
        row = event.row
        if not event.clicks:
            if row.id not in self._begun:
                await self._move(event.at)
                self._begin(row)
            return
        if row.id not in self._asked:
            # It would have been too early: a page that is left open for a day has to be asked for again.
            await self._mails[row.id]
            await self._move(event.at)
            self._open(row)
        visitor, page = await self._asked.pop(row.id)
        await self._move(event.at)
        taken = await visitor.send(page, follow=False)
        self._clicked += 1
        where = taken.headers.get("location", "")
        if taken.status != 303 or "/registration/" not in where:
            raise WentWrong(f"{row.id} clicks and is answered {taken.status}: {taken.text[:200]}")
        if self._curious(row):
            self._after.append(asyncio.create_task(self._look(row, visitor, where)))
        else:
            self._played.urls += [*visitor.asked, where]

    def _look_ahead(self) -> None:
        for number, event in enumerate(self._events):
            if number >= AHEAD:
                break
            row = event.row
            if not event.clicks:
                if row.id not in self._begun and row.clicked - self._now < A_LINK_IS_GOOD:
                    self._begin(row)
            elif row.id in self._mails and row.id not in self._asked and event.at - self._now < A_PAGE_IS_GOOD:
                self._open(row)

    def _begin(self, row: Row) -> None:
        self._begun.add(row.id)
        self._mails[row.id] = asyncio.create_task(self._register(row))

    def _open(self, row: Row) -> None:
        self._asked[row.id] = asyncio.create_task(self._ask(row))

    async def _move(self, at: datetime) -> None:
        self._now = at
        await self._play.move_clock(at)

    async def _register(self, row: Row) -> tuple[Visitor, Mail]:
        """The form, and the mail that comes of it."""
        visitor = Visitor(self._url, self._street, row.locale)
        async with self._room:
            for _ in range(TRIES):
                page = await visitor.get(f"/{row.locale}/{EDITION}/register")
                said = {**row.answers, **slots(page.form("given"), row.sessions)}
                sent = await visitor.send(page, "given", said, insist=True, follow=self._curious(row))
                if sent.status != 422:
                    break
        self._sent += 1
        if not (sent.headers.get("location") or sent.path).endswith("/sent"):
            raise WentWrong(f"{row.id} sends the form and is answered {sent.status}: {sent.text[:300]}")

        def theirs(mail: Mail) -> bool:
            # Whoever registers many gets a mail for each, and one of their own: it names nobody else.
            if not mail.links_for("confirm"):
                return False
            if row.proxy is not None:
                return row.name in mail.text
            return not any(name in mail.text for name in self._entered_by.get(row.mailbox, ()))

        return visitor, await self._inbox.arrival(row.mailbox, like=theirs)

    async def _ask(self, row: Row) -> tuple[Visitor, Page]:
        """The page behind the link, with its button."""
        visitor, mail = await self._mails[row.id]
        page = await visitor.get(mail.link("confirm"))
        if page.status != 200:
            raise WentWrong(f"{row.id} opens the link and is answered {page.status}: {page.text[:200]}")
        return visitor, page

    async def _look(self, row: Row, visitor: Visitor, where: str) -> None:
        page = await visitor.get(where)
        if page.status != 200:
            raise WentWrong(f"{row.id} looks at their registration and is answered {page.status}")
        self._played.pages[row.id] = page
        self._played.urls += visitor.asked

    def _curious(self, row: Row) -> bool:
        """Most close the window once they have done what they came for."""
        return row.id in FIRST_AND_LAST or int(row.id[1:]) % 25 == 0

    async def _give_up(self) -> None:
        """Nobody goes on alone."""
        tasks = [*self._mails.values(), *self._asked.values(), *self._after]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def slots(form: PageForm, sessions: list[str]) -> dict[str, str]:
    """Each session as the answer to the question of its hour."""
    return {form.place_of(session): session for session in sessions}
