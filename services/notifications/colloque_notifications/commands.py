"""What is asked of this room: by its own postman and its own timers, and by organisers to send again."""

from __future__ import annotations

from typing import Literal

from colloque.contracts.fact import EditionId, PersonRef, SessionId
from colloque.contracts.traces import Output
from colloque.runtime.work import Command


class NoteOutcome(Command):
    """What became of one try to send a mail. `files`: what it carried."""

    mail: str
    edition: EditionId | None = None
    result: Literal["sent", "deferred", "failed", "suppressed"]
    status: int = 0
    words: str = ""
    reason: str = ""
    sha256: str = ""
    size: int = 0
    files: tuple[Output, ...] = ()

    @property
    def about(self) -> str:
        return self.mail


class SendAgain(Command):
    """`by`: the organiser who asks."""

    edition: EditionId
    mail: str
    by: PersonRef


class TellSpeakersOfEdition(Command):
    """The edition is off, or on again: those who are still to be told, by session."""

    edition: EditionId
    sessions: tuple[SessionId, ...]

    @property
    def about(self) -> str:
        return self.edition


class TellSpeakers(Command):
    """What is left of a release to tell those who speak, by session."""

    edition: EditionId
    n: int
    sessions: tuple[SessionId, ...]

    @property
    def about(self) -> str:
        return f"{self.edition}/{self.n}"
