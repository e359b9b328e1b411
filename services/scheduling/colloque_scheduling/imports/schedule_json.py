"""schedule.json: frab's, pretalx's, c3voc's."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import orjson

from colloque_scheduling.domain.programme.incoming import Event
from colloque_scheduling.domain.programme.origin import Link, Somebody
from colloque_scheduling.imports.hours import beginning, lasting
from colloque_scheduling.imports.unreadable import UnreadableFile


def read_json(body: bytes) -> Iterator[Event]:
    try:
        whole = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise UnreadableFile("It is no JSON.") from None
    if not isinstance(whole, dict) or not isinstance(whole.get("schedule"), dict):
        raise UnreadableFile("It is no schedule.json: it has no schedule.")
    return _events(whole["schedule"])


def _events(schedule: dict[str, Any]) -> Iterator[Event]:
    for day in schedule["conference"]["days"]:
        for room, held in day["rooms"].items():
            for event in held:
                yield _event(event, day.get("date"), room)


def _event(event: dict[str, Any], day: str | None, room: str) -> Event:
    starts_at = beginning(event.get("date"), day, event.get("start") or "", timedelta(0))
    id, guid = event.get("id"), _text(event, "guid")
    return Event(
        name=f"e{id}" if isinstance(id, int) else f"e{guid[:8]}",
        id=id if isinstance(id, int) and 0 < id < 2**31 else None,
        guid=guid,
        starts_at=starts_at,
        ends_at=starts_at + lasting(_text(event, "duration")),
        title=_text(event, "title"),
        slug=_text(event, "slug"),
        room=_text(event, "room") or room,
        track=_text(event, "track"),
        kind=_text(event, "type"),
        subtitle=_text(event, "subtitle"),
        language=_text(event, "language"),
        url=_text(event, "url"),
        abstract=_text(event, "abstract"),
        description=_text(event, "description"),
        people=tuple(_person(one) for one in event.get("persons") or () if _name(one)),
        links=tuple(_link(one) for one in event.get("links") or ()),
        attachments=tuple(_link(one) for one in event.get("attachments") or ()),
        licence=_text(event, "recording_license"),
        unrecorded=event.get("do_not_record") if isinstance(event.get("do_not_record"), bool) else None,
    )


def _text(values: dict[str, Any], name: str) -> str:
    value = values.get(name)
    if isinstance(value, dict):  # pretalx may say a word in several languages
        value = next((one for one in (value.get("en"), *value.values()) if one), "")
    return value if isinstance(value, str) else ""


def _name(person: dict[str, Any]) -> str:
    return (_text(person, "name") or _text(person, "public_name") or _text(person, "full_public_name")).strip()


def _person(one: dict[str, Any]) -> Somebody:
    id = one.get("id")
    return Somebody(name=_name(one), id=id if isinstance(id, int) else None, guid=_text(one, "guid"))


def _link(one: dict[str, Any]) -> Link:
    return Link(url=_text(one, "url") or _text(one, "href"), title=_text(one, "title"), kind=_text(one, "type"))
