"""The room's pages and API as a browser and a program meet them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import httpx
from starlette.responses import Response

from colloque.contracts.registration import OrganiserGranted, TokenIssued
from colloque.runtime.clock import MovedClock
from colloque.runtime.desk import Desk
from colloque.runtime.store.memory import MemoryStore
from colloque.web.app import assembled
from colloque.web.headers import Headers
from colloque.web.rights import hashed
from colloque.web.sessions import Sessions
from colloque.web.settings import WebSettings
from colloque.web.site import Site
from colloque_traces.room import build
from tests.traces.desk import NOW, Ledger
from tests.traces.lines import AT, REGISTRATION

SETTINGS = WebSettings(
    secret_keys=("a secret of sixteen and more",), link_keys=("another secret of sixteen",), base_url="http://127.0.0.1"
)


class House:
    """Somebody signs in with `as_role`: `.visitor` is their browser or program."""

    def __init__(self) -> None:
        self.store, self.clock = MemoryStore("traces"), MovedClock(NOW)
        desk = Desk("traces", self.store, self.clock, key=b"test")
        room = build(desk, SETTINGS)
        self.ledger = Ledger(self.store, room)
        self.app = assembled(room.routers, Site("colloque.web", SETTINGS, self.clock))
        self.visitor = httpx.AsyncClient(
            transport=httpx.ASGITransport(Headers(self.app, SETTINGS)), base_url="http://127.0.0.1"
        )

    @asynccontextmanager
    async def open(self) -> AsyncIterator[House]:
        async with self.ledger.open(), self.visitor:
            yield self

    async def story(self) -> House:
        """The edition, its rooms, and the registration of `lines`; it is two minutes later."""
        self.clock.set(AT + timedelta(minutes=2) + timedelta(seconds=210))
        await self.ledger.announce()
        await self.ledger.rooms_open()
        await self.ledger.hand_in(*REGISTRATION)
        return self

    async def as_role(self, role: str, scope: str = "edition:nec-2018", person: str = "p-lea") -> House:
        """In the console by a session, in the API by a token."""
        await self.ledger.desk.hear(OrganiserGranted(subject=person, at=NOW, role=role, scope=scope, generation=1))
        token = TokenIssued(
            subject=person, at=NOW, token=f"t-{person}", hash=hashed(f"secret-{person}"), role=role, scope=scope
        )
        await self.ledger.desk.hear(token)
        answer = Response()
        sessions = Sessions(SETTINGS, self.clock)
        sessions.open(answer, person, 1)
        self.visitor.headers["cookie"] = answer.headers["set-cookie"].split(";")[0]
        self.visitor.headers["authorization"] = f"Bearer secret-{person}"
        return self
