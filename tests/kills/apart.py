"""The rooms as processes of their own, each by its own command, behind one origin: as in production, in small."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from colloque.contracts import ROOMS
from colloque.runtime.rest import numbers, together, unrest
from colloque.web.routes import EVERY, load
from colloque_embedded.servers.child import LEASH
from colloque_embedded.servers.ports import HOST, several_free_ports
from tests.kills.stage import Stage

ROUTES = Path(__file__).resolve().parents[2] / "deploy" / "routes.yaml"
HOP = (b"content-length", b"transfer-encoding", b"connection", b"content-encoding")


class RoomProcess:
    def __init__(self, name: str, port: int, environment: Mapping[str, str], log: Path) -> None:
        self.name, self.url = name, f"http://{HOST}:{port}"
        self._environment = {**os.environ, **environment, "COLLOQUE_PORT": str(port)}
        self._log = log

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-I", "-S", str(LEASH), str(os.getpid())),
                    sys.executable,
                    "-m",
                    f"colloque_{self.name}",
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self._environment,
                start_new_session=True,
            )

    async def status(self) -> dict[str, Any]:
        async with httpx.AsyncClient(base_url=self.url, timeout=30) as client:
            status: dict[str, Any] = (await client.get("/status")).raise_for_status().json()[self.name]
            return status

    async def ready(self, within: float = 60) -> None:
        until = time.monotonic() + within
        async with httpx.AsyncClient(base_url=self.url, timeout=2) as client:
            while True:
                assert self._process.poll() is None, f"{self.name} ended: see {self._log}"
                assert time.monotonic() < until, f"{self.name} is not ready: see {self._log}"
                try:
                    if (await client.get("/readyz")).status_code == 200:
                        return
                except httpx.HTTPError:
                    pass
                await asyncio.sleep(0.1)

    async def stop(self) -> None:
        """As a supervisor does."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            await asyncio.to_thread(self._process.wait, 30)


class Apart(Stage):
    """A folder's servers, and beside them each room, notifications twice."""

    @asynccontextmanager
    async def standing(self) -> AsyncIterator[Apart]:
        async with self.servers, AsyncExitStack() as stack:
            names = [*ROOMS, "notifications"]
            twice = {"COLLOQUE_REPLICAS": "true"}
            self.processes = [
                RoomProcess(
                    name,
                    port,
                    {**self.settings, **self.rooms.environment, **(twice if name == "notifications" else {})},
                    self.rooms.log,
                )
                for name, port in zip(names, several_free_ports(len(names)), strict=True)
            ]
            for process in self.processes:
                process.start()
                stack.push_async_callback(process.stop)
            await asyncio.gather(*(process.ready() for process in self.processes))
            await stack.enter_async_context(self._front())
            yield self

    def of(self, name: str) -> list[RoomProcess]:
        return [process for process in self.processes if process.name == name]

    async def rest(self, within: float = 60) -> Mapping[str, Any]:
        until, before = time.monotonic() + within, None
        while True:
            rooms = {name: together([await process.status() for process in self.of(name)]) for name in ROOMS}
            why, now = unrest(rooms), numbers(rooms)
            if why is None and now == before:
                return rooms
            before = now if why is None else None
            assert time.monotonic() < until, why
            await asyncio.sleep(0.1)

    @asynccontextmanager
    async def _front(self) -> AsyncIterator[None]:
        """What stands in the table, and nothing else: to the room that it names."""
        async with httpx.AsyncClient(timeout=60, headers={"accept-encoding": "identity"}) as client:

            async def pass_on(request: Request) -> Response:
                room = rooms[request.scope["route"].path]
                target = self.of(room)[-1].url + request.url.path
                answer = await client.request(
                    request.method,
                    f"{target}?{request.url.query}" if request.url.query else target,
                    content=await request.body(),
                    headers=[(name, value) for name, value in request.headers.raw if name != b"accept-encoding"],
                )
                response = Response(answer.content, answer.status_code)
                response.raw_headers += [(name, value) for name, value in answer.headers.raw if name.lower() not in HOP]
                return response

            table = sorted(load(ROUTES).routes, key=lambda route: [part[:1] == "{" for part in route.path.split("/")])
            rooms = {route.path: ROOMS[0] if route.room == EVERY else route.room for route in table}
            by_path = {
                path: [method for route in table if route.path == path for method in route.methods] for path in rooms
            }
            front = Starlette(routes=[Route(path, pass_on, methods=methods) for path, methods in by_path.items()])
            server = uvicorn.Server(uvicorn.Config(front, host=HOST, port=self.rooms.ports.web, log_level="warning"))
            serving = asyncio.create_task(server.serve())
            while not server.started:  # noqa: ASYNC110 - it has no other way to tell
                await asyncio.sleep(0.01)
            try:
                yield
            finally:
                server.should_exit = True
                await serving
