"""A bare FastAPI application, in a process of its own: what the house is compared with."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlencode

import httpx

from bench.people import Browser
from bench.stage import cpu_seconds, resident_mib
from colloque_embedded.servers.child import LEASH
from colloque_embedded.servers.database import mongodb_address
from colloque_embedded.servers.ports import HOST, several_free_ports


@dataclass
class Floor:
    port: int
    process: subprocess.Popen[bytes]
    first_page: float
    """Seconds from the start of its process."""

    @property
    def cpu(self) -> float:
        return cpu_seconds(self.process.pid)

    @property
    def memory(self) -> float:
        return resident_mib(self.process.pid)

    async def forms(self, count: int, at_once: int) -> float:
        """Sends so many; the seconds it took."""
        numbers, began = iter(range(count)), time.perf_counter()

        async def sends() -> None:
            browser = Browser(self.port)
            for i in numbers:
                fields = {"given": f"Zoé {i}", "family": "O’Neil-Kérien", "email": f"p{i}@example.org"}
                status, _, answer = await browser.ask("POST", "/form", urlencode(fields).encode())
                if status != 200:
                    raise RuntimeError(f"{status} {answer[:500]!r}")
            browser.close()

        async with asyncio.timeout(60 + count * 0.1), asyncio.TaskGroup() as tasks:
            for _ in range(at_once):
                tasks.create_task(sends())
        return time.perf_counter() - began


@asynccontextmanager
async def floor(database_port: int) -> AsyncIterator[Floor]:
    [port] = several_free_ports(1)
    command = (sys.executable, "-m", "bench.bare", str(port), mongodb_address(database_port))
    began = time.perf_counter()
    process = _begun((sys.executable, "-I", "-S", str(LEASH), str(os.getpid()), *command))
    try:
        yield Floor(port, process, await _first_page(port, process, began))
    finally:
        process.terminate()
        await asyncio.to_thread(process.wait)


def _begun(command: Sequence[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(command)


async def _first_page(port: int, process: subprocess.Popen[bytes], began: float, within: float = 30) -> float:
    async with httpx.AsyncClient(timeout=5, trust_env=False) as client:
        while time.perf_counter() < began + within and process.poll() is None:
            try:
                (await client.get(f"http://{HOST}:{port}/page/1000")).raise_for_status()
                return time.perf_counter() - began
            except httpx.TransportError:
                await asyncio.sleep(0.02)
    raise TimeoutError("the bare application does not answer")
