"""A child process of the house: begun, heard of, watched, ended."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from colloque_embedded.refusal import HouseRefusal
from colloque_embedded.servers.folder import Folder
from colloque_embedded.servers.ports import answers

LEASH = Path(__file__).with_name("leash.py")
LOOK = 0.01


class Child:
    """`launch` from a thread that lives as long as the house: the child's end is tied to its parent thread's."""

    def __init__(
        self,
        name: str,
        command: Sequence[str | Path],
        folder: Folder,
        *,
        port: int,
        heard: bytes = b"",
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
    ) -> None:
        """Ready once `port` answers and the log says what should be `heard`."""
        self.name, self.port = name, port
        self.log = folder / "log" / f"{name}.log"
        self.wanted = False
        self._command = [str(word) for word in command]
        self._heard, self._cwd, self._env = heard, cwd or folder.path, dict(env or {})
        self._pid_file = folder / "run" / f"{name}.pid"
        self._process: subprocess.Popen[bytes] | None = None
        self._log_from = 0

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        if self._process is None:
            raise ProcessLookupError(f"{self.name} was never begun")
        return self._process.pid

    def launch(self) -> None:
        if self.alive:
            return
        self.wanted = True
        self.end_leftover()
        with self.log.open("ab") as log:
            self._log_from = log.tell()
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", str(LEASH), str(os.getpid()), *self._command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self._cwd,
                env={**os.environ, "PYTHONUNBUFFERED": "1", **self._env},
                # Ctrl-C is for the house alone, which ends its children in order.
                start_new_session=True,
            )
        self._pid_file.write_text(f"{self.pid} {_began(self.pid)}")

    async def ready(self, within: float = 30) -> None:
        until = time.monotonic() + within
        while not (self._has_said() and answers(self.port)):
            if not self.alive:
                raise HouseRefusal(f"The {self.name} ended at once ({self._last_words()}): its log is {self.log}.")
            if time.monotonic() > until:
                raise HouseRefusal(f"The {self.name} does not answer after {within:.0f} s: its log is {self.log}.")
            await asyncio.sleep(LOOK)

    async def start(self) -> None:
        self.launch()
        await self.ready()

    async def stop(self, within: float = 3) -> None:
        """Asked first, then made to: what the database has acknowledged is on disk, so nothing is lost by -9."""
        self.wanted = False
        if self._process is None:
            return
        asked, until = 0.0, time.monotonic() + within
        while self.alive:
            now = time.monotonic()
            # The Python database waits two seconds for a last caller, so we call; and it sometimes misses what it is
            # asked while it is young: whoever still answers has not heard.
            if (answers(self.port) and now > asked + 0.3) or not asked:
                self._process.terminate()
                asked = now
            if now > until:
                self._process.kill()
            await asyncio.sleep(LOOK)
        self._pid_file.unlink(missing_ok=True)

    def kill(self) -> None:
        """-9, as a power cut would; nobody starts it again but whoever calls `start`."""
        self.wanted = False
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def end_leftover(self) -> None:
        """A child of a house that is gone (this one holds the folder's lock) would hold the port and the data."""
        with contextlib.suppress(OSError, ValueError, IndexError):
            number, began = self._pid_file.read_text().split()
            until = time.monotonic() + 5
            while began == _began(int(number)) != "0" and time.monotonic() < until:
                os.kill(int(number), signal.SIGKILL)
                time.sleep(0.05)
        self._pid_file.unlink(missing_ok=True)

    def cpu(self) -> float:
        """Seconds of processor time used by this process since it began."""
        user, system = _stat(self.pid)[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    def memory(self) -> int:
        """Bytes resident."""
        return int(_stat(self.pid)[21]) * os.sysconf("SC_PAGE_SIZE")

    def _has_said(self) -> bool:
        return self._heard in self._words()

    def _words(self) -> bytes:
        with self.log.open("rb") as log:
            log.seek(self._log_from)
            return log.read(1 << 20)

    def _last_words(self) -> str:
        lines = self._words().decode(errors="replace").split("\n")
        return next((line.strip()[:200] for line in reversed(lines) if line.strip()), "without a word")


def _stat(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()


def _began(pid: int) -> str:
    """Tells a process from a later one of the same number; `0` when it is gone or the system does not say."""
    try:
        stat = _stat(pid)
    except OSError:
        return "0"
    return "0" if stat[0] in "ZX" else stat[19]
