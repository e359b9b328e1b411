"""The table of a room's steps."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from colloque.contracts.fact import Fact, Frozen
from colloque.runtime.work.documents import Command
from colloque.runtime.work.work import Work

Answer: TypeAlias = "str | int | bool | list[Any] | dict[str, Any] | None"
Step: TypeAlias = Callable[[Any, Work], Awaitable[Answer]]

IDLE = 0.2
"""Seconds that what nobody waits for may wait for company: a turn of its own would be most of what it costs."""


class Steps:
    """A room's behaviour on one screen: which steps it has for which commands and facts."""

    def __init__(self) -> None:
        self._rows: dict[str, tuple[type[Fact | Command | Frozen], tuple[Step, ...], float]] = {}

    def on(self, kind: type[Fact | Command | Frozen], *steps: Step, patience: float = 0.0) -> Steps:
        """`patience`: seconds that what arrives of this kind may wait for company at the desk, where nobody waits for
        what these steps do."""
        name = type_of(kind)
        if issubclass(kind, Command) and len(steps) != 1:
            raise ValueError(f"{name}: a command has exactly one step")
        if name in self._rows:
            raise ValueError(f"{name} stands twice in the table")
        self._rows[name] = (kind, steps, patience)
        return self

    def of(self, name: str) -> tuple[Step, ...]:
        row = self._rows.get(name)
        return row[1] if row else ()

    def kind(self, name: str) -> Any:
        """The class of a message type, None where the room has no step for it."""
        row = self._rows.get(name)
        return row[0] if row else None

    def patience(self, name: str) -> float:
        """What only moves a mark is waited for by nobody either."""
        row = self._rows.get(name)
        return row[2] if row else IDLE

    def named(self, type_name: str, step_name: str) -> Step | None:
        return next((step for step in self.of(type_name) if step.__name__ == step_name), None)

    def joined(self, other: Steps) -> Steps:
        """This table with the rows of another."""
        both = Steps()
        for kind, steps, patience in (*self._rows.values(), *other._rows.values()):
            both.on(kind, *steps, patience=patience)
        return both

    def names(self) -> dict[str, tuple[str, ...]]:
        return {name: tuple(step.__name__ for step in steps) for name, (_, steps, _) in sorted(self._rows.items())}


def type_of(kind: type[Frozen]) -> str:
    """A fact's versioned type, a command's class name."""
    declared = kind.model_fields.get("type")
    return declared.default if declared is not None and not issubclass(kind, Command) else kind.__name__
