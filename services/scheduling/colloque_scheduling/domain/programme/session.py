"""A session in the draft: its shape, the rules of its format, its hours and its people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Literal, TypeAlias

from pydantic import Field, StringConstraints

from colloque.contracts.fact import Frozen, Slot
from colloque.runtime.refusal import Invalid, NotFound, Refusal
from colloque.runtime.work import Change, Document, Lookup

from .assignment import Answer, Assignment, Role
from .draft import Draft, Room
from .edition import Edition
from .formats import Format, must_fit
from .patch import patched
from .slot import WallSlot, local_days
from .states import IllegalTransition
from .words import Name, Slug, Text

Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]
Booking: TypeAlias = Literal["none", "open", "required"]


class Standing(StrEnum):
    """Where a session stands in the draft. What a release makes of it is said in the released programme."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    CANCELLED = "cancelled"


class OverCapacity(Refusal):
    """More seats than the room holds (with its overflow room, for a plenary)."""


class SessionOutsideEdition(Refusal):
    """Not within the days of the edition, on its own clock."""


class HoursWithoutRoom(Invalid):
    """Hours and a room are given together, or neither."""


class AlreadyAssigned(Refusal):
    pass


class AlreadyReleased(Refusal):
    """People may have it in their calendars: cancel it, it then says so to them."""


class SessionPlan(Frozen):
    """What an organiser says of a session. Without hours and room it is a draft and no release has it."""

    title: Name
    abstract: Text = Field(default_factory=dict)
    format: Format
    level: Literal["all", "beginner", "expert"] = "all"
    tracks: Annotated[tuple[Slug, ...], Field(max_length=30)] = ()
    languages: Annotated[tuple[Language, ...], Field(max_length=10)] = ("fr",)
    room: Slug | None = None
    overflow: Slug | None = None
    slot: WallSlot | None = None
    seats: Annotated[int, Field(ge=0, le=100_000)] = 0
    booking: Booking = "none"
    notes_url: Annotated[str, StringConstraints(pattern=r"^(https?://\S{4,400})?$")] = ""


class Session(SessionPlan, Document):
    """Its id is `<edition>/<key>`; `key` is unique within the edition and what facts and addresses call it."""

    lookups: ClassVar[tuple[Lookup, ...]] = ("edition", "holds")

    edition: str
    key: Slug
    people: tuple[Assignment, ...] = ()
    state: Standing = Standing.DRAFT
    reason: Text = Field(default_factory=dict)
    """Why it is cancelled, as the public reads it."""
    holds: tuple[str, ...] = ()
    """What it takes of rooms and of people, by UTC day: two sessions can only clash over something both hold."""

    @property
    def name(self) -> str:
        return f"session/{self.key}"

    @property
    def time(self) -> Slot | None:
        return self.slot.instants() if self.slot else None

    @property
    def stands(self) -> bool:
        return self.state is Standing.SCHEDULED

    @property
    def vacant(self) -> tuple[Role, ...]:
        """Roles that somebody was asked for, and of which everybody is out again."""
        live = {one.role for one in self.people if one.live}
        return tuple(dict.fromkeys(one.role for one in self.people if one.role not in live))

    @property
    def rooms(self) -> tuple[str, ...]:
        return tuple(room for room in (self.room, self.overflow) if room)

    @property
    def busy(self) -> tuple[str, ...]:
        """People whose time it takes, each once."""
        return tuple(dict.fromkeys(one.person for one in self.people if one.live))

    # ---- decisions
    @classmethod
    def plan(cls, edition: Edition, draft: Draft, key: Slug, plan: SessionPlan) -> Change[Session]:
        return Change(cls(id=f"{edition.id}/{key}", edition=edition.id, key=key, **dict(plan)).fitted(edition, draft))

    def rewritten(self, edition: Edition, draft: Draft, plan: SessionPlan) -> Change[Session]:
        self.must_stand()
        if self.slot and not plan.slot:
            raise IllegalTransition(self.name, self.state, Standing.DRAFT)
        after = self.model_copy(update=dict(plan)).fitted(edition, draft)
        return Change(self if after == self else after.becomes())

    def amended(self, edition: Edition, draft: Draft, changes: Mapping[str, Any]) -> Change[Session]:
        return self.rewritten(edition, draft, patched(SessionPlan, self, changes))

    def cancelled(self, reason: Text) -> Change[Session]:
        """A draft was never on anybody's programme: it is taken out, not cancelled."""
        if self.state is not Standing.SCHEDULED:
            raise IllegalTransition(self.name, self.state, Standing.CANCELLED)
        return Change(self.becomes(state=Standing.CANCELLED, reason=reason, holds=()))

    def assignment(self, key: str) -> Assignment:
        found = next((one for one in self.people if one.key == key), None)
        if found is None:
            raise NotFound("Nobody has that role in that session.", objects=(self.name,))
        return found

    def assigned(self, assignment: Assignment) -> Change[Session]:
        """Whoever declined, withdrew or never answered can be asked anew."""
        self.must_stand()
        known = next((one for one in self.people if one.key == assignment.key), None)
        if known == assignment:
            return Change(self)
        if known is not None and known.live:
            raise AlreadyAssigned(
                f"That person is already {assignment.role} of {self.key}.",
                objects=(self.name, f"person/{assignment.person}"),
            )
        others = tuple(one for one in self.people if one is not known)
        return Change(self._holding(people=(*others, assignment)))

    def answered(self, key: str, answer: Answer) -> Change[Session]:
        """Only who stays in the programme can be promised a place in it."""
        after = self.assignment(key).becomes(answer, self.key)
        if answer is Answer.CONFIRMED:
            self.must_stand()
        return Change(self._holding(people=tuple(after if one.key == key else one for one in self.people)))

    def unassigned(self, key: str) -> Change[Session]:
        gone = self.assignment(key)
        return Change(self._holding(people=tuple(one for one in self.people if one is not gone)))

    # ---- rules of one session
    def fitted(self, edition: Edition, draft: Draft) -> Session:
        """With its zone said, its standing and what it holds; refuses what breaks a rule of its own."""
        for track in self.tracks:
            draft.track(track)
        must_fit(self.format, self.tracks, self.overflow, self.name)
        if (self.slot is None) != (self.room is None):
            missing = "room" if self.room is None else "slot"
            raise HoursWithoutRoom("Hours and a room are given together, or neither.", field=missing)
        if self.slot is None:
            return self
        slot = self.slot.within(edition.tz)
        self._must_be_within(edition, slot.instants())
        self._must_have_room(draft)
        return self.model_copy(update={"slot": slot, "state": Standing.SCHEDULED})._holding()

    def _holding(self, **values: Any) -> Session:
        after = self.model_copy(update=values)
        after = after.model_copy(update={"holds": after._taken()})
        return after.becomes() if values else after

    def _taken(self) -> tuple[str, ...]:
        time = self.time
        if time is None or not self.stands:
            return ()
        first, last = local_days(time, "UTC")
        days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        things = [*(f"room/{self.edition}/{room}" for room in self.rooms), *(f"person/{one}" for one in self.busy)]
        return tuple(f"{thing}@{day}" for thing in things for day in days)

    def _must_be_within(self, edition: Edition, time: Slot) -> None:
        first, last = local_days(time, edition.tz)
        if first < edition.starts_on or last > edition.ends_on:
            raise SessionOutsideEdition(
                f"The edition lasts from {edition.starts_on} to {edition.ends_on} ({edition.tz}).",
                objects=(self.name, f"edition/{edition.id}"),
                field="slot",
            )

    def _must_have_room(self, draft: Draft) -> None:
        rooms = self._own_rooms(draft)
        if self.seats > sum(room.capacity for room in rooms):
            held = " and ".join(f"{room.name} holds {room.capacity}" for room in rooms)
            raise OverCapacity(
                f"{self.key} offers {self.seats} seats; {held}.",
                objects=(self.name, *(f"room/{room.id}" for room in rooms)),
                field="seats",
            )

    def _own_rooms(self, draft: Draft) -> Iterable[Room]:
        rooms = {
            draft.room(id, field).id: draft.room(id)
            for id, field in ((self.room, "room"), (self.overflow, "overflow"))
            if id
        }
        return list(rooms.values())

    def must_stand(self) -> None:
        """Nothing is done any more to what is cancelled."""
        if self.state is Standing.CANCELLED:
            raise IllegalTransition(self.name, self.state, Standing.SCHEDULED)
