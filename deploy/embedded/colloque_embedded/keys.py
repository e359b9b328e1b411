"""The house's keys: made once, kept in its data folder, readable by nobody else."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path

from cryptography.fernet import Fernet


def keys(path: Path) -> dict[str, str]:
    """`secret_keys`, `link_keys`, `data_keys`, each as its setting wants it."""
    if not path.exists():
        made = {
            "secret_keys": secrets.token_urlsafe(32),
            "link_keys": secrets.token_urlsafe(32),
            "data_keys": Fernet.generate_key().decode(),
        }
        beside = path.with_suffix(".new")
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(made, file)
        beside.replace(path)
    found: dict[str, str] = json.loads(path.read_text())
    return found
