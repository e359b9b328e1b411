"""Each room is installed with the shared part and nothing of its neighbours, in an environment of its own, and runs."""

import asyncio
import base64
import os
import subprocess
import sys
from asyncio.subprocess import PIPE, STDOUT
from pathlib import Path
from signal import SIGTERM

import httpx
import pytest

from colloque_embedded.servers import Folder, Ports, Servers

HOUSE = Path(__file__).resolve().parents[2]
ROOMS = ("registration", "scheduling", "notifications", "traces")

pytestmark = [pytest.mark.alone, pytest.mark.timeout(600)]

LOOK = """
import importlib, importlib.util, pkgutil, sys
room, neighbours = sys.argv[1], sys.argv[2:]
for part in ("colloque", room):
    for module in pkgutil.walk_packages(importlib.import_module(part).__path__, f"{part}."):
        if not module.name.endswith(".__main__"):
            importlib.import_module(module.name)
assert not [name for name in neighbours if importlib.util.find_spec(name)]
print(importlib.import_module(room).__path__[0])
"""


def run(*command: str | Path) -> str:
    ran = subprocess.run(command, cwd=HOUSE, capture_output=True, text=True, check=False, timeout=500)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


@pytest.mark.parametrize("room", ROOMS)
async def test_a_room_stands_without_its_neighbours(room: str, tmp_path: Path) -> None:
    uv, alone = Path(sys.prefix, "bin/uv"), tmp_path / "alone"
    run(uv, "venv", "--quiet", "--python", sys.executable, alone)
    pinned = ("--constraint", "requirements.lock", "--build-constraint", "requirements.lock")
    run(uv, "pip", "install", "--quiet", "--python", alone, *pinned, "./shared", f"./services/{room}")
    neighbours = [f"colloque_{name}" for name in (*ROOMS, "embedded") if name != room]
    installed = Path(run(alone / "bin/python", "-c", LOOK, f"colloque_{room}", *neighbours).strip())
    source = HOUSE / "services" / room / f"colloque_{room}"
    assert files(installed) == files(source)
    await opens_and_closes(room, alone / "bin/python", tmp_path)


async def opens_and_closes(room: str, python: Path, folder: Path) -> None:
    """Against the Kafka and MongoDB that its settings name: ready in time, and gone when asked."""
    async with Servers(Folder(folder / "var"), Ports.free()) as servers, httpx.AsyncClient() as http:
        settings = {
            "KAFKA": servers.kafka,
            "KAFKA_IDEMPOTENT": "false",
            "MONGODB": servers.mongodb,
            "SMTP": servers.smtp,
            "PORT": str(servers.ports.web),
            "SECRET_KEYS": "a-secret-for-this-test-alone",
            "LINK_KEYS": "a-link-key-for-this-test-alone",
            "DATA_KEYS": base64.urlsafe_b64encode(bytes(32)).decode(),
        }
        environment = os.environ | {f"COLLOQUE_{name}": value for name, value in settings.items()}
        process = await asyncio.create_subprocess_exec(
            python, "-m", f"colloque_{room}", env=environment, cwd=folder, stdout=PIPE, stderr=STDOUT
        )
        saying = asyncio.create_task(process.communicate())
        try:
            async with asyncio.timeout(60):
                while not await is_ready(http, servers.ports.web):
                    assert process.returncode is None, (await saying)[0].decode()
                    await asyncio.sleep(0.1)
        finally:
            if process.returncode is None:
                process.terminate()
        async with asyncio.timeout(30):
            said, _ = await saying
        # A room that is told to go closes what it has opened; uvicorn then ends by the signal it was given.
        assert process.returncode in (0, -SIGTERM), said.decode()
        assert "Traceback" not in said.decode()


async def is_ready(http: httpx.AsyncClient, port: int) -> bool:
    try:
        return (await http.get(f"http://127.0.0.1:{port}/readyz")).status_code == 200
    except httpx.TransportError:
        return False


def files(folder: Path) -> set[str]:
    """Templates, mails, translations and all: what the room reads must have travelled with it."""
    return {
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
