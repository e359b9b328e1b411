"""What sessions, rooms and tracks of a file are called here."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Literal, get_args

from colloque_scheduling.domain.programme.draft import Draft, Track, TrackPlan
from colloque_scheduling.domain.programme.slot import wall_of

from .event import Event
from .words import line

NOWHERE = "…"
"""The room of what the file puts nowhere."""


def wall(at: datetime, tz: str) -> tuple[datetime, Literal[0, 1] | None]:
    return (at, None) if at.tzinfo is None else wall_of(at, tz)


def keys_of(events: Sequence[Event], prefix: str) -> list[str]:
    """What this house has written keeps its name; else a number, or a hash of what the file calls it."""
    made: dict[str, int] = defaultdict(int)
    keys = []
    for event in events:
        key = event.slug.removeprefix(prefix) if event.slug.startswith(prefix) else ""
        if not re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,35}[a-z0-9])?", key):
            key = event.name
        made[key] += 1
        keys.append(key if made[key] == 1 else f"{key}-{made[key]}")
    return keys


def places_of(events: Sequence[Event], tz: str) -> list[str]:
    """The room of each; where a file puts two into one at a time, the second goes into one of its own beside it."""
    busy: dict[str, list[datetime]] = defaultdict(list)
    places = []
    for event in events:
        room = line(event.room)[:290] or NOWHERE
        starts_at, ends_at = (wall(at, tz)[0] for at in (event.starts_at, event.ends_at))
        free = next((n for n, until in enumerate(busy[room]) if until <= starts_at), len(busy[room]))
        busy[room][free : free + 1] = [ends_at]
        places.append(room if not free else f"{room} ({free + 1})")
    return places


def track_names(events: Iterable[Event]) -> list[str]:
    return [name for event in events if (name := line(event.track))]


class Grounds:
    """Ids of tracks or rooms by what they are called; new ones are made of the words."""

    def __init__(self, known: dict[str, str]) -> None:
        self._known, self._ids = dict(known), dict(known)
        self._taken = set(known.values())

    def id(self, name: str) -> str:
        if name not in self._ids:
            self._ids[name] = self._free(slug(name))
            self._taken.add(self._ids[name])
        return self._ids[name]

    def unknown(self, names: Iterable[str]) -> list[str]:
        return [name for name in dict.fromkeys(names) if name not in self._known]

    def _free(self, wanted: str) -> str:
        names = (wanted if n == 1 else f"{wanted}-{n}" for n in range(1, 10_000))
        return next(name for name in names if name not in self._taken)


def slug(words: str) -> str:
    plain_words = unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain_words).strip("-")[:32].strip("-") or "x"


def new_track(id: str, name: str, draft: Draft, n: int) -> Track:
    looks = get_args(TrackPlan.model_fields["look"].annotation)
    place = len(draft.tracks) + n
    return Track(id=id, order=min(place + 1, 999), title={"fr": name[:300]}, look=looks[place % len(looks)])
