"""What can be said of a programme from its releases alone: any of them whole, any two beside each other, any day."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from colloque.contracts.fact import Frozen, TrackFrame
from colloque.runtime.refusal import NotFound

from .published import Published, ReleasedChange, applied
from .release import Release


class NoSuchRelease(NotFound):
    pass


class NoReleaseThen(NotFound):
    """No programme had been released yet."""


class Said(Frozen):
    """The programme as release `n` said it. Before the first (0) it says nothing."""

    n: int = 0
    at: datetime | None = None
    tracks: tuple[TrackFrame, ...] = ()
    sessions: tuple[Published, ...] = ()


def said(releases: Iterable[Release]) -> Said:
    """By the last of these releases: all of them from the first on, in order."""
    whole = Said()
    for one in releases:
        whole = Said(n=one.n, at=one.at, tracks=one.tracks, sessions=applied(whole.sessions, one.changes))
    return whole


def until(releases: Iterable[Release], moment: datetime) -> list[Release]:
    """Those made by that moment."""
    made = [one for one in releases if one.at <= moment]
    if not made:
        raise NoReleaseThen("No programme had been released by then.")
    return made


def between(releases: Sequence[Release]) -> tuple[ReleasedChange, ...]:
    """What all these, one after the other, have made of the programme before them."""
    first: dict[str, ReleasedChange] = {}
    last: dict[str, ReleasedChange] = {}
    for release in releases:
        for change in release.changes:
            first.setdefault(change.session, change)
            last[change.session] = change
    changes = (
        ReleasedChange(session=key, previous=first[key].previous, current=last[key].current) for key in sorted(first)
    )
    return tuple(change for change in changes if change.previous != change.current)


def backwards(changes: Iterable[ReleasedChange]) -> tuple[ReleasedChange, ...]:
    return tuple(ReleasedChange(session=one.session, previous=one.current, current=one.previous) for one in changes)
