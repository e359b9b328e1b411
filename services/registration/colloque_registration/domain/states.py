"""The words a registration is described with, and what may follow what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

State: TypeAlias = Literal[
    "pending", "confirmed", "waitlisted", "offered", "cancelled", "expired", "checked_in", "no_show", "anonymised"
]
Category: TypeAlias = Literal[
    "mediator",
    "third_place",
    "activist",
    "academic",
    "civil_servant",
    "elected",
    "business_exec",
    "practitioner_dp",
    "young_researcher",
    "citizen",
    "other",
]
FirstTime: TypeAlias = Literal["never_before", "yes_before", "no_answer"]
Channel: TypeAlias = Literal["web", "on_behalf"]

NEXT: Mapping[State, frozenset[State]] = {
    "pending": frozenset({"confirmed", "waitlisted", "expired", "cancelled", "anonymised"}),
    "waitlisted": frozenset({"offered", "cancelled", "anonymised"}),
    "offered": frozenset({"confirmed", "waitlisted", "expired", "cancelled", "anonymised"}),
    "confirmed": frozenset({"cancelled", "checked_in", "no_show", "anonymised"}),
    "cancelled": frozenset({"anonymised"}),
    "expired": frozenset({"anonymised"}),
    "checked_in": frozenset({"anonymised"}),
    "no_show": frozenset({"anonymised"}),
    "anonymised": frozenset(),
}
"""What may follow; anything else is refused. Somebody may leave the line, with a place offered or without, or take
back a form never confirmed."""

LIVE: frozenset[State] = frozenset({"pending", "waitlisted", "offered", "confirmed", "checked_in"})
