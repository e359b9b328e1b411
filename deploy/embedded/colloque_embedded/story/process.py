"""The house as a process of its own, begun and ended from outside."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Literal

import httpx

from colloque_embedded.keys import keys
from colloque_embedded.refusal import HouseRefusal
from colloque_embedded.servers import Ports
from colloque_embedded.servers.child import LEASH
from colloque_embedded.servers.database import mongodb_address
from colloque_embedded.servers.ports import HOST, is_free, several_free_ports

LOOK = 0.05


class EndedByItself(HouseRefusal):
    """The house was expected to stand."""


class HouseProcess:
    """`python -m colloque_embedded house` on a folder and on the five ports from `base` on. It ends with the process
    that began it, however that ends: `start` it from a thread that lives as long."""

    def __init__(
        self,
        data: Path,
        base: int,
        *,
        at: datetime | None = None,
        settings: Mapping[str, str] | None = None,
        word: Literal["house", "rooms"] = "house",
    ) -> None:
        """`rooms`: beside servers that somebody else holds on the same folder and ports."""
        self.data, self.base, self.ports = data.resolve(), base, Ports.after(base)
        self.url = f"http://{HOST}:{self.ports.web}"
        self.log = self.data / "log" / "house.log"
        self._at, self._settings, self._word = at, dict(settings or {}), word
        self._process: subprocess.Popen[bytes] | None = None
        self._log_from = 0

    # ---- its life
    def start(self) -> None:
        try:
            self.log.parent.mkdir(parents=True, exist_ok=True)
            log = self.log.open("ab")
        except OSError as error:
            raise HouseRefusal(
                f"The folder {self.data} cannot be written ({error.strerror}): make it writable, or choose another "
                "with COLLOQUE_EMBEDDED_DATA=PATH."
            ) from None
        words = [self._word, *(["--at", self._at.isoformat()] if self._at else [])]
        with log:
            self._log_from = log.tell()
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-I", "-S", str(LEASH), str(os.getpid())),
                    *(sys.executable, "-m", "colloque_embedded", *words),
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, "PYTHONUNBUFFERED": "1", **self._settings, **self._places},
                # Ctrl-C is for whoever began it, who then ends it.
                start_new_session=True,
            )

    async def ready(self, within: float = 60, tell: Callable[[float], None] | None = None) -> float:
        """How long it took. `tell` is told now and then how long it has been."""
        began = time.monotonic()
        async with httpx.AsyncClient(base_url=self.url, timeout=2) as client:
            while True:
                took = time.monotonic() - began
                if not self.alive:
                    raise EndedByItself(self._last_words())
                if await self._answers(client):
                    return took
                if took > within:
                    raise HouseRefusal(f"The house does not open after {within:.0f} s: its log is {self.log}.")
                if tell:
                    tell(took)
                await asyncio.sleep(LOOK)

    async def stop(self, within: float = 30) -> None:
        """As Ctrl-C does."""
        if self._process is None:
            return
        self._signal(signal.SIGINT)
        until = time.monotonic() + within
        while self.alive:
            if time.monotonic() > until:
                self.kill()
            await asyncio.sleep(LOOK)

    async def ended(self) -> int:
        """Wait until it ends by itself: its status."""
        assert self._process is not None
        return await asyncio.to_thread(self._process.wait)

    def kill(self) -> None:
        """-9; what it had begun goes with it."""
        self._signal(signal.SIGKILL)
        if self._process is not None:
            self._process.wait()

    async def restart(self) -> None:
        await self.stop()
        self.start()
        await self.ready()

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        if self._process is None:
            raise ProcessLookupError("the house was never begun")
        return self._process.pid

    @property
    def complaints(self) -> list[str]:
        """Lines of its log since it was started that are no greeting: a quiet house has none."""
        return [line for line in self._words().splitlines() if line and not line.startswith("The house stands at ")]

    # ---- its operator
    @property
    def environment(self) -> Mapping[str, str]:
        """What a room's command line needs to be told to work on this house."""
        secret = {f"COLLOQUE_{name.upper()}": value for name, value in keys(self.data / "keys.json").items()}
        return {
            "COLLOQUE_MONGODB": mongodb_address(self.ports.database),
            "COLLOQUE_KAFKA": f"{HOST}:{self.ports.broker}",
            "COLLOQUE_KAFKA_IDEMPOTENT": "false",
            "COLLOQUE_SMTP": f"smtp://{HOST}:{self.ports.smtp}",
            "COLLOQUE_BASE_URL": self.url,
            "COLLOQUE_LOG_LEVEL": "WARNING",
            **secret,
        }

    async def order(self, room: str, *words: str) -> str:
        """`python -m colloque_<room> WORDS`: what it printed."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", f"colloque_{room}", *words),
            env={**os.environ, **self.environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        said, complained = await process.communicate()
        if process.returncode:
            why = complained.decode(errors="replace").strip().rpartition("\n")[2]
            raise HouseRefusal(f"`python -m colloque_{room} {' '.join(words[:2])}` said no: {why}")
        return said.decode()

    # ----
    @property
    def _places(self) -> Mapping[str, str]:
        return {"COLLOQUE_EMBEDDED_DATA": str(self.data), "COLLOQUE_EMBEDDED_PORT": str(self.base)}

    async def _answers(self, client: httpx.AsyncClient) -> bool:
        try:
            return (await client.get("/readyz")).status_code == 200
        except httpx.HTTPError:
            return False

    def _signal(self, number: signal.Signals) -> None:
        if self.alive:
            os.kill(self.pid, number)

    def _words(self) -> str:
        with self.log.open("rb") as log:
            log.seek(self._log_from)
            return log.read().decode(errors="replace")

    def _last_words(self) -> str:
        """Its refusal, which needs nothing added; anything else is shown where to read on."""
        lines = [line.strip() for line in self._words().splitlines() if line.strip()]
        if lines and "=" in lines[-1] and lines[-1].endswith(".") and not lines[-1].startswith("{"):
            return lines[-1]
        return f"The house has ended: its log is {self.log}."


def free_row(length: int = 5) -> int:
    """The first of so many free ports in a row."""
    while True:
        [base] = several_free_ports(1)
        if all(is_free(port) for port in range(base, base + length)):
            return base
