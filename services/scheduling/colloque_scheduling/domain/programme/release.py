"""Release n of a programme: never changed once made. Release n + 1 keeps the difference, and the programme as it now
stands is one document, from which the public pages are made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import ClassVar

from pydantic import Field

from colloque.contracts.fact import Frozen, SessionChange, SessionFrame, TrackFrame
from colloque.contracts.scheduling import ProgrammeReleased
from colloque.runtime.refusal import Refusal
from colloque.runtime.work import Change, Document, Lookup

from .assignment import Answer, Role
from .draft import Draft
from .edition import DayCard, Edition, EditionNotAnnounced, Shown, TrackCard
from .session import Format, Session, Standing
from .slot import local_days
from .states import State
from .words import Text


class NothingToRelease(Refusal):
    """The draft says what the last release says."""


class OtherRelease(Refusal):
    """Somebody has released in between: look at it first."""


class Published(Frozen):
    """A session in the programme as released: what every room hears of it (`frame`), and what only the pages show."""

    frame: SessionFrame
    level: str = "all"
    languages: tuple[str, ...] = ("fr",)
    overflow: str = ""
    """The overflow room's name."""
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


class Release(Document):
    """Its id is `<edition>/<n>`."""

    lookups: ClassVar[tuple[Lookup, ...]] = ("edition",)
    windows: ClassVar[tuple[tuple[str, ...], ...]] = (("edition", "n"),)

    edition: str
    n: int
    at: datetime
    tracks: tuple[TrackFrame, ...]
    changes: tuple[ReleasedChange, ...]


class Programme(Document):
    """The programme as release `n` left it. Its id is the edition's. `cast` follows people's answers, not releases."""

    n: int = 0
    at: datetime | None = None
    tracks: tuple[TrackFrame, ...] = ()
    sessions: tuple[Published, ...] = ()
    cast: dict[str, tuple[CastMember, ...]] = Field(default_factory=dict)
    changed: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Session → what the last release changed of it for those who come: `time`, `room`, `state`, `new`."""

    def session(self, key: str) -> Published | None:
        return next((one for one in self.sessions if one.frame.id == key), None)


# ---- what a release makes of the draft
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
    frame = frame_of(session, draft, before.frame.revision if before else 0)
    if before is not None and moved(before.frame, frame):
        frame = frame.model_copy(update={"revision": before.frame.revision + 1})
    return Published(
        frame=frame,
        level=session.level,
        languages=session.languages,
        overflow=draft.room(session.overflow).name if session.overflow else "",
        induction_loop=draft.room(frame.room.id).induction_loop,
        notes_url=session.notes_url,
        reason=session.reason,
    )


def now_published(sessions: Iterable[Session], draft: Draft, programme: Programme) -> tuple[Published, ...]:
    """What a release made now would publish. What was never released and is cancelled stays out of it."""
    old = _by_id(programme.sessions)
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
        if old.get(id) != new.get(id)
    )


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


# ---- the decision
def release(
    edition: Edition,
    draft: Draft,
    sessions: Sequence[Session],
    programme: Programme,
    at: datetime,
    *,
    expected: int | None = None,
) -> tuple[Change[Release], Change[Programme], Change[Draft], Change[Edition]]:
    """Makes release n + 1 of what stands in the draft."""
    if edition.must_move().state is State.DRAFT:
        raise EditionNotAnnounced("Announce the edition before its programme.", objects=(f"edition/{edition.id}",))
    n = programme.n + 1
    if expected is not None and expected != n:
        raise OtherRelease(
            f"The next release is {n}, not {expected}.", objects=(f"release/{edition.id}/{programme.n}",)
        )
    now = now_published(sessions, draft, programme)
    tracks = tuple(track.frame for track in draft.tracks)
    changes = difference(programme.sessions, now)
    if programme.n and not changes and tracks == programme.tracks:
        raise NothingToRelease(
            f"Release {programme.n} says all that the draft says.", objects=(f"edition/{edition.id}",)
        )
    made = Release(id=f"{edition.id}/{n}", edition=edition.id, n=n, at=at, tracks=tracks, changes=changes)
    standing = programme.becomes(
        n=n, at=at, tracks=tracks, sessions=now, cast=_cast(sessions), changed=_changed(changes) if programme.n else {}
    )
    return (
        Change(made, (_fact(made),)),
        Change(standing),
        draft.after_release(n),
        edition.show(shown(edition, draft, standing, at)),
    )


def _fact(release: Release) -> ProgrammeReleased:
    """Without abstracts: only this room's pages show them, and a thousand of them would not travel as one message."""
    changes = (
        SessionChange(session=one.session, previous=_brief(one.previous), current=_brief(one.current))
        for one in release.changes
    )
    return ProgrammeReleased(
        subject=release.edition,
        at=release.at,
        edition=release.edition,
        n=release.n,
        tracks=release.tracks,
        changes=tuple(change for change in changes if change.previous != change.current),
    )


def _brief(one: Published | None) -> SessionFrame | None:
    return None if one is None else one.frame.model_copy(update={"abstract": {}})


def _cast(sessions: Iterable[Session]) -> dict[str, tuple[CastMember, ...]]:
    return {
        session.key: tuple(
            CastMember(role=one.role, person=one.person if one.state is Answer.CONFIRMED else None)
            for one in session.people
            if one.live
        )
        for session in sessions
        if session.stands
    }


def _changed(changes: Iterable[ReleasedChange]) -> dict[str, tuple[str, ...]]:
    said = {change.session: _what(change.previous, change.current) for change in changes if change.current}
    return {session: what for session, what in said.items() if what}


def _what(previous: Published | None, current: Published | None) -> tuple[str, ...]:
    if previous is None or current is None:
        return ("new",)
    old, new = previous.frame, current.frame
    if new.state != old.state:
        return ("state",)
    differs: Mapping[str, bool] = {"time": new.slot != old.slot, "room": new.room.id != old.room.id}
    return tuple(what for what, so in differs.items() if so)


def shown(edition: Edition, draft: Draft, programme: Programme, at: datetime) -> Shown:
    """The programme at a glance, for the edition's own page."""
    standing = [one.frame for one in programme.sessions if one.frame.state == "published"]
    days = sorted({local_days(one.slot, edition.tz)[0] for one in standing})
    return Shown(
        n=programme.n,
        at=at,
        sessions=len(standing),
        tracks=tuple(
            TrackCard(frame=track.frame, text=track.text, sessions=sum(track.id in one.tracks for one in standing))
            for track in draft.tracks
        ),
        days=tuple(
            DayCard(
                day=day,
                first=min(one.slot.starts_at for one in of_day),
                last=max(one.slot.ends_at for one in of_day),
                sessions=len(of_day),
                plenaries=sum(one.format == Format.PLENARY for one in of_day),
            )
            for day in days
            if (of_day := [one for one in standing if local_days(one.slot, edition.tz)[0] == day])
        ),
    )
