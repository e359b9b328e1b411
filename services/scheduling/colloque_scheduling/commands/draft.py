"""What may be asked of the draft of a programme, and of its release."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from colloque.runtime.work import Command
from colloque_scheduling.domain.programme.assignment import Assignment
from colloque_scheduling.domain.programme.draft import Room, Track
from colloque_scheduling.domain.programme.session import SessionPlan
from colloque_scheduling.domain.programme.slot import WallSlot
from colloque_scheduling.domain.programme.words import Instant, Slug, Text


class DraftCommand(Command):
    """`edition` is named beside what it is about; `new`, where there is one: refused when it is there already."""

    edition: str


class PutTrack(DraftCommand):
    track: Track
    new: bool = False


class DropTrack(DraftCommand):
    track: str


class PutRoom(DraftCommand):
    room: Room
    new: bool = False


class DropRoom(DraftCommand):
    room: str


class AboutSession(DraftCommand):
    session: Slug


class SaveSession(AboutSession):
    """`expected`: the version it was read at; refused when somebody has saved it since."""

    expected: int | None = None


class PutSession(SaveSession):
    plan: SessionPlan
    new: bool = False


class AmendSession(SaveSession):
    """A merge patch of its plan."""

    changes: dict[str, Any]


class MoveSession(SaveSession):
    """To another room, to other hours, or both. What is not said stays."""

    room: Slug | None = None
    slot: WallSlot | None = None


class SwapSessions(DraftCommand):
    """Each in the other's hours and rooms. `expected`: the versions both were read at, in that order."""

    a: Slug
    b: Slug
    expected: tuple[int, int] | None = None


class CancelSession(SaveSession):
    reason: Text = Field(default_factory=dict)


class DropSession(SaveSession):
    """Only before its first release."""


class Assign(AboutSession):
    """`invite`: ask them by mail at once, to be answered by `until` if it is said."""

    assignment: Assignment
    invite: bool = False
    until: Instant | None = None


class Unassign(AboutSession):
    """`assignment`: `<person>.<role>`."""

    assignment: str


class ReleaseProgramme(DraftCommand):
    """`n`: which release this is meant to be; refused when somebody else has made it in between."""

    n: int | None = None


class RestoreRelease(DraftCommand):
    """The draft says again what release `n` said."""

    n: int
