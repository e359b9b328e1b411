"""The clock of a demo or a test: moved from outside, and where it was after a restart."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel

from colloque.runtime.clock import MovedClock


class KeptClock(MovedClock):
    """Remembers in a file how far it is from the system's."""

    def __init__(self, path: Path, at: datetime | None = None) -> None:
        self._path = path
        if path.exists():
            at = datetime.now(UTC) + timedelta(seconds=float(path.read_text()))
        super().__init__(at)

    def set(self, at: datetime) -> None:
        self._path.write_text(str((at - datetime.now(UTC)).total_seconds()))
        super().set(at)


def moved_clock(path: Path, at: datetime | None) -> KeptClock | None:
    """None where nobody has ever moved the time."""
    return KeptClock(path, at) if at or path.exists() else None


class Time(BaseModel):
    at: AwareDatetime


def clock_router(clock: MovedClock) -> APIRouter:
    """`/dev/clock`: only a house that was started with a moved clock has it."""
    router = APIRouter(prefix="/dev/clock", include_in_schema=False)

    @router.get("")
    async def what_time() -> Time:
        return Time(at=clock.now())

    @router.post("")
    async def move(time: Time) -> Time:
        clock.set(time.at)
        return Time(at=clock.now())

    return router
