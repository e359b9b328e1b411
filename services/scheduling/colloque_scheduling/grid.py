"""The draft as those who prepare it see it: by day, hours down and rooms across, with what there is to look at."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import groupby

from colloque.contracts.fact import Slot
from colloque.runtime.refusal import Refusal
from colloque_scheduling.domain.programme.clash import Caution, all_clashes, cautions
from colloque_scheduling.domain.programme.draft import Draft, Room, Track
from colloque_scheduling.domain.programme.edition import Edition
from colloque_scheduling.domain.programme.published import Published, differing, unreleased
from colloque_scheduling.domain.programme.release import Programme
from colloque_scheduling.domain.programme.session import Session
from colloque_scheduling.domain.programme.slot import local_days

WIDEST = 5
"""Rooms side by side; more of them are a list."""
MOST_KEPT = 16
"""Editions."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A session with what there is to see about it. `changed`: by what it differs from the last release."""

    session: Session
    time: Slot | None
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


class Grids:
    """What was looked at of a session is kept for as long as the session, its last release and the rooms and tracks of
    its draft are the same: after a change, only what has changed is looked at again."""

    def __init__(self) -> None:
        self._kept: dict[str, dict[str, Kept]] = {}

    def of(self, edition: Edition, draft: Draft, sessions: Sequence[Session], programme: Programme) -> Grid:
        """`sessions` by hour."""
        if len(self._kept) > MOST_KEPT:
            self._kept.clear()
        before, known = self._kept.get(edition.id, {}), {one.frame.id: one for one in programme.sessions}
        kept: dict[str, Kept] = {}
        for session in sessions:
            old, released = before.get(session.id), known.get(session.key)
            same = old is not None and old.session is session and old.released is released
            kept[session.id] = (
                old
                if old is not None and same and (old.rooms, old.tracks) == (draft.rooms, draft.tracks)
                else _looked_at(draft, session, released)
            )
        self._kept[edition.id] = kept
        conflicts = _by_session(all_clashes(sessions))
        cells = [
            replace(one.cell, conflicts=tuple(conflicts[one.session.name]))
            if one.session.name in conflicts
            else one.cell
            for one in kept.values()
        ]
        timed = [cell for cell in cells if cell.time]
        return Grid(
            days=tuple(
                _day(day, draft, list(of_day))
                for day, of_day in groupby(timed, key=lambda cell: _day_of(cell, edition.tz))
            ),
            without=tuple(cell for cell in cells if not cell.time),
            cells=tuple(cells),
            gone=tuple(sorted(known.keys() - {session.key for session in sessions})),
        )


@dataclass(frozen=True, slots=True)
class Kept:
    """A cell (without conflicts, which depend on others), and what it was made of."""

    session: Session
    released: Published | None
    rooms: tuple[Room, ...]
    tracks: tuple[Track, ...]
    cell: Cell


def _looked_at(draft: Draft, session: Session, released: Published | None) -> Kept:
    before = () if released is None else (released,)
    changes = unreleased((session,), draft, before)
    rooms = {room.id: room for room in draft.rooms}
    cell = Cell(
        session=session,
        time=session.time,
        tracks=tuple(track for track in draft.tracks if track.id in session.tracks),
        rooms=", ".join(rooms[id].name for id in session.rooms if id in rooms),
        changed=differing(changes[0].previous, changes[0].current) if changes else (),
        cautions=tuple(cautions(session, draft)),
        conflicts=(),
        waiting=sum(person.state == "invited" for person in session.people) if session.stands else 0,
    )
    return Kept(session, released, draft.rooms, draft.tracks, cell)


def _day(day: date, draft: Draft, cells: Sequence[Cell]) -> Day:
    lines = tuple(_line(list(together)) for _, together in groupby(cells, key=_hours))
    taken = {cell.session.room for line in lines for cell in line.cells}
    return Day(day, tuple(room for room in draft.rooms if room.id in taken), lines)


def _line(cells: Sequence[Cell]) -> Line:
    starts_at, ends_at = _hours(cells[0])
    return Line(starts_at, ends_at, tuple(cells), wide=len(cells) == 1 and len(cells[0].tracks) != 1)


def _hours(cell: Cell) -> tuple[datetime, datetime]:
    assert cell.time is not None
    return cell.time.starts_at, cell.time.ends_at


def _day_of(cell: Cell, tz: str) -> date:
    assert cell.time is not None
    return local_days(cell.time, tz)[0]


def _by_session(conflicts: Iterable[Refusal]) -> Mapping[str, list[Refusal]]:
    found: dict[str, list[Refusal]] = defaultdict(list)
    for one in conflicts:
        for name in one.objects:
            if name.startswith("session/"):
                found[name].append(one)
    return found
