"""Small editions, drafts and sessions for the pure rules."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from hypothesis import settings

from colloque_scheduling.domain.programme.assignment import Assignment, Role
from colloque_scheduling.domain.programme.draft import Draft, Room, Track
from colloque_scheduling.domain.programme.edition import Edition
from colloque_scheduling.domain.programme.frame import EditionPlan, Place
from colloque_scheduling.domain.programme.session import Session, SessionPlan
from colloque_scheduling.domain.programme.slot import WallSlot

EXAMPLES = settings(max_examples=60, deadline=None)
NOW = datetime(2018, 6, 18, 10, tzinfo=UTC)

PLAN = EditionPlan(
    series="nec",
    code="NEC18",
    title={"fr": "Numérique en Commun[s] 2018"},
    starts_on=date(2018, 9, 13),
    ends_on=date(2018, 9, 14),
    tz="Europe/Paris",
    venue=Place(name="École d'architecture", municipality="Nantes"),
    capacity=850,
)
EDITION = Edition.plan("nec-2018", PLAN).document
DRAFT = Draft(
    id="nec-2018",
    tracks=(
        Track(id="lieux", order=1, title={"fr": "Lieux"}, look="a1"),
        Track(id="communs", order=3, title={"fr": "Communs"}, look="a3"),
    ),
    rooms=(
        Room(id="audito", name="Auditorium", capacity=500, induction_loop=True),
        Room(id="retrans", name="Salle de retransmission", capacity=350),
        Room(id="galerie", name="Galerie", capacity=240),
        Room(id="atelier3", name="Atelier 3", capacity=180, step_free=False),
    ),
)


def wall(start: str, end: str, **values: Any) -> WallSlot:
    """`13T11:00`: the day and hour in September 2018."""
    at = (datetime.fromisoformat(f"2018-09-{text}") for text in (start, end))
    return WallSlot(starts_at=next(at), ends_at=next(at), **values)


def plan(**values: Any) -> SessionPlan:
    known: dict[str, Any] = {
        "title": {"fr": "Hybrider un lieu"},
        "format": "workshop",
        "tracks": ("lieux",),
        "room": "galerie",
        "slot": wall("13T11:00", "13T12:30"),
        "seats": 100,
        "booking": "required",
    }
    return SessionPlan.model_validate({**known, **values})


def session(key: str, *people: str, **values: Any) -> Session:
    made = Session.plan(EDITION, DRAFT, key, plan(**values)).document
    for person in people:
        made = made.assigned(Assignment(person=person, role=Role.SPEAKER)).document
    return made
