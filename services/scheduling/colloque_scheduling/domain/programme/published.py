"""What a release makes of the sessions in the draft, and the difference between two programmes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from pydantic import Field

from colloque.contracts.fact import Frozen, RoomFrame, SessionFrame

from .assignment import Answer, Role
from .draft import Draft
from .session import Session, Standing
from .words import Text


class Published(Frozen):
    """A session in the programme as released: what every room hears of it (`frame`), and what only the pages show."""

    frame: SessionFrame
    level: str = "all"
    languages: tuple[str, ...] = ("fr",)
    overflow: str = ""
    """The overflow room's name."""
    overflow_room: RoomFrame | None = None
    induction_loop: bool = False
    notes_url: str = ""
    reason: Text = Field(default_factory=dict)


class ReleasedChange(Frozen):
    """One session in a release: as it was in the one before (None: new) and as it is now (None: taken out)."""

    session: str
    previous: Published | None = None
    current: Published | None = None


class CastMember(Frozen):
    """Somebody in a session as the public may know: no reference before they have confirmed."""

    role: Role
    person: str | None = None


def frame_of(session: Session, draft: Draft, revision: int) -> SessionFrame:
    if session.room is None or (time := session.time) is None:
        raise ValueError(f"{session.id} has no hours")
    return SessionFrame(
        id=session.key,
        title=dict(session.title),
        abstract=dict(session.abstract),
        format=session.format,
        tracks=session.tracks,
        room=draft.room(session.room).frame,
        slot=time,
        seats=session.seats,
        booking=session.booking,
        state="cancelled" if session.state is Standing.CANCELLED else "published",
        revision=revision,
        reason=dict(session.reason) if session.state is Standing.CANCELLED and session.reason else None,
    )


def moved(previous: SessionFrame, current: SessionFrame) -> bool:
    """Its time, its place or its status is another: whoever holds an entry in a calendar must hear of it."""
    return (previous.slot, previous.room.id, previous.room.name, previous.state) != (
        current.slot,
        current.room.id,
        current.room.name,
        current.state,
    )


def published(session: Session, draft: Draft, before: Published | None) -> Published:
    """The one before, where nothing has changed: who has looked at that need not look again."""
    frame = frame_of(session, draft, before.frame.revision if before else 0)
    if before is not None and moved(before.frame, frame):
        frame = frame.model_copy(update={"revision": before.frame.revision + 1})
    now = Published(
        frame=frame,
        level=session.level,
        languages=session.languages,
        overflow=draft.room(session.overflow).name if session.overflow else "",
        overflow_room=draft.room(session.overflow).frame if session.overflow else None,
        induction_loop=draft.room(frame.room.id).induction_loop,
        notes_url=session.notes_url,
        reason=session.reason,
    )
    return before if before is not None and now == before else now


def now_published(sessions: Iterable[Session], draft: Draft, before: Iterable[Published]) -> tuple[Published, ...]:
    """What a release made now, after `before`, would publish. What was never released and is cancelled stays out."""
    old = _by_id(before)
    return in_order(
        published(one, draft, old.get(one.key))
        for one in sessions
        if one.stands or (one.state is Standing.CANCELLED and one.key in old)
    )


def difference(before: Sequence[Published], after: Sequence[Published]) -> tuple[ReleasedChange, ...]:
    """Every session that is not the same in both, in order of id."""
    old, new = _by_id(before), _by_id(after)
    return tuple(
        ReleasedChange(session=id, previous=old.get(id), current=new.get(id))
        for id in sorted(old.keys() | new.keys())
        if old.get(id) is not new.get(id) and old.get(id) != new.get(id)
    )


def unreleased(sessions: Iterable[Session], draft: Draft, released: Sequence[Published]) -> tuple[ReleasedChange, ...]:
    """What a release made now would change."""
    return difference(released, now_published(sessions, draft, released))


def applied(before: Iterable[Published], changes: Iterable[ReleasedChange]) -> tuple[Published, ...]:
    """The programme after these changes: release n with the difference of n + 1 is release n + 1."""
    sessions = _by_id(before)
    for change in changes:
        if change.current is None:
            sessions.pop(change.session, None)
        else:
            sessions[change.session] = change.current
    return in_order(sessions.values())


def in_order(sessions: Iterable[Published]) -> tuple[Published, ...]:
    return tuple(sorted(sessions, key=lambda one: (one.frame.slot.starts_at, one.frame.slot.ends_at, one.frame.id)))


def _by_id(sessions: Iterable[Published]) -> dict[str, Published]:
    return {one.frame.id: one for one in sessions}


def brief(one: Published | None) -> SessionFrame | None:
    """Its frame without the abstract."""
    return None if one is None else one.frame.model_copy(update={"abstract": {}})


def cast_of(sessions: Iterable[Session]) -> dict[str, tuple[CastMember, ...]]:
    return {session.key: cast(session) for session in sessions if session.stands}


def cast(session: Session) -> tuple[CastMember, ...]:
    """Who is in it, and who may be."""
    return tuple(
        CastMember(role=one.role, person=one.person if one.state is Answer.CONFIRMED else None)
        for one in session.people
        if one.live
    )


def changed_by(changes: Iterable[ReleasedChange]) -> dict[str, tuple[str, ...]]:
    said = {change.session: _what(change.previous, change.current) for change in changes if change.current}
    return {session: what for session, what in said.items() if what}


def differing(previous: Published | None, current: Published | None) -> tuple[str, ...]:
    """What a change changes, by name: `new`, `gone`, or what is another."""
    if previous is None or current is None:
        return ("new",) if previous is None else ("gone",)
    old, new = previous.frame, current.frame
    differs: Mapping[str, bool] = {
        "state": new.state != old.state,
        "time": new.slot != old.slot,
        "room": new.room.id != old.room.id or current.overflow != previous.overflow,
        "room_frame": new.room.id == old.room.id
        and (new.room, current.induction_loop) != (old.room, previous.induction_loop),
        **{name: getattr(new, name) != getattr(old, name) for name in _OF_FRAME},
        **{name: getattr(current, name) != getattr(previous, name) for name in _OF_PAGE},
    }
    return tuple(what for what, so in differs.items() if so)


_OF_FRAME = ("title", "abstract", "format", "tracks", "seats", "booking")
_OF_PAGE = ("level", "languages", "notes_url", "reason")


def _what(previous: Published | None, current: Published | None) -> tuple[str, ...]:
    if previous is None or current is None:
        return ("new",)
    old, new = previous.frame, current.frame
    if new.state != old.state:
        return ("state",)
    differs: Mapping[str, bool] = {"time": new.slot != old.slot, "room": new.room.id != old.room.id}
    return tuple(what for what, so in differs.items() if so)
