"""What a calendar shows of one entry, however it is kept there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True)
class Held:
    """`starts_at`, `ends_at`: instants in UTC. `answers`: each attendee's address with what they have answered."""

    uid: str
    starts_at: datetime
    ends_at: datetime
    title: str
    place: str
    status: str
    sequence: int
    organiser: str
    answers: tuple[tuple[str, str], ...]


class Calendar(Protocol):
    """One person's, in one program."""

    def take(self, message: bytes) -> None:
        """A calendar message (iTIP) as it came in a mail: applied as that program does, or passed over."""

    def accept(self, uid: str, who: str) -> None:
        """Its owner says yes to what it shows."""

    def shows(self) -> dict[str, Held]:
        """All that it holds, by UID; what was cancelled too, as such."""


def bare(address: str) -> str:
    return address.lower().removeprefix("mailto:")
