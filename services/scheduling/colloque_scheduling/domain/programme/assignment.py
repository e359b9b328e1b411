"""Who does what in a session, and what must be provided for them."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal, TypeAlias

from colloque.contracts.fact import Frozen

from .states import IllegalTransition
from .words import Reference

Provision: TypeAlias = Literal["step_free", "induction_loop"]
Need: TypeAlias = Literal["mi", "hi", "vi", "pi", "ii"]

ROOM_PROVISIONS: dict[Need, Provision] = {"mi": "step_free", "hi": "induction_loop"}
"""What a need asks of a room. Only this is kept: what to provide, never why."""


class Role(StrEnum):
    SPEAKER = "speaker"
    MODERATOR = "moderator"
    RAPPORTEUR = "rapporteur"
    HOST = "host"
    FACILITATOR = "facilitator"


class Answer(StrEnum):
    """Where an invitation stands."""

    INVITED = "invited"
    CONFIRMED = "confirmed"
    DECLINED = "declined"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


ANSWERS: dict[Answer, frozenset[Answer]] = {
    Answer.INVITED: frozenset({Answer.CONFIRMED, Answer.DECLINED, Answer.EXPIRED}),
    Answer.CONFIRMED: frozenset({Answer.WITHDRAWN}),
    Answer.DECLINED: frozenset(),
    Answer.EXPIRED: frozenset(),
    Answer.WITHDRAWN: frozenset(),
}
"""Whatever does not stand here is refused. Who is out can be assigned anew: that is another invitation."""


class Assignment(Frozen):
    """A person (a reference only) in a session. Public only once confirmed. Assigned is invited: whether a mail has
    said so yet is in their invitation."""

    person: Reference
    role: Role
    state: Answer = Answer.INVITED
    provisions: tuple[Provision, ...] = ()

    @property
    def key(self) -> str:
        return f"{self.person}.{self.role}"

    @property
    def live(self) -> bool:
        """The person's time is taken, or may be."""
        return self.state in (Answer.INVITED, Answer.CONFIRMED)

    def becomes(self, answer: Answer, session: str) -> Assignment:
        if answer not in ANSWERS[self.state]:
            raise IllegalTransition(f"assignment/{session}.{self.key}", self.state, answer)
        return self.model_copy(update={"state": answer})
