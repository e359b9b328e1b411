"""Resolve the requirements of all parts and of the tests into requirements.lock: universal, hashed, no index named."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HOUSE = Path(__file__).resolve().parent.parent
PARTS = sorted(HOUSE.glob("services/*/pyproject.toml"))
SOURCES = [HOUSE / "shared/pyproject.toml", *PARTS, HOUSE / "deploy/embedded/pyproject.toml"]
OURS = ["colloque", "colloque-embedded", *(f"colloque-{part.parent.name}" for part in PARTS)]


def main(options: list[str]) -> int:
    command = [
        *(str(Path(sys.prefix, "bin/uv")), "pip", "compile", "--quiet", "--universal", "--python-version", "3.11"),
        *("--generate-hashes", "--no-emit-index-url", "--no-emit-find-links"),
        *("--all-extras", "--group", "build", "--group", "test"),
        *(word for name in OURS for word in ("--no-emit-package", name)),
        *("--custom-compile-command", "make lock", "--output-file", "requirements.lock", *options),
        *(str(source.relative_to(HOUSE)) for source in SOURCES),
    ]
    return subprocess.run(command, cwd=HOUSE, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
