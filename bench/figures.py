"""What a measure answers: a figure beside its floor, and what was aimed at."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal


@dataclass(frozen=True)
class Target:
    bound: float
    sign: Literal["≤", "≥"]
    of: Literal["value", "ratio"] = "value"

    def met_by(self, reached: float) -> bool:
        return reached <= self.bound if self.sign == "≤" else reached >= self.bound

    def missed_by(self, reached: float) -> float:
        """A share of the bound."""
        return abs(reached - self.bound) / self.bound


def at_most(bound: float) -> Target:
    return Target(bound, "≤")


def at_least(bound: float) -> Target:
    return Target(bound, "≥")


def times_at_most(bound: float) -> Target:
    """Its floor."""
    return Target(bound, "≤", "ratio")


def times_at_least(bound: float) -> Target:
    return Target(bound, "≥", "ratio")


@dataclass(frozen=True)
class Figure:
    name: str
    value: float
    unit: str
    floor: float | None = None
    target: Target | None = None

    @property
    def ratio(self) -> float | None:
        return self.value / self.floor if self.floor else None

    @property
    def verdict(self) -> str:
        reached = self.value if self.target is None or self.target.of == "value" else self.ratio
        if self.target is None or reached is None:
            return ""
        return "yes" if self.target.met_by(reached) else f"no, by {self.target.missed_by(reached):.0%}"

    @property
    def aim(self) -> str:
        if self.target is None:
            return ""
        bound = f"{self.target.sign} {_said(self.target.bound)}"
        return bound if self.target.of == "value" else f"{bound} × floor"

    @property
    def record(self) -> dict[str, str | float | None]:
        return {"name": self.name, "value": self.value, "unit": self.unit, "floor": self.floor, "ratio": self.ratio}


HEAD = ("name", "value", "unit", "floor", "ratio", "target", "met?")
RIGHT = ("value", "floor", "ratio")


def table(figures: Sequence[Figure]) -> str:
    rows = [HEAD, *(_row(figure) for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    return "\n".join(_line(row, widths) for row in rows)


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = [
        cell.rjust(width) if name in RIGHT else cell.ljust(width)
        for name, cell, width in zip(HEAD, row, widths, strict=True)
    ]
    return "  ".join(cells).rstrip()


def _row(figure: Figure) -> tuple[str, ...]:
    numbers = (_said(figure.floor), _said(figure.ratio))
    return (figure.name, _said(figure.value), figure.unit, *numbers, figure.aim, figure.verdict)


def _said(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:,.0f}".replace(",", " ") if abs(value) >= 1000 else f"{value:.3g}"


def write(figures: Sequence[Figure], path: Path) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps([figure.record for figure in figures], indent=1, ensure_ascii=False) + "\n")
