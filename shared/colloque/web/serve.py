"""A room's `__main__` is an address: `main("registration", build)`. Here is the house behind it."""

from __future__ import annotations

import argparse
import asyncio
import gc
import logging
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from hashlib import blake2b

import uvicorn
from fastapi import FastAPI
from pydantic import ValidationError

from colloque.runtime import operating
from colloque.runtime.bus.kafka import KafkaBus
from colloque.runtime.clock import SystemClock
from colloque.runtime.desk import Bug, Desk
from colloque.runtime.engine import Engine
from colloque.runtime.mailer.smtp import SmtpMailer
from colloque.runtime.refusal import Refusal
from colloque.runtime.room import Room
from colloque.runtime.settings import RunSettings
from colloque.runtime.store.mongo import MongoStore, connect
from colloque.runtime.store.port import Down
from colloque.runtime.telemetry import Spans, log_to, otlp
from colloque.web.app import build_app
from colloque.web.settings import WebSettings

log = logging.getLogger(__name__)

Build = Callable[[Desk, WebSettings], Room]
Work = Callable[[Desk, argparse.Namespace], Awaitable[None]]


@dataclass(frozen=True)
class Order:
    """One more word that a room understands on its command line."""

    name: str
    help: str
    arguments: Callable[[argparse.ArgumentParser], None]
    work: Work


def desk_key(settings: WebSettings) -> bytes:
    """What a room's ids are made with: the same in every process of the house, and after a rotation."""
    return blake2b(settings.lasting_key, digest_size=32, person=b"colloque-desk").digest()


def tidy_memory() -> None:
    """What is there after the start stays: the collector need not look at it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def end_with(task: asyncio.Task[None]) -> None:
    """No half-alive house: whoever supervises the process starts it again."""
    error = task.exception()
    log.critical("%s ended: %s", task.get_name(), type(error).__name__, exc_info=error)
    os._exit(70)


def desk_of(name: str, run: RunSettings, web: WebSettings) -> Desk:
    store = MongoStore(connect(run.mongodb), name, run.database_prefix)
    return Desk(name, store, SystemClock(), key=desk_key(web), limit=run.turn_limit, sole=not run.replicas)


def serve(name: str, build: Build, run: RunSettings, web: WebSettings) -> None:
    """One room alone, until somebody says stop."""
    desk = desk_of(name, run, web)
    room = build(desk, web)
    bus = KafkaBus(run.kafka, idempotent=run.kafka_idempotent)
    mailer = SmtpMailer(run.mail_server) if room.mailing is not None else None
    engine = Engine(room, bus, mailer, watch=run.replicas)
    spans = Spans(name, otlp(run.otlp)) if run.otlp else None
    if spans:
        desk.after_commit(spans.committed)

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        opening = asyncio.create_task(_open(engine, bus))
        opening.add_done_callback(lambda task: end_with(task) if not task.cancelled() and task.exception() else None)
        tidy_memory()
        yield
        if opening.done():
            await engine.stop()
            await bus.stop()
        else:
            opening.cancel()
        if spans:
            spans.close()

    app = build_app([room], [engine], web, desk.clock, lifespan=life)
    uvicorn.run(
        app,
        host=run.host,
        port=run.port,
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=10,
    )


async def _open(engine: Engine, bus: KafkaBus) -> None:
    await engine.open()
    engine.start(end_with)
    await bus.start()


# ------------------------------------------------------------------------------------------------------- command line
def main(name: str, build: Build, orders: Sequence[Order] = ()) -> None:
    """`python -m colloque_<name>`: serves; or does one thing and ends."""
    parser = argparse.ArgumentParser(prog=f"python -m colloque_{name}", description=f"The {name} room of Colloque.")
    words = parser.add_subparsers(dest="word", metavar="WORD")
    words.add_parser("serve", help="run the room (also without a word)")
    for order in (*orders, *_own(name)):
        order.arguments(words.add_parser(order.name, help=order.help))
    given = parser.parse_args()
    try:
        run, web = RunSettings(), WebSettings()
    except ValidationError as error:
        sys.exit("\n".join(f"COLLOQUE_{str(e['loc'][0]).upper()}: {e['msg']}" for e in error.errors()))
    log_to(level=run.log_level)
    work = next((order.work for order in (*orders, *_own(name)) if order.name == given.word), None)
    if work is None:
        serve(name, build, run, web)
        return
    try:
        desk = desk_of(name, run, web)
        build(desk, web)
        asyncio.run(_once(work, desk, given))
    except (Refusal, Bug) as no:
        sys.exit(f"{type(no).__name__}: {no}")
    except Down as lost:
        sys.exit(f"The database of {name} cannot be reached: is COLLOQUE_MONGODB right? ({lost})")


async def _once(work: Work, desk: Desk, given: argparse.Namespace) -> None:
    """A desk of its own beside those of the running processes: the fence keeps them apart."""
    if given.word == "restored":
        await work(desk, given)
    else:
        async with desk.running():
            await work(desk, given)
    await desk.store.close()


def _own(name: str) -> tuple[Order, ...]:
    def parked(parser: argparse.ArgumentParser) -> None:
        what = parser.add_subparsers(dest="what", required=True)
        what.add_parser("list", help="what is parked, and why")
        for verb, about in (("show", "one queue"), ("replay", "its head, once more"), ("drop", "its head, for good")):
            sub = what.add_parser(verb, help=about)
            sub.add_argument("id", help="<step>/<subject>")
            if verb == "drop":
                sub.add_argument("--why", required=True, help="for the trace: name nobody")

    return (
        Order("parked", "messages that a bug kept from being handled", parked, _parked),
        Order("restored", f"say that the database of {name} was put back from a back-up", lambda _: None, _restored),
    )


async def _parked(desk: Desk, given: argparse.Namespace) -> None:
    match given.what:
        case "list":
            queues = await operating.parked(desk)
            for queue in queues:
                print(
                    f"{queue.id}  {len(queue.queue)} waiting since {queue.since:%Y-%m-%d %H:%M}  {queue.queue[0].error}"
                )
            print(f"{len(queues)} parked" if queues else "Nothing is parked.")
        case "show":
            print((await operating.show(desk, given.id)).model_dump_json(indent=2))
        case "replay":
            await operating.replay(desk, given.id)
            print("Done.")
        case "drop":
            await operating.drop(desk, given.id, given.why)
            print("Dropped.")


async def _restored(desk: Desk, given: argparse.Namespace) -> None:
    print(f"{given.word}: the journal of {desk.room} begins its life number {await operating.restored(desk)}.")
