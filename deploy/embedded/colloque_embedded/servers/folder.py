"""The data folder: one house at a time, with room on its disk."""

from __future__ import annotations

import fcntl
import os
import shutil
from pathlib import Path

from colloque_embedded.refusal import HouseRefusal

LEAST_MB = 256


class Folder:
    """`take` it before anything is started on it; the lock ends with the process, however that ends."""

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        self._lock: int | None = None

    def __truediv__(self, name: str) -> Path:
        return self.path / name

    def take(self) -> None:
        try:
            for name in ("database", "log", "mail", "run"):
                (self.path / name).mkdir(parents=True, exist_ok=True)
            lock = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise HouseRefusal(
                f"The folder {self.path} cannot be written ({error.strerror}): make it writable, or choose another "
                "with COLLOQUE_EMBEDDED_DATA=PATH."
            ) from None
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = os.read(lock, 20).decode().strip() or "unknown"
            os.close(lock)
            raise HouseRefusal(
                f"Another house (process {holder}) uses the folder {self.path}: stop it, or choose another folder "
                "with COLLOQUE_EMBEDDED_DATA=PATH."
            ) from None
        os.ftruncate(lock, 0)
        os.pwrite(lock, str(os.getpid()).encode(), 0)
        self._lock = lock
        try:
            self.need_room()
        except HouseRefusal:
            self.leave()
            raise

    def need_room(self) -> None:
        free = shutil.disk_usage(self.path).free >> 20
        if free < LEAST_MB:
            raise HouseRefusal(
                f"The disk of {self.path} has only {free} MB left and the house needs {LEAST_MB}: make some room, or "
                "choose a folder on another disk with COLLOQUE_EMBEDDED_DATA=PATH."
            )

    def leave(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None
