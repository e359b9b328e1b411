"""The house that is measured: a child process in a folder of its own, and the CPU time that each of its parts has used."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx

from colloque.runtime.rest import numbers, unrest
from colloque_embedded.keys import keys
from colloque_embedded.servers import Folder, Ports
from colloque_embedded.servers.database import mongodb_address
from colloque_embedded.servers.stack import mailbox_path

TICKS = os.sysconf("SC_CLK_TCK")
START = "2027-01-04T09:00:00+01:00"


def cpu_seconds(pid: int) -> float:
    """User and system, of the process and its threads."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except FileNotFoundError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / TICKS


def resident_mib(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


@dataclass
class Stage:
    folder: Folder
    ports: Ports
    process: subprocess.Popen[bytes]
    env: Mapping[str, str]

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.ports.web}"

    @property
    def mailbox(self) -> Path:
        return mailbox_path(self.folder)

    @property
    def mongodb(self) -> str:
        return mongodb_address(self.ports.database)

    def parts(self) -> dict[str, int]:
        """What the house consists of: name → process."""
        found = {"app": self.process.pid}
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                parent = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
                words = (entry / "cmdline").read_text()
            except (FileNotFoundError, ProcessLookupError):
                continue
            if parent == self.process.pid:
                for name, sign in (("database", "secantusd"), ("broker", "tansu"), ("sink", "colloque_embedded.sink")):
                    if sign in words:
                        found[name] = int(entry.name)
        return found

    def cpu(self) -> dict[str, float]:
        return {name: cpu_seconds(pid) for name, pid in self.parts().items()}

    def memory(self) -> dict[str, float]:
        return {name: resident_mib(pid) for name, pid in self.parts().items()}

    async def at_rest(self, within: float = 120) -> None:
        before: Any = None
        until = time.monotonic() + within
        async with httpx.AsyncClient(base_url=self.base, timeout=30) as client:
            while True:
                rooms = (await client.get("/status")).json()
                why, now = unrest(rooms), numbers(rooms)
                if why is None and now == before:
                    return
                if time.monotonic() > until:
                    raise TimeoutError(why)
                before = now if why is None else None
                await asyncio.sleep(0.2)

    async def status(self) -> dict[str, Any]:
        async with httpx.AsyncClient(base_url=self.base, timeout=30) as client:
            answer: dict[str, Any] = (await client.get("/status")).json()
            return answer

    def order(self, *words: str) -> str:
        """What a command of the registration room says."""
        command = (sys.executable, "-m", "colloque_registration", *words)
        done = subprocess.run(command, env=dict(self.env), capture_output=True, check=True, text=True)
        return done.stdout

    def token(self) -> str:
        address = ("--email", "bench@example.org")
        self.order("organiser", "grant", *address, "--role", "owner", "--given", "Ada", "--family", "Bench")
        return self.order("token", "issue", *address, "--role", "owner", "--scope", "house").split()[0]


def environment(folder: Folder, ports: Ports, turn_limit: int) -> dict[str, str]:
    made = keys(folder / "keys.json")
    return {
        **os.environ,
        "COLLOQUE_EMBEDDED_DATA": str(folder.path),
        "COLLOQUE_EMBEDDED_PORT": str(ports.web),
        "COLLOQUE_MIN_FILL_SECONDS": "0",
        "COLLOQUE_FORM_BURST": "0",
        "COLLOQUE_TURN_LIMIT": str(turn_limit),
        "COLLOQUE_MONGODB": mongodb_address(ports.database),
        "COLLOQUE_KAFKA": f"127.0.0.1:{ports.broker}",
        "COLLOQUE_SMTP": f"smtp://127.0.0.1:{ports.smtp}",
        **{f"COLLOQUE_{name.upper()}": value for name, value in made.items()},
    }


@asynccontextmanager
async def stage(turn_limit: int = 64) -> AsyncIterator[Stage]:
    """Ready, and gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="colloque-bench-") as path:
        folder, ports = Folder(Path(path)), Ports.after(20_000 + 10 * secrets.randbelow(1000))
        env = environment(folder, ports, turn_limit)
        command = (sys.executable, "-m", "colloque_embedded", "house", "--at", START)
        with (folder / "house.log").open("wb") as log:
            process = subprocess.Popen(command, env=env, stdout=log, stderr=log)
        try:
            await ready(ports.web, process)
            yield Stage(folder, ports, process, env)
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
            said = (folder / "house.log").read_text()
            if "error" in said or "critical" in said:
                print(said[-4000:], file=sys.stderr)


async def ready(port: int, process: subprocess.Popen[bytes], within: float = 60) -> None:
    until = time.monotonic() + within
    async with httpx.AsyncClient(timeout=5) as client:
        while time.monotonic() < until:
            if process.poll() is not None:
                raise RuntimeError("the house ended")
            try:
                if (await client.get(f"http://127.0.0.1:{port}/readyz")).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.1)
    raise TimeoutError("the house is not ready")


async def edition(stage: Stage, token: str, name: str, places: int, sessions: int = 10, *, opens: bool = True) -> tuple[str, ...]:
    """An edition with that many sessions, two at a time, released and open. Answers their ids."""
    headers = {"authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=f"{stage.base}/api", headers=headers, timeout=60) as api:

        async def post(path: str, body: Any = None) -> Any:
            answer = await api.post(path, json=body)
            while answer.status_code == 401:  # the token was made a moment ago, and is on its way
                await asyncio.sleep(0.5)
                answer = await api.post(path, json=body)
            if answer.status_code >= 300 and answer.status_code != 409:
                raise RuntimeError(f"{path}: {answer.status_code} {answer.text}")
            return answer.json()

        first, days = date(2027, 3, 4), 1 + sessions // 60
        await post("/series", {"id": "bench", "name": "Bench"})
        await post(
            "/editions",
            {
                "id": name,
                "series": "bench",
                "code": "BENCH27",
                "title": {"fr": "Colloque mesuré", "en": "Measured conference"},
                "starts_on": str(first),
                "ends_on": str(first + timedelta(days=days)),
                "tz": "Europe/Paris",
                "venue": {"name": "École d'architecture", "municipality": "Nantes"},
                "capacity": places,
                "contact_email": "bench@example.org",
            },
        )
        here = f"/editions/{name}"
        for n in range(3):
            await post(f"{here}/tracks", {"id": f"axe{n}", "order": n, "title": {"fr": f"Axe {n}"}, "look": f"a{n + 1}"})
        for n in range(6):
            await post(f"{here}/rooms", {"id": f"salle{n}", "name": f"Salle {n}", "capacity": 100_000})
        ids = tuple(f"s{n:03}" for n in range(sessions))
        for n, id in enumerate(ids):
            day, slot = divmod(n // 6, 10)
            on = first + timedelta(days=day)
            await post(
                f"{here}/sessions",
                {
                    "id": id,
                    "title": {"fr": f"Session {n} : partager ce qui marche", "en": f"Session {n}: sharing what works"},
                    "format": "workshop",
                    "tracks": [f"axe{n % 3}"],
                    "room": f"salle{n % 6}",
                    "slot": {"starts_at": f"{on}T{8 + slot:02}:00", "ends_at": f"{on}T{8 + slot:02}:50"},
                    "seats": 100_000,
                    "booking": "open",
                },
            )
        await post(f"{here}/announce")
        await post(f"{here}/releases")
        if opens:
            await post(f"{here}/open")
    await stage.at_rest()
    return ids
