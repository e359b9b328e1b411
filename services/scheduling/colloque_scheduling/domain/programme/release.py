"""Release n of a programme: never changed once made. Release n + 1 keeps the difference, and the programme as it now
stands is one document, from which the public pages are made."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import ClassVar

from pydantic import Field

from colloque.contracts.fact import SessionChange, SessionFrame, TrackFrame
from colloque.contracts.scheduling import ProgrammeReleased
from colloque.runtime.refusal import Refusal
from colloque.runtime.work import Change, Document, Lookup

from .draft import Draft
from .edition import Edition, EditionNotAnnounced
from .formats import Format
from .glance import DayCard, Shown, TrackCard
from .published import CastMember, Published, ReleasedChange, brief, cast_of, changed_by, difference, now_published
from .session import Session
from .slot import local_days
from .states import State


class NothingToRelease(Refusal):
    """The draft says what the last release says."""


class OtherRelease(Refusal):
    """Somebody has released in between: look at it first."""


class Release(Document):
    """Its id is `<edition>/<n>`."""

    lookups: ClassVar[tuple[Lookup, ...]] = ("edition",)
    windows: ClassVar[tuple[tuple[str, ...], ...]] = (("edition", "n"),)

    edition: str
    n: int
    at: datetime
    tracks: tuple[TrackFrame, ...]
    changes: tuple[ReleasedChange, ...]


class Programme(Document):
    """The programme as release `n` left it. Its id is the edition's. `cast` follows people's answers, not releases;
    `names` are those of the people in it, as far as they are known."""

    n: int = 0
    at: datetime | None = None
    tracks: tuple[TrackFrame, ...] = ()
    sessions: tuple[Published, ...] = ()
    cast: dict[str, tuple[CastMember, ...]] = Field(default_factory=dict)
    names: dict[str, str] = Field(default_factory=dict)
    changed: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Session → what the last release changed of it for those who come: `time`, `room`, `state`, `new`."""
    changed_at: dict[str, datetime] = Field(default_factory=dict)
    """Session → when it was last released as another than before."""

    def session(self, key: str) -> Published | None:
        return next((one for one in self.sessions if one.frame.id == key), None)


def release(
    edition: Edition,
    draft: Draft,
    sessions: Sequence[Session],
    programme: Programme,
    at: datetime,
    *,
    expected: int | None = None,
) -> tuple[Change[Release], Change[Programme], Change[Draft], Change[Edition]]:
    """Makes release n + 1 of what stands in the draft."""
    if edition.must_move().state is State.DRAFT:
        raise EditionNotAnnounced("Announce the edition before its programme.", objects=(f"edition/{edition.id}",))
    n = programme.n + 1
    if expected is not None and expected != n:
        raise OtherRelease(
            f"The next release is {n}, not {expected}.", objects=(f"release/{edition.id}/{programme.n}",)
        )
    now = now_published(sessions, draft, programme.sessions)
    tracks = tuple(track.frame for track in draft.tracks)
    changes = difference(programme.sessions, now)
    if programme.n and not changes and tracks == programme.tracks:
        raise NothingToRelease(
            f"Release {programme.n} says all that the draft says.", objects=(f"edition/{edition.id}",)
        )
    made = Release(id=f"{edition.id}/{n}", edition=edition.id, n=n, at=at, tracks=tracks, changes=changes)
    standing = programme.becomes(
        n=n,
        at=at,
        tracks=tracks,
        sessions=now,
        cast=cast_of(sessions),
        changed=changed_by(changes) if programme.n else {},
        changed_at=programme.changed_at | {one.session: at for one in changes if one.current},
    )
    return (
        Change(made, (_fact(made),)),
        Change(standing),
        draft.after_release(n),
        edition.show(shown(edition, draft, standing, at)),
    )


def as_told(changes: Iterable[ReleasedChange]) -> tuple[SessionChange, ...]:
    """As the other rooms hear of them. Without abstracts: only this room's pages show them, and a thousand of them
    would not travel as one message."""
    told = (
        SessionChange(session=one.session, previous=brief(one.previous), current=brief(one.current)) for one in changes
    )
    return tuple(change for change in told if change.previous != change.current)


def _fact(release: Release) -> ProgrammeReleased:
    return ProgrammeReleased(
        subject=release.edition,
        at=release.at,
        edition=release.edition,
        n=release.n,
        tracks=release.tracks,
        changes=as_told(release.changes),
    )


def shown(edition: Edition, draft: Draft, programme: Programme, at: datetime) -> Shown:
    """The programme at a glance, for the edition's own page."""
    standing = [one.frame for one in programme.sessions if one.frame.state == "published"]
    by_day: dict[date, list[SessionFrame]] = defaultdict(list)
    for one in standing:
        by_day[local_days(one.slot, edition.tz)[0]].append(one)
    return Shown(
        n=programme.n,
        at=at,
        sessions=len(standing),
        tracks=tuple(
            TrackCard(frame=track.frame, text=track.text, sessions=sum(track.id in one.tracks for one in standing))
            for track in draft.tracks
        ),
        days=tuple(
            DayCard(
                day=day,
                first=min(one.slot.starts_at for one in of_day),
                last=max(one.slot.ends_at for one in of_day),
                sessions=len(of_day),
                plenaries=sum(one.format == Format.PLENARY for one in of_day),
            )
            for day, of_day in sorted(by_day.items())
        ),
    )
