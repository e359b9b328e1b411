"""What a process says of itself (journal.md §8), and what it does not know."""

from __future__ import annotations

import asyncio

import httpx
from fastapi import FastAPI

from colloque.runtime.bus.memory import Broker
from colloque.runtime.clock import MovedClock
from colloque.runtime.desk import Desk
from colloque.runtime.engine import Engine
from colloque.runtime.rest import together, unrest
from colloque.runtime.store.memory import MemoryStore
from colloque.web.app import probes
from tests.runtime.neighbours import TELLER, Post, Tell, cause, played, teller
from tests.runtime.toy import NOON


class Replicas:
    """Two processes of one room on one database."""

    def __init__(self) -> None:
        store, broker, wall = MemoryStore(TELLER), Broker(), asyncio.get_running_loop().time
        self.buses = [Post(broker) for _ in range(2)]
        self.engines = [
            Engine(teller(Desk(TELLER, store, MovedClock(NOON), key=b"n", name=name, wall=wall)), bus, wall=wall)
            for name, bus in zip(("one", "two"), self.buses, strict=True)
        ]

    async def __aenter__(self) -> list[Engine]:
        for engine, bus in zip(self.engines, self.buses, strict=True):
            await engine.open()
            await bus.start()
            engine.start(lambda _: None)
            await asyncio.sleep(0.5)
        return self.engines

    async def __aexit__(self, *_: object) -> None:
        for engine, bus in zip(self.engines, self.buses, strict=True):
            await engine.stop()
            await bus.stop()


@played
async def test_only_the_process_that_sends_says_how_far_the_sending_is() -> None:
    async with Replicas() as (one, two):
        await two.desk.do(Tell(subject="s", word="hello"), cause())
        await asyncio.sleep(10)

        first, second = await one.status(), await two.status()

        assert first["relayed"] == first["n"] == second["n"] > 0
        assert second["relayed"] is None
        assert (first["holds"], second["holds"]) == (["relay", "alarm"], [])
        assert unrest({TELLER: first}) is None
        assert unrest({TELLER: second}) == "registration: nobody here sends its lines"
        assert unrest({TELLER: together([second, first])}) is None
        assert together([second, first])["holds"] == ["alarm", "relay"]


@played
async def test_a_process_that_does_not_send_raises_no_alarm_about_what_has_not_left() -> None:
    async with Replicas() as (one, two):
        await two.desk.do(Tell(subject="s", word="hello"), cause())
        await asyncio.sleep(10)
        told = []
        for engine in (one, two):
            app = FastAPI()
            app.include_router(probes([engine]))
            async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://inside") as client:
                told.append((await client.get("/metrics")).text)

        assert 'colloque_level{room="registration",what="to_relay"} 0.0' in told[0]
        assert 'colloque_desk_total{room="registration",what="relay_lines"}' in told[0]
        assert "to_relay" not in told[1]
        assert 'colloque_level{room="registration",what="lines"} 2.0' in told[1]
