"""The two houses in which the stories are told, as somebody sees them who stands outside."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from colloque_embedded.story import rest
from colloque_embedded.story.figures import Registers
from colloque_embedded.story.inbox import Inbox, Mail
from colloque_embedded.story.nec18 import EDITION, Nec18, wall
from colloque_embedded.story.organiser import Organiser, sign_up
from colloque_embedded.story.play import BEGINS, Play, Played
from colloque_embedded.story.process import HouseProcess, free_row
from colloque_embedded.story.visitor import Visitor

T = TypeVar("T")
SETTINGS = {
    "COLLOQUE_MIN_FILL_SECONDS": "0",
    "COLLOQUE_FORM_BURST": "0",
    "COLLOQUE_API_BURST": "0",
    # What lies on the broker is read again at the end of the story.
    "COLLOQUE_EMBEDDED_BROKER_KEEPS": "1000000",
}
News = dict[tuple[str, str], Mail]
"""By what it is, and whom it is for."""


@dataclass
class OpenHouse:
    """Release 1 is out and registration has just opened; nobody has come."""

    house: HouseProcess
    organiser: Organiser
    inbox: Inbox
    data: Nec18
    play: Play
    visitors: list[Visitor] = field(default_factory=list)
    prepared: int = 0
    """The last mail of the preparations: speakers, who may register too, have got some."""
    read: int = 0
    """The last mail that `news` has told of."""

    async def mails_to(self, address: str) -> list[Mail]:
        """Since registration is open."""
        return [mail for mail in await self.inbox.to(address) if mail.n > self.prepared]

    def visitor(self, locale: str = "fr") -> Visitor:
        """Somebody new, who is seen out when the house closes."""
        self.visitors.append(Visitor(self.house.url, None, locale))
        return self.visitors[-1]

    async def at(self, when: str) -> None:
        """The clock in Paris goes on to then, and what was due has been done."""
        await self.play.move_clock(wall(when))
        await rest(self.organiser.client)

    async def news(self, edition: str = EDITION) -> News:
        """All that has reached anybody since this was last asked, once the house is at rest; nobody gets the same
        twice."""
        await rest(self.organiser.client)
        new = [mail for mail in await self.inbox.all() if mail.n > self.read]
        self.read = len(self.inbox.mails)
        known = await self._known(edition, {mail.id for mail in new})
        news = {(known[mail.id]["template"], self.whom(mail, known[mail.id]["about"])): mail for mail in new}
        assert len(news) == len(new), "somebody has got something twice"
        return news

    async def all_is_read(self) -> None:
        """What has come so far is no news."""
        await rest(self.organiser.client)
        self.read = len(await self.inbox.all())

    async def nobody_has_heard(self) -> None:
        await rest(self.organiser.client)
        assert [mail.subject for mail in await self.inbox.all() if mail.n > self.read] == []

    async def close(self) -> None:
        """The mails that have come stay in the inbox's hands."""
        if self.house.alive:
            await self.inbox.all()
            for visitor in self.visitors:
                await visitor.leave()
            await self.organiser.leave()
            await self.house.stop()

    def whom(self, mail: Mail, about: str) -> str:  # noqa: ARG002 - the full house knows who is who
        return mail.to

    async def _known(self, edition: str, ids: set[str]) -> Mapping[str, Mapping[str, Any]]:
        """What the house says of these mails, which are among its last."""
        known: dict[str, Mapping[str, Any]] = {}
        before: int | None = 0
        while before is not None and not ids <= known.keys():
            page = await self.organiser.get(f"/api/editions/{edition}/mails", before=before)
            known |= {one["id"]: one for one in page["mails"]}
            before = page["before"]
        return known


@dataclass(kw_only=True)
class FullHouse(OpenHouse):
    """850 are confirmed and three stand in line; nobody has cancelled."""

    played: Played
    found: Registers

    def whom(self, mail: Mail, about: str) -> str:
        """The row of whoever has registered; of who speaks: session, person and role as the data name them."""
        if about in self.found.row_of:
            return self.found.row_of[about]
        session, _, role = about.removeprefix(f"{EDITION}/").split(".")
        return f"{session} {self.speakers[mail.to]} {role}"

    @property
    def speakers(self) -> Mapping[str, str]:
        """By mailbox."""
        return {one["email"]: one["external_id"] for one in self.data.speakers}


async def taken(here: OpenHouse) -> dict[str, int]:
    """Seats, by session."""
    seats = await here.organiser.get(f"/api/editions/{EDITION}/seats")
    return {one["session"]: one["taken"] for one in seats["sessions"]}


async def eventually(read: Callable[[], Awaitable[T]], wanted: T, within: float = 5) -> None:
    """What pages only show may be up to a second old."""
    until = time.monotonic() + within
    while True:
        found = await read()
        if found == wanted:
            return
        assert time.monotonic() < until, found
        await asyncio.sleep(0.05)


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[OpenHouse]:
    house = HouseProcess(folder, free_row(), at=BEGINS, settings=SETTINGS)
    house.start()
    try:
        await house.ready()
        data = Nec18()
        told = data.organiser
        organiser = await sign_up(house, told["given"], told["family"], told["email"])
        inbox = Inbox(organiser.client)
        play = Play(organiser, inbox, data)
        await play.prepare()
        last = (await inbox.all())[-1].n
        here = OpenHouse(house, organiser, inbox, data, play, prepared=last, read=last)
        yield here
        await here.close()
    finally:
        await house.stop()
