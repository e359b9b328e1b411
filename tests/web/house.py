"""The sample room, mounted as in any process, and browsers that visit it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from html import unescape
from typing import Any

import httpx
from starlette.responses import Response

from colloque.contracts.registration import OrganiserGranted, OrganiserRevoked, TokenIssued
from colloque.runtime.clock import MovedClock
from colloque.runtime.desk import Desk
from colloque.runtime.store.memory import MemoryStore
from colloque.web.app import assembled, house_site
from colloque.web.headers import Headers
from colloque.web.rights import hashed
from colloque.web.sessions import Sessions
from colloque.web.settings import WebSettings
from tests.web.sample import Note, build

NOW = datetime(2018, 9, 4, 12, tzinfo=UTC)
BASE = "http://127.0.0.1:8000"
ANSWERS = {"given": "Amina", "family": "Diallo", "email": "amina@example.org"}


def settings(**changed: Any) -> WebSettings:
    told: dict[str, Any] = {
        "secret_keys": ("secret-key-number-one",),
        "link_keys": ("link-key-number-one",),
        "base_url": BASE,
        "min_fill_seconds": 0,
        "contact_email": "maison@colloque.example",
    }
    return WebSettings(**{**told, **changed})


@dataclass
class House:
    desk: Desk
    clock: MovedClock
    settings: WebSettings
    app: Any

    def browser(self, address: str = "192.0.2.7") -> httpx.AsyncClient:
        transport = httpx.ASGITransport(self.app, client=(address, 4000))
        return httpx.AsyncClient(transport=transport, base_url=self.settings.base_url)

    @property
    def notes(self) -> list[Note]:
        store = self.desk.store
        assert isinstance(store, MemoryStore)
        return list(store.docs(Note).values())

    async def grant(self, person: str, role: str, scope: str, generation: int = 1) -> None:
        await self.desk.hear(
            OrganiserGranted(subject=person, at=self.clock.now(), role=role, scope=scope, generation=generation)
        )

    async def revoke(self, person: str, role: str, scope: str, generation: int) -> None:
        await self.desk.hear(
            OrganiserRevoked(subject=person, at=self.clock.now(), role=role, scope=scope, generation=generation)
        )

    async def token(
        self, person: str, role: str, scope: str, shown: str, expires_at: datetime | None = None
    ) -> dict[str, str]:
        await self.desk.hear(
            TokenIssued(
                subject=person, at=self.clock.now(), token=f"t-{shown}", hash=hashed(shown), role=role, scope=scope,
                expires_at=expires_at,
            )
        )  # fmt: skip
        return {"authorization": f"Bearer {shown}"}

    def sign_in(self, browser: httpx.AsyncClient, person: str, generation: int = 1) -> None:
        response = Response()
        Sessions(self.settings, self.clock).open(response, person, generation)
        name, value = response.headers["set-cookie"].split(";")[0].split("=", 1)
        browser.cookies.set(name, value)


@asynccontextmanager
async def open_house(**changed: Any) -> AsyncIterator[House]:
    told, clock = settings(**changed), MovedClock(NOW)
    desk = Desk("registration", MemoryStore("registration"), clock, key=b"test")
    room = build(desk, told)
    app = assembled(room.routers, house_site([room], told, clock))
    async with desk.running():
        yield House(desk, clock, told, Headers(app, told))


def hidden(page: httpx.Response, action: str = "") -> dict[str, str]:
    """The hidden fields of a page (of its form with this action), as a browser would send them back."""
    text = page.text.partition(f'action="{action}"')[2].partition("</form>")[0] if action else page.text
    tags = re.findall(r"<input type=\"hidden\"[^>]*>", text)
    return {_attribute(tag, "name"): _attribute(tag, "value") for tag in tags}


def _attribute(tag: str, name: str) -> str:
    found = re.search(rf'{name}="([^"]*)"', tag)
    return unescape(found.group(1)) if found else ""
