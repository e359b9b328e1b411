"""The programme as a calendar to subscribe to (RFC 5545). No UID on the whole: some readers would take it for one
entry."""

from __future__ import annotations

from datetime import timedelta

from icalendar import Calendar, Event

from colloque.web.i18n import text
from colloque.web.vtimezone import on_the_clock, vtimezone
from colloque_scheduling.domain.programme.words import CONTROL
from colloque_scheduling.feeds.telling import Source, Telling, home, tellings

EVERY = timedelta(hours=1)
"""How often a reader need come by."""


def calendar(source: Source, lang: str) -> bytes:
    title = _line(text(source.edition.title, lang))
    whole = Calendar()
    whole.add("version", "2.0")
    whole.add("prodid", f"-//Colloque//{title}//{lang.upper()}")
    whole.add("calscale", "GREGORIAN")
    whole.add("name", title)
    whole.add("x-wr-calname", title)
    whole.add("x-wr-timezone", source.edition.tz)
    whole.add("refresh-interval", EVERY, parameters={"VALUE": "DURATION"})
    whole.add("x-published-ttl", "PT1H")
    whole.add("url", f"{home(source, lang)}/programme")
    head, end, tail = whole.to_ical().partition(b"END:VCALENDAR")
    sessions = tellings(source, lang)
    years = [one.starts_at.year for one in sessions] or [source.edition.starts_on.year]
    zone = vtimezone(source.edition.tz, min(years), max(years))
    return b"".join((head, zone, *(_event(source, one).to_ical() for one in sessions), end, tail))


def _event(source: Source, one: Telling) -> Event:
    event = Event()
    event.add("uid", f"{one.key}.{source.edition.id}@{source.host}")
    event.add("dtstamp", one.changed_at.replace(microsecond=0))
    event.add("last-modified", one.changed_at.replace(microsecond=0))
    event.add("sequence", one.frame.revision)
    starts_at, ends_at = on_the_clock(one.starts_at, one.ends_at, source.edition.tz)
    event.add("dtstart", starts_at)
    event.add("dtend", ends_at)
    event.add("summary", _line(one.title))
    event.add("location", _line(", ".join(filter(None, (one.room, *_venue(source))))))
    event.add("description", _clean("\n\n".join(filter(None, (one.abstract, one.description, one.url)))))
    event.add("url", one.url)
    event.add("status", "CONFIRMED" if one.stands else "CANCELLED")
    if one.track:
        event.add("categories", [_line(one.track)])
    return event


def _venue(source: Source) -> tuple[str, ...]:
    venue = source.edition.venue
    return (venue.name, "" if venue.municipality in venue.name else venue.municipality)


def _line(words: str) -> str:
    return " ".join(_clean(words).split())


def _clean(words: str) -> str:
    """A calendar file has no control signs but line ends and tabs."""
    return CONTROL.sub("", words)
