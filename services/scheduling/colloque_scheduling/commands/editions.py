"""What may be asked of series and editions. Those that bear an edition's id as `about` may also come from a timer."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from colloque.runtime.work import Command
from colloque_scheduling.domain.programme.frame import EditionPlan
from colloque_scheduling.domain.programme.series import SeriesPlan
from colloque_scheduling.domain.programme.words import Slug, Text


class PutSeries(Command):
    """`new`: refused when it is there already."""

    series: Slug
    plan: SeriesPlan
    new: bool = False


class PlanEdition(Command):
    edition: Slug
    plan: EditionPlan


class AboutEdition(Command):
    edition: str

    @property
    def about(self) -> str:
        return self.edition


class AmendEdition(AboutEdition):
    """A merge patch of its plan."""

    changes: dict[str, Any]


class AnnounceEdition(AboutEdition):
    pass


class OpenRegistration(AboutEdition):
    pass


class CloseRegistration(AboutEdition):
    pass


class PostponeEdition(AboutEdition):
    reason: Text = Field(default_factory=dict)


class CancelEdition(AboutEdition):
    reason: Text = Field(default_factory=dict)


class BeginEdition(AboutEdition):
    """Its first day has come."""


class CloseEdition(AboutEdition):
    """Its last day is over."""
