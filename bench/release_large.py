"""A release of a large programme, told to all those who have booked what it changes, while others go on reading and
registering. Real rooms, broker and database; those who have booked are put there through the store before the house
opens. How long until the fact is on the broker, until every digest is queued, until the last has left; and how long the
others wait meanwhile, beside how long they wait just before."""

from __future__ import annotations

import asyncio
import gzip
import random
import re
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlencode

from aiokafka import AIOKafkaConsumer

from bench.figures import Figure, at_most
from bench.meanwhile import Others
from bench.people import Browser, token_of
from bench.plan import Plan
from bench.programme_large import sign_in
from bench.registration import percentile
from bench.stage import SITES, Stage, edition, stage
from bench.stock import Bookings, is_cancelled, stock
from colloque.runtime.settings import RunSettings
from colloque.runtime.store.mongo import Client, connect
from colloque_embedded.servers.database import mongodb_address
from colloque_embedded.servers.ports import HOST

NAME = "bench-release"
HERE = f"/api/editions/{NAME}"
DIGEST = "programme_changed_digest"
EACH = 3
"""Sessions that one person has booked."""
CALLED_OFF = 10
"""One of so many of the sessions that change; the others change places in pairs."""
_CHANGES = re.compile(rb'name="changes" value="([^"]*)"')
LOOK = 0.05
WITHIN = 180.0
"""Seconds after which the digests are given up."""


async def release_large(plan: Plan) -> Sequence[Figure]:
    with tempfile.TemporaryDirectory(prefix="colloque-bench-") as path:
        bookings = booked(plan)
        await stock(plan, Path(path), NAME, plan.release_stored, bookings)
        async with stage(plan, folder=Path(path)) as house, connect(mongodb_address(house.house.ports.database)) as db:
            ids = await edition(house, NAME, sessions=plan.release_sessions)
            await _change(house, ids, plan)
            await house.at_rest()
            desk = Browser(house.port)
            await sign_in(desk, house)
            others = Others(house, NAME, ids, desk)
            async with others.coming(plan.release_rate):
                await asyncio.sleep(plan.release_quiet)
            preview = await _previewed(desk)
            print(f"  others before (p50/worst ms): {others.told()}")
            quiet = others.forget()
            async with others.coming(plan.release_rate):
                told = await _released(house)
                await _until_queued(db, plan.release_concerned)
                queued = time.perf_counter() - told.began
            print(f"  others meanwhile: {others.told()}")
            meanwhile = others.forget()
            await house.at_rest(within=WITHIN + plan.release_stored / 20)
            sent = time.perf_counter() - told.began
            await _check(db, plan)
            desk.close()
            print(f"  {await _slices(db)}; {told.seconds * 1e3:.0f} ms until the release is answered")
    return [
        Figure("release_large.preview", preview, "s until it is said who would be told"),
        Figure("release_large.facts", told.out, "s until the fact is out", None, at_most(2)),
        Figure("release_large.queued", queued, "s until all digests are queued", None, at_most(30)),
        Figure("release_large.sent", sent, "s until all digests are sent"),
        Figure("release_large.others.p50", percentile(meanwhile, 0.5) * 1e3, "ms", percentile(quiet, 0.5) * 1e3),
        Figure(
            "release_large.others.p99",
            percentile(meanwhile, 0.99) * 1e3,
            "ms",
            percentile(quiet, 0.99) * 1e3,
            at_most(300),
        ),
    ]


# ---- who has booked what, and what changes
def booked(plan: Plan) -> Bookings:
    """Of those who are coming: three sessions each, at three moments; so many people have one that changes."""
    chance, chosen = random.Random(1), dict[int, Sequence[str]]()
    coming = [n for n in range(1, plan.release_stored + 1) if not is_cancelled(n)]
    chance.shuffle(coming)
    for place, n in enumerate(coming):
        low, high = 0, plan.release_sessions
        if place < plan.release_concerned:
            first, rest = chance.randrange(plan.release_changes), EACH - 1
        else:
            first, low, rest = chance.randrange(plan.release_changes, high), plan.release_changes, EACH - 1
        hours = {first // SITES: first}
        while len(hours) <= rest:
            another = chance.randrange(low, high)
            hours.setdefault(another // SITES, another)
        chosen[n] = sorted(f"s{one:03}" for one in hours.values())
    return chosen


async def _change(house: Stage, ids: Sequence[str], plan: Plan) -> None:
    """The first so many: in pairs that lie some hours apart, each in the other's place; the last are called off."""
    off = 2 * max(1, plan.release_changes // CALLED_OFF // 2)
    moving = ids[: plan.release_changes - off]
    half = len(moving) // 2
    for one, other in zip(moving[:half], moving[half:], strict=True):
        await house.organiser.post(f"{HERE}/sessions/swap", {"a": one, "b": other})
    for one in ids[plan.release_changes - off : plan.release_changes]:
        await house.organiser.post(f"{HERE}/sessions/{one}/cancel", {})


# ---- the release
async def _previewed(desk: Browser) -> float:
    """The dry run, as the console's own form asks for it: seconds until it is said who would be told."""
    page = await _read(desk, "GET", f"/console/{NAME}/releases")
    form = page.partition(b"/agenda/preview")[2]
    field = _CHANGES.search(form)
    if field is None:
        raise LookupError("nothing to try")
    fields = {"form_token": token_of(form), "changes": unescape(field[1].decode())}
    began = time.perf_counter()
    await _read(desk, "POST", f"/console/{NAME}/agenda/preview", urlencode(fields).encode())
    return time.perf_counter() - began


async def _read(desk: Browser, method: str, path: str, body: bytes = b"") -> bytes:
    status, headers, answer = await desk.ask(method, path, body)
    if status != 200:
        raise RuntimeError(f"{path}: {status} {answer[:500]!r}")
    return gzip.decompress(answer) if headers.get(b"content-encoding") == b"gzip" else answer


@dataclass(frozen=True)
class Told:
    began: float
    seconds: float
    """Until it was answered, and (`out`) until the fact was read from the broker."""
    out: float


async def _released(house: Stage) -> Told:
    async with _facts(house) as out:
        began = time.perf_counter()
        await house.organiser.post(f"{HERE}/releases", {"n": 2})
        answered = time.perf_counter() - began
        return Told(began, answered, await out("programme.released.v1") - began)


@asynccontextmanager
async def _facts(house: Stage) -> AsyncIterator[Callable[[str], asyncio.Future[float]]]:
    """What scheduling says from now on: when a fact of that type was first read."""
    seen = defaultdict[str, "asyncio.Future[float]"](asyncio.get_running_loop().create_future)
    consumer = AIOKafkaConsumer(
        "colloque.scheduling",
        bootstrap_servers=f"{HOST}:{house.house.ports.broker}",
        auto_offset_reset="latest",
        fetch_max_wait_ms=50,
    )

    async def read() -> None:
        async for record in consumer:
            kind = dict(record.headers).get("ce_type", b"").decode()
            if not seen[kind].done():
                seen[kind].set_result(time.perf_counter())

    await consumer.start()
    try:
        await consumer.seek_to_end()
        reading = asyncio.create_task(read())
        async with asyncio.timeout(WITHIN):
            yield seen.__getitem__
        reading.cancel()
    finally:
        await consumer.stop()


# ---- what comes of it
async def _until_queued(db: Client, count: int) -> None:
    until = time.perf_counter() + WITHIN
    while await _digests(db) < count:
        if time.perf_counter() > until:
            raise TimeoutError(f"{await _digests(db)} of {count} digests after {WITHIN:.0f} s")
        await asyncio.sleep(LOOK)


async def _digests(db: Client) -> int:
    sheet = await _kept(db, "notifications", "MailBook").find_one({"_id": NAME}) or {"counts": {}}
    return sum(count for drawer, count in sheet["counts"].items() if drawer.startswith(f"{DIGEST}/"))


async def _check(db: Client, plan: Plan) -> None:
    """Each of those concerned has exactly one, and nobody else any."""
    mails = _kept(db, "notifications", "Mail").find({"template": DIGEST}, {"about": 1, "state": 1})
    about = Counter([(one["about"], one["state"]) async for one in mails])
    if set(about.values()) != {1} or len(about) != plan.release_concerned or {state for _, state in about} != {"sent"}:
        raise AssertionError(f"{len(about)} of {plan.release_concerned} digests: {about.most_common(3)}")


async def _slices(db: Client) -> str:
    lines = _kept(db, "registration", "journal").find({"step": "tell_of_release"}, {"took_ms": 1})
    took = [line["took_ms"] async for line in lines]
    return f"told in {len(took)} slices of {median(took):.0f} ms, at most {max(took):.0f}"


def _kept(db: Client, room: str, name: str) -> Any:
    return db[RunSettings.model_fields["database_prefix"].default + room][name]
