"""The edition and the people of the story, as the registration room hears of them."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from colloque.contracts.fact import (
    EditionFrame,
    RoomFrame,
    SessionChange,
    SessionFrame,
    Slot,
    TrackFrame,
    Venue,
)
from colloque.contracts.scheduling import EditionOpened, ProgrammeReleased
from colloque_registration.commands import SubmitRegistration

DATA = Path(__file__).parents[2] / "examples" / "nec18"
PARIS = ZoneInfo("Europe/Paris")
LOOKS = {"lieux": "a1", "donnees": "a2", "communs": "a3"}


@cache
def load(name: str) -> Any:
    return yaml.safe_load((DATA / name).read_text("utf-8"))


def wall(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=PARIS).astimezone(UTC)


OPENING = wall("2018-06-20T08:00")


def frame(**changes: Any) -> EditionFrame:
    known: dict[str, Any] = {
        "edition": "nec-2018",
        "series": "nec",
        "code": "NEC18",
        "title": {"fr": "Numérique en Commun[s] 2018", "en": "Numérique en Commun[s] 2018"},
        "tagline": {"fr": "Écrire ensemble la société numérique de demain"},
        "starts_on": date(2018, 9, 13),
        "ends_on": date(2018, 9, 14),
        "tz": "Europe/Paris",
        "venue": Venue(name="École nationale supérieure d’architecture de Nantes", municipality="Nantes"),
        "capacity": 850,
        "closes_at": wall("2018-09-12T20:00"),
        "contact_email": "nec18@colloque.example",
        "contact_phone": "+33 2 61 91 00 18",
        "first_time_question": {
            "fr": "Avez-vous déjà participé aux Assises nationales de la médiation numérique ?",
            "en": "Have you already attended the Assises nationales de la médiation numérique?",
        },
        "demo": True,
    }
    return EditionFrame(**{**known, **changes})


def opened(**changes: Any) -> EditionOpened:
    return EditionOpened(subject="nec-2018", at=OPENING, frame=frame(**changes))


def slot(starts: str, ends: str) -> Slot:
    return Slot(starts_at=wall(starts), ends_at=wall(ends), tz="Europe/Paris")


def session(id: str, starts: str = "2018-09-13T11:00", ends: str = "2018-09-13T12:30", **changes: Any) -> SessionFrame:
    known: dict[str, Any] = {
        "id": id,
        "title": {"fr": f"Session {id}", "en": f"Session {id}"},
        "format": "workshop",
        "room": RoomFrame(id="plateau", name="Plateau Loire", capacity=240),
        "slot": slot(starts, ends),
        "seats": 240,
        "booking": "required",
    }
    return SessionFrame(**{**known, **changes})


def released(*sessions: SessionFrame, n: int = 1, taken_out: tuple[str, ...] = ()) -> ProgrammeReleased:
    changes = (
        *(SessionChange(session=one.id, current=one) for one in sessions),
        *(SessionChange(session=id) for id in taken_out),
    )
    tracks = tuple(
        TrackFrame(id=id, order=place, title={"fr": id.capitalize()}, look=look)
        for place, (id, look) in enumerate(LOOKS.items())
    )
    return ProgrammeReleased(subject="nec-2018", at=OPENING, edition="nec-2018", n=n, tracks=tracks, changes=changes)


@cache
def programme() -> tuple[SessionFrame, ...]:
    """The eighteen sessions."""
    told = load("nec18_programme.yaml")
    blocks = {block["id"]: block for block in told["blocks"]}
    rooms = {room["id"]: room for room in told["rooms"]}
    frames = []
    for one in told["sessions"]:
        block, room = blocks[one["block"]], rooms[one["room"]]
        frames.append(
            session(
                one["id"],
                f"{block['date']}T{block['start']}",
                f"{block['date']}T{block['end']}",
                title={"fr": one["title"], "en": one["title_en"]},
                format=one["format"],
                tracks=(one["track"],) if one["track"] else (),
                room=RoomFrame(
                    id=room["id"], name=room["name"], capacity=room["capacity"], step_free=room["step_free"]
                ),
                seats=one["seats"],
                booking=one["booking"],
            )
        )
    return tuple(frames)


def rows() -> list[dict[str, str]]:
    with (DATA / "registrations.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def submitted(row: dict[str, str]) -> datetime:
    return wall(row["submitted_at"])


def clicked(row: dict[str, str]) -> datetime:
    return submitted(row) + timedelta(minutes=int(row["confirm_after_min"]))


def form_of(row: dict[str, str]) -> SubmitRegistration:
    people = {one["id"]: one for one in load("people.yaml")["people"]}
    proxy = people[row["entered_by"]] if row["entered_by"] else None
    consents = [
        ("newsletter", "newsletter", "true"),
        ("image_right", "image", "accepted"),
        ("directory", "directory", "true"),
    ]
    return SubmitRegistration.model_validate(
        {
            "edition": "nec-2018",
            "given": row["given"],
            "family": row["family"],
            "email": proxy["test_email"] if proxy else row["email"],
            "locale": row["locale"],
            "on_behalf": row["channel"] == "on_behalf",
            "proxy": bool(proxy) and not row["email"],
            "entered_by": proxy["name"] if proxy else "",
            "category": row["category"],
            "first_time": row["first_time"],
            "sessions": row["bookings"].split(),
            "consents": [purpose for column, purpose, yes in consents if row[column] == yes],
        }
    )


NADIA = SubmitRegistration(
    edition="nec-2018",
    given="Nadia",
    family="Benali",
    email="nadia.benali@example.org",
    category="mediator",
    first_time="never_before",
    sessions=("s02", "s07"),
    consents=("newsletter",),
)
