"""SecantusDB: a database that speaks MongoDB's protocol. Two programs serve it; a folder belongs to one of them."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from colloque_embedded.refusal import HouseRefusal
from colloque_embedded.servers.child import Child
from colloque_embedded.servers.folder import Folder
from colloque_embedded.servers.ports import HOST

PYTHON, RUST = "secantusd-py", "secantusd-rs"

DURABLE = (
    *("--sync-on-commit", "--cache-size", "128M"),
    *("--oplog-retention-seconds", "86400", "--oplog-max-entries", "1000000"),
)


@dataclass(frozen=True)
class Engine:
    name: str
    program: Path


def database(folder: Folder, port: int, named: Path | None = None) -> Child:
    home = folder / "database"
    home.mkdir(parents=True, exist_ok=True)
    engine = choose_engine(folder, named)
    _mark(home).write_text(engine.name)
    # An empty configuration of its own: else a file that happens to lie in the current folder would be read.
    config = home / "secantusd.toml"
    config.touch()
    where = ("--config", config, "--host", HOST, "--port", str(port), "--storage-path", home / "data")
    rust = ("--log-file-max", "16MB") if engine.name == RUST else ()
    return Child("database", (engine.program, *where, *DURABLE, *rust), folder, port=port, heard=b"listening", cwd=home)


def mongodb_address(port: int) -> str:
    """Without retryable writes: the Python server looks up each in a table that it scans."""
    return f"mongodb://{HOST}:{port}/?retryWrites=false"


def choose_engine(folder: Folder, named: Path | None) -> Engine:
    """Opened by the other program, a folder silently loses numbers from its unique indexes: so its mark decides."""
    marked = _mark(folder / "database")
    owner = (marked.read_text().strip() or None) if marked.exists() else None
    if named is not None:
        chosen = _engine(named)
    elif owner != PYTHON and (folder / "bin" / RUST).exists():
        chosen = Engine(RUST, folder / "bin" / RUST)
    else:
        chosen = Engine(PYTHON, _beside_python())
    if owner is not None and owner != chosen.name:
        raise HouseRefusal(
            f"The data in {folder / 'database'} belong to {owner} and {chosen.name} would damage them: "
            f"{'name that program with' if owner == RUST else 'unset'} COLLOQUE_EMBEDDED_DB, or "
            "begin a new folder with COLLOQUE_EMBEDDED_DATA=PATH."
        )
    if not chosen.program.exists():
        raise HouseRefusal(
            f"The embedded database ({chosen.program}) is not there: run `make setup` (or install "
            "colloque-embedded[servers]), or name a MongoDB of yours with COLLOQUE_MONGODB."
        )
    return chosen


def _engine(named: Path) -> Engine:
    return Engine(PYTHON if named.name == PYTHON else RUST, named.absolute())


def _beside_python() -> Path:
    mine = Path(sys.executable).with_name(PYTHON)
    return mine if mine.exists() else Path(shutil.which(PYTHON) or mine)


def _mark(home: Path) -> Path:
    return home / "SERVER"
