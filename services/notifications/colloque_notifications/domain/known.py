"""What this room keeps of the others: whom to write to, and of what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import Field

from colloque.contracts.fact import EditionFrame, Frozen, SessionChange, SessionFrame, Texts, TrackFrame
from colloque.contracts.registration import Contact
from colloque.runtime.work import Document


class KnownContact(Document):
    """`id`: the person. Of an erased one nothing is left but that."""

    epoch: int
    revision: int
    erased: bool = False
    given: str = ""
    family: str = ""
    email: str = ""
    locale: str = "fr"

    @property
    def name(self) -> str:
        return f"{self.given} {self.family}".strip()

    @staticmethod
    def of(fact: Contact) -> KnownContact:
        if fact.erased:
            return KnownContact(id=fact.subject, epoch=fact.epoch, revision=fact.revision, erased=True)
        return KnownContact(
            id=fact.subject,
            epoch=fact.epoch,
            revision=fact.revision,
            given=fact.given,
            family=fact.family,
            email=fact.email,
            locale=fact.locale,
        )

    def is_newer_than(self, known: KnownContact) -> bool:
        return (self.epoch, self.revision) > (known.epoch, known.revision)


Off = Literal["postponed", "cancelled"]
"""An edition that is not held, or not when it was to be."""


class KnownEdition(Document):
    """`reason`: why it is off, where that is said."""

    frame: EditionFrame
    state: str
    reason: Texts = Field(default_factory=dict)

    @property
    def off(self) -> Off | None:
        match self.state:
            case "postponed" | "cancelled" as off:
                return off
        return None

    def has_day_of(self, session: SessionFrame) -> bool:
        """Dates that are new may come before the hours that go with them."""
        day = session.slot.starts_at.astimezone(ZoneInfo(self.frame.tz)).date()
        return self.frame.starts_on <= day <= self.frame.ends_on


class KnownSession(Frozen):
    """`changed_at`: when the release came out that last changed it."""

    frame: SessionFrame
    changed_at: datetime
    withdrawn: bool = False

    @property
    def off(self) -> bool:
        return self.withdrawn or self.frame.off

    @property
    def standing(self) -> SessionFrame:
        """What was taken out is called off for whoever had it."""
        return self.frame.model_copy(update={"state": "cancelled"}) if self.withdrawn else self.frame


class KnownProgramme(Document):
    """`id`: the edition. What a release took out stays, so that what was written of it can be read."""

    n: int = 0
    tracks: tuple[TrackFrame, ...] = ()
    sessions: Mapping[str, KnownSession] = Field(default_factory=dict)

    def released(
        self, n: int, tracks: tuple[TrackFrame, ...], changes: tuple[SessionChange, ...], at: datetime
    ) -> KnownProgramme:
        sessions = dict(self.sessions)
        for change in changes:
            if change.current is not None:
                sessions[change.session] = KnownSession(frame=change.current, changed_at=at)
            elif last := change.previous:
                sessions[change.session] = KnownSession(frame=last, changed_at=at, withdrawn=True)
        return self.becomes(n=n, tracks=tracks, sessions=sessions)

    def agenda(self, booked: tuple[str, ...]) -> list[KnownSession]:
        """What is booked, and what everybody may come to (plenaries), in the order of the hours."""
        held = [
            session
            for id, session in self.sessions.items()
            if not session.off and (id in booked or session.frame.booking == "none")
        ]
        return in_order(held)

    def among(self, ids: Iterable[str]) -> list[KnownSession]:
        return in_order(self.sessions[id] for id in ids if id in self.sessions)


def in_order(sessions: Iterable[KnownSession]) -> list[KnownSession]:
    return sorted(sessions, key=lambda session: (session.frame.slot.starts_at, session.frame.id))


class KnownRelease(Document):
    """What one release changed, for mails that tell what was and what is. `id`: `<edition>/<n>`."""

    n: int
    changes: tuple[SessionChange, ...]

    @staticmethod
    def id_of(edition: str, n: int) -> str:
        return f"{edition}/{n}"

    @property
    def calls_off(self) -> tuple[str, ...]:
        """What everybody may have had in their calendars without booking it, and is off."""
        return tuple(
            one.session
            for one in self.changes
            if one.previous is not None and one.previous.booking == "none" and "cancelled" in one.kinds
        )
