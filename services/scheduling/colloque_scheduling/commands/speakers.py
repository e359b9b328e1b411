"""What may be asked about those who speak: inviting them, reminding them, and what they answer."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from colloque.runtime.work import Command
from colloque_scheduling.domain.programme.words import Instant

Message = Annotated[str, StringConstraints(strip_whitespace=True, max_length=4_000)]
MOST = 50
"""Named at once. Everybody, without names, may be more."""


class InviteSpeakers(Command):
    """These, or everybody of the edition who has not been invited yet. `until`: answers are awaited until then, else as
    the edition says."""

    edition: str
    assignments: Annotated[tuple[str, ...], Field(max_length=MOST)] | None = None
    until: Instant | None = None


class GoOnInviting(Command):
    """What is left of `InviteSpeakers`, which is set aside by `batch`."""

    edition: str
    batch: str
    assignments: tuple[str, ...]
    until: datetime | None = None

    @property
    def about(self) -> str:
        return f"{self.edition}/{self.batch}"


class AboutSpeaker(Command):
    """`assignment`: `<edition>/<session>.<person>.<role>`."""

    assignment: str

    @property
    def about(self) -> str:
        return self.assignment


class RemindSpeaker(AboutSpeaker):
    """An organiser asks for it."""


class RemindSilentSpeaker(AboutSpeaker):
    """The time has come; nothing happens if they have answered."""


class ExpireInvitation(AboutSpeaker):
    """The hour to answer by has come."""


class AnswerInvitation(AboutSpeaker):
    """By the link in their mail, of generation `links`."""

    links: int
    answer: Literal["confirmed", "declined", "withdrawn"]
    message: Message = ""


class RecordAnswer(AboutSpeaker):
    """An organiser notes what somebody said otherwise: on the telephone, at a table."""

    answer: Literal["confirmed", "declined", "withdrawn"]
    message: Message = ""
