"""The draft as those who prepare it see it: by day, hours down and rooms across, with what there is to look at."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from colloque.runtime.refusal import Refusal
from colloque_scheduling.domain.programme.clash import Caution, all_clashes, cautions
from colloque_scheduling.domain.programme.draft import Draft, Room, Track
from colloque_scheduling.domain.programme.edition import Edition
from colloque_scheduling.domain.programme.published import difference, differing, now_published
from colloque_scheduling.domain.programme.release import Programme
from colloque_scheduling.domain.programme.session import Session
from colloque_scheduling.domain.programme.slot import local_days

WIDEST = 5
"""Rooms side by side; more of them are a list."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A session with what there is to see about it. `changed`: by what it differs from the last release."""

    session: Session
    tracks: tuple[Track, ...]
    rooms: str
    changed: tuple[str, ...]
    cautions: tuple[Caution, ...]
    conflicts: tuple[Refusal, ...]
    waiting: int


@dataclass(frozen=True, slots=True)
class Line:
    """What begins and ends together. `wide`: it has the hour for itself and is for everybody."""

    starts_at: datetime
    ends_at: datetime
    cells: tuple[Cell, ...]
    wide: bool

    def in_room(self, room: str) -> list[Cell]:
        return [cell for cell in self.cells if cell.session.room == room]


@dataclass(frozen=True, slots=True)
class Day:
    day: date
    rooms: tuple[Room, ...]
    lines: tuple[Line, ...]

    @property
    def side_by_side(self) -> bool:
        return len(self.rooms) <= WIDEST


@dataclass(frozen=True, slots=True)
class Grid:
    """`days`: all there are. `without`: sessions without hours."""

    days: tuple[Day, ...]
    without: tuple[Cell, ...]
    cells: tuple[Cell, ...]
    gone: tuple[str, ...]
    """Taken out since the last release."""

    @property
    def changed(self) -> int:
        return sum(bool(cell.changed) for cell in self.cells) + len(self.gone)

    @property
    def to_look_at(self) -> int:
        return sum(bool(cell.cautions or cell.conflicts) for cell in self.cells)


def grid(edition: Edition, draft: Draft, sessions: Sequence[Session], programme: Programme) -> Grid:
    """`sessions` by hour."""
    changes = difference(programme.sessions, now_published(sessions, draft, programme.sessions))
    changed = {one.session: differing(one.previous, one.current) for one in changes}
    conflicts = _by_session(all_clashes(sessions))
    tracks = {track.id: track for track in draft.tracks}
    rooms = {room.id: room for room in draft.rooms}
    cells = [
        Cell(
            session=one,
            tracks=tuple(tracks[id] for id in one.tracks if id in tracks),
            rooms=", ".join(rooms[id].name for id in one.rooms if id in rooms),
            changed=changed.get(one.key, ()),
            cautions=tuple(cautions(one, draft)),
            conflicts=tuple(conflicts.get(one.name, ())),
            waiting=sum(person.state == "invited" for person in one.people) if one.stands else 0,
        )
        for one in sessions
    ]
    timed = [cell for cell in cells if cell.session.slot]
    return Grid(
        days=tuple(
            _day(day, draft, list(of_day))
            for day, of_day in groupby(timed, key=lambda cell: _day_of(cell.session, edition.tz))
        ),
        without=tuple(cell for cell in cells if not cell.session.slot),
        cells=tuple(cells),
        gone=tuple(one.session for one in changes if one.current is None),
    )


def _day(day: date, draft: Draft, cells: Sequence[Cell]) -> Day:
    lines = tuple(_line(list(together)) for _, together in groupby(cells, key=lambda cell: _hours(cell.session)))
    taken = {cell.session.room for line in lines for cell in line.cells}
    return Day(day, tuple(room for room in draft.rooms if room.id in taken), lines)


def _line(cells: Sequence[Cell]) -> Line:
    starts_at, ends_at = _hours(cells[0].session)
    return Line(starts_at, ends_at, tuple(cells), wide=len(cells) == 1 and len(cells[0].tracks) != 1)


def _hours(session: Session) -> tuple[datetime, datetime]:
    time = session.time
    assert time is not None
    return time.starts_at, time.ends_at


def _day_of(session: Session, tz: str) -> date:
    time = session.time
    assert time is not None
    return local_days(time, tz)[0]


def _by_session(conflicts: Iterable[Refusal]) -> Mapping[str, list[Refusal]]:
    found: dict[str, list[Refusal]] = defaultdict(list)
    for one in conflicts:
        for name in one.objects:
            if name.startswith("session/"):
                found[name].append(one)
    return found
