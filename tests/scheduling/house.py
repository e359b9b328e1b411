"""The room alone, on a database in memory and a clock that stands still until it is moved; over HTTP as outside
programs and browsers meet it."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Literal

import httpx
import orjson
from starlette.responses import Response

from colloque.contracts import FACTS
from colloque.contracts.fact import Fact
from colloque.contracts.registration import OrganiserGranted, TokenIssued
from colloque.runtime.desk import Desk
from colloque.runtime.journal import Cause
from colloque.runtime.room import Room
from colloque.runtime.store.memory import Backup, MemoryStore
from colloque.runtime.work import Answer, Command, D, Timer
from colloque.web.app import assembled
from colloque.web.headers import Headers
from colloque.web.rights import hashed
from colloque.web.sessions import Sessions
from colloque.web.settings import WebSettings
from colloque.web.site import Site
from colloque_scheduling.room import build
from tests.calendars.lint import lint
from tests.scheduling import nec18

SETTINGS = WebSettings(
    base_url="http://house.example",
    secret_keys=("a secret of the tests, long enough",),
    link_keys=("a link key of the tests, long enough",),
    min_fill_seconds=0,
    form_burst=0,
    api_burst=0,
)


async def lint_feed(answer: httpx.Response) -> None:
    """Every calendar that is read here is looked at, byte by byte."""
    if answer.status_code == 200 and answer.headers.get("content-type", "").startswith("text/calendar"):
        lint(await answer.aread(), method=None)


class StillClock:
    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def on_move(self, told: Callable[[], None]) -> None:
        pass


class House:
    def __init__(self, at: datetime, store: MemoryStore | None = None) -> None:
        """With a store: one more process of the room that has it."""
        self.clock = StillClock(at)
        self.store = store or MemoryStore("scheduling")
        self.desk = Desk("scheduling", self.store, self.clock, key=b"test")
        self.room: Room = build(self.desk, SETTINGS)
        app = assembled(self.room.routers, Site("colloque.web", SETTINGS, self.clock))
        self.app = app
        transport = httpx.ASGITransport(app=Headers(app, SETTINGS))
        looks = {"response": [lint_feed]}
        self.web = httpx.AsyncClient(transport=transport, base_url="http://house.example", event_hooks=looks)
        self._causes = itertools.count(1)

    # ---- who asks
    async def let_in(self, who: str = "lea", role: str = "organiser", scope: str = "house") -> None:
        """This person may do that much; from now on it is they who ask."""
        now, token = self.clock.now(), _token(who, role, scope)
        await self.desk.hear(OrganiserGranted(subject=who, at=now, role=role, scope=scope, generation=0))
        fact = TokenIssued(subject=who, at=now, token=token, hash=hashed(token), role=role, scope=scope)
        await self.desk.hear(fact)
        self.ask_as(who, role, scope)

    def ask_as(self, who: str = "lea", role: str = "organiser", scope: str = "house") -> None:
        """By the API with a token, in the console with a session."""
        self.web.headers["authorization"] = f"Bearer {_token(who, role, scope)}"
        signed = Response()
        Sessions(SETTINGS, self.clock).open(signed, who, 0)
        name, value = signed.headers["set-cookie"].split(";")[0].split("=", 1)
        self.web.cookies.set(name, value)

    # ---- what happens
    async def do(self, command: Command, cause: str = "") -> Answer:
        return await self.desk.do(command, Cause.first(cause or f"cause-{next(self._causes)}"))

    async def until(self, at: datetime) -> None:
        """The clock goes on, and what falls due on the way is done at its time."""
        while due := sorted((one for one in self.docs(Timer).values() if one.at <= at), key=lambda one: one.at):
            self.clock.at = max(self.clock.at, due[0].at)
            await self.desk.ring(due[0])
        self.clock.at = max(self.clock.at, at)

    async def post(self, path: str, body: Any = None, **headers: str) -> httpx.Response:
        return await self.web.post(path, json=body, headers=headers)

    async def plan_nec18(self) -> None:
        """Series, edition, tracks and rooms, announced."""
        for path, body in (("/api/series", nec18.series()), ("/api/editions", nec18.edition())):
            assert (await self.post(path, body)).status_code == 201
        for path, bodies in (("tracks", nec18.tracks()), ("rooms", nec18.rooms())):
            for body in bodies:
                assert (await self.post(f"/api/editions/nec-2018/{path}", body)).status_code == 201
        assert (await self.post("/api/editions/nec-2018/announce")).status_code == 200

    async def fill_nec18(self) -> None:
        """Its 18 sessions and those who speak in them."""
        for path, bodies in (("sessions", nec18.sessions()), ("assignments", nec18.assignments())):
            for body in bodies:
                answer = await self.post(f"/api/editions/nec-2018/{path}", body)
                assert answer.status_code == 201, answer.text

    async def release(self) -> httpx.Response:
        return await self.post("/api/editions/nec-2018/releases")

    # ---- what there is
    def docs(self, kind: type[D]) -> dict[str, D]:
        return self.store.docs(kind)

    @property
    def facts(self) -> list[Fact]:
        """All that the room has said, in order."""
        said = [parcel for line in self.store.written for parcel in line["parcels"]]
        return [FACTS[one["type"]].model_validate(orjson.loads(one["body"])) for one in said if one.get("body")]

    def said(self, kind: type[Fact]) -> list[Any]:
        return [fact for fact in self.facts if isinstance(fact, kind)]


def _token(who: str, role: str, scope: str) -> str:
    return f"the token of {who}, {role} of {scope}"


@asynccontextmanager
async def opened(store: MemoryStore | None = None) -> AsyncIterator[House]:
    """An empty house with one organiser, or one more process on a store."""
    house = House(nec18.JUNE, store)
    async with house.desk.running(), house.web:
        if store is None:
            await house.let_in()
        else:
            house.ask_as()
        yield house


Stage = Literal["planned", "filled", "released"]
_KEPT: dict[Stage, Backup] = {}


@asynccontextmanager
async def nec18_as(stage: Stage) -> AsyncIterator[House]:
    """The house of NEC18: planned and announced; with its sessions in draft; released and open. Made once over HTTP,
    then put back from a backup."""
    if stage not in _KEPT:
        async with opened() as house:
            await house.plan_nec18()
            if stage != "planned":
                await house.fill_nec18()
            if stage == "released":
                assert (await house.release()).status_code == 201
                assert (await house.post("/api/editions/nec-2018/open")).status_code == 200
            _KEPT[stage] = house.store.backup()
    store = MemoryStore("scheduling")
    store.restore(_KEPT[stage])
    async with opened(store) as house:
        yield house
