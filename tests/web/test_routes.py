"""The table of routes, and rooms that keep to it."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi import APIRouter
from pydantic import ValidationError

from colloque.contracts import ROOMS
from colloque.runtime.clock import MovedClock
from colloque.runtime.desk import Desk
from colloque.runtime.store.memory import MemoryStore
from colloque.web.api import Doors
from colloque.web.house import house
from colloque.web.routes import EVERY, Route, Table, differences, load, mounted
from colloque.web.site import Site
from tests.web.house import settings

TABLE = load(Path(__file__).parents[2] / "deploy" / "routes.yaml")


def doors() -> Doors:
    return Doors(Desk("registration", MemoryStore("registration"), MovedClock(), key=b"test"), settings())


def test_every_path_of_the_console_and_the_api_asks_for_a_role_or_says_why_not() -> None:
    open_ones = {
        (method, route.path)
        for method, route in TABLE
        if route.path.startswith(("/console", "/api")) and route.right is None
    }
    assert open_ones == {
        ("POST", "/console/language"),
        ("GET", "/console/sign-in"),
        ("GET", "/console/sign-in/sent"),
        ("POST", "/console/sign-in"),
        ("POST", "/console/sign-out"),
        ("GET", "/console/enter/{token}"),
        ("POST", "/console/enter/{token}"),
        ("GET", "/api/openapi.json"),
        ("GET", "/api/asyncapi.json"),
        ("GET", "/api/schemas/{name}"),
    }


def test_every_room_has_routes_and_personal_data_asks_for_more_than_a_viewer() -> None:
    assert {route.room for route in TABLE.routes} == {*ROOMS, EVERY}
    personal = [r for r in TABLE.routes if any(w in r.path for w in ("registrations", "mails", "people", "traces"))]
    assert personal
    assert all(route.right is not None and route.right[0] != "viewer" for route in personal)


def test_the_house_mounts_what_the_table_says_of_every_process() -> None:
    router = house(Site("colloque.web", settings(), MovedClock()))
    by_others = {
        "/healthz",
        "/readyz",
        "/status",
        "/metrics",
        "/api/openapi.json",
        "/api/asyncapi.json",
        "/api/schemas/{name}",
    }
    table = Table(route for route in TABLE.routes if route.path not in by_others)

    assert differences(table, EVERY, [router]) == []


def test_a_route_is_compared_by_method_path_room_role_and_scope() -> None:
    told = Table(
        [
            Route(
                path="/api/editions/{edition}",
                methods=("GET", "PATCH"),
                room="scheduling",
                who="viewer",
                scope="edition",
            ),
            Route(path="/api/series", methods=("GET",), room="traces", who="viewer", scope="any"),
            Route(path="/{lang}/{edition}", methods=("GET",), room="scheduling", who="public"),
        ]
    )
    api = APIRouter()

    async def nothing() -> None:
        return None

    asked = doors()
    api.add_api_route("/api/editions/{edition}", nothing, methods=["GET"], dependencies=[asked.api("viewer")])
    api.add_api_route("/api/editions/{edition}", nothing, methods=["PATCH"], dependencies=[asked.api("desk")])
    api.add_api_route("/api/series", nothing, methods=["GET"], dependencies=[asked.api("viewer", scope="any")])
    api.add_api_route("/api/forgotten", nothing, methods=["POST"])

    assert differences(told, "scheduling", [api]) == [
        "PATCH /api/editions/{edition} asks for desk on edition, the table says viewer on edition",
        "GET /api/series is mounted by scheduling and belongs to traces",
        "POST /api/forgotten is mounted by scheduling and not in the table",
        "GET /{lang}/{edition} is in the table and not mounted by scheduling",
    ]


def test_a_page_is_compared_by_the_path_that_people_read() -> None:
    pages = Site("colloque.web", settings(), MovedClock()).router()

    @pages.get("/{lang}/{edition}/programme")
    async def programme() -> None:
        return None

    assert list(mounted([pages])) == [("GET", "/{lang}/{edition}/programme", None)]


def test_a_door_without_an_edition_asks_on_the_house() -> None:
    api = APIRouter()

    @api.post("/api/series", dependencies=[doors().api("organiser")])
    async def series() -> None:
        return None

    assert list(mounted([api])) == [("POST", "/api/series", ("organiser", "house"))]


@pytest.mark.parametrize(
    "row",
    [
        {"path": "/x", "methods": ["GET"], "room": "kitchen", "who": "public"},
        {"path": "/x", "methods": ["GET"], "room": "traces", "who": "king"},
        {"path": "/x", "methods": ["FETCH"], "room": "traces", "who": "public"},
        {"path": "x", "methods": ["GET"], "room": "traces", "who": "public"},
        {"path": "/x", "methods": ["GET"], "room": "traces", "who": "viewer"},
        {"path": "/x", "methods": ["GET"], "room": "traces", "who": "viewer", "scope": "edition"},
        {"path": "/x", "methods": ["GET"], "room": "traces", "who": "public", "scope": "house"},
        {"path": "/x", "methods": ["GET"], "room": "traces", "who": "public", "colour": "red"},
    ],
)
def test_a_row_that_means_nothing_is_refused(row: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Route.model_validate(row)


def test_no_route_stands_twice() -> None:
    row = Route(path="/x", methods=("GET",), room="traces", who="public")
    with pytest.raises(ValueError, match="twice"):
        Table([row, row])


def test_a_role_nobody_has_opens_no_door() -> None:
    with pytest.raises(ValueError, match="king"):
        doors().api("king")
