"""The room alone, on a database in memory and a clock that stands still until it is moved."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from functools import cached_property
from typing import Any

import orjson

from colloque.contracts.fact import Fact
from colloque.runtime.desk import Desk
from colloque.runtime.journal import Cause
from colloque.runtime.room import Room
from colloque.runtime.store.memory import MemoryStore
from colloque.runtime.work import Answer, Command, D, Timer
from colloque.web.app import assembled
from colloque.web.headers import Headers
from colloque.web.settings import WebSettings
from colloque.web.site import Site
from colloque_registration.commands import (
    AcceptOffer,
    CancelRegistration,
    ChangeSessions,
    ConfirmRegistration,
    DeclineOffer,
    OfferPlace,
    SubmitRegistration,
)
from colloque_registration.domain.editions import EditionDesk
from colloque_registration.domain.people import Person
from colloque_registration.domain.registration import Registration
from colloque_registration.domain.sessions import SessionSeats, seats_id
from colloque_registration.domain.waitlist import Waitlist
from colloque_registration.room import HEARS, KINDS, build, contacts
from colloque_registration.steps import STEPS
from colloque_registration.steps.submitting import key_of
from tests.registration.nec18 import OPENING, opened, released, session


class StillClock:
    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def on_move(self, told: Callable[[], None]) -> None:
        pass


SETTINGS = WebSettings(
    secret_keys=("a secret of the tests, long enough",),
    link_keys=("a link key of the tests, long enough",),
    data_keys=("xVgDkBOGBxVgMfTgQPVsHWmJSWGmeNRdCkDqTPZrMW0=",),
    min_fill_seconds=0,
    form_burst=0,
    api_burst=0,
)


def app_of(room: Room, clock: StillClock) -> Any:
    return Headers(assembled(room.routers, Site("colloque.web", SETTINGS, clock)), SETTINGS)


class House:
    def __init__(self, at: datetime, store: MemoryStore | None = None) -> None:
        self.clock = StillClock(at)
        self.store = store or MemoryStore("registration")
        self.desk = Desk("registration", self.store, self.clock, key=b"test")
        self.room = Room(desk=self.desk, steps=STEPS, kinds=KINDS, hears=HEARS, contacts=contacts(self.desk))
        self._causes = itertools.count(1)

    @cached_property
    def app(self) -> Any:
        """Its pages and its API, for tests that visit them."""
        return app_of(build(self.desk, SETTINGS), self.clock)

    def another_process(self) -> House:
        """One that finds what this one has left in the database, and knows nothing else."""
        return House(self.clock.at, self.store)

    # ---- what happens
    async def do(self, command: Command, cause: str = "") -> Answer:
        return await self.desk.do(command, Cause.first(cause or f"cause-{next(self._causes)}"))

    async def hear(self, *facts: Fact) -> None:
        for fact in facts:
            await self.desk.hear(fact)

    async def until(self, at: datetime) -> None:
        """The clock goes on, and what falls due on the way is done at its time."""
        while due := sorted((one for one in self.store.docs(Timer).values() if one.at <= at), key=lambda one: one.at):
            self.clock.at = max(self.clock.at, due[0].at)
            await self.desk.ring(due[0])
        self.clock.at = max(self.clock.at, at)

    async def submit(self, form: SubmitRegistration) -> Registration:
        """The registration that the form made, or met."""
        await self.do(form)
        return self.registration_of(form)

    async def confirm(self, registration: Registration) -> Registration:
        await self.do(ConfirmRegistration(registration=registration.id, links=registration.links))
        return self.get(Registration, registration.id)

    async def register(self, form: SubmitRegistration) -> Registration:
        return await self.confirm(await self.submit(form))

    async def choose(self, registration: Registration, *sessions: str) -> Registration:
        await self.do(ChangeSessions(registration=registration.id, links=registration.links, sessions=sessions))
        return self.get(Registration, registration.id)

    async def cancel(self, registration: Registration) -> Registration:
        await self.do(CancelRegistration(registration=registration.id, links=registration.links))
        return self.get(Registration, registration.id)

    async def accept(self, registration: Registration) -> Registration:
        await self.do(AcceptOffer(registration=registration.id, links=registration.links))
        return self.get(Registration, registration.id)

    async def decline(self, registration: Registration) -> Registration:
        await self.do(DeclineOffer(registration=registration.id, links=registration.links))
        return self.get(Registration, registration.id)

    async def offer(self, registration: Registration, reason: str = "Interprète") -> Registration:
        await self.do(
            OfferPlace(edition=registration.edition, registration=registration.id, reason=reason, by="organiser")
        )
        return self.get(Registration, registration.id)

    def forget_glances(self) -> None:
        """What pages only show may be a second old: that second is over."""
        self.desk.reads._glanced.clear()

    # ---- what is so
    def get(self, kind: type[D], id: str) -> D:
        return self.store.docs(kind)[id]

    def person_of(self, form: SubmitRegistration) -> Person:
        return next(one for one in self.store.docs(Person).values() if one.key == key_of(form))

    def registration_of(self, form: SubmitRegistration) -> Registration:
        return self.get(Registration, self.person_of(form).registrations[form.edition])

    def desk_of(self, edition: str = "nec-2018") -> EditionDesk:
        return self.get(EditionDesk, edition)

    def taken(self, session: str, edition: str = "nec-2018") -> int:
        return self.get(SessionSeats, seats_id(edition, session)).taken

    def line(self, edition: str = "nec-2018") -> tuple[str, ...]:
        lines = self.store.docs(Waitlist)
        return lines[edition].line if edition in lines else ()

    def facts(self, kind: str = "") -> list[dict[str, Any]]:
        """What has left, in order: bodies of facts, and of contacts the notice."""
        return [
            orjson.loads(parcel["body"]) if parcel["body"] else {"type": parcel["type"], "subject": parcel["subject"]}
            for line in self.store.written
            for parcel in line["parcels"]
            if not kind or parcel["type"] == kind
        ]


MORNING = ("2018-09-13T11:00", "2018-09-13T12:30")
AFTERNOON = ("2018-09-13T14:00", "2018-09-13T15:30")


@asynccontextmanager
async def house(at: datetime = OPENING, **changes: Any) -> AsyncIterator[House]:
    """An edition with its door open, two workshops in the morning, two after lunch, and a plenary for all."""
    here = House(at)
    async with here.desk.running():
        await here.hear(
            opened(**changes),
            released(
                session("s01", "2018-09-13T09:30", "2018-09-13T10:30", format="plenary", booking="none"),
                session("s02", *MORNING, seats=2),
                session("s03", *MORNING),
                session("s07", *AFTERNOON, seats=1),
                session("s09", *AFTERNOON),
            ),
        )
        yield here
