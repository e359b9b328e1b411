"""Every room in one process: the same `build(desk)` as in production, the same clients, the same topics."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from fastapi import APIRouter, FastAPI
from starlette.types import ASGIApp

from colloque.runtime.bus.kafka import KafkaBus
from colloque.runtime.clock import Clock, MovedClock
from colloque.runtime.desk import Desk
from colloque.runtime.engine import Engine
from colloque.runtime.mailer.smtp import SmtpMailer
from colloque.runtime.room import Room
from colloque.runtime.settings import RunSettings
from colloque.runtime.store.mongo import MongoStore, connect
from colloque.web.app import build_app
from colloque.web.serve import desk_key, end_with, tidy_memory
from colloque.web.settings import WebSettings
from colloque_embedded.clock import clock_router
from colloque_embedded.inbox import inbox
from colloque_embedded.mailbox import Mailbox
from colloque_embedded.topology import ROOMS


class House:
    """`app` serves as soon as it is started; the rooms open beside it, and `/readyz` says when they have."""

    def __init__(
        self,
        run: RunSettings,
        web: WebSettings,
        clock: Clock,
        mailbox: Mailbox | None = None,
        broker_keeps: int | None = None,
    ) -> None:
        """`broker_keeps`: of a broker that nobody else uses."""
        self._client = connect(run.mongodb)
        # Its rooms hear through one consumer, unless other processes share their work.
        group = None if run.replicas else "house"
        keeps = None if run.replicas else broker_keeps
        self._bus = KafkaBus(run.kafka, idempotent=run.kafka_idempotent, group=group, keeps=keeps)
        key = desk_key(web)

        def desk(name: str) -> Desk:
            store = MongoStore(self._client, name, run.database_prefix)
            # Only one house uses the folder: after a crash its leases are its own again, and nobody waits for them.
            return Desk(name, store, clock, key=key, name=f"{name}-house", limit=run.turn_limit, sole=True)

        self.rooms: Sequence[Room] = [build(desk(name), web) for name, build in ROOMS.items()]
        mailer = SmtpMailer(run.mail_server)
        # A command of an operator commits beside the house: what it says should not be long on its way.
        self.engines = [Engine(room, self._bus, mailer, watch=run.replicas, look=1.0) for room in self.rooms]
        extra: list[APIRouter] = [inbox(mailbox)] if mailbox is not None else []
        if isinstance(clock, MovedClock):
            extra.append(clock_router(clock))
        self.app: ASGIApp = build_app(self.rooms, self.engines, web, clock, lifespan=self._life, extra=extra)

    @asynccontextmanager
    async def _life(self, _: FastAPI) -> AsyncIterator[None]:
        opening = asyncio.create_task(self._open(), name="the house opens")
        opening.add_done_callback(lambda task: end_with(task) if not task.cancelled() and task.exception() else None)
        yield
        opening.cancel()
        await asyncio.gather(opening, return_exceptions=True)
        await asyncio.gather(*(engine.stop() for engine in self.engines))
        await self._bus.stop()
        await self._client.close()

    async def _open(self) -> None:
        await asyncio.gather(*(engine.open() for engine in self.engines))
        for engine in self.engines:
            engine.start(end_with)
        tidy_memory()
        await self._bus.start()
