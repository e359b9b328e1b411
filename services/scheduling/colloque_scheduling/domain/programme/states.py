"""The life of an edition, as a table. Whatever does not stand in it is refused."""

from __future__ import annotations

from enum import StrEnum

from colloque.runtime.refusal import Refusal


class State(StrEnum):
    DRAFT = "draft"
    ANNOUNCED = "announced"
    OPEN = "open"
    CLOSED_REGISTRATION = "closed_registration"
    RUNNING = "running"
    CLOSED = "closed"
    ARCHIVED = "archived"
    POSTPONED = "postponed"
    CANCELLED = "cancelled"


TRANSITIONS: dict[State, frozenset[State]] = {
    State.DRAFT: frozenset({State.ANNOUNCED, State.CANCELLED}),
    State.ANNOUNCED: frozenset({State.OPEN, State.POSTPONED, State.CANCELLED}),
    State.OPEN: frozenset({State.CLOSED_REGISTRATION, State.POSTPONED, State.CANCELLED}),
    State.CLOSED_REGISTRATION: frozenset({State.RUNNING, State.POSTPONED, State.CANCELLED}),
    State.POSTPONED: frozenset({State.ANNOUNCED, State.CANCELLED}),
    State.RUNNING: frozenset({State.CLOSED}),
    State.CLOSED: frozenset({State.ARCHIVED}),
    State.ARCHIVED: frozenset(),
    State.CANCELLED: frozenset(),
}

OVER = frozenset({State.CLOSED, State.ARCHIVED, State.CANCELLED})
"""Nothing of its programme moves any more."""


class IllegalTransition(Refusal):
    """`context`: from which state to which."""

    def __init__(self, what: str, before: str, after: str) -> None:
        super().__init__(
            f"{what} is {before}: from there it cannot become {after}.",
            objects=(what,),
            before=str(before),
            after=str(after),
        )
