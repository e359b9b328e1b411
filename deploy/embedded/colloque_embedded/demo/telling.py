"""What the demo says while it runs: one line a step, and one that moves where there is a terminal."""

from __future__ import annotations

import sys
import time
from datetime import datetime

from colloque_embedded.story.nec18 import PARIS

EVERY, EVERY_LINE = 0.2, 10.0


class Teller:
    def __init__(self) -> None:
        self._moves = sys.stdout.isatty()
        self._began = time.monotonic()
        self._told = self._began if not self._moves else 0.0
        self._under_way = False

    def line(self, words: str = "") -> None:
        if self._under_way:
            sys.stdout.write("\r\x1b[K")
            self._under_way = False
        print(words, flush=True)

    def step(self, words: str) -> None:
        self.line(f"  {self.elapsed:4.0f} s  {words}")

    def passing(self, words: str) -> None:
        """Only where a line can be written over, and otherwise now and then."""
        now = time.monotonic()
        if now - self._told < (EVERY if self._moves else EVERY_LINE):
            return
        self._told = now
        if self._moves:
            sys.stdout.write(f"\r\x1b[K  {self.elapsed:4.0f} s  {words}")
            sys.stdout.flush()
            self._under_way = True
        else:
            self.step(words)

    def moment(self, at: datetime, sent: int, clicked: int, mails: int) -> None:
        day = f"{at.astimezone(PARIS):%d %B %Y %H:%M}"
        self.passing(f"{day}: {sent} forms sent, {clicked} confirmed by their link, {mails} mails received")

    @property
    def elapsed(self) -> float:
        return time.monotonic() - self._began
