"""An edition: one conference, its frame, and its life from draft to archive."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import EmailStr, Field, StringConstraints

from colloque.contracts.fact import EditionFrame, Frozen, TrackFrame, Venue
from colloque.contracts.scheduling import (
    EditionAmended,
    EditionAnnounced,
    EditionCancelled,
    EditionClosed,
    EditionFact,
    EditionOpened,
    EditionPostponed,
    RegistrationClosed,
)
from colloque.runtime.refusal import Invalid, Refusal
from colloque.runtime.work import Change, Document, Lookup

from .patch import patched
from .slot import zone
from .states import OVER, TRANSITIONS, IllegalTransition, State
from .words import Day, Instant, Line, Locale, Name, Short, Slug, Text, Title


class EndsBeforeItStarts(Invalid):
    pass


class ClosesBeforeItOpens(Invalid):
    pass


class ReservedWord(Invalid):
    """An edition of that name would hide a page of the house."""


class EditionIsOver(Refusal):
    """Closed, archived or cancelled: its frame and programme are history."""


class EditionNotAnnounced(Refusal):
    """The other rooms learn a programme only of an edition they know."""


RESERVED = frozenset({
    "confirm", "registration", "ticket", "about", "accessibility", "privacy",
    "sign-in", "sign-out", "enter", "language", "static", "console", "api", "problems",
})  # fmt: skip
"""They stand where an edition's id stands in a path."""


class Info(Frozen):
    """One thing to know before coming. In easy-to-read texts, one idea a line."""

    label: Name
    text: Annotated[Text, Field(min_length=1)]


class Place(Frozen):
    """Where it is held. All but the name may be missing."""

    name: Line
    address: Line | Literal[""] = ""
    municipality: Short = ""
    access: Text = Field(default_factory=dict)


class EditionPlan(Frozen):
    """What an organiser says of an edition, and may say again."""

    series: Slug
    code: Annotated[Short, Field(min_length=1, max_length=20)]
    title: Name
    tagline: Title = Field(default_factory=dict)
    ordinal: Annotated[int, Field(ge=1, le=999)] | None = None
    level: Literal["national", "local", "international"] = "national"
    mode: Literal["onsite", "hybrid", "online"] = "onsite"
    starts_on: Day
    ends_on: Day
    tz: str = "Europe/Paris"
    venue: Place
    capacity: Annotated[int, Field(ge=1, le=100_000)]
    opens_at: Instant | None = None
    opens_by_itself: bool = False
    """Registration opens at `opens_at` without anybody. It always closes by itself at `closes_at`."""
    closes_at: Instant | None = None
    locales: tuple[Locale, ...] = ("fr", "en")
    contact_email: EmailStr | Literal[""] = ""
    contact_phone: Annotated[str, StringConstraints(pattern=r"^[0-9+(). -]{0,30}$")] = ""
    contact_hours: Title = Field(default_factory=dict)
    first_time_question: Title = Field(default_factory=dict)
    organisers: Text = Field(default_factory=dict)
    practical: Annotated[tuple[Info, ...], Field(max_length=40)] = ()
    easy_read: Annotated[tuple[Info, ...], Field(max_length=40)] = ()
    licence: Short = "CC BY-SA 4.0"
    demo: bool = False

    def checked(self) -> Self:
        """Refuses what no field can refuse alone."""
        zone(self.tz)
        if self.ends_on < self.starts_on:
            raise EndsBeforeItStarts("The last day is before the first.", field="ends_on")
        if self.opens_at and self.closes_at and self.closes_at <= self.opens_at:
            raise ClosesBeforeItOpens("Registration closes before it opens.", field="closes_at")
        return self


class TrackCard(Frozen):
    """A track as the edition's page shows it."""

    frame: TrackFrame
    text: Text = Field(default_factory=dict)
    sessions: int


class DayCard(Frozen):
    """A day at a glance. Instants in UTC."""

    day: date
    first: datetime
    last: datetime
    sessions: int
    plenaries: int


class Shown(Frozen):
    """What the edition's own page says of its programme, as of release `n`: nothing is looked up to show it."""

    n: int
    at: datetime
    sessions: int
    tracks: tuple[TrackCard, ...] = ()
    days: tuple[DayCard, ...] = ()


class Edition(EditionPlan, Document):
    """Its version rises with all that its public pages show, releases included: what was rendered for a version stays
    good for that version."""

    lookups: ClassVar[tuple[Lookup, ...]] = ("series",)

    state: State = State.DRAFT
    decided_at: datetime | None = None
    """When it was put off or called off."""
    reason: Text = Field(default_factory=dict)
    before: tuple[date, date] | None = None
    """The dates it had when it was put off."""
    shown: Shown | None = None

    # ---- what others see
    @property
    def frame(self) -> EditionFrame:
        return EditionFrame(
            edition=self.id,
            series=self.series,
            code=self.code,
            title=dict(self.title),
            tagline=dict(self.tagline),
            starts_on=self.starts_on,
            ends_on=self.ends_on,
            tz=self.tz,
            venue=Venue(**self.venue.model_dump()),
            capacity=self.capacity,
            opens_at=self.opens_at,
            closes_at=self.closes_at,
            locales=tuple(self.locales),
            contact_email=self.contact_email,
            contact_phone=self.contact_phone,
            first_time_question=dict(self.first_time_question),
            demo=self.demo,
        )

    @property
    def public(self) -> bool:
        return self.state is not State.DRAFT and not (self.state is State.CANCELLED and self.decided_at is None)

    @property
    def begins_at(self) -> datetime:
        """The first midnight of its days, on its own clock."""
        return datetime.combine(self.starts_on, time(), zone(self.tz))

    @property
    def over_at(self) -> datetime:
        return datetime.combine(self.ends_on + timedelta(days=1), time(), zone(self.tz))

    def must_move(self) -> Edition:
        """Refuses to touch what is history."""
        if self.state in OVER:
            raise EditionIsOver(f"The edition is {self.state}.", objects=(f"edition/{self.id}",))
        return self

    # ---- decisions
    @classmethod
    def plan(cls, id: Slug, plan: EditionPlan) -> Change[Edition]:
        if id in RESERVED:
            raise ReservedWord("That word is the name of a page of the house.", field="id")
        return Change(cls(id=id, **plan.checked().model_dump()))

    def amended(self, changes: Mapping[str, Any], at: datetime) -> Change[Edition]:
        """A merge patch: what is named is replaced, what is not stays."""
        self.must_move()
        plan = patched(EditionPlan, self, changes).checked()
        if plan == EditionPlan.model_validate(self.model_dump()):
            return Change(self)
        after = self.becomes(**{name: getattr(plan, name) for name in EditionPlan.model_fields})
        return Change(after, (EditionAmended(subject=self.id, at=at, frame=after.frame),) if self.public else ())

    def announce(self, at: datetime) -> Change[Edition]:
        return self._to(State.ANNOUNCED, EditionAnnounced, at, decided_at=None, reason={}, before=None)

    def open(self, at: datetime) -> Change[Edition]:
        return self._to(State.OPEN, EditionOpened, at)

    def close_registration(self, at: datetime) -> Change[Edition]:
        return self._to(State.CLOSED_REGISTRATION, RegistrationClosed, at)

    def postpone(self, at: datetime, reason: Text) -> Change[Edition]:
        dates = (self.starts_on, self.ends_on)
        return self._to(State.POSTPONED, EditionPostponed, at, decided_at=at, reason=reason, before=dates)

    def cancel(self, at: datetime, reason: Text) -> Change[Edition]:
        """What was never announced goes without a word."""
        if self.state is State.DRAFT:
            return self._to(State.CANCELLED, None, at, reason=reason)
        return self._to(State.CANCELLED, EditionCancelled, at, decided_at=at, reason=reason)

    def begin(self, at: datetime) -> Change[Edition]:
        """The first day has come; nobody registers for it any more."""
        if self.state is State.OPEN:
            closed = self.close_registration(at)
            return Change(closed.document.begin(at).document, closed.facts)
        return self._to(State.RUNNING, None, at)

    def close(self, at: datetime) -> Change[Edition]:
        return self._to(State.CLOSED, EditionClosed, at)

    def archive(self, at: datetime) -> Change[Edition]:
        return self._to(State.ARCHIVED, None, at)

    def show(self, shown: Shown) -> Change[Edition]:
        return Change(self.becomes(shown=shown))

    def _to(self, state: State, fact: type[EditionFact] | None, at: datetime, **values: Any) -> Change[Edition]:
        if state not in TRANSITIONS[self.state]:
            raise IllegalTransition(f"edition/{self.id}", self.state, state)
        after = self.becomes(state=state, **values)
        # mypy sees the abstract head of the facts, which leaves `type` open; every fact of the table fixes its own.
        return Change(after, (fact(subject=self.id, at=at, frame=after.frame),) if fact else ())  # type: ignore[call-arg]
