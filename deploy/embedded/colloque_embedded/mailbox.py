"""Received mails as one file that only grows: the sink appends, anybody may read beside it."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import orjson


@dataclass(frozen=True)
class Received:
    """The `n`-th mail: what the envelope said; the bytes are fetched by `Mailbox.raw`."""

    n: int
    at: float
    sender: str
    recipients: tuple[str, ...]
    start: int
    size: int


class MailboxWriter:
    """A record is a line of JSON and the mail's bytes, written by one call: readers meet whole records or none."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        known = Mailbox(path)
        known.refresh()
        # What a crash left half written at the end goes, so that the next record begins where readers expect it.
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.ftruncate(self._file, known.end)
        self.count = len(known.mails)

    def append(self, sender: str, recipients: list[str], content: bytes) -> None:
        head = orjson.dumps({"at": time.time(), "from": sender, "to": recipients, "size": len(content)})
        os.write(self._file, b"%b\n%b\n" % (head, content))
        self.count += 1


class Mailbox:
    """What has been received so far, in order; `refresh` reads what came since."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.mails: list[Received] = []
        self.end = 0
        self._reading = threading.Lock()

    def refresh(self) -> None:
        with self._reading:
            self._refresh()

    def _refresh(self) -> None:
        try:
            size = self.path.stat().st_size
        except FileNotFoundError:
            return
        if size <= self.end:
            return
        with self.path.open("rb") as file:
            file.seek(self.end)
            while line := file.readline():
                if not line.endswith(b"\n"):
                    return
                head = orjson.loads(line)
                start = self.end + len(line)
                if start + head["size"] + 1 > size:
                    return
                self.mails.append(
                    Received(len(self.mails) + 1, head["at"], head["from"], tuple(head["to"]), start, head["size"])
                )
                self.end = start + head["size"] + 1
                file.seek(self.end)

    def since(self, after: int = 0, to: str | None = None) -> list[Received]:
        """Those that came after the `after`-th, `to` being part of a recipient's address."""
        self.refresh()
        wanted = to.lower() if to else ""
        return [mail for mail in self.mails[after:] if any(wanted in name.lower() for name in mail.recipients)]

    def find(self, n: int) -> Received | None:
        self.refresh()
        return self.mails[n - 1] if 1 <= n <= len(self.mails) else None

    def raw(self, mail: Received) -> bytes:
        with self.path.open("rb") as file:
            file.seek(mail.start)
            return file.read(mail.size)

    async def arrival(
        self,
        to: str | None = None,
        *,
        after: int = 0,
        within: float = 10,
        like: Callable[[bytes], bool] | None = None,
    ) -> Received:
        """The first mail after the `after`-th that goes `to` somebody and is `like` that; waits for it."""
        until = time.monotonic() + within
        while True:
            for mail in self.since(after, to):
                if like is None or like(self.raw(mail)):
                    return mail
            after = max(after, len(self.mails))
            if time.monotonic() > until:
                raise TimeoutError(f"no such mail came within {within:.0f} s")
            await asyncio.sleep(0.01)
