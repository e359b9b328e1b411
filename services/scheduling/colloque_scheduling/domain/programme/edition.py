"""An edition: one conference, its frame, and its life from draft to archive."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, ClassVar

from pydantic import Field

from colloque.contracts.fact import EditionFrame, Venue
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

from .frame import EditionPlan
from .glance import Shown
from .patch import patched
from .slot import zone
from .states import OVER, TRANSITIONS, IllegalTransition, State
from .words import Slug, Text


class ReservedWord(Invalid):
    """An edition of that name would hide a page of the house."""


class EditionIsOver(Refusal):
    """Closed, archived or cancelled: its frame and programme are history."""


class EditionNotAnnounced(Refusal):
    """The other rooms learn a programme only of an edition they know."""


RESERVED = frozenset({
    "confirm", "registration", "ticket", "invitation", "offer", "about", "accessibility", "privacy",
    "sign-in", "sign-out", "enter", "language", "static", "console", "api", "problems",
})  # fmt: skip
"""They stand where an edition's id stands in a path."""


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
        return self._off(State.POSTPONED, EditionPostponed, at, reason, before=dates)

    def cancel(self, at: datetime, reason: Text) -> Change[Edition]:
        """What was never announced goes without a word."""
        if self.state is State.DRAFT:
            return self._to(State.CANCELLED, None, at, reason=reason)
        return self._off(State.CANCELLED, EditionCancelled, at, reason)

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

    def _off(
        self, state: State, fact: type[EditionPostponed | EditionCancelled], at: datetime, reason: Text, **values: Any
    ) -> Change[Edition]:
        after = self._to(state, None, at, decided_at=at, reason=reason, **values).document
        return Change(after, (fact(subject=self.id, at=at, frame=after.frame, reason=dict(reason) or None),))

    def _to(self, state: State, fact: type[EditionFact] | None, at: datetime, **values: Any) -> Change[Edition]:
        if state not in TRANSITIONS[self.state]:
            raise IllegalTransition(f"edition/{self.id}", self.state, state)
        after = self.becomes(state=state, **values)
        # mypy sees the abstract head of the facts, which leaves `type` open; every fact of the table fixes its own.
        return Change(after, (fact(subject=self.id, at=at, frame=after.frame),) if fact else ())  # type: ignore[call-arg]
