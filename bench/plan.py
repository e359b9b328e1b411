"""How much of everything is measured, and with which database."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from colloque_embedded.servers.database import PYTHON


@dataclass(frozen=True)
class Plan:
    """`people` register, `at_once` of them at the same time, after `warm` others; `rounds` of it, of which the median
    counts. Of the other sizes each belongs to the measure that bears its name."""

    people: int = 2000
    at_once: int = 32
    warm: int = 200
    rounds: int = 3
    latency_seconds: float = 20.0
    latency_rate: float = 20.0
    facts: int = 20_000
    mails: int = 2_000
    turns: int = 500
    growth: tuple[int, int] = (1_000, 100_000)
    growth_people: int = 500
    programme: tuple[int, int] = (18, 300)
    programme_views: int = 1_000
    programme_large: int = 1_000
    programme_moves: int = 40
    release_stored: int = 6_000
    """Registrations, of whom `release_concerned` have booked something that the release changes."""
    release_concerned: int = 5_000
    release_sessions: int = 1_000
    release_changes: int = 300
    release_rate: float = 20.0
    """Requests a second by others, meanwhile; so many `release_quiet` seconds before it, too."""
    release_quiet: float = 10.0
    start: int = 3
    database: Path | None = None
    """Its program; the Python one if none is named."""

    def with_people(self, people: int) -> Plan:
        share = people / self.people
        return replace(
            self,
            people=people,
            warm=min(self.warm, people),
            turns=max(1, round(self.turns * share)),
            growth_people=max(1, round(self.growth_people * share)),
        )

    @property
    def rust(self) -> bool:
        return self.database is not None and self.database.name != PYTHON


MINIATURE = Plan(
    people=12,
    at_once=6,
    warm=4,
    rounds=1,
    latency_seconds=1.0,
    latency_rate=10.0,
    facts=400,
    mails=40,
    turns=8,
    growth=(20, 200),
    growth_people=6,
    programme=(6, 18),
    programme_views=20,
    programme_large=24,
    programme_moves=3,
    release_stored=60,
    release_concerned=40,
    release_sessions=24,
    release_changes=10,
    release_quiet=1.0,
    start=1,
)
"""Shows that everything runs, and measures nothing."""
