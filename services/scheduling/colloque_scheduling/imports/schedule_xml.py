"""schedule.xml: c3voc's, frab's, pretalx's and pentabarf's; and EuroPython's of its first years."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from colloque_scheduling.domain.programme.incoming import Event
from colloque_scheduling.domain.programme.origin import Link, Somebody
from colloque_scheduling.imports.hours import beginning, hour, lasting
from colloque_scheduling.imports.unreadable import UnreadableFile


def read_xml(body: bytes) -> Iterator[Event]:
    try:
        root = fromstring(body, forbid_dtd=True)
    except DefusedXmlException:
        raise UnreadableFile("It brings a document type or entities, and no programme needs any.") from None
    except ParseError as odd:
        line, column = odd.position
        raise UnreadableFile(f"It is no XML: line {line}, column {column}.") from None
    if root.tag != "schedule":
        raise UnreadableFile(f"It is no schedule.xml: it begins with <{str(root.tag)[:40]}>.")
    told = root.find("conference/day_change")
    change = hour(told.text[:5]) if told is not None and told.text and told.text.strip() else timedelta(0)
    return _events(root, change)


def _events(root: Element, change: timedelta) -> Iterator[Event]:
    for day in root.iter("day"):
        date = day.get("date")
        for room in day.iter("room"):
            for event in room.findall("event"):
                yield _event(event, date, room.get("name", ""), change)
        for entry in day.findall("entry"):
            yield _entry(entry, date)


def _event(event: Element, day: str | None, room: str, change: timedelta) -> Event:
    starts_at = beginning(event.findtext("date"), day, event.findtext("start", ""), change)
    id = event.get("id", "")
    recording = event.find("recording")
    return Event(
        name=f"e{id}" if id.isdecimal() else f"e{event.get('guid', '')[:8]}",
        id=int(id) if id.isdecimal() and 0 < int(id) < 2**31 else None,
        guid=event.get("guid", ""),
        starts_at=starts_at,
        ends_at=starts_at + lasting(event.findtext("duration", "")),
        title=event.findtext("title") or "",
        slug=event.findtext("slug") or "",
        room=event.findtext("room") or room,
        track=event.findtext("track") or "",
        kind=event.findtext("type") or "",
        subtitle=event.findtext("subtitle") or "",
        language=event.findtext("language") or "",
        url=event.findtext("url") or "",
        abstract=event.findtext("abstract") or "",
        description=event.findtext("description") or "",
        people=tuple(_person(one) for one in event.iterfind("persons/person") if (one.text or "").strip()),
        links=tuple(_link(one) for one in event.iterfind("links/link") if one.get("href")),
        attachments=tuple(_link(one) for one in event.iterfind("attachments/attachment") if one.get("href")),
        licence=(recording.findtext("license") or "") if recording is not None else "",
        unrecorded=(recording.findtext("optout") == "true") if recording is not None else None,
    )


def _person(one: Element) -> Somebody:
    id = one.get("id", "")
    return Somebody(name=(one.text or "").strip(), id=int(id) if id.isdecimal() else None, guid=one.get("guid", ""))


def _link(one: Element) -> Link:
    return Link(url=one.get("href", ""), title=(one.text or "").strip(), kind=one.get("type", ""))


def _entry(entry: Element, day: str | None) -> Event:
    starts_at = beginning(None, day, entry.findtext("start", ""), timedelta(0))
    id = entry.get("id", "")
    return Event(
        name=f"e{id}",
        id=int(id) if id.isdecimal() and int(id) > 0 else None,
        starts_at=starts_at,
        ends_at=starts_at + lasting(entry.findtext("duration", "")),
        title=entry.findtext("title") or "",
        room=entry.findtext("room") or "",
        track=entry.findtext("topics/topic") or "",
        kind=entry.findtext("category") or "",
        abstract=entry.findtext("abstract") or "",
        description=entry.findtext("description") or "",
        people=tuple(
            Somebody(name=name, id=int(one.get("id", "")) if one.get("id", "").isdecimal() else None)
            for one in entry.iterfind("speakers/speaker")
            if (name := (one.findtext("name") or "").strip())
        ),
    )
