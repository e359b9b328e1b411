"""A series: what its editions have in common, and what it took over from."""

from __future__ import annotations

from pydantic import Field

from colloque.contracts.fact import Frozen
from colloque.runtime.work import Change, Document

from .words import Line, Short, Slug, Text


class SeriesPlan(Frozen):
    """What an organiser says of a series. `predecessor` is named, it may be no series of this house."""

    name: Line
    text: Text = Field(default_factory=dict)
    predecessor: Short = ""
    licence: Short = "cc-by-sa-4.0"


class Series(SeriesPlan, Document):
    """Its id is the organiser's own word for it."""

    @classmethod
    def begin(cls, id: Slug, plan: SeriesPlan) -> Change[Series]:
        return Change(cls(id=id, **plan.model_dump()))

    def rewrite(self, plan: SeriesPlan) -> Change[Series]:
        return Change(self.becomes(**plan.model_dump()))
