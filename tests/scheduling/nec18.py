"""The edition of the story, as its organisers hand it to the API."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

DATA = Path(__file__).parents[2] / "examples" / "nec18"
PARIS = ZoneInfo("Europe/Paris")
JUNE = datetime(2018, 6, 4, 7, tzinfo=UTC)


@cache
def load(name: str) -> Any:
    return yaml.safe_load((DATA / name).read_text("utf-8"))


def wall(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=PARIS).astimezone(UTC)


def series() -> dict[str, Any]:
    return body(load("edition.yaml")["series"])


def edition(**changes: Any) -> dict[str, Any]:
    return body({**load("edition.yaml")["edition"], **changes})


def tracks() -> list[dict[str, Any]]:
    return [body(track) for track in load("edition.yaml")["tracks"]]


def rooms() -> list[dict[str, Any]]:
    return [{**room} for room in load("nec18_programme.yaml")["rooms"]]


def block(id: str) -> dict[str, str]:
    known = next(one for one in load("nec18_programme.yaml")["blocks"] if one["id"] == id)
    return {"starts_at": f"{known['date']}T{known['start']}", "ends_at": f"{known['date']}T{known['end']}"}


def session(name: str, **changes: Any) -> dict[str, Any]:
    """The body of a session, with its id."""
    known = next(one for one in load("nec18_programme.yaml")["sessions"] if one["id"] == name)
    told = {
        "id": name,
        "title": {"fr": known["title"], "en": known["title_en"]},
        "abstract": load("edition.yaml")["abstracts"][name],
        "format": known["format"],
        "tracks": [known["track"]] if known["track"] else [],
        "room": known["room"],
        "overflow": known.get("overflow"),
        "slot": block(known["block"]),
        "seats": known["seats"],
        "booking": known["booking"],
    }
    return {**told, **changes}


def sessions() -> list[dict[str, Any]]:
    return [session(one["id"]) for one in load("nec18_programme.yaml")["sessions"]]


def assignments() -> list[dict[str, Any]]:
    return [
        {"session": one["session"], "person": one["person"], "role": one["role"]}
        for one in load("nec18_programme.yaml")["assignments"]
    ]


def body(values: dict[str, Any]) -> dict[str, Any]:
    return {name: plain(value) for name, value in values.items()}


def plain(value: Any) -> Any:
    """As JSON would carry it."""
    if isinstance(value, dict):
        return {name: plain(one) for name, one in value.items()}
    if isinstance(value, list):
        return [plain(one) for one in value]
    return value.isoformat() if hasattr(value, "isoformat") else value
