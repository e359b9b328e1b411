"""What every fact has in common, and the words facts are made of."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict

PersonRef: TypeAlias = str
EditionId: TypeAlias = str
SessionId: TypeAlias = str
RegistrationId: TypeAlias = str
ChangeKind: TypeAlias = Literal["cancelled", "moved", "room"]
"""What a release did to a session that somebody has in their calendar: it is off, it is at other hours, elsewhere."""
Texts: TypeAlias = dict[str, str]
"""The same text in several languages: locale (`fr`, `en`) to words. French is always there."""

CONTACTS = "colloque.contacts"
TRACES = "colloque.traces"


class Frozen(BaseModel):
    """A value. Unknown fields are ignored: readers are tolerant of writers that know more."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Fact(Frozen):
    """What has happened, in the past tense. `type` is versioned; new fields are optional, a changed meaning is a new
    version. `subject` decides its stream: what happens to one subject stays in order. Holds no personal data."""

    personal: ClassVar[bool] = False

    type: str
    subject: str
    at: datetime


class Slot(Frozen):
    """From when until when (instants in UTC), and the zone whose wall clock says so."""

    starts_at: datetime
    ends_at: datetime
    tz: str

    def overlaps(self, other: Slot) -> bool:
        return self.starts_at < other.ends_at and other.starts_at < self.ends_at


class Venue(Frozen):
    """Where an edition is held, as far as strangers need it. All texts but the name may be missing."""

    name: str
    address: str = ""
    municipality: str = ""
    access: Texts = {}


class EditionFrame(Frozen):
    """What the other rooms know of an edition: enough to open a form, write a mail and sell no place twice."""

    edition: EditionId
    series: str
    code: str
    title: Texts
    tagline: Texts = {}
    starts_on: date
    ends_on: date
    tz: str
    venue: Venue
    capacity: int
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    locales: tuple[str, ...] = ("fr", "en")
    contact_email: str = ""
    contact_phone: str = ""
    first_time_question: Texts = {}
    demo: bool = False
    """Invented sessions and people: the pages say so."""


class RoomFrame(Frozen):
    id: str
    name: str
    capacity: int
    step_free: bool = True


class TrackFrame(Frozen):
    """`look` is one of the tested classes a1 … a6 (shape, line and colour), never a colour value."""

    id: str
    order: int
    title: Texts
    subtitle: Texts = {}
    look: str


class SessionFrame(Frozen):
    """A session as a release fixed it. `revision` is the SEQUENCE of its calendar entries."""

    id: SessionId
    title: Texts
    abstract: Texts = {}
    format: str
    tracks: tuple[str, ...] = ()
    room: RoomFrame
    slot: Slot
    seats: int
    booking: str
    """`none`: everybody may come, nothing is counted · `open`: a booking keeps a seat ·
    `required`: nobody without one."""
    state: str = "published"
    revision: int = 0
    reason: Texts | None = None
    """Why it is cancelled, where that is said."""

    @property
    def off(self) -> bool:
        return self.state == "cancelled"


class SessionChange(Frozen):
    """One session in a release: as it was in the one before (None: new) and as it is now (None: taken out)."""

    session: SessionId
    previous: SessionFrame | None = None
    current: SessionFrame | None = None

    @property
    def kinds(self) -> tuple[ChangeKind, ...]:
        """What whoever has it in their calendar must hear of; nothing where only words have changed, or where nobody
        can have had it. What is cancelled is nowhere and at no time: nothing else is said of it."""
        was, now = self.previous, self.current
        if was is None or was.off:
            return ()
        if now is None or now.off:
            return ("cancelled",)
        moved: tuple[ChangeKind, ...] = ("moved",) if was.slot != now.slot else ()
        elsewhere = (was.room.id, was.room.name) != (now.room.id, now.room.name)
        return (*moved, "room") if elsewhere else moved
