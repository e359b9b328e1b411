"""A programme at a glance, as the edition's own page shows it."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import Field

from colloque.contracts.fact import Frozen, TrackFrame

from .words import Text


class TrackCard(Frozen):
    """A track as the edition's page shows it."""

    frame: TrackFrame
    text: Text = Field(default_factory=dict)
    sessions: int


class DayCard(Frozen):
    """A day at a glance. Instants in UTC."""

    day: date
    first: datetime
    last: datetime
    sessions: int
    plenaries: int


class Shown(Frozen):
    """What the edition's own page says of its programme, as of release `n`: nothing is looked up to show it."""

    n: int
    at: datetime
    sessions: int
    tracks: tuple[TrackCard, ...] = ()
    days: tuple[DayCard, ...] = ()
