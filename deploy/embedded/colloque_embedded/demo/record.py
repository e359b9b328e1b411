"""What a demo leaves in its folder, so that the next one knows what it finds."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Record:
    """`token`: the organiser's, for the API of this demo."""

    token: str
    email: str
    over: bool = False
    seconds: float = 0
    first: str = ""
    """The registration of whoever came first."""


def read(folder: Path) -> Record | None:
    path = folder / "demo.json"
    return Record(**json.loads(path.read_text())) if path.exists() else None


def keep(folder: Path, record: Record) -> None:
    """Whole or not at all, and for nobody else's eyes."""
    beside = folder / "demo.new"
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(asdict(record), file)
    beside.replace(folder / "demo.json")
