"""A house in two halves: its servers are the test's to kill, its rooms a process of their own that it may kill too."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import httpx

from colloque_embedded.servers import Folder, Servers
from colloque_embedded.story import HouseProcess, Organiser, rest, sign_up
from colloque_embedded.story.process import free_row

EDITION, PLACES, SEATS = "kills-1", 150, 40
SESSIONS = ("matin-a", "matin-b", "soir-a")
Victim = Literal["rooms", "database", "broker"]
NO_HURRY = {
    "COLLOQUE_MIN_FILL_SECONDS": "0",
    "COLLOQUE_FORM_BURST": "0",
    "COLLOQUE_API_BURST": "0",
    # The broker's logs begin again and again while things die.
    "COLLOQUE_EMBEDDED_BROKER_KEEPS": "50",
}


class Stage:
    def __init__(
        self,
        path: Path,
        settings: Mapping[str, str] | None = None,
        *,
        places: int = PLACES,
        seats: int = SEATS,
    ) -> None:
        """`places` of its edition, and `seats` of each of its sessions, as the folder was prepared."""
        base = free_row()
        self.places, self.seats = places, seats
        self.settings = {**NO_HURRY, **(settings or {})}
        self.rooms = HouseProcess(path, base, settings=self.settings, word="rooms")
        self.servers = Servers(Folder(path), self.rooms.ports)
        self.url = self.rooms.url
        self.kills = 0
        """How often the rooms were killed: each time, the few mails then unreported may come once more."""

    @asynccontextmanager
    async def standing(self) -> AsyncIterator[Stage]:
        async with self.servers:
            self.rooms.start()
            try:
                await self.rooms.ready()
                yield self
            finally:
                await self.rooms.stop()

    async def kill_rooms(self) -> None:
        self.kills += 1
        self.rooms.kill()

    async def start_rooms(self, later: timedelta | None = None) -> None:
        """So much later, by their clock, than it really is."""
        if later is not None:
            (self.servers.folder / "clock").write_text(str(later.total_seconds()))
        self.rooms.start()
        await self.rooms.ready()

    async def kill(self, what: Victim) -> None:
        """-9, and started again once somebody has noticed."""
        if what == "rooms":
            await self.kill_rooms()
            await self.start_rooms()
            return
        child = self.servers.database if what == "database" else self.servers.broker
        child.kill()
        await asyncio.sleep(0.5)
        await child.start()

    @property
    def token(self) -> str:
        return (self.servers.folder / "token").read_text()

    @asynccontextmanager
    async def organiser(self) -> AsyncIterator[Organiser]:
        organiser = Organiser(self.url, self.token)
        try:
            yield organiser
        finally:
            await organiser.leave()

    async def rest(self, within: float = 60) -> Mapping[str, Any]:
        async with httpx.AsyncClient(base_url=self.url, timeout=30) as client:
            return await rest(client, within)

    @property
    def bugs(self) -> list[str]:
        """What the rooms' processes called an error, and whatever is no line of a log. To the client library every
        connection that breaks is an error."""
        lines = self.rooms.log.read_text().splitlines()
        said = [json.loads(line) for line in lines if line.startswith("{")]
        errors = [str(one) for one in said if one["level"] in ("error", "critical") and "aiokafka" not in one["logger"]]
        return errors + [line for line in lines if not line.startswith(("{", "The house stands"))]


async def prepare(
    path: Path,
    settings: Mapping[str, str] | None = None,
    *,
    places: int = PLACES,
    seats: int = SEATS,
    then: Callable[[Stage], Awaitable[object]] | None = None,
) -> None:
    """A folder with an organiser's token and an edition whose registration is open (and what has happened `then`):
    copies of it save each test the time to make one."""
    async with Stage(path, settings, places=places, seats=seats).standing() as stage:
        organiser = await sign_up(stage.rooms, "Ada", "Bench", "ada@example.org")
        (path / "token").write_text(organiser.token)
        await _open_edition(organiser, stage)
        await organiser.leave()
        await stage.rest()
        if then is not None:
            await then(stage)
            await stage.rest()
    for leftover in ("log", "run", "lock"):
        gone = path / leftover
        shutil.rmtree(gone) if gone.is_dir() else gone.unlink(missing_ok=True)


async def _open_edition(organiser: Organiser, stage: Stage) -> None:
    first = datetime.now(UTC).date() + timedelta(days=200)
    post = organiser.post
    await post("/api/series", {"id": "kills", "name": "Kills"})
    await post(
        "/api/editions",
        {
            "id": EDITION,
            "series": "kills",
            "code": "KILLS1",
            "title": {"fr": "Colloque qui tient debout", "en": "Conference that stays up"},
            "starts_on": str(first),
            "ends_on": str(first),
            "tz": "Europe/Paris",
            "venue": {"name": "École d'architecture", "municipality": "Nantes"},
            "capacity": stage.places,
            "contact_email": "contact@example.org",
        },
    )
    here = f"/api/editions/{EDITION}"
    await post(f"{here}/tracks", {"id": "axe", "order": 0, "title": {"fr": "Axe"}, "look": "a1"})
    for n, id in enumerate(SESSIONS):
        await post(f"{here}/rooms", {"id": f"salle-{n}", "name": f"Salle {n}", "capacity": max(100, stage.seats)})
        hour = 10 if id.startswith("matin") else 17
        await post(
            f"{here}/sessions",
            {
                "id": id,
                "title": {"fr": f"Atelier {id}", "en": f"Workshop {id}"},
                "format": "workshop",
                "tracks": ["axe"],
                "room": f"salle-{n}",
                "slot": {"starts_at": f"{first}T{hour}:00", "ends_at": f"{first}T{hour + 1}:00"},
                "seats": stage.seats,
                "booking": "open",
            },
        )
    await post(f"{here}/announce")
    await post(f"{here}/releases", {"n": 1})
    await post(f"{here}/open")
