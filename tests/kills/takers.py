"""Those who give their place up and those who are offered it, while things break: each insists, as anybody does."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from colloque_embedded.story import Mail, Page, Visitor, street
from colloque_embedded.story.visitor import path_of
from tests.kills.account import room
from tests.kills.crowd import Crowd, Person
from tests.kills.stage import Stage

How = Literal["accept", "later", "leave", "silence"]
OFFERED, TAKEN = "registration.place_offered.v1", "registration.confirmed.v1"
LAPSED = "registration.offer_expired.v1"
ENDS = (TAKEN, LAPSED, "registration.waitlisted.v1", "registration.cancelled.v1")


class Takers:
    """`done`: how many have been told that what they said is done."""

    def __init__(self, crowd: Crowd) -> None:
        self._crowd = crowd
        self._answered: set[str] = set()
        self.done = 0

    async def until(self, count: int) -> None:
        while self.done < count:  # noqa: ASYNC110 - many make it true
            await asyncio.sleep(0.01)

    def offers(self) -> list[tuple[Person, Mail]]:
        """That have come, and that nobody has answered."""
        boxes = self._crowd.boxes
        boxes.look()
        return [
            (person, mail)
            for person in self._crowd.people
            for mail in {mail.id: mail for mail in boxes.of(person.email)}.values()
            if mail.id not in self._answered and mail.links_for("offer")
        ]

    async def cancel(self, people: Iterable[Person]) -> None:
        """All at once."""
        await self._all((person, self._last(person), "leave") for person in people)

    async def answer(self, offers: Iterable[tuple[Person, Mail, How]]) -> None:
        """All at once."""
        answers = list(offers)
        for person, mail, _ in answers:
            self._answered.add(mail.id)
            person.also.append("place_offered")
        await self._all(answers)

    # ----
    def _last(self, person: Person) -> Mail:
        return [mail for mail in self._crowd.boxes.of(person.email) if mail.links_for("cancel")][-1]

    async def _all(self, answers: Iterable[tuple[Person, Mail, How]]) -> None:
        road = street(40)
        try:
            async with asyncio.TaskGroup() as tasks:
                for person, mail, how in answers:
                    visitor = Visitor(self._crowd.stage.url, road)
                    tasks.create_task(self._one(person, mail, how, visitor))
        finally:
            await road.aclose()

    async def _one(self, person: Person, mail: Mail, how: How, visitor: Visitor) -> None:
        if how == "accept":
            await self._takes_it_twice(person, mail, visitor)
            person.also.append("registration_confirmed")
        elif how == "later":
            page = await self._page(person, visitor, mail.link("offer"))
            await self._told(person, visitor, page, "answer", answer="later")
            person.also.append("registration_waitlisted")
        elif how == "leave":
            page = await self._page(person, visitor, mail.link("cancel"))
            await self._told(person, visitor, page)
            person.also.append("registration_cancelled")
            person.left = "cancelled"
        else:
            person.also.append("offer_expired")
            person.left = "expired"
        self.done += 1

    async def _takes_it_twice(self, person: Person, mail: Mail, visitor: Visitor) -> None:
        """From two windows, at once: both say that the place is theirs."""
        pages = [await self._page(person, visitor, mail.link("offer")) for _ in range(2)]
        await asyncio.gather(*(self._told(person, visitor, page, "answer", answer="accept") for page in pages))

    async def _page(self, person: Person, visitor: Visitor, link: str) -> Page:
        """A mail may be older than the address of this copy of the house."""
        return await self._crowd.insist(person, lambda: visitor.get(path_of(link)), asks=True)

    async def _told(self, person: Person, visitor: Visitor, page: Page, having: str = "", **said: str) -> None:
        done = await self._crowd.insist(person, lambda: visitor.send(page, having, said, follow=False))
        assert done.status == 303, (person, done.status, done.text[:300])


async def account_of_offers(stage: Stage) -> int:
    """How many offers the journal knows of, each with one end."""
    lines = (await room(stage, "registration", (await stage.rest())["registration"])).lines
    return each_offer_ends_once([[_told(parcel) for parcel in line["parcels"]] for line in lines], stage.places)


def each_offer_ends_once(lines: Iterable[Sequence[tuple[str, str]]], places: int) -> int:
    """`lines`: what each has told of whom, in the order of the journal. A place is held by one person at a time, an
    offer ends once, and never is more held than there is."""
    offered, confirmed, count = set[str](), set[str](), 0
    for line in lines:
        for kind, whom in line:
            if kind == OFFERED:
                assert whom not in offered | confirmed, f"{whom} is offered a second place"
                offered.add(whom)
                count += 1
            elif kind in ENDS:
                assert whom in offered or kind != LAPSED, f"what {whom} was offered has ended already"
                assert whom not in confirmed or kind != TAKEN, f"{whom} takes a second place"
                offered.discard(whom)
                confirmed.discard(whom)
            if kind == TAKEN:
                confirmed.add(whom)
        assert len(offered) + len(confirmed) <= places, "a place is held twice"
    assert not offered, "an offer has no end"
    return count


def _told(parcel: Mapping[str, Any]) -> tuple[str, str]:
    return parcel["type"], parcel["subject"]
