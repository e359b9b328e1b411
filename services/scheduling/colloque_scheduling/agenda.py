"""The programme as a page shows it: by day, by hour, side by side; all of it or one track of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from colloque.contracts.fact import Slot, TrackFrame
from colloque_scheduling.domain.programme.edition import Edition
from colloque_scheduling.domain.programme.published import Published
from colloque_scheduling.domain.programme.release import Programme
from colloque_scheduling.domain.programme.slot import local_days


@dataclass(frozen=True, slots=True)
class Entry:
    """A session in the list. `look` draws its line; `wide` ones are for everybody and take the whole width."""

    session: Published
    tracks: tuple[TrackFrame, ...]
    changed: tuple[str, ...]

    @property
    def look(self) -> str:
        return self.tracks[0].look if len(self.tracks) == 1 else ""

    @property
    def wide(self) -> bool:
        return not self.look

    @property
    def gone(self) -> bool:
        return self.session.frame.off


@dataclass(frozen=True, slots=True)
class Hour:
    slot: Slot
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Day:
    day: date
    hours: tuple[Hour, ...]


def entry(programme: Programme, session: Published) -> Entry:
    tracks = tuple(track for track in programme.tracks if track.id in session.frame.tracks)
    return Entry(session, tracks, programme.changed.get(session.frame.id, ()))


def days(edition: Edition, programme: Programme, *, day: date | None = None, track: str | None = None) -> list[Day]:
    """Sessions side by side stand in the order of their tracks."""
    order = {one.id: n for n, one in enumerate(programme.tracks)}
    shown = [one for one in programme.sessions if track is None or track in one.frame.tracks]

    def day_of(one: Published) -> date:
        return local_days(one.frame.slot, edition.tz)[0]

    def beside(one: Published) -> tuple[Any, ...]:
        first = min((order.get(name, 99) for name in one.frame.tracks), default=-1)
        return first, one.frame.room.name, one.frame.id

    return [
        Day(
            this,
            tuple(
                Hour(slot, tuple(entry(programme, one) for one in sorted(together, key=beside)))
                for slot, together in groupby(of_day, key=lambda one: one.frame.slot)
            ),
        )
        for this, of_day in groupby(shown, key=day_of)
        if day is None or this == day
    ]


def days_of(edition: Edition, programme: Programme) -> list[date]:
    return sorted({local_days(one.frame.slot, edition.tz)[0] for one in programme.sessions})


def standing(programme: Programme) -> list[Published]:
    return [one for one in programme.sessions if not one.frame.off]


def per_track(programme: Programme) -> dict[str, int]:
    """Cancelled sessions are shown, and not counted."""
    sessions = standing(programme)
    return {track.id: sum(track.id in one.frame.tracks for one in sessions) for track in programme.tracks}
