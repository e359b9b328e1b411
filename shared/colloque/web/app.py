"""The application that a process answers with: the routes of its rooms, what every process answers, and what stands
around them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

from fastapi import APIRouter, FastAPI
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp

from colloque.contracts import catalogue
from colloque.contracts.fact import EditionFrame
from colloque.runtime.clock import Clock
from colloque.runtime.engine import Engine
from colloque.runtime.refusal import NotFound
from colloque.runtime.room import Room
from colloque.runtime.telemetry import Numbers, exposition
from colloque.web import problems
from colloque.web.headers import Headers
from colloque.web.house import house
from colloque.web.problem_details import RESPONSES
from colloque.web.settings import WebSettings
from colloque.web.site import Site

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


def build_app(
    rooms: Sequence[Room],
    engines: Sequence[Engine],
    settings: WebSettings,
    clock: Clock,
    *,
    lifespan: Lifespan,
    extra: Iterable[APIRouter] = (),
) -> ASGIApp:
    """`extra`: routers that only this process has (the inbox of the embedded house)."""
    routers = [probes(engines), facts(rooms), *extra, *(router for room in rooms for router in room.routers)]
    app = assembled(routers, house_site(rooms, settings, clock), lifespan)
    return Headers(app, settings)


def assembled(routers: Iterable[APIRouter], site: Site, lifespan: Lifespan | None = None) -> FastAPI:
    """These routes, those that every site has, and an answer to every refusal. The routes are taken as they are:
    FastAPI's `include_router` makes each anew when it is first asked for."""
    app = FastAPI(
        title="Colloque",
        summary="Conferences and the travels of delegations",
        version="0.1.0",
        lifespan=lifespan,
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    for router in (*routers, house(site)):
        app.router.routes.extend(router.routes)
    problems.install(app, site)
    return app


def house_site(rooms: Iterable[Room], settings: WebSettings, clock: Clock) -> Site:
    """For what no room answers: where the path names an edition that one of them knows, it has that edition's head."""
    known = [room.frame_of for room in rooms if room.frame_of is not None]

    async def frame_of(edition: str) -> EditionFrame | None:
        for ask in known:
            if frame := await ask(edition):
                return frame
        return None

    return Site("colloque.web", settings, clock, edition_of=frame_of)


def probes(engines: Sequence[Engine]) -> APIRouter:
    """Alive, ready, how it stands, and the numbers. For machines; the front proxy does not let strangers in."""
    router = APIRouter(include_in_schema=False)

    def read() -> Iterable[tuple[str, Mapping[str, float], Mapping[str, float]]]:
        for engine in engines:
            desk = engine.desk
            standing = {"waiting": desk.waiting, "parked": desk.counter.parked, "lines": desk.counter.n}
            if engine.relay.active:  # nobody else knows
                standing["to_relay"] = desk.counter.n - engine.relay.sent
            counted = dict(desk.counts)
            for part in (engine.relay, engine.intake, engine.postman):
                if part is not None:
                    counted |= {f"{type(part).__name__.lower()} {what}": n for what, n in part.counts.items()}
            yield engine.room.name, counted, {**standing, "ready": float(engine.ready)}

    numbers = Numbers(read)

    @router.get("/healthz")
    async def alive() -> Response:
        return PlainTextResponse("alive\n")

    @router.get("/readyz")
    async def ready() -> Response:
        away = [engine.room.name for engine in engines if not engine.ready]
        return PlainTextResponse(f"not ready: {', '.join(away)}\n" if away else "ready\n", 503 if away else 200)

    @router.get("/status")
    async def status() -> Response:
        return JSONResponse({engine.room.name: await engine.status() for engine in engines})

    @router.get("/metrics")
    async def metrics() -> Response:
        return Response(exposition(numbers), media_type="text/plain; version=0.0.4; charset=utf-8")

    return router


def facts(rooms: Sequence[Room]) -> APIRouter:
    """The catalogue of what is said on Kafka: AsyncAPI and JSON Schema, from the same classes that are sent."""
    router = APIRouter(tags=["catalogue"], responses={404: RESPONSES[404]})
    heard = {room.name: room.desk.steps.names() for room in rooms}

    @router.get("/api/asyncapi.json", summary="Every fact and its topic, as AsyncAPI 3")
    async def asyncapi() -> dict[str, Any]:
        return catalogue.asyncapi(heard)

    @router.get("/api/schemas/{name}", summary="The JSON Schema of one type of fact")
    async def schema(name: str) -> dict[str, Any]:
        if name not in catalogue.MESSAGES:
            raise NotFound(f"no fact has the type {name}")
        return catalogue.schema(name)

    return router
