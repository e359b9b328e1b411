"""A calendar on ical.js, in a Node process of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from tests.calendars.held import Held

HERE = Path(__file__).parent


def installed() -> Path:
    """Its library, fetched once by npm as package.json pins it."""
    wanted = json.loads((HERE / "package.json").read_text())["dependencies"]["ical.js"]
    known = HERE / "node_modules" / "ical.js" / "package.json"
    if not known.is_file() or json.loads(known.read_text())["version"] != wanted:
        npm = shutil.which("npm")
        if npm is None:
            raise FileNotFoundError("npm")
        quiet = ("--no-package-lock", "--no-audit", "--no-fund", "--loglevel=error")
        subprocess.run([npm, "install", *quiet], cwd=HERE, check=True, stdout=subprocess.DEVNULL)
    return HERE / "icaljs.mjs"


class IcalJs:
    def __init__(self) -> None:
        elsewhere = {**os.environ, "TZ": "Asia/Tokyo"}
        command = ["node", str(installed())]
        self._node = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=elsewhere)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._node.communicate(timeout=10)

    def take(self, message: bytes) -> None:
        self._ask(take=message.decode())

    def accept(self, uid: str, who: str) -> None:
        self._ask(accept=uid, who=who)

    def shows(self) -> dict[str, Held]:
        return {one["uid"]: _held(one) for one in self._ask()}

    def _ask(self, **words: str) -> list[dict[str, Any]]:
        assert self._node.stdin
        assert self._node.stdout
        self._node.stdin.write(json.dumps(words).encode() + b"\n")
        self._node.stdin.flush()
        answer: list[dict[str, Any]] = json.loads(self._node.stdout.readline())
        return answer


def _held(one: dict[str, Any]) -> Held:
    one |= {name: datetime.fromtimestamp(one[name], UTC) for name in ("starts_at", "ends_at")}
    return Held(**one | {"answers": tuple((who, answer) for who, answer in one["answers"])})
