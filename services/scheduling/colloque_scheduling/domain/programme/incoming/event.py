"""A session as a file tells of it, and what speaks against taking it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from pydantic import ValidationError

from colloque.contracts.fact import Frozen
from colloque.runtime.refusal import Invalid, Refusal
from colloque_scheduling.domain.programme.numbers import Numbered
from colloque_scheduling.domain.programme.origin import Link, Origin, Somebody
from colloque_scheduling.domain.programme.session import SessionPlan


class Event(Frozen):
    """One session as a file tells of it, whatever the file. Hours without an offset are the edition's own clock."""

    name: str
    """What the file calls it, the same whenever it is read again."""
    starts_at: datetime
    ends_at: datetime
    title: str = ""
    id: int | None = None
    guid: str = ""
    slug: str = ""
    room: str = ""
    track: str = ""
    kind: str = ""
    subtitle: str = ""
    language: str = ""
    url: str = ""
    abstract: str = ""
    description: str = ""
    people: tuple[Somebody, ...] = ()
    links: tuple[Link, ...] = ()
    attachments: tuple[Link, ...] = ()
    licence: str = ""
    unrecorded: bool | None = None


class Row(Frozen):
    """A session to be put into the draft, where it came from, and the number it brings along."""

    key: str
    plan: SessionPlan
    origin: Origin
    number: Numbered | None = None


class Objection(Frozen):
    """Why something of it cannot be: the rule, in words, and what it is about (`session/<key>`)."""

    rule: str
    detail: str
    objects: tuple[str, ...] = ()


class ImportRefused(Refusal):
    """`errors`: what speaks against it. Nothing of it is taken."""

    def __init__(self, objections: Sequence[Objection]) -> None:
        objects = dict.fromkeys(name for one in objections for name in one.objects)
        super().__init__(
            f"{len(objections)} things speak against it: {objections[0].detail}", objects=tuple(objects)[:50]
        )
        self.errors = [
            {"rule": one.rule, "detail": one.detail, "objects": list(one.objects)} for one in objections[:50]
        ]


class TooManySessions(Invalid):
    pass


def objection(no: Refusal | ValidationError, key: str) -> Objection:
    if isinstance(no, Refusal):
        return Objection(rule=no.slug, detail=f"{key}: {no.detail}", objects=no.objects or (f"session/{key}",))
    first = no.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    return Objection(rule="invalid", detail=f"{key}: {where}: {first['msg']}", objects=(f"session/{key}",))
