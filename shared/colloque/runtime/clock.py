"""What time it is, as an argument: the system's, or one that tests and the demo move."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    def now(self) -> datetime:
        """An aware instant in UTC, in whole milliseconds: what a database gives back as it was given."""
        ...

    def on_move(self, told: Callable[[], None]) -> None:
        """`told` is called when the clock jumps (never for the system's)."""
        ...


def whole_ms(at: datetime) -> datetime:
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


class SystemClock:
    def now(self) -> datetime:
        return whole_ms(datetime.now(UTC))

    def on_move(self, told: Callable[[], None]) -> None:
        pass


class MovedClock:
    """Runs like the system's from wherever it was last set to. Only ever set by tests and the demo."""

    def __init__(self, at: datetime | None = None) -> None:
        self._ahead = timedelta() if at is None else at - datetime.now(UTC)
        self._listeners: list[Callable[[], None]] = []

    def now(self) -> datetime:
        return whole_ms(datetime.now(UTC) + self._ahead)

    def set(self, at: datetime) -> None:
        self._ahead = at - datetime.now(UTC)
        for told in self._listeners:
            told()

    def on_move(self, told: Callable[[], None]) -> None:
        self._listeners.append(told)
