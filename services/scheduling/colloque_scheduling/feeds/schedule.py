"""The programme as schedule apps read it: c3voc's schedule.xml and schedule.json. They know no cancelled session: what
is cancelled is not there."""

from __future__ import annotations

import re
from collections.abc import Iterable
from importlib.metadata import version
from typing import Any
from xml.etree.ElementTree import Element, SubElement, indent, tostring

import orjson

from colloque.contracts.fact import TrackFrame
from colloque.web.i18n import text
from colloque_scheduling.domain.programme.origin import Link
from colloque_scheduling.feeds.telling import Source, Telling, acronym, by_day, by_room, day_bounds, home, tellings

VERSION = version("colloque-scheduling")
COLOURS = {
    "a1": "#a8431a",
    "a2": "#1c5a9c",
    "a3": "#256b3d",
    "a4": "#8a5a00",
    "a5": "#8b2f6b",
    "a6": "#4a4f57",
}
"""Of the tracks' looks, where a colour is all that can be said."""
_XML_SLUG = re.compile(r"[a-z][a-z0-9-]+")
_NO_XML = re.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ABSOLUTE = re.compile(r"https?://\S+")
KINDS = {"slides", "paper", "web", "blog", "article", "media", "related", "activitypub"}


def schedule_xml(source: Source, lang: str) -> bytes:
    root = Element("schedule")
    SubElement(root, "generator", name="Colloque", version=VERSION)
    _leaf(root, "url", f"{home(source, lang)}/schedule.xml")
    _leaf(root, "version", str(source.programme.n))
    _conference_xml(SubElement(root, "conference"), source, lang)
    days = by_day(source, _standing(source, lang))
    for index, (day, sessions) in enumerate(days.items(), 1):
        start, end = (bound.isoformat() for bound in day_bounds(source, day, sessions))
        of_day = SubElement(root, "day", index=str(index), date=day.isoformat(), start=start, end=end)
        for room, held in by_room(sessions).items():
            in_room = SubElement(of_day, "room", name=_xml(room))
            for one in held:
                _event_xml(in_room, one)
    indent(root, " ")
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + bytes(tostring(root, "utf-8")) + b"\n"


def _conference_xml(conference: Element, source: Source, lang: str) -> None:
    e = source.edition
    for name, words in (
        ("acronym", acronym(e.id)),
        ("title", text(e.title, lang)),
        ("start", e.starts_on.isoformat()),
        ("end", e.ends_on.isoformat()),
        ("days", str((e.ends_on - e.starts_on).days + 1)),
        ("timeslot_duration", "00:05"),
        ("base_url", f"{home(source, lang)}/"),
        ("url", home(source, lang)),
        ("time_zone_name", e.tz),
    ):
        _leaf(conference, name, words)
    for track in source.programme.tracks:
        named = {"name": _xml(text(track.title, lang)), "color": COLOURS.get(track.look, COLOURS["a6"])}
        if _XML_SLUG.fullmatch(track.id):
            named["slug"] = track.id
        SubElement(conference, "track", named)


def _event_xml(room: Element, one: Telling) -> None:
    event = SubElement(room, "event", id=str(one.number.id), guid=one.number.guid)
    for name, words in (
        ("date", one.starts_at.isoformat()),
        ("start", f"{one.starts_at:%H:%M}"),
        ("duration", one.hours),
        ("room", one.room),
        ("slug", one.slug),
        ("url", one.url),
        ("title", one.title),
        ("subtitle", one.subtitle),
        ("track", one.track),
        ("type", one.kind),
        ("language", one.language),
        ("abstract", one.abstract),
        ("description", one.description),
    ):
        _leaf(event, name, words)
    recording = SubElement(event, "recording")
    _leaf(recording, "license", one.licence)
    _leaf(recording, "optout", "true" if one.unrecorded else "false")
    people = SubElement(event, "persons")
    for person in one.people:
        named = {"id": str(person.id)} if person.id is not None else {}
        SubElement(people, "person", named | ({"guid": person.guid} if person.guid else {})).text = _xml(person.name)
    for name, inner, links in (("links", "link", one.links), ("attachments", "attachment", one.attachments)):
        listed = SubElement(event, name)
        for link in _absolute(links):
            named = {"href": _xml(link.url)} | ({"type": _xml(link.kind)} if link.kind else {})
            SubElement(listed, inner, named).text = _xml(link.title)


def _leaf(parent: Element, name: str, words: str) -> None:
    SubElement(parent, name).text = _xml(words)


def _xml(words: str) -> str:
    """XML 1.0 has no way to write some signs."""
    return _NO_XML.sub("", words)


def schedule_json(source: Source, lang: str) -> bytes:
    e = source.edition
    days = by_day(source, _standing(source, lang))
    conference: dict[str, Any] = {
        "acronym": acronym(e.id),
        "title": text(e.title, lang),
        "start": e.starts_on.isoformat(),
        "end": e.ends_on.isoformat(),
        "daysCount": len(days),
        "timeslot_duration": "00:05",
        "time_zone_name": e.tz,
        "url": home(source, lang),
        "tracks": [_track_json(track, lang) for track in source.programme.tracks],
        "rooms": [
            {
                "name": room.name,
                "guid": source.numbers.rooms[room.id].guid,
                "slug": room.id.ljust(2, "0"),
                "capacity": room.capacity,
            }
            for room in {one.frame.room.id: one.frame.room for one in source.programme.sessions}.values()
            if room.id in source.numbers.rooms
        ],
        "days": [_day_json(source, index, day) for index, day in enumerate(days.items(), 1)],
    }
    whole = {
        "$schema": "https://c3voc.de/schedule/schema.json",
        "generator": {"name": "Colloque", "version": VERSION},
        "schedule": {
            "version": str(source.programme.n),
            "base_url": f"{home(source, lang)}/",
            "conference": conference,
        },
    }
    return orjson.dumps(whole, option=orjson.OPT_INDENT_2)


def _track_json(track: TrackFrame, lang: str) -> dict[str, str]:
    return {
        "name": text(track.title, lang),
        "slug": track.id.ljust(2, "0"),
        "color": COLOURS.get(track.look, COLOURS["a6"]),
    }


def _day_json(source: Source, index: int, of_day: tuple[Any, list[Telling]]) -> dict[str, Any]:
    day, sessions = of_day
    start, end = (bound.isoformat() for bound in day_bounds(source, day, sessions))
    rooms = {room: [_event_json(one) for one in held] for room, held in by_room(sessions).items()}
    return {"index": index, "date": day.isoformat(), "day_start": start, "day_end": end, "rooms": rooms}


def _event_json(one: Telling) -> dict[str, Any]:
    return {
        "id": one.number.id,
        "guid": one.number.guid,
        "date": one.starts_at.isoformat(),
        "start": f"{one.starts_at:%H:%M}",
        "end": one.ends_at.isoformat(),
        "duration": one.hours,
        "room": one.room,
        "slug": one.slug,
        "url": one.url,
        "title": one.title,
        "subtitle": one.subtitle,
        "track": one.track or None,
        "type": one.kind,
        "language": one.language,
        "abstract": one.abstract,
        "description": one.description,
        "recording_license": one.licence,
        "do_not_record": one.unrecorded,
        "persons": [
            {"name": person.name}
            | ({"id": person.id} if person.id is not None else {})
            | ({"guid": person.guid} if person.guid else {})
            for person in one.people
        ],
        "links": _links_json(one.links),
        "attachments": _links_json(one.attachments),
    }


def _links_json(links: Iterable[Link]) -> list[dict[str, str]]:
    return [
        {"url": link.url, "title": link.title} | ({"type": link.kind} if link.kind in KINDS else {})
        for link in _absolute(links)
    ]


def _absolute(links: Iterable[Link]) -> list[Link]:
    """Readers open them as they stand."""
    return [link for link in links if _ABSOLUTE.fullmatch(link.url)]


def _standing(source: Source, lang: str) -> list[Telling]:
    return [one for one in tellings(source, lang) if one.stands]
