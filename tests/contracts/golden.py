"""The golden samples: one of each type of message, as it travelled when its type was released."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

HERE = Path(__file__).parent
SAMPLES = {path.stem: path for path in sorted((HERE / "samples").glob("*.json"))}


def released() -> dict[str, str]:
    """File name → its digest on the day of its release (`sha256sum` reads and writes the list)."""
    rows = (line.split() for line in (HERE / "released.sha256").read_text().splitlines())
    return {name: digest for digest, name in rows}


def digest(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()
