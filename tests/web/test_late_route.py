"""Routes are analysed when they are first asked for, and are then like any other."""

from __future__ import annotations

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from fastapi.exceptions import FastAPIError

from colloque.web.late_route import LateRoute

router = APIRouter(route_class=LateRoute)


@router.get("/sum/{a}")
async def add(a: int, b: int = 1) -> int:
    return a + b


def app_of(router: APIRouter) -> FastAPI:
    app = FastAPI()
    app.router.routes.extend(router.routes)
    return app


async def test_it_reads_checks_describes_and_refuses_as_every_route_does() -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app_of(router)), base_url="http://house") as client:
        assert "dependant" not in vars(router.routes[-1])
        assert (await client.get("/sum/2", params={"b": 3})).json() == 5
        assert (await client.get("/sum/two")).status_code == 422
        assert (await client.delete("/sum/2")).headers["allow"] == "GET"
        described = (await client.get("/openapi.json")).json()["paths"]["/sum/{a}"]["get"]["parameters"]
        assert [(one["name"], one["in"], one["required"]) for one in described] == [
            ("a", "path", True),
            ("b", "query", False),
        ]


def test_one_that_cannot_be_analysed_says_why_as_often_as_it_is_asked() -> None:
    broken = APIRouter(route_class=LateRoute)

    @broken.get("/never")
    async def never(strange: APIRouter) -> None:
        pass

    for _ in range(2):
        with pytest.raises(FastAPIError, match="valid Pydantic field type"):
            _ = broken.routes[-1].app  # type: ignore[attr-defined]
