"""The draft of a programme: what is edited, as against what has been released.

It is kept as one small document an edition (tracks, rooms, counts) and one document a session. A command reads the
draft, its session, and the few sessions that hold the same room or the same person on the same day, by the lookup
`holds`: a handful of documents, as many in a programme of a thousand sessions as in one of eighteen. One document for
the whole programme would be read, checked and written whole (megabytes) for each moved session; agendas by room and by
person would be a second truth to keep in step with the first. Nothing slips between the look and the commit, because a
turn commits only if no other process has committed since it began.

The draft's version rises with every change of any of its sessions: what was made of a version stays good for it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Annotated, Literal, TypeVar

from pydantic import Field

from colloque.contracts.fact import Frozen, RoomFrame, TrackFrame
from colloque.runtime.refusal import Invalid, NotFound, Refusal
from colloque.runtime.work import Change, Document

from .words import Line, Name, Slug, Text, Title

MOST_SESSIONS = 2_000
"""A release is one fact: beyond this it would no longer travel as one message."""
MOST_ROOMS = 200
MOST_TRACKS = 200


class UnknownRoom(Invalid):
    pass


class UnknownTrack(Invalid):
    pass


class StillUsed(Refusal):
    """Sessions of the draft name it: `objects`."""


class ProgrammeTooLong(Refusal):
    pass


class TrackPlan(Frozen):
    """`look` is one of the tested classes of the stylesheet: a shape, a line and a colour together."""

    order: Annotated[int, Field(ge=0, le=999)]
    title: Name
    subtitle: Title = Field(default_factory=dict)
    text: Text = Field(default_factory=dict)
    look: Literal["a1", "a2", "a3", "a4", "a5", "a6"]


class Track(TrackPlan):
    id: Slug

    @property
    def frame(self) -> TrackFrame:
        return TrackFrame(
            id=self.id, order=self.order, title=dict(self.title), subtitle=dict(self.subtitle), look=self.look
        )


class RoomPlan(Frozen):
    name: Line
    capacity: Annotated[int, Field(ge=1, le=100_000)]
    step_free: bool = True
    induction_loop: bool = False
    streams: bool = False


class Room(RoomPlan):
    id: Slug

    @property
    def frame(self) -> RoomFrame:
        return RoomFrame(id=self.id, name=self.name, capacity=self.capacity, step_free=self.step_free)


T = TypeVar("T", bound="Track | Room")


class Draft(Document):
    """Its id is the edition's. `released`: the number of the last release, 0 before the first."""

    tracks: tuple[Track, ...] = ()
    rooms: tuple[Room, ...] = ()
    sessions: int = 0
    released: int = 0

    # ---- looking
    def room(self, id: str, field: str = "room") -> Room:
        found = next((room for room in self.rooms if room.id == id), None)
        if found is None:
            raise UnknownRoom(f"The edition has no room {id!r}.", objects=(f"room/{id}",), field=field)
        return found

    def track(self, id: str) -> Track:
        found = next((track for track in self.tracks if track.id == id), None)
        if found is None:
            raise UnknownTrack(f"The edition has no track {id!r}.", objects=(f"track/{id}",), field="tracks")
        return found

    # ---- deciding
    def with_track(self, track: Track) -> Change[Draft]:
        return Change(
            self._holding(tracks=sorted(_put(self.tracks, track, MOST_TRACKS), key=lambda one: (one.order, one.id)))
        )

    def with_room(self, room: Room) -> Change[Draft]:
        return Change(self._holding(rooms=_put(self.rooms, room, MOST_ROOMS)))

    def without_track(self, id: str, named_by: Iterable[str]) -> Change[Draft]:
        kept = _drop(self.tracks, id, "track", named_by)
        return Change(self._holding(tracks=kept))

    def without_room(self, id: str, named_by: Iterable[str]) -> Change[Draft]:
        return Change(self._holding(rooms=_drop(self.rooms, id, "room", named_by)))

    def touched(self, *, added: int = 0) -> Change[Draft]:
        """Some of its sessions have changed; `added`: how many are new, or (below 0) taken out."""
        if added > 0 and self.sessions + added > MOST_SESSIONS:
            raise ProgrammeTooLong(
                f"A programme has {MOST_SESSIONS} sessions at most.", objects=(f"edition/{self.id}",)
            )
        return Change(self.becomes(sessions=self.sessions + added))

    def after_release(self, n: int) -> Change[Draft]:
        return Change(self.becomes(released=n))

    def _holding(self, *, tracks: Sequence[Track] | None = None, rooms: Sequence[Room] | None = None) -> Draft:
        after = self.model_copy(
            update={
                "tracks": self.tracks if tracks is None else tuple(tracks),
                "rooms": self.rooms if rooms is None else tuple(rooms),
            }
        )
        return self if after == self else after.becomes()


def _put(known: tuple[T, ...], one: T, most: int) -> tuple[T, ...]:
    if any(other.id == one.id for other in known):
        return tuple(one if other.id == one.id else other for other in known)
    if len(known) >= most:
        raise ProgrammeTooLong(f"An edition has {most} of them at most.")
    return (*known, one)


def _drop(known: tuple[T, ...], id: str, what: str, named_by: Iterable[str]) -> tuple[T, ...]:
    if all(one.id != id for one in known):
        raise NotFound(f"The edition has no {what} {id!r}.", objects=(f"{what}/{id}",))
    used: list[str] = sorted(named_by)
    if used:
        raise StillUsed(
            f"Sessions still name the {what} {id}: {', '.join(used[:5])}{' …' if len(used) > 5 else ''}.",
            objects=(f"{what}/{id}", *(f"session/{key}" for key in used)),
        )
    return tuple(one for one in known if one.id != id)
