"""`python -m colloque_embedded`: the whole house in one process. `rooms`: only its rooms, beside servers that run
already. `demo`: a conference, played from outside."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import sys
from contextlib import suppress
from datetime import datetime
from typing import Any

import uvicorn
import uvloop

from colloque.runtime.clock import Clock, SystemClock
from colloque.runtime.settings import RunSettings
from colloque.runtime.telemetry import log_to
from colloque.web.settings import WebSettings
from colloque_embedded.clock import moved_clock
from colloque_embedded.keys import keys
from colloque_embedded.refusal import HouseRefusal
from colloque_embedded.servers import Folder, Ports, Servers
from colloque_embedded.settings import EmbeddedSettings


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m colloque_embedded", description=__doc__)
    words = parser.add_subparsers(dest="word")
    for word, about in (
        ("house", "the whole house (also without a word)"),
        ("rooms", "beside servers that run already"),
    ):
        one = words.add_parser(word, help=about)
        one.add_argument("--at", type=datetime.fromisoformat, help="start the clock there, and let it be moved")
    demo = words.add_parser("demo", help="play a conference from outside, then stay up")
    demo.add_argument("--exit", action="store_true", help="in a folder of its own, and end with the verdict")
    given = parser.parse_args()
    settings = EmbeddedSettings()
    log_to(level="WARNING")
    try:
        if given.word == "demo":
            from colloque_embedded.demo import play  # noqa: PLC0415 - a house without a demo does not load it

            sys.exit(play(settings, ends=given.exit))
        with suppress(KeyboardInterrupt):
            uvloop.run(stand(settings, alone=given.word == "rooms", at=getattr(given, "at", None)))
    except HouseRefusal as refusal:
        sys.exit(str(refusal))


async def stand(settings: EmbeddedSettings, *, alone: bool, at: datetime | None) -> None:
    """Until somebody says stop."""
    folder, ports = Folder(settings.data), Ports.after(settings.port)
    servers = Servers(folder, ports, database_program=settings.db)
    if alone:
        await serve(servers, settings, ports, at, alone=True)
        return
    async with servers:
        supervision = asyncio.create_task(servers.supervise(), name="the supervision of the servers")
        supervision.add_done_callback(no_half_house)
        await serve(servers, settings, ports, at)
        supervision.cancel()


def no_half_house(supervision: asyncio.Task[None]) -> None:
    """A server that cannot be started again takes the house with it: one sentence, and whoever started it may try."""
    if supervision.cancelled():
        return
    print(supervision.exception(), file=sys.stderr, flush=True)
    os._exit(70)


async def serve(
    servers: Servers, settings: EmbeddedSettings, ports: Ports, at: datetime | None, *, alone: bool = False
) -> None:
    from colloque_embedded.house import House  # noqa: PLC0415 - loaded while the servers start
    from colloque_embedded.mailbox import Mailbox  # noqa: PLC0415 - as above
    from colloque_embedded.servers.stack import mailbox_path  # noqa: PLC0415 - as above

    folder = servers.folder
    places: dict[str, Any] = {
        "kafka": servers.kafka,
        "kafka_idempotent": False,
        "mongodb": servers.mongodb,
        "smtp": servers.smtp,
    }
    # Rooms by themselves go where they are told, and to the servers of the folder for the rest.
    told = RunSettings().model_fields_set if alone else ()
    run = RunSettings(**{name: place for name, place in places.items() if name not in told}, port=ports.web)
    base = f"http://{run.host}:{ports.web}"
    given: dict[str, Any] = {"base_url": base, **keys(folder / "keys.json")}
    web = WebSettings(**given)
    clock: Clock = moved_clock(folder / "clock", at) or SystemClock()
    keeps = None if "kafka" in told else settings.broker_keeps
    house = House(run, web, clock, Mailbox(mailbox_path(folder)), keeps)
    config = uvicorn.Config(
        house.app,
        host=run.host,
        port=run.port,
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=5,
    )
    logging.getLogger("colloque_embedded").info("the house stands at %s", base)
    print(f"The house stands at {base}/ - its mails at {base}/dev/mail. Ctrl-C stops everything.", flush=True)
    await uvicorn.Server(config).serve()


if __name__ == "__main__":
    main()
