"""The formats of sessions, and what each asks of tracks and rooms."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum

from colloque.runtime.refusal import Refusal


class Format(StrEnum):
    PLENARY = "plenary"
    WORKSHOP = "workshop"
    MASTERCLASS = "masterclass"
    CONFERENCE = "conference"
    ROUND_TABLE = "round_table"
    CROSSED_VIEWS = "crossed_views"
    PROTOTYPE = "prototype"
    PITCH = "pitch"
    VISIT = "visit"
    DEBATE = "debate"
    CEREMONY = "ceremony"
    TRAINING_MODULE = "training_module"


NEEDS_A_TRACK = frozenset({Format.WORKSHOP, Format.MASTERCLASS, Format.PROTOTYPE})


class TrackRequiredForFormat(Refusal):
    """A workshop, a masterclass or a prototype belongs to a track."""


class NoTrackForFormat(Refusal):
    """A plenary belongs to everybody."""


class OneTrackForFormat(Refusal):
    """Only crossed views join several tracks."""


class OverflowForPlenariesOnly(Refusal):
    pass


def must_fit(kind: Format, tracks: Collection[str], overflow: str | None, name: str) -> None:
    """`name`: the session, for whoever is told no."""
    if kind in NEEDS_A_TRACK and not tracks:
        raise TrackRequiredForFormat(f"A {kind} belongs to a track.", objects=(name,), field="tracks")
    if kind is Format.PLENARY and tracks:
        raise NoTrackForFormat("A plenary belongs to no track.", objects=(name,), field="tracks")
    if len(set(tracks)) > 1 and kind is not Format.CROSSED_VIEWS:
        raise OneTrackForFormat("Only crossed views join several tracks.", objects=(name,), field="tracks")
    if overflow and kind is not Format.PLENARY:
        raise OverflowForPlenariesOnly("An overflow room is for plenaries.", objects=(name,), field="overflow")
