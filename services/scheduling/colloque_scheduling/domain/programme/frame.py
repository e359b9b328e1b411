"""What an organiser says of an edition, and may say again."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import EmailStr, Field, StringConstraints

from colloque.contracts.fact import Frozen
from colloque.runtime.refusal import Invalid

from .slot import zone
from .words import Day, Instant, Line, Locale, Name, Short, Slug, Text, Title


class EndsBeforeItStarts(Invalid):
    pass


class ClosesBeforeItOpens(Invalid):
    pass


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


class SpeakerRules(Frozen):
    """How long speakers are waited for. Who does not answer is reminded after so many days, so many times at most;
    after `answer_by`, where it is said, an invitation expires."""

    remind_after_days: Annotated[int, Field(ge=1, le=90)] = 5
    reminders: Annotated[int, Field(ge=0, le=3)] = 1
    answer_by: Instant | None = None


class EditionPlan(Frozen):
    """All of it; an edition is this, and where it stands."""

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
    speakers: SpeakerRules = SpeakerRules()
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
