"""Resolve the requirements of all parts and of the tests into requirements.lock: universal, hashed, no index named.

`--check`: say whether the lock still answers what the parts ask for. `--upgrade`: take the newest of everything.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HOUSE = Path(__file__).resolve().parent.parent
LOCK = HOUSE / "requirements.lock"
ROOMS = sorted(HOUSE.glob("services/*/pyproject.toml"))
SOURCES = (HOUSE / "shared/pyproject.toml", *ROOMS, HOUSE / "deploy/embedded/pyproject.toml")
OURS = ("colloque", "colloque-embedded", *(f"colloque-{room.parent.name}" for room in ROOMS))


def resolve(into: Path, *options: str) -> None:
    """What `into` already pins stays, as long as it answers."""
    command = (
        *(Path(sys.prefix, "bin/uv"), "pip", "compile", "--quiet", "--universal", "--python-version", "3.11"),
        *("--generate-hashes", "--no-emit-index-url", "--no-emit-find-links"),
        *("--all-extras", "--group", "build", "--group", "test"),
        *(word for name in OURS for word in ("--no-emit-package", name)),
        *("--custom-compile-command", "make lock", "--output-file", into, *options),
        *(source.relative_to(HOUSE) for source in SOURCES),
    )
    subprocess.run([*map(str, command)], cwd=HOUSE, check=True, stdout=subprocess.DEVNULL)


def holds() -> bool:
    with tempfile.TemporaryDirectory() as folder:
        again = Path(shutil.copy(LOCK, folder))
        resolve(again)
        return again.read_text() == LOCK.read_text()


if __name__ == "__main__":
    if sys.argv[1:] == ["--check"]:
        if not holds():
            sys.exit("requirements.lock does not answer what the parts ask for: run `make lock` and commit it.")
        print("requirements.lock answers what the parts ask for")
    else:
        resolve(LOCK, *sys.argv[1:])
