"""The house that is measured: a child process in a folder of its own, and the CPU time that each of its parts has
used."""

from __future__ import annotations

import asyncio
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from bench.plan import Plan
from colloque.runtime.rest import numbers, unrest
from colloque_embedded.servers import Folder
from colloque_embedded.servers.stack import mailbox_path
from colloque_embedded.story import HouseProcess, Organiser, Refused, sign_up
from colloque_embedded.story.process import free_row

TICKS = os.sysconf("SC_CLK_TCK")
AT = datetime.fromisoformat("2027-01-04T09:00:00+01:00")
SETTINGS = {
    "COLLOQUE_MIN_FILL_SECONDS": "0",
    "COLLOQUE_FORM_BURST": "0",
    "COLLOQUE_API_BURST": "0",
    "COLLOQUE_FORMS_PER_MINUTE": "1000000",
}
SIGNS = {"database": "secantusd", "broker": "tansu", "sink": "colloque_embedded.sink"}
SITES = 6
"""Rooms of the building: so many sessions at a time."""
MOST = 100_000
"""Places that an edition may have."""


def cpu_seconds(pid: int) -> float:
    """User and system, of the process and its threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def resident_mib(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


@dataclass
class Stage:
    house: HouseProcess
    first_page: float
    """Seconds from the start of its process to the first page, and (`opened`) until it is ready."""
    opened: float
    organiser: Organiser = field(init=False)

    @property
    def port(self) -> int:
        return self.house.ports.web

    @property
    def mailbox(self) -> Path:
        return mailbox_path(Folder(self.house.data))

    @property
    def smtp(self) -> int:
        return self.house.ports.smtp

    def parts(self) -> dict[str, int]:
        """What the house consists of: name → process."""
        found = {"app": self.house.pid}
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                parent = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
                words = (entry / "cmdline").read_text()
            except (FileNotFoundError, ProcessLookupError):
                continue
            if parent == self.house.pid:
                found |= {name: int(entry.name) for name, sign in SIGNS.items() if sign in words}
        if missing := SIGNS.keys() - found.keys():
            raise LookupError(f"the house has lost its {', '.join(missing)}")
        return found

    def cpu(self) -> dict[str, float]:
        return {name: cpu_seconds(pid) for name, pid in self.parts().items()}

    def memory(self) -> dict[str, float]:
        return {name: resident_mib(pid) for name, pid in self.parts().items()}

    async def at_rest(self, within: float = 180) -> float:
        """Waits until nothing moves; the moment (of `perf_counter`) when that was first seen."""
        before, since, until = None, 0.0, time.monotonic() + within
        while True:
            seen, rooms = time.perf_counter(), await self.status()
            why, now = unrest(rooms), numbers(rooms)
            if why is None and now == before:
                return since
            if time.monotonic() > until:
                raise TimeoutError(why)
            before, since = (None, 0.0) if why else (now, seen)
            await asyncio.sleep(0.1)

    async def status(self) -> dict[str, Any]:
        async with httpx.AsyncClient(base_url=self.house.url, timeout=30, trust_env=False) as client:
            answer: dict[str, Any] = (await client.get("/status")).raise_for_status().json()
            return answer

    def errors(self) -> list[str]:
        """What its log calls one. To the client library every connection that breaks is an error."""
        lines = [json.loads(line) for line in self.house.complaints if line.startswith("{")]
        bad = [line for line in lines if line["level"] in ("error", "critical")]
        return [str(line) for line in bad if "aiokafka" not in line["logger"]]


@asynccontextmanager
async def stage(
    plan: Plan, *, settings: Mapping[str, str] | None = None, folder: Path | None = None
) -> AsyncIterator[Stage]:
    """Ready, with an organiser, and gone afterwards. `folder`: one that was prepared."""
    async with bare_stage(plan, settings=settings, folder=folder) as standing:
        standing.organiser = await sign_up(standing.house, "Ada", "Bench", "bench@example.org")
        try:
            yield standing
        finally:
            await standing.organiser.leave()


@asynccontextmanager
async def bare_stage(
    plan: Plan, *, settings: Mapping[str, str] | None = None, folder: Path | None = None
) -> AsyncIterator[Stage]:
    """Without an organiser."""
    with ExitStack() as kept:
        path = folder or Path(kept.enter_context(tempfile.TemporaryDirectory(prefix="colloque-bench-")))
        told = {
            **SETTINGS,
            **({"COLLOQUE_EMBEDDED_DB": str(plan.database)} if plan.database else {}),
            **(settings or {}),
        }
        house = HouseProcess(path, free_row(), at=AT, settings=told)
        try:
            began = time.perf_counter()
            house.start()
            first, opened = await _opening(house, began)
            standing = Stage(house, first, opened)
            yield standing
            if errors := standing.errors():
                raise RuntimeError("the house said: " + "\n".join(errors[:5]))
        finally:
            if sys.exc_info()[0] is not None and house.log.exists():
                print(house.log.read_text()[-3000:], file=sys.stderr)
            await house.stop()


async def _opening(house: HouseProcess, began: float, within: float = 60) -> tuple[float, float]:
    """Seconds until the first page, and until it is ready."""
    first = 0.0
    async with httpx.AsyncClient(base_url=house.url, timeout=5, trust_env=False) as client:
        while (took := time.perf_counter() - began) < within:
            if not house.alive:
                raise RuntimeError("the house ended")
            try:
                if not first and (await client.get("/fr/")).status_code == 200:
                    first = time.perf_counter() - began
                if first and (await client.get("/readyz")).status_code == 200:
                    return first, time.perf_counter() - began
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.02)
    raise TimeoutError(f"the house is not ready after {took:.0f} s")


async def edition(stage: Stage, name: str, *, sessions: int = 12, places: int = MOST) -> tuple[str, ...]:
    """An edition with that many sessions, six at a time, released and open. Answers their ids."""
    post, first = stage.organiser.post, date(2027, 3, 4)
    here = f"/api/editions/{name}"
    try:
        await post("/api/series", {"id": "bench", "name": "Bench"})
    except Refused as refused:
        if refused.status != 409:  # an edition before this one has begun it
            raise
    await post(
        "/api/editions",
        {
            "id": name,
            "series": "bench",
            "code": "BENCH27",
            "title": {"fr": "Colloque mesuré", "en": "Measured conference"},
            "starts_on": str(first),
            "ends_on": str(first + timedelta(days=sessions // (10 * SITES))),
            "tz": "Europe/Paris",
            "venue": {"name": "École d'architecture", "municipality": "Nantes"},
            "capacity": places,
            "contact_email": "bench@example.org",
        },
    )
    for n in range(3):
        await post(f"{here}/tracks", {"id": f"axe{n}", "order": n, "title": {"fr": f"Axe {n}"}, "look": f"a{n + 1}"})
    for n in range(SITES):
        await post(f"{here}/rooms", {"id": f"salle{n}", "name": f"Salle {n}", "capacity": places})
    ids = tuple(f"s{n:03}" for n in range(sessions))
    for n, id in enumerate(ids):
        day, slot = divmod(n // SITES, 10)
        on = first + timedelta(days=day)
        await post(
            f"{here}/sessions",
            {
                "id": id,
                "title": {"fr": _title(n, "fr"), "en": _title(n, "en")},
                "format": "workshop",
                "tracks": [f"axe{n % 3}"],
                "room": f"salle{n % SITES}",
                "slot": {"starts_at": f"{on}T{8 + slot:02}:00", "ends_at": f"{on}T{8 + slot:02}:50"},
                "seats": places,
                "booking": "open",
            },
        )
    await post(f"{here}/announce")
    await post(f"{here}/releases", {"n": 1})
    await post(f"{here}/open")
    await stage.at_rest()
    return ids


def _title(n: int, lang: str) -> str:
    """Another one for each: what repeats itself would be packed to nothing on its way."""
    chance = random.Random(f"{n}/{lang}")
    made = ("".join(chance.choice("bcdflmnprstv") + chance.choice("aeiou") for _ in range(3)) for _ in range(7))
    return f"{' '.join(made)} {n}".capitalize()
