"""The calendar entry that one person holds for one session in which they speak: what it was last told, and what it must
be told next. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal, NamedTuple

from colloque.contracts.fact import ChangeKind, EditionId, Frozen, PersonRef, SessionChange, SessionFrame, SessionId
from colloque.runtime.work import Document, Lookup
from colloque_notifications.domain.known import Off

Method = Literal["REQUEST", "CANCEL"]
Changed = Literal["new", "time", "room", "both", "again", "cancelled", "left", "put_off", "called_off", "resumed"]
"""What a mail says of the entry."""


class Telling(NamedTuple):
    """One mail. Without a method it carries no entry: none was ever held."""

    template: str
    about: str
    changed: Changed
    frame: SessionFrame | None
    before: SessionFrame | None = None
    method: Method | None = None


class Part(Frozen):
    """What somebody confirmed to do: the assignment, and the generation of its links."""

    assignment: str
    links: int

    @property
    def role(self) -> str:
        return self.assignment.rpartition(".")[2]


class Invite(Document):
    """`id`: `<edition>/<session>/<person>`; its UID is made of the same three and never changes. `of`: edition and
    session. Whoever has two roles in a session holds one entry, which goes with the last of them."""

    lookups: ClassVar[tuple[Lookup, ...]] = ("of", "edition")

    of: str
    edition: EditionId
    session: SessionId
    person: PersonRef
    parts: tuple[Part, ...] = ()
    """Those confirmed and not withdrawn."""
    method: Method | None = None
    """Of what was last sent. REQUEST: it stands in a calendar."""
    sequence: int = -1
    """Of what was last sent. It only rises."""
    shown: SessionFrame | None = None
    """The session as they were last told of it."""
    off: Off | None = None
    """What they know of the whole edition: put off, or called off. While it is, nothing of it is in a calendar."""

    @classmethod
    def begun(cls, edition: str, session: str, person: str) -> Invite:
        return cls(
            id=f"{edition}/{session}/{person}",
            version=-1,
            of=f"{edition}/{session}",
            edition=edition,
            session=session,
            person=person,
        )

    @property
    def held(self) -> bool:
        return self.method == "REQUEST"

    def confirmed(
        self, assignment: str, links: int, frame: SessionFrame | None, off: Off | None = None
    ) -> tuple[Invite, Telling | None]:
        """With hours it goes into the calendar at once, else when a release gives them, or when the edition is on
        again."""
        parts = (*self._without(assignment), Part(assignment=assignment, links=links))
        after = self.becomes(parts=parts)
        if off is not None and not self.held:
            return after.model_copy(update={"off": off}), None
        if self.held or frame is None or frame.off:
            return after, None
        return after._requested("speaker_calendar", assignment, "new", frame)

    def withdrawn(self, assignment: str) -> tuple[Invite, Telling | None]:
        left = self._without(assignment)
        if left == self.parts:
            return self, None
        after = self.becomes(parts=left)
        if left or (self.method == "CANCEL" and not self.off):
            return after, None
        if not self.held or self.shown is None:
            return after, Telling("speaker_withdrawn", assignment, "left", None)
        return after._cancelled("speaker_withdrawn", assignment, "left", self.shown)

    def released(self, frame: SessionFrame | None) -> tuple[Invite, Telling | None]:
        """`frame`: the session as it now is, None if it was taken out. Told is what moves the entry, and only that."""
        if not self.parts:
            return self, None
        if self.off:
            return self.resumed(frame or (self.shown and self.shown.model_copy(update={"state": "cancelled"})))
        about = self.parts[0].assignment
        if frame is None or frame.off:
            if not self.held or self.shown is None:
                return self, None
            return self._cancelled("programme_changed_speaker", about, "cancelled", frame or self.shown)
        if self.shown is None:
            return self.becomes()._requested("speaker_calendar", about, "new", frame)
        if self.method == "CANCEL":
            return self.becomes()._requested("programme_changed_speaker", about, "again", frame)
        changed = what_moved(self.shown, frame)
        if changed is None:
            return self, None
        return self.becomes()._requested("programme_changed_speaker", about, changed, frame)

    def put_off(self, off: Off) -> tuple[Invite, Telling | None]:
        """The whole edition is. Whose session was off before it has nothing more to hear."""
        if not self.parts or self.off == off:
            return self, None
        about, changed = self.parts[0].assignment, OFF[off]
        if self.held and self.shown is not None:
            after, telling = self._cancelled("edition_changed_speaker", about, changed, self.shown)
            return after.model_copy(update={"off": off}), telling
        if self.method == "CANCEL" and not self.off:
            return self, None
        return self.becomes(off=off), Telling("edition_changed_speaker", about, changed, self.shown)

    def resumed(self, frame: SessionFrame | None) -> tuple[Invite, Telling | None]:
        """`frame`: the session as the programme has it; None if that says nothing of it yet: then a release will."""
        if not self.off:
            return self, None
        after = self.becomes(off=None)
        if not self.parts or frame is None:
            return after, None
        about = self.parts[0].assignment
        if frame.off:
            return after, Telling("programme_changed_speaker", about, "cancelled", frame, self.shown or frame)
        return after._requested("edition_changed_speaker", about, "resumed", frame)

    def _without(self, assignment: str) -> tuple[Part, ...]:
        return tuple(part for part in self.parts if part.assignment != assignment)

    def _requested(
        self, template: str, about: str, changed: Changed, frame: SessionFrame
    ) -> tuple[Invite, Telling | None]:
        after = self._said("REQUEST", frame)
        return after, Telling(template, about, changed, frame, self.shown if changed != "new" else None, "REQUEST")

    def _cancelled(
        self, template: str, about: str, changed: Changed, frame: SessionFrame
    ) -> tuple[Invite, Telling | None]:
        return self.becomes()._said("CANCEL", frame), Telling(template, about, changed, frame, self.shown, "CANCEL")

    def _said(self, method: Method, frame: SessionFrame) -> Invite:
        """SEQUENCE is the session's revision, and always more than what went before: the same number twice would be
        the same message to some calendars."""
        values = {"method": method, "sequence": max(frame.revision, self.sequence + 1), "shown": frame}
        return self.model_copy(update=values)


OFF: Mapping[Off, Changed] = {"postponed": "put_off", "cancelled": "called_off"}
MOVED: Mapping[tuple[ChangeKind, ...], Changed] = {
    ("moved",): "time",
    ("room",): "room",
    ("moved", "room"): "both",
}


def what_moved(before: SessionFrame, now: SessionFrame) -> Changed | None:
    """Of a session that stood and stands."""
    return MOVED.get(SessionChange(session=now.id, previous=before, current=now).kinds)
