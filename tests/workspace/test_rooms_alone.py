"""Each room is installed with the shared part and nothing of its neighbours, in an environment of its own."""

import subprocess
import sys
from pathlib import Path

import pytest

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
def test_a_room_is_installed_and_imported_without_its_neighbours(room: str, tmp_path: Path) -> None:
    uv, alone = Path(sys.prefix, "bin/uv"), tmp_path / "alone"
    run(uv, "venv", "--quiet", "--python", sys.executable, alone)
    pinned = ("--constraint", "requirements.lock", "--build-constraint", "requirements.lock")
    run(uv, "pip", "install", "--quiet", "--python", alone, *pinned, "./shared", f"./services/{room}")
    neighbours = [f"colloque_{name}" for name in (*ROOMS, "embedded") if name != room]
    installed = Path(run(alone / "bin/python", "-c", LOOK, f"colloque_{room}", *neighbours).strip())
    source = HOUSE / "services" / room / f"colloque_{room}"
    assert files(installed) == files(source)


def files(folder: Path) -> set[str]:
    """Templates, mails, translations and all: what the room reads must have travelled with it."""
    return {
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
