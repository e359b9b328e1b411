"""The programme as plain JSON: all that the public pages say of it, in every language it is written in."""

from __future__ import annotations

from typing import Any

import orjson

from colloque_scheduling.feeds.telling import Source, Telling, home, tellings


def programme_json(source: Source, lang: str) -> bytes:
    e, programme = source.edition, source.programme
    whole = {
        "edition": {
            "id": e.id,
            "code": e.code,
            "title": e.title,
            "starts_on": e.starts_on,
            "ends_on": e.ends_on,
            "tz": e.tz,
            "venue": {"name": e.venue.name, "address": e.venue.address, "municipality": e.venue.municipality},
            "state": str(e.state),
            "licence": e.licence,
            "url": home(source, lang),
        },
        "release": programme.n,
        "released_at": programme.at,
        "tracks": [track.model_dump() for track in programme.tracks],
        "sessions": [_session(one) for one in tellings(source, lang)],
    }
    return orjson.dumps(whole, option=orjson.OPT_INDENT_2 | orjson.OPT_UTC_Z)


def _session(one: Telling) -> dict[str, Any]:
    frame, session = one.frame, one.published
    told = {
        "id": one.key,
        "url": one.url,
        "title": frame.title,
        "abstract": frame.abstract,
        "format": str(frame.format),
        "level": session.level,
        "tracks": frame.tracks,
        "languages": session.languages,
        "room": frame.room.model_dump() | {"induction_loop": session.induction_loop},
        "overflow": session.overflow or None,
        "starts_at": one.starts_at,
        "ends_at": one.ends_at,
        "seats": frame.seats,
        "booking": frame.booking,
        "state": frame.state,
        "revision": frame.revision,
        "changed_at": one.changed_at,
        "people": [person.name for person in one.people],
        "notes_url": session.notes_url or None,
    }
    return told | ({"reason": session.reason} if session.reason else {})
