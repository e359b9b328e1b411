"""What may be asked with a programme from outside."""

from __future__ import annotations

from colloque.runtime.work import Command
from colloque_scheduling.commands.draft import DraftCommand
from colloque_scheduling.domain.programme.draft import Room, Track
from colloque_scheduling.domain.programme.incoming import Row


class BeginImport(DraftCommand):
    """`parts`: the sessions, slice by slice."""

    tracks: tuple[Track, ...] = ()
    rooms: tuple[Room, ...] = ()
    parts: tuple[tuple[Row, ...], ...]


class ContinueImport(Command):
    """The next slice; it wakes the one after it."""

    job: str
    part: int

    @property
    def about(self) -> str:
        return self.job
