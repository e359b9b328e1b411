"""A programme of a thousand sessions at work: what a move would meet, the console's page of the draft right after a
change (so that nothing can have been kept), the public page of a new release; and how long a release takes.
Milliseconds until the first byte, as one organiser sees them. Then every session stands in another's place, and the
first release is put back into the draft, all of it in one turn: how long that takes, and how long others wait
meanwhile."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from urllib.parse import urlencode, urlsplit

from bench.figures import Figure, at_most
from bench.meanwhile import Others
from bench.people import Browser, token_of
from bench.plan import Plan
from bench.registration import percentile
from bench.stage import SITES, Stage, edition, stage
from colloque_embedded.story import Inbox

NAME = "bench-large"
HERE = f"/api/editions/{NAME}"


async def programme_large(plan: Plan) -> Sequence[Figure]:
    async with stage(plan) as house:
        ids = await edition(house, NAME, sessions=plan.programme_large)
        desk, reader = Browser(house.port), Browser(house.port)
        await sign_in(desk, house)
        tried, moved, grid = list[float](), list[float](), list[float]()
        for n in range(plan.programme_moves):
            one, other = ids[(7 * n) % len(ids)], ids[(7 * n + SITES) % len(ids)]
            tried.append(await _asked(house, f"{HERE}/sessions/{one}/move?dry_run=true", _place_of(ids.index(other))))
            moved.append(await _asked(house, f"{HERE}/sessions/swap", {"a": one, "b": other}))
            grid.append(await _read(desk, f"/console/{NAME}/programme"))
        began = time.perf_counter()
        await house.organiser.post(f"{HERE}/releases", {"n": 2})
        released = (time.perf_counter() - began) * 1e3
        await house.at_rest()
        page = await _read(reader, f"/fr/{NAME}/programme?day={_day(0)}")
        whole = await _read(reader, f"/fr/{NAME}/programme")
        feed = await _read(reader, f"/fr/{NAME}/schedule.xml")
        restored, others = await _restored(house, ids, desk, plan)
        desk.close()
        reader.close()
    median = {name: percentile(values, 0.5) for name, values in (("tried", tried), ("moved", moved), ("grid", grid))}
    worst = ", ".join(
        f"{name} {max(values):.0f}" for name, values in (("tried", tried), ("moved", moved), ("grid", grid))
    )
    print(f"  {len(ids)} sessions; at most {worst} ms; whole page {whole:.0f}, schedule.xml {feed:.0f} ms")
    return [
        Figure("programme_large.conflicts", median["tried"], "ms", None, at_most(20)),
        Figure("programme_large.swap", median["moved"], "ms", None, None),
        Figure("programme_large.grid", median["grid"], "ms", None, at_most(50)),
        Figure("programme_large.release", released, "ms", None, at_most(2_000)),
        Figure("programme_large.page", page, "ms", None, at_most(50)),
        Figure("programme_large.whole", whole, "ms", None, at_most(50)),
        Figure("programme_large.feed", feed, "ms", None, None),
        Figure("programme_large.restore", restored, "ms", None, at_most(2_000)),
        Figure("programme_large.restore.others", others, "ms, the longest wait", None, at_most(300)),
    ]


async def _restored(house: Stage, ids: Sequence[str], desk: Browser, plan: Plan) -> tuple[float, float]:
    """Milliseconds; and the longest that anybody else waited."""
    for first in range(0, len(ids) - SITES, 2 * SITES):
        for one, other in zip(ids[first : first + SITES], ids[first + SITES : first + 2 * SITES], strict=False):
            await house.organiser.post(f"{HERE}/sessions/swap", {"a": one, "b": other})
    others = Others(house, NAME, ids, desk)
    async with others.coming(plan.release_rate):
        await asyncio.sleep(2)  # each of the pages has been made once
        others.forget()
        began = time.perf_counter()
        answer = await house.organiser.post(f"{HERE}/releases/1/restore")
        took = time.perf_counter() - began
        await asyncio.sleep(0.5)
    print(f"  {len(answer['changed'])} sessions put back; others meanwhile (p50/worst ms): {others.told()}")
    return took * 1e3, max(others.forget(), default=0.0) * 1e3


def _day(place: int) -> str:
    return f"2027-03-{4 + place // (10 * SITES):02}"


def _place_of(place: int) -> dict[str, object]:
    """Where another one is: each of them stands where the stage puts it, until it is swapped."""
    hour = 8 + place // SITES % 10
    slot = {"starts_at": f"{_day(place)}T{hour:02}:00", "ends_at": f"{_day(place)}T{hour:02}:50"}
    return {"room": f"salle{place % SITES}", "slot": slot}


async def _asked(house: Stage, path: str, body: dict[str, object]) -> float:
    began = time.perf_counter()
    await house.organiser.post(path, body)
    return (time.perf_counter() - began) * 1e3


async def _read(browser: Browser, path: str) -> float:
    began = time.perf_counter()
    status, _, body = await browser.ask("GET", path)
    took = (time.perf_counter() - began) * 1e3
    if status != 200:
        raise RuntimeError(f"{path}: {status} {body[:200]!r}")
    return took


async def sign_in(browser: Browser, house: Stage) -> None:
    """As organisers do: by a link from a mail."""
    _, _, page = await browser.ask("GET", "/console/sign-in")
    email = house.organiser.email
    await browser.ask("POST", "/console/sign-in", urlencode({"form_token": token_of(page), "email": email}).encode())
    mail = await Inbox(house.organiser.client).arrival(email, like=lambda one: bool(one.links_for("enter")))
    path = urlsplit(mail.link("enter")).path
    _, _, page = await browser.ask("GET", path)
    await browser.ask("POST", path, urlencode({"form_token": token_of(page)}).encode())
