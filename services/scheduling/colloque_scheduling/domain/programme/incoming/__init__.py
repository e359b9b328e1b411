"""A programme from outside, on its way into the draft: what it would make, and what speaks against it."""

from __future__ import annotations

from .event import Event, ImportRefused, Objection, Row, TooManySessions, objection
from .names import slug
from .plan import Incoming, incoming, seated, slices
from .words import plain

__all__ = [
    "Event",
    "ImportRefused",
    "Incoming",
    "Objection",
    "Row",
    "TooManySessions",
    "incoming",
    "objection",
    "plain",
    "seated",
    "slices",
    "slug",
]
