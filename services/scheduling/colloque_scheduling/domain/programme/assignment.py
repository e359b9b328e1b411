"""Who does what in a session, and what must be provided for them."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal, TypeAlias

from colloque.contracts.fact import Frozen

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


class Assignment(Frozen):
    """A person (a reference only) in a session. Public only once confirmed."""

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
