"""Every route of every room, as it is really mounted, with every role on every scope."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import date
from importlib import import_module
from itertools import product
from pathlib import Path

import httpx
import pytest
from cryptography.fernet import Fernet
from starlette.responses import Response

from colloque.contracts import ROOMS
from colloque.contracts.fact import EditionFrame, Venue
from colloque.contracts.scheduling import EditionAnnounced
from colloque.runtime.clock import MovedClock
from colloque.runtime.desk import Desk
from colloque.runtime.room import Room
from colloque.runtime.store.memory import MemoryStore
from colloque.web.app import assembled
from colloque.web.rights import ROLES, ApiToken, Grant, Organiser, anywhere, hashed, may
from colloque.web.routes import Route, Table, differences, load
from colloque.web.sessions import Sessions
from colloque.web.settings import WebSettings
from colloque.web.site import Site
from tests.web.house import NOW, settings

TABLE = load(Path(__file__).parents[2] / "deploy" / "routes.yaml")
SCOPES = ("house", "series:nec", "series:other", "edition:nec-2018", "edition:other-2019")
GRANTS = [Grant(role=role, scope=scope) for role, scope in product(ROLES, SCOPES)]
FRAME = EditionFrame(
    edition="nec-2018",
    series="nec",
    code="NEC18",
    title={"fr": "Numérique en Commun[s] 2018"},
    starts_on=date(2018, 9, 13),
    ends_on=date(2018, 9, 14),
    tz="Europe/Paris",
    venue=Venue(name="ENSA Nantes"),
    capacity=850,
)
PLACES = {"lang": "fr", "edition": "nec-2018", "series": "nec", "n": "1", "session": "s01"}
OWNER = "p-owner-house"


def built(room: str, told: WebSettings) -> tuple[Desk, Room]:
    build: Callable[[Desk, WebSettings], Room] = import_module(f"colloque_{room}.room").build
    desk = Desk(room, MemoryStore(room), MovedClock(NOW), key=b"test")
    return desk, build(desk, told)


def person_of(grant: Grant) -> str:
    return f"p-{grant.role}-{grant.scope.replace(':', '-')}"


@asynccontextmanager
async def opened(name: str) -> AsyncIterator[tuple[httpx.AsyncClient, Sessions]]:
    """One room, with an organiser and a token for every role on every scope."""
    told = settings(data_keys=(Fernet.generate_key().decode(),), form_burst=0, api_burst=0, wrong_token_burst=0)
    desk, room = built(name, told)
    app = assembled(room.routers, Site("colloque.web", told, desk.clock))
    async with desk.running():
        await desk.store.seed([Organiser(id=person_of(grant), generation=1, grants=(grant,)) for grant in GRANTS])
        await desk.store.seed(
            [
                ApiToken(
                    id=hashed(person_of(grant)),
                    token=person_of(grant),
                    organiser=person_of(grant),
                    grant=Grant(role="owner", scope="house"),
                )
                for grant in GRANTS
            ]
        )
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=told.base_url) as client:
            await know_the_edition(name, desk, client)
            yield client, Sessions(told, desk.clock)


async def know_the_edition(name: str, desk: Desk, client: httpx.AsyncClient) -> None:
    if name != "scheduling":
        await desk.hear(EditionAnnounced(subject=FRAME.edition, at=NOW, frame=FRAME))
        return
    owner = {"authorization": f"Bearer {OWNER}"}
    frame = FRAME.model_dump(mode="json", include={"series", "code", "title", "starts_on", "ends_on", "tz", "capacity"})
    series = {"id": "nec", "name": "Numérique en Commun[s]"}
    edition = {"id": FRAME.edition, **frame, "venue": {"name": "ENSA Nantes"}}
    for path, body in (("/api/series", series), ("/api/editions", edition)):
        made = await client.post(path, json=body, headers=owner)
        assert made.status_code == 201, made.text


def url(route: Route) -> str:
    return re.sub(r"\{(\w+)\}", lambda name: PLACES.get(name.group(1), "unknown"), route.path)


def cookie(sessions: Sessions, person: str) -> str:
    response = Response()
    sessions.open(response, person, 1)
    return response.headers["set-cookie"].split(";")[0]


def known_as(grant: Grant, route: Route, sessions: Sessions) -> dict[str, str]:
    if route.path.startswith("/api/"):
        return {"authorization": f"Bearer {person_of(grant)}"}
    return {"cookie": cookie(sessions, person_of(grant))}


@pytest.mark.parametrize("name", ROOMS)
def test_a_room_mounts_what_the_table_says(name: str) -> None:
    _, room = built(name, settings(data_keys=(Fernet.generate_key().decode(),)))
    assert differences(TABLE, name, room.routers) == []


@pytest.mark.parametrize("name", ROOMS)
async def test_every_route_lets_in_who_may_and_nobody_else(name: str) -> None:
    wrong: list[str] = []
    async with opened(name) as (client, sessions):
        for method, route in guarded(TABLE, name):
            for grant in GRANTS:
                # A body that no route can read: whoever is let in gets no further than that.
                answer = await client.request(
                    method,
                    url(route),
                    content=b"{",
                    headers={"content-type": "x/y", **known_as(grant, route, sessions)},
                )
                allowed = allows(grant, route)
                refused = answer.status_code in (401, 403) or answer.headers.get("location") == "/console/sign-in"
                # With scope `any` the room itself may still say no to what the caller asks about.
                if refused if allowed and route.scope != "any" else not allowed and not refused:
                    wrong.append(f"{method} {route.path} as {grant.role} on {grant.scope}: {answer.status_code}")
                if answer.status_code >= 500:
                    wrong.append(f"{method} {route.path} as {grant.role} on {grant.scope}: {answer.status_code}")
    assert wrong == []


@pytest.mark.parametrize("name", ROOMS)
async def test_no_route_that_asks_for_a_role_lets_a_stranger_in(name: str) -> None:
    async with opened(name) as (client, _):
        answers = {
            f"{method} {route.path}": await client.request(method, url(route)) for method, route in guarded(TABLE, name)
        }

    assert answers
    for said, answer in answers.items():
        if said.partition(" ")[2].startswith("/api/"):
            assert answer.status_code == 401, said
        else:
            assert (answer.status_code, answer.headers.get("location")) == (303, "/console/sign-in"), said


def guarded(table: Table, room: str) -> list[tuple[str, Route]]:
    return [(method, route) for method, route in table if route.room == room and route.right is not None]


def allows(grant: Grant, route: Route) -> bool:
    assert route.right is not None
    role, scope = route.right
    if scope == "any":
        return anywhere([grant], role)
    edition, series = ("nec-2018", "nec") if scope == "edition" else (None, None)
    return may([grant], role, edition, series)
