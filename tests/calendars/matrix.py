"""All that can happen to a speaker's invitation, one thing after the other, and what a calendar must show after each:
hours in UTC, written out by hand."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from colloque.contracts.fact import Fact, RoomFrame, SessionFrame, Slot
from colloque.contracts.registration import Contact
from colloque.runtime.journal import Cause
from colloque_notifications.commands import SendAgain
from tests.calendars.held import Held
from tests.calendars.post import Post, invitation_in, posting
from tests.notifications.house import NOW, OPENED, RELEASED, contact
from tests.notifications.speaking import (
    BY_ID,
    announced,
    called_off,
    confirms,
    declines,
    invited,
    off,
    postponed,
    release,
    reminded,
    withdraws,
)

NADIA, MARC = "nadia.benali@example.org", "marc@example.org"
PEOPLE = {"nadia": NADIA, "marc": MARC}


class Shown(NamedTuple):
    """`09-14 07:30` in UTC, for an hour and a half."""

    at: str
    room: str
    status: str
    sequence: int
    asked: bool
    """Whether they have still to answer."""


@dataclass(frozen=True)
class Step:
    """`nadia`, `marc`: what their calendars show of the session afterwards; None: nothing has ever been there."""

    what: str
    facts: tuple[Fact, ...]
    nadia: Shown | None
    marc: Shown | None
    again: bool = False
    """Her last mail is sent again."""
    messages: int = 0
    """Calendar messages that leave."""

    def shown(self, person: str) -> Shown | None:
        return self.nadia if person == "nadia" else self.marc


@dataclass(frozen=True)
class Played:
    """`messages`: person → what came for their calendar at that step."""

    step: Step
    messages: Mapping[str, list[bytes]] = field(default_factory=dict)


def session(revision: int, at: datetime, room: str) -> SessionFrame:
    slot = Slot(starts_at=at, ends_at=at + timedelta(minutes=90), tz="Europe/Paris")
    where = RoomFrame(id=room.lower().replace(" ", "-"), name=room, capacity=240)
    return BY_ID["s13"].model_copy(update={"revision": revision, "slot": slot, "room": where})


S13 = BY_ID["s13"]
MOVED = session(1, datetime(2018, 9, 14, 9, 30, tzinfo=UTC), "Atelier 3")
ELSEWHERE = session(2, datetime(2018, 9, 14, 9, 30, tzinfo=UTC), "Auditorium")
BOTH = session(3, datetime(2018, 9, 13, 12, tzinfo=UTC), "Galerie; côté Loire")
OFF = off(BOTH)
BACK = session(5, datetime(2018, 9, 13, 12, tzinfo=UTC), "Galerie; côté Loire")
NOVEMBER = {"starts_on": date(2018, 11, 15), "ends_on": date(2018, 11, 16)}
IN_WINTER = session(6, datetime(2018, 11, 15, 8, 30, tzinfo=UTC), "Atelier 3")


def on(at: str, room: str, sequence: int, *, asked: bool = True) -> Shown:
    return Shown(at, room, "CONFIRMED", sequence, asked)


def gone(at: str, room: str, sequence: int) -> Shown:
    return Shown(at, room, "CANCELLED", sequence, asked=True)


def _marc(fact: Callable[..., Fact]) -> Fact:
    return fact(person="marc", role="moderator")


MATRIX = (
    Step("both are asked by mail", (invited(), _marc(invited)), None, None),
    Step("she is reminded, and declines", (reminded(), declines()), None, None),
    Step(
        "asked once more she says yes, and so does he",
        (invited(links=1), confirms(links=1), _marc(confirms)),
        on("09-14 07:30", "Atelier 3", 0),
        on("09-14 07:30", "Atelier 3", 0),
        messages=2,
    ),
    Step(
        "an organiser sends her invitation again: she has answered it",
        (),
        on("09-14 07:30", "Atelier 3", 0, asked=False),
        on("09-14 07:30", "Atelier 3", 0, asked=False),
        again=True,
        messages=1,
    ),
    Step(
        "the session moves",
        (release(2, MOVED),),
        on("09-14 09:30", "Atelier 3", 1),
        on("09-14 09:30", "Atelier 3", 1),
        messages=2,
    ),
    Step(
        "it goes to another room",
        (release(3, ELSEWHERE),),
        on("09-14 09:30", "Auditorium", 2),
        on("09-14 09:30", "Auditorium", 2),
        messages=2,
    ),
    Step(
        "it gets another title only",
        (release(4, ELSEWHERE.model_copy(update={"title": {"fr": "Autrement", "en": "Otherwise"}})),),
        on("09-14 09:30", "Auditorium", 2, asked=False),
        on("09-14 09:30", "Auditorium", 2, asked=False),
    ),
    Step(
        "it goes to another day and another room",
        (release(5, BOTH),),
        on("09-13 12:00", "Galerie; côté Loire", 3),
        on("09-13 12:00", "Galerie; côté Loire", 3),
        messages=2,
    ),
    Step(
        "it is cancelled",
        (release(6, OFF),),
        gone("09-13 12:00", "Galerie; côté Loire", 4),
        gone("09-13 12:00", "Galerie; côté Loire", 4),
        messages=2,
    ),
    Step(
        "it takes place after all",
        (release(7, BACK),),
        on("09-13 12:00", "Galerie; côté Loire", 5),
        on("09-13 12:00", "Galerie; côté Loire", 5),
        messages=2,
    ),
    Step(
        "she withdraws",
        (withdraws(links=1, now=BACK, release=7),),
        gone("09-13 12:00", "Galerie; côté Loire", 6),
        on("09-13 12:00", "Galerie; côté Loire", 5, asked=False),
        messages=1,
    ),
    Step(
        "asked again she comes back",
        (invited(links=2, now=BACK, release=7), confirms(links=2, now=BACK, release=7)),
        on("09-13 12:00", "Galerie; côté Loire", 7),
        on("09-13 12:00", "Galerie; côté Loire", 5, asked=False),
        messages=1,
    ),
    Step(
        "the edition is put off",
        (postponed(),),
        gone("09-13 12:00", "Galerie; côté Loire", 8),
        gone("09-13 12:00", "Galerie; côté Loire", 6),
        messages=2,
    ),
    Step(
        "it is announced for November, without hours yet",
        (announced(**NOVEMBER),),
        gone("09-13 12:00", "Galerie; côté Loire", 8),
        gone("09-13 12:00", "Galerie; côté Loire", 6),
    ),
    Step(
        "the release for November comes out, on winter time",
        (release(8, IN_WINTER),),
        on("11-15 08:30", "Atelier 3", 9),
        on("11-15 08:30", "Atelier 3", 7),
        messages=2,
    ),
    Step(
        "the edition is called off",
        (called_off(),),
        gone("11-15 08:30", "Atelier 3", 10),
        gone("11-15 08:30", "Atelier 3", 8),
        messages=2,
    ),
)


def expected(person: str, shown: Shown | None) -> dict[str, Held]:
    if shown is None:
        return {}
    at = datetime.strptime(f"2018-{shown.at}", "%Y-%m-%d %H:%M").replace(tzinfo=UTC)
    uid = f"s13.nec-2018.{person}@colloque.example"
    title = S13.title["fr" if person == "nadia" else "en"]
    held = Held(
        uid=uid,
        starts_at=at,
        ends_at=at + timedelta(minutes=90),
        title=title,
        place=f"{shown.room}, École nationale supérieure d’architecture de Nantes, Nantes",
        status=shown.status,
        sequence=shown.sequence,
        organiser="nec18@colloque.example",
        answers=((PEOPLE[person], "NEEDS-ACTION" if shown.asked else "ACCEPTED"),),
    )
    return {uid: held}


def marc() -> Contact:
    return contact("marc", given="Marc", family="Tremblay", email=MARC, locale="en")


def play(folder: Path) -> list[Played]:
    """Each step an hour after the one before."""
    return asyncio.run(_play(folder))


async def _play(folder: Path) -> list[Played]:
    played = list[Played]()
    async with posting(folder, OPENED, RELEASED, contact(), marc()) as post:
        for n, step in enumerate(MATRIX):
            post.house.clock.set(NOW + timedelta(hours=n))
            before = post.count
            if step.again:
                await _again(post)
            mails = [*await post.send(*step.facts)] if step.facts else await post.since(before)
            came = defaultdict[str, list[bytes]](list)
            for mail in mails:
                body = invitation_in(mail)
                if body is not None:
                    address = mail["To"].addresses[0].addr_spec
                    came[next(name for name, one in PEOPLE.items() if one == address)].append(body)
            played.append(Played(step, came))
    return played


async def _again(post: Post) -> None:
    last = [mail for mail in post.house.mails if mail.person == "nadia"][-1]
    await post.house.desk.do(SendAgain(edition="nec-2018", mail=last.id, by="lea"), Cause("again", last.story))
