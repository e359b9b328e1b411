"""A session as feeds tell of it: in one language, on the edition's own clock, with the numbers other programs know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from colloque.contracts.fact import SessionFrame
from colloque.web.i18n import text
from colloque_scheduling.domain.programme.edition import Edition
from colloque_scheduling.domain.programme.numbers import Numbered, Numbers
from colloque_scheduling.domain.programme.origin import Link, Origin
from colloque_scheduling.domain.programme.published import CastMember, Published
from colloque_scheduling.domain.programme.release import Programme
from colloque_scheduling.domain.programme.slot import local_days, zone


@dataclass(frozen=True, slots=True)
class Source:
    """All that feeds are made from. `names`: of people who have confirmed, as far as they are known here."""

    edition: Edition
    programme: Programme
    numbers: Numbers
    origins: Mapping[str, Origin]
    names: Mapping[str, str]
    base_url: str
    host: str


@dataclass(frozen=True, slots=True)
class Person:
    name: str
    id: int | None
    guid: str


@dataclass(frozen=True, slots=True)
class Telling:
    """One session. `changed_at`: when a release last made it another."""

    published: Published
    key: str
    number: Numbered
    title: str
    subtitle: str
    abstract: str
    description: str
    kind: str
    track: str
    room: str
    language: str
    slug: str
    url: str
    starts_at: datetime
    ends_at: datetime
    changed_at: datetime
    people: tuple[Person, ...]
    links: tuple[Link, ...]
    attachments: tuple[Link, ...]
    licence: str
    unrecorded: bool

    @property
    def frame(self) -> SessionFrame:
        return self.published.frame

    @property
    def stands(self) -> bool:
        return not self.frame.off

    @property
    def hours(self) -> str:
        """HH:MM, under a day, as the formats ask."""
        minutes = min(int((self.ends_at - self.starts_at).total_seconds()) // 60, 24 * 60 - 1)
        return f"{minutes // 60:02}:{minutes % 60:02}"


def acronym(edition: str) -> str:
    """What schedule apps take for one: no hyphen after the first signs, four signs at least."""
    return edition.replace("-", "_").ljust(4, "_")


def slug_prefix(edition: str) -> str:
    """What our slugs begin with; the session's name follows."""
    return f"{acronym(edition)}-session-"


def home(source: Source, lang: str) -> str:
    return f"{source.base_url.rstrip('/')}/{lang}/{source.edition.id}"


def tellings(source: Source, lang: str) -> list[Telling]:
    """By hour. What has no number yet was never released."""
    tracks = {track.id: text(track.title, lang) for track in source.programme.tracks}
    return [
        _told(source, one, tracks, lang) for one in source.programme.sessions if one.frame.id in source.numbers.sessions
    ]


def by_day(source: Source, sessions: list[Telling]) -> dict[date, list[Telling]]:
    """Every day of the edition, also those on which nothing happens."""
    e = source.edition
    days: dict[date, list[Telling]] = {
        e.starts_on + timedelta(days=n): [] for n in range((e.ends_on - e.starts_on).days + 1)
    }
    for one in sessions:
        days.setdefault(local_days(one.frame.slot, e.tz)[0], []).append(one)
    return dict(sorted(days.items()))


def by_room(sessions: list[Telling]) -> dict[str, list[Telling]]:
    rooms: dict[str, list[Telling]] = {}
    for one in sessions:
        rooms.setdefault(one.room, []).append(one)
    return dict(sorted(rooms.items()))


def day_bounds(source: Source, day: date, sessions: list[Telling]) -> tuple[datetime, datetime]:
    """From midnight to midnight, or as long as what began that day lasts."""
    here = zone(source.edition.tz)
    begins = datetime(day.year, day.month, day.day, tzinfo=here)
    following = day + timedelta(days=1)
    ends = datetime(following.year, following.month, following.day, tzinfo=here)
    return begins, max([ends, *(one.ends_at for one in sessions)])


def _told(source: Source, published: Published, tracks: Mapping[str, str], lang: str) -> Telling:
    frame, e = published.frame, source.edition
    here, origin = zone(e.tz), source.origins.get(frame.id) or Origin(id="", edition=e.id)
    words = text(frame.abstract, lang)
    as_read = bool(origin.id) and words == origin.text
    track = next((tracks[id] for id in frame.tracks if id in tracks), "")
    same_track = bool(origin.track) and frame.tracks == ((origin.track_id,) if origin.track_id else ())
    own = (Link(url=published.notes_url, title="Notes"),) if published.notes_url else ()
    return Telling(
        published=published,
        key=frame.id,
        number=source.numbers.sessions[frame.id],
        title=text(frame.title, lang),
        subtitle=origin.subtitle,
        abstract=origin.abstract if as_read else words,
        description=origin.description if as_read else "",
        kind=origin.kind if origin.kind and origin.format == frame.format else str(frame.format),
        track=origin.track if same_track else track,
        room=origin.room if origin.room and origin.room_id == frame.room.id else frame.room.name,
        language=next(iter(published.languages), origin.language),
        slug=f"{slug_prefix(e.id)}{frame.id}",
        url=f"{home(source, lang)}/sessions/{frame.id}",
        starts_at=frame.slot.starts_at.astimezone(here),
        ends_at=frame.slot.ends_at.astimezone(here),
        changed_at=source.programme.changed_at.get(frame.id) or source.programme.at or frame.slot.starts_at,
        people=(*_confirmed(source, source.programme.cast.get(frame.id, ())), *_read(origin)),
        links=(*own, *origin.links),
        attachments=origin.attachments,
        licence=origin.licence or e.licence,
        unrecorded=bool(origin.unrecorded),
    )


def _confirmed(source: Source, cast: tuple[CastMember, ...]) -> tuple[Person, ...]:
    """Who has said yes, each once, and is known by name."""
    said_yes = dict.fromkeys(one.person for one in cast if one.person and source.names.get(one.person))
    numbered = ((source.numbers.people.get(person), source.names[person]) for person in said_yes)
    return tuple(Person(name, one.id, one.guid) for one, name in numbered if one)


def _read(origin: Origin) -> tuple[Person, ...]:
    return tuple(Person(one.name, one.id, one.guid) for one in origin.people)
