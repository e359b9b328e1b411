"""What a file would make of a draft."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, get_args

from pydantic import ValidationError

from colloque.contracts.fact import Frozen
from colloque.runtime.refusal import Refusal
from colloque_scheduling.domain.programme.clash import all_clashes
from colloque_scheduling.domain.programme.draft import MOST_ROOMS, MOST_SESSIONS, MOST_TRACKS, Draft, Room, Track
from colloque_scheduling.domain.programme.edition import Edition
from colloque_scheduling.domain.programme.formats import NEEDS_A_TRACK, Format
from colloque_scheduling.domain.programme.numbers import Numbered
from colloque_scheduling.domain.programme.origin import Origin
from colloque_scheduling.domain.programme.session import Language, Session, SessionPlan
from colloque_scheduling.domain.programme.slot import WallSlot

from .event import Event, Objection, Row, TooManySessions, objection
from .names import NOWHERE, Grounds, keys_of, new_track, places_of, track_names, wall
from .words import line, plain

UNKNOWN_CAPACITY = 100
"""What a room of a file holds, as long as nobody says better."""


class Incoming(Frozen):
    """`tracks`, `rooms`: those that are new. `rows`: sessions that are new or become others; `same`: how many do
    not."""

    tracks: tuple[Track, ...] = ()
    rooms: tuple[Room, ...] = ()
    rows: tuple[Row, ...] = ()
    new: int = 0
    same: int = 0
    objections: tuple[Objection, ...] = ()


def incoming(
    edition: Edition,
    draft: Draft,
    sessions: Iterable[Session],
    *,
    origins: dict[str, Origin],
    events: Sequence[Event],
    prefix: str,
) -> Incoming:
    """`prefix`: of the slugs that this house writes, so that what it wrote comes back as what it was."""
    if len(events) > MOST_SESSIONS:
        raise TooManySessions(f"There are {len(events)} sessions in it; a programme has {MOST_SESSIONS} at most.")
    events = sorted(events, key=lambda one: (wall(one.starts_at, edition.tz)[0], one.name))
    known = {one.key: one for one in sessions}
    tracks = Grounds({text: track.id for track in draft.tracks for text in track.title.values()})
    rooms = Grounds({room.name: room.id for room in draft.rooms})
    keys, places = keys_of(events, prefix), places_of(events, edition.tz)
    rows: list[Row] = []
    objections: list[Objection] = []
    after: dict[str, Session] = dict(known)
    new_tracks = [
        new_track(tracks.id(name), name, draft, n) for n, name in enumerate(tracks.unknown(track_names(events)))
    ]
    new_rooms = [Room(id=rooms.id(name), name=name[:300], capacity=UNKNOWN_CAPACITY) for name in rooms.unknown(places)]
    ground = draft.model_copy(update={"tracks": (*draft.tracks, *new_tracks), "rooms": (*draft.rooms, *new_rooms)})
    objections += _too_much(ground)
    same = new = 0
    for event, key, place in zip(events, keys, places, strict=True):
        try:
            row = _row(edition, known.get(key), event, key, place=(rooms.id(place), tracks))
            after[key] = one = seated(edition, ground, known.get(key), row)
        except (Refusal, ValidationError) as no:
            objections.append(objection(no, key))
            continue
        unchanged = one is known.get(key) and _same(origins.get(key), row.origin)
        same += unchanged
        new += key not in known
        if not unchanged:
            rows.append(row)
    objections += [
        Objection(rule=one.slug, detail=one.detail, objects=one.objects) for one in all_clashes(after.values())
    ]
    return Incoming(
        tracks=tuple(new_tracks),
        rooms=tuple(new_rooms),
        rows=tuple(rows),
        new=new,
        same=same,
        objections=tuple(objections),
    )


def seated(edition: Edition, draft: Draft, known: Session | None, row: Row) -> Session:
    """The session as the row would have it."""
    if known is None:
        return Session.plan(edition, draft, row.key, row.plan).document
    return known.rewritten(edition, draft, row.plan).document


def _row(edition: Edition, known: Session | None, event: Event, key: str, place: tuple[str, Grounds]) -> Row:
    room, tracks = place
    starts_at, starts_fold = wall(event.starts_at, edition.tz)
    ends_at, ends_fold = wall(event.ends_at, edition.tz)
    slot = WallSlot(starts_at=starts_at, ends_at=ends_at, starts_fold=starts_fold, ends_fold=ends_fold).within(
        edition.tz
    )
    track = tracks.id(line(event.track)) if line(event.track) else ""
    kind = _format(event.kind, bool(track))
    words = plain(event.abstract) or plain(event.description)
    told: dict[str, Any] = {
        "title": _said(known.title if known else {}, line(event.title)[:300] or NOWHERE, event.language),
        "abstract": _said(known.abstract if known else {}, words, event.language) if words else {},
        "format": known.format if known and known.format == kind else kind,
        "tracks": (track,) if track and kind is not Format.PLENARY else (),
        "languages": (event.language,) if _LANGUAGE.fullmatch(event.language) else (),
        "room": room,
        "slot": known.slot if known and known.slot and known.time == slot.instants() else slot,
    }
    if known is not None and known.format is Format.CROSSED_VIEWS and set(told["tracks"]) <= set(known.tracks):
        told["tracks"] = known.tracks
    plan = SessionPlan.model_validate({**({n: getattr(known, n) for n in _KEPT} if known else {}), **told})
    origin = Origin(
        id=f"{edition.id}/{key}",
        edition=edition.id,
        room=event.room,
        room_id=room,
        track=event.track,
        track_id=track,
        kind=event.kind,
        format=str(plan.format),
        subtitle=event.subtitle,
        slug=event.slug,
        url=event.url,
        language=event.language,
        abstract=event.abstract,
        description=event.description,
        text=words,
        people=event.people,
        links=event.links,
        attachments=event.attachments,
        licence=event.licence,
        unrecorded=event.unrecorded,
    )
    number = (
        Numbered(id=event.id, guid=event.guid.lower()) if event.id and _GUID.fullmatch(event.guid.lower()) else None
    )
    return Row(key=key, plan=plan, origin=origin, number=number)


_KEPT = ("level", "overflow", "seats", "booking", "notes_url")
_LANGUAGE = re.compile(get_args(Language)[1].pattern)
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def _said(known: dict[str, str], words: str, language: str) -> dict[str, str]:
    """French is always there; English where it is English. What says so already stays as it is."""
    if words in known.values():
        return known
    return {"fr": words, "en": words} if language.lower().startswith("en") else {"fr": words}


_FORMATS = (
    ("workshop", Format.WORKSHOP),
    ("atelier", Format.WORKSHOP),
    ("panel", Format.ROUND_TABLE),
    ("lightning", Format.PITCH),
    ("training", Format.TRAINING_MODULE),
)


def _format(kind: str, has_track: bool) -> Format:
    told = kind.strip().lower()
    found = next((one for one in Format if one == told), None) or next(
        (kind_of for word, kind_of in _FORMATS if word in told), Format.CONFERENCE
    )
    return Format.CONFERENCE if found in NEEDS_A_TRACK and not has_track else found


def _same(known: Origin | None, read: Origin) -> bool:
    return known is not None and known.model_copy(update={"version": read.version}) == read


def _too_much(draft: Draft) -> list[Objection]:
    counted = (("tracks", len(draft.tracks), MOST_TRACKS), ("rooms", len(draft.rooms), MOST_ROOMS))
    return [
        Objection(rule="programme-too-long", detail=f"It makes {count} {what}; an edition has {most} at most.")
        for what, count, most in counted
        if count > most
    ]


SLICE = 100
"""Sessions of an import that are put into the draft in one turn: as many documents again say where they came from."""


def slices(rows: Sequence[Row]) -> list[tuple[Row, ...]]:
    return [tuple(rows[at : at + SLICE]) for at in range(0, len(rows), SLICE)]
