"""What may be asked of the draft of a programme, and of its release."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from colloque.runtime.work import Command
from colloque_scheduling.domain.programme.assignment import Assignment
from colloque_scheduling.domain.programme.draft import Room, Track
from colloque_scheduling.domain.programme.session import SessionPlan
from colloque_scheduling.domain.programme.words import Slug, Text


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


class PutSession(AboutSession):
    plan: SessionPlan
    new: bool = False


class AmendSession(AboutSession):
    """A merge patch of its plan."""

    changes: dict[str, Any]


class CancelSession(AboutSession):
    reason: Text = Field(default_factory=dict)


class DropSession(AboutSession):
    """Only before its first release."""


class Assign(AboutSession):
    assignment: Assignment


class Unassign(AboutSession):
    """`assignment`: `<person>.<role>`."""

    assignment: str


class ReleaseProgramme(DraftCommand):
    """`n`: which release this is meant to be; refused when somebody else has made it in between."""

    n: int | None = None
