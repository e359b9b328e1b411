"""What the API answers with."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from colloque.contracts.fact import SessionFrame, Slot, TrackFrame
from colloque.runtime.refusal import Refusal
from colloque_scheduling.domain.programme.assignment import Answer, Assignment, Role
from colloque_scheduling.domain.programme.clash import Caution, cautions
from colloque_scheduling.domain.programme.draft import Draft, Room, Track
from colloque_scheduling.domain.programme.edition import Edition
from colloque_scheduling.domain.programme.frame import EditionPlan
from colloque_scheduling.domain.programme.published import ReleasedChange, differing
from colloque_scheduling.domain.programme.release import Release
from colloque_scheduling.domain.programme.series import Series, SeriesPlan
from colloque_scheduling.domain.programme.session import Session, SessionPlan, Standing
from colloque_scheduling.domain.programme.states import State
from colloque_scheduling.domain.programme.words import Slug


class Given(BaseModel):
    """What is sent in: a field nobody knows is refused rather than lost."""

    model_config = ConfigDict(extra="forbid")


class SeriesView(SeriesPlan):
    id: str

    @classmethod
    def of(cls, series: Series) -> SeriesView:
        return cls.model_validate(series.model_dump())


class EditionView(EditionPlan):
    id: str
    state: State
    version: int
    released: int
    """The number of the last release of its programme, 0 before the first."""

    @classmethod
    def of(cls, edition: Edition) -> EditionView:
        told = {name: getattr(edition, name) for name in EditionPlan.model_fields}
        released = edition.shown.n if edition.shown else 0
        return cls(id=edition.id, state=edition.state, version=edition.version, released=released, **told)


class AssignmentView(BaseModel):
    """`id` is `<session>.<person>.<role>`. What is needed is said as what must be provided."""

    id: str
    session: str
    person: str
    role: Role
    state: Answer
    provisions: tuple[str, ...] = ()
    warnings: tuple[Caution, ...] = ()

    @classmethod
    def of(cls, session: Session, one: Assignment, warnings: list[Caution] | None = None) -> AssignmentView:
        return cls(
            id=f"{session.key}.{one.key}",
            session=session.key,
            person=one.person,
            role=one.role,
            state=one.state,
            provisions=one.provisions,
            warnings=tuple(warnings or ()),
        )


class SessionView(SessionPlan):
    """`time` is `slot` in UTC. `warnings` are rules that advise and never block."""

    id: str
    version: int
    state: Standing
    time: Slot | None
    people: tuple[AssignmentView, ...]
    warnings: tuple[Caution, ...]

    @classmethod
    def of(cls, session: Session, draft: Draft) -> SessionView:
        told = {name: getattr(session, name) for name in SessionPlan.model_fields}
        return cls(
            id=session.key,
            version=session.version,
            state=session.state,
            time=session.time,
            people=tuple(AssignmentView.of(session, one) for one in session.people),
            warnings=tuple(cautions(session, draft)),
            **told,
        )


class Conflict(BaseModel):
    """A rule that refuses, as its problem document would name it."""

    rule: str
    detail: str
    objects: tuple[str, ...]

    @classmethod
    def of(cls, refusal: Refusal) -> Conflict:
        return cls(rule=refusal.slug, detail=refusal.detail, objects=refusal.objects)


class DraftView(BaseModel):
    """All that is being prepared. `released`: the last release; `changed`: sessions that the next one would change."""

    edition: str
    version: int
    released: int
    tracks: tuple[Track, ...]
    rooms: tuple[Room, ...]
    sessions: tuple[SessionView, ...]
    conflicts: tuple[Conflict, ...]
    warnings: tuple[Caution, ...]
    changed: tuple[str, ...]


class ReleaseView(BaseModel):
    """A release in brief."""

    n: int
    at: datetime
    changes: int

    @classmethod
    def of(cls, release: Release) -> ReleaseView:
        return cls(n=release.n, at=release.at, changes=len(release.changes))


class ChangeView(BaseModel):
    """One session in a release: as it was (null: new) and as it is (null: taken out). `what`: what differs, by name."""

    session: str
    what: tuple[str, ...]
    previous: SessionFrame | None
    current: SessionFrame | None

    @classmethod
    def of(cls, one: ReleasedChange) -> ChangeView:
        previous, current = (side.frame if side else None for side in (one.previous, one.current))
        what = differing(one.previous, one.current)
        return cls(session=one.session, what=what, previous=previous, current=current)


class WholeRelease(ReleaseView):
    tracks: tuple[TrackFrame, ...]
    diff: tuple[ChangeView, ...]

    @classmethod
    def of(cls, release: Release) -> WholeRelease:
        diff = tuple(ChangeView.of(one) for one in release.changes)
        return cls(n=release.n, at=release.at, changes=len(diff), tracks=release.tracks, diff=diff)


class NextRelease(BaseModel):
    """What a release made now would change. It is refused while there are `conflicts`, or nothing to release."""

    n: int
    changes: int
    tracks_change: bool
    tracks: tuple[TrackFrame, ...]
    diff: tuple[ChangeView, ...]
    conflicts: tuple[Conflict, ...]
    warnings: tuple[Caution, ...]


class Comparison(BaseModel):
    """What leads from one release to another (0: before the first)."""

    model_config = ConfigDict(populate_by_name=True)

    before: int = Field(alias="from")
    after: int = Field(alias="to")
    diff: tuple[ChangeView, ...]


class SaidThen(BaseModel):
    """The programme as it was said then, by release `n`."""

    n: int
    at: datetime
    tracks: tuple[TrackFrame, ...]
    sessions: tuple[SessionFrame, ...]


class RestoredView(BaseModel):
    """The draft after a restoration. By session: `changed` are all that became others; of these `again` stand who were
    cancelled, `cancelled` are who had been released since and cannot be as if they never were, `set_aside` (without
    hours and room) who never were released. People stay assigned as they are."""

    n: int
    changed: tuple[str, ...]
    again: tuple[str, ...]
    cancelled: tuple[str, ...]
    set_aside: tuple[str, ...]


Named = Annotated[Slug, Field(description="Chosen by whoever asks, for ever: it stands in addresses.")]


DEEPEST = 8


def _sayable(value: Any, depth: int = 0) -> Any:
    """JSON can write half a character and boxes in boxes without end; no plan holds either."""
    if depth > DEEPEST:
        raise ValueError("nothing here lies that deep")
    if isinstance(value, str):
        value.encode()  # UnicodeEncodeError is a ValueError, which is what a validator says no with
    elif isinstance(value, dict):
        for name, one in value.items():
            _sayable(name)
            _sayable(one, depth + 1)
    elif isinstance(value, list):
        for one in value:
            _sayable(one, depth + 1)
    return value


Patch = Annotated[dict[str, Any], AfterValidator(_sayable)]
"""A merge patch (RFC 7396)."""
