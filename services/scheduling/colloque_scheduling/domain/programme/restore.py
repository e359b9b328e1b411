"""A release put back into the draft: the draft says again what the release said.

People stay where they are now: who speaks is agreed with them, not with a release. What has been released since cannot
be as if it had never been (it is in people's calendars): it is cancelled. What never was released loses its hours."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from colloque.contracts.fact import Frozen, RoomFrame, TrackFrame

from .draft import Draft, Room, Track
from .edition import Edition
from .formats import Format
from .history import Said
from .published import Published
from .release import Programme
from .session import Session, Standing
from .slot import wall_slot


class Restored(Frozen):
    """The draft and the sessions that become others. By key: `again` stand who were cancelled, `cancelled` are who have
    been released since, `set_aside` (without hours) who never were released."""

    draft: Draft
    sessions: tuple[Session, ...]
    again: tuple[str, ...] = ()
    cancelled: tuple[str, ...] = ()
    set_aside: tuple[str, ...] = ()

    @property
    def changed(self) -> tuple[str, ...]:
        return tuple(one.key for one in self.sessions)


def restored(edition: Edition, draft: Draft, sessions: Iterable[Session], then: Said, now: Programme) -> Restored:
    known = {one.key: one for one in sessions}
    wanted = {one.frame.id: one for one in then.sessions}
    since = {one.frame.id for one in now.sessions}
    others = {key: _without(one, key in since) for key, one in known.items() if key not in wanted}
    ground = draft.model_copy(
        update={
            "rooms": _rooms(draft.rooms, then.sessions),
            "tracks": _tracks(draft.tracks, then.tracks, others.values()),
        }
    )
    after = {key: _as_said(edition, ground, known.get(key), one) for key, one in wanted.items()} | others
    changed = {key: one for key, one in sorted(after.items()) if one != known.get(key)}
    return Restored(
        draft=ground.becomes(sessions=len(known.keys() | wanted.keys())),
        sessions=tuple(one.becomes() if key in known else one for key, one in changed.items()),
        again=_keys(changed.values(), Standing.SCHEDULED, known, Standing.CANCELLED),
        cancelled=tuple(key for key in changed if key in others and key in since),
        set_aside=tuple(key for key in changed if key in others and key not in since),
    )


def _as_said(edition: Edition, draft: Draft, known: Session | None, said: Published) -> Session:
    frame = said.frame
    base = known or Session(
        id=f"{edition.id}/{frame.id}", edition=edition.id, key=frame.id, title=frame.title, format=Format(frame.format)
    )
    same_hours = base.slot is not None and base.time == frame.slot
    after = base.model_copy(
        update={
            "title": frame.title,
            "abstract": frame.abstract,
            "format": Format(frame.format),
            "level": said.level,
            "tracks": frame.tracks,
            "languages": said.languages,
            "room": frame.room.id,
            "overflow": said.overflow_room.id if said.overflow_room else None,
            "slot": base.slot if same_hours else wall_slot(frame.slot),
            "seats": frame.seats,
            "booking": frame.booking,
            "notes_url": said.notes_url,
            "reason": said.reason,
            "state": Standing.CANCELLED if frame.off else Standing.SCHEDULED,
            "holds": (),
        }
    )
    return after if after.state is Standing.CANCELLED else after.fitted(edition, draft)


def _without(session: Session, released: bool) -> Session:
    """A session of which the release knew nothing."""
    if session.state is not Standing.SCHEDULED:
        return session
    if released:
        return session.model_copy(update={"state": Standing.CANCELLED, "reason": {}, "holds": ()})
    nowhere = {"slot": None, "room": None, "overflow": None, "state": Standing.DRAFT, "holds": ()}
    return session.model_copy(update=nowhere)


def _rooms(known: Sequence[Room], sessions: Iterable[Published]) -> tuple[Room, ...]:
    rooms = {room.id: room for room in known}
    for one in sessions:
        if one.overflow_room:
            rooms[one.overflow_room.id] = _room(rooms.get(one.overflow_room.id), one.overflow_room)
    for one in sessions:
        rooms[one.frame.room.id] = _room(rooms.get(one.frame.room.id), one.frame.room, one.induction_loop)
    return tuple(rooms.values())


def _room(known: Room | None, frame: RoomFrame, induction_loop: bool | None = None) -> Room:
    told: dict[str, Any] = frame.model_dump()
    if induction_loop is not None:
        told["induction_loop"] = induction_loop
    return Room.model_validate({**(known.model_dump() if known else {}), **told})


def _tracks(known: Sequence[Track], then: Iterable[TrackFrame], others: Iterable[Session]) -> tuple[Track, ...]:
    """Those of then; of the others only what a session still names."""
    texts = {track.id: track.text for track in known}
    back = {frame.id: Track.model_validate({**frame.model_dump(), "text": texts.get(frame.id, {})}) for frame in then}
    named = {name for one in others for name in one.tracks}
    kept = {track.id: track for track in known if track.id in named and track.id not in back}
    return tuple(sorted((*back.values(), *kept.values()), key=lambda one: (one.order, one.id)))


def _keys(after: Iterable[Session], state: Standing, known: dict[str, Session], before: Standing) -> tuple[str, ...]:
    return tuple(one.key for one in after if one.state is state and one.key in known and known[one.key].state is before)
