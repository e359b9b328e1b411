"""What the house says of a full NEC 2018, counted from outside, beside what an independent replay expects of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from colloque_embedded.story.inbox import Inbox, Mail
from colloque_embedded.story.nec18 import EDITION, PARIS, Nec18, Row
from colloque_embedded.story.organiser import Organiser

COUNTED = (
    *("confirm_address", "registration_confirmed", "registration_waitlisted"),
    *("speaker_calendar", "speaker_invited"),
)
NOT_COUNTED = ("speaker_reminded",)
"""Reminders are not of the replay's figures."""


@dataclass(frozen=True)
class Registers:
    """The API's lists, and the mails as they arrived."""

    registrations: Sequence[Mapping[str, Any]]
    seats: Mapping[str, Any]
    mails: Mapping[str, Mapping[str, Any]]
    """By their id, as the house tells them."""
    arrived: Sequence[Mail]
    row_of: Mapping[str, str]
    """Registration → row: by the mail that asked to confirm it."""

    @property
    def registration_of(self) -> Mapping[str, Mapping[str, Any]]:
        """By row."""
        return {self.row_of[one["id"]]: one for one in self.registrations if one["id"] in self.row_of}


async def registers(organiser: Organiser, inbox: Inbox, data: Nec18) -> Registers:
    registrations = await every_registration(organiser)
    mails = await every_mail(organiser)
    arrived = [mail for mail in await inbox.all() if mail.id in mails]
    about = [(mail, mails[mail.id]["about"]) for mail in arrived if mails[mail.id]["template"] == "confirm_address"]
    return Registers(
        registrations=registrations,
        seats=await organiser.get(f"/api/editions/{EDITION}/seats"),
        mails=mails,
        arrived=arrived,
        row_of=_rows_of(about, data.rows.values()),
    )


async def every_registration(organiser: Organiser) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    after: int | None = 0
    while after is not None:
        page = await organiser.get(f"/api/editions/{EDITION}/registrations", after=after, limit=500)
        rows += page["registrations"]
        after = page["next_after"]
    return rows


async def every_mail(organiser: Organiser) -> dict[str, dict[str, Any]]:
    mails: dict[str, dict[str, Any]] = {}
    before: int | None = 0
    while before is not None:
        page = await organiser.get(f"/api/editions/{EDITION}/mails", before=before)
        mails.update((one["id"], one) for one in page["mails"])
        before = page["before"]
    return mails


def counted(found: Registers, data: Nec18) -> dict[str, Any]:
    """In the shape of `awaited`."""
    of = found.registration_of
    confirmed = sorted(
        (id for id, one in of.items() if one["state"] == "confirmed"), key=lambda id: of[id]["decided_at"]
    )
    waiting = sorted(
        (id for id, one in of.items() if one["state"] == "waitlisted"), key=lambda id: of[id]["decided_at"]
    )
    without = [id for id in confirmed if of[id]["without"]]
    with_s13 = [id for id in confirmed if "s13" in of[id]["sessions"]]
    return {
        "registrations": len(found.registrations),
        "on_behalf": sum(one["channel"] == "on_behalf" for one in found.registrations),
        "states": dict(Counter(one["state"] for one in found.registrations)),
        "places_left": found.seats["places_left"],
        "last_place": {"at": _minute(of[confirmed[-1]]["decided_at"]), "registration": confirmed[-1]}
        if confirmed
        else {},
        "seats": {one["session"]: one["taken"] for one in found.seats["sessions"] if one["bookable"]},
        "bookings": sum(len(one["sessions"]) for one in of.values() if one["state"] == "confirmed"),
        "s13": {
            "confirmed_without": len(without),
            "first_without": without[0] if without else None,
            "last_without": without[-1] if without else None,
            "last_seat": with_s13[-1] if with_s13 else None,
            "full_at": _minute(of[with_s13[-1]]["decided_at"]) if with_s13 else None,
        },
        "refused_in_other_sessions": sum(len({*one["without"]} - {"s13"}) for one in of.values()),
        "line": waiting,
        "mails": _mails(found, data),
    }


def awaited(data: Nec18) -> dict[str, Any]:
    """The same of the expected figures, at full house."""
    known = data.expected
    mails = known["mails_at_full_house"]
    by_template = {name: mails["by_template"][name] for name in COUNTED}
    course = known["course_of"]
    last = known["last_place"]
    full = next(one for one in known["checkpoints"] if one["after"] == "click r0853")
    names = ("confirmed_without", "first_without", "last_without", "last_seat", "full_at")
    return {
        "registrations": known["registrations"],
        "on_behalf": known["on_behalf"],
        "states": {"confirmed": full["confirmed"], "waitlisted": full["waitlisted"]},
        "places_left": full["places_left"],
        "last_place": dict(last),
        "seats": {session: one["full_house"] for session, one in known["seats"].items()},
        "bookings": known["bookings"]["full_house"],
        "s13": {name: known["s13"][name] for name in names},
        "refused_in_other_sessions": known["refused_in_other_sessions"],
        "line": sorted((id for id in course if course[id][0].get("rank")), key=lambda id: course[id][0]["rank"]),
        "mails": {
            "by_template": by_template,
            "for_others_to_the_proxy_mailbox": mails["for_others_to_the_proxy_mailbox"],
            "arrived_twice": 0,
            "not_arrived": 0,
        },
    }


def counted_at_the_end(found: Registers, data: Nec18) -> dict[str, Any]:
    """In the shape of `awaited_at_the_end`."""
    states = ("confirmed", "offered", "waitlisted", "expired", "cancelled", "pending")
    tally = Counter(one["state"] for one in found.registrations)
    return {
        "states": {state: tally[state] for state in states},
        "places_left": found.seats["places_left"],
        "seats": {
            one["session"]: one["taken"] for one in found.seats["sessions"] if one["session"] in data.expected["seats"]
        },
        "bookings": sum(len(one["sessions"]) for one in found.registrations if one["state"] == "confirmed"),
        "mails": _mails(found, data),
    }


def awaited_at_the_end(data: Nec18) -> dict[str, Any]:
    """After release 2."""
    known = data.expected
    mails = known["mails"]
    return {
        "states": dict(known["end"]),
        "places_left": known["checkpoints"][-1]["places_left"],
        "seats": {session: one["end"] for session, one in known["seats"].items()},
        "bookings": known["bookings"]["end"],
        "mails": {
            "by_template": {name: dict(count) for name, count in mails["by_template"].items()},
            "for_others_to_the_proxy_mailbox": mails["for_others_to_the_proxy_mailbox"],
            "arrived_twice": 0,
            "not_arrived": 0,
        },
    }


def differences(found: Any, expected: Any, path: str = "") -> list[str]:
    """What is not as it should be, each with its name."""
    if isinstance(found, dict) and isinstance(expected, dict):
        names = dict.fromkeys([*expected, *found])
        return [line for name in names for line in differences(found.get(name), expected.get(name), f"{path}.{name}")]
    return [] if found == expected else [f"{path[1:]} is {found!r}, expected {expected!r}"]


def _mails(found: Registers, data: Nec18) -> dict[str, Any]:
    by_template: dict[str, Counter[str]] = {name: Counter() for name in COUNTED}
    for mail in found.arrived:
        if found.mails[mail.id]["template"] in NOT_COUNTED:
            continue
        count = by_template.setdefault(found.mails[mail.id]["template"], Counter())
        count.update({"total": 1, mail.locale: 1})
    of_others = {one["person"] for one in found.registrations if one["channel"] == "on_behalf"}
    proxies = {row.mailbox for row in data.rows.values() if row.proxy}
    for_others = Counter(
        found.mails[mail.id]["template"]
        for mail in found.arrived
        if mail.to in proxies and found.mails[mail.id]["person"] in of_others
    )
    copies = Counter(mail.id for mail in found.arrived)
    return {
        "by_template": {name: dict(count) for name, count in by_template.items()},
        "for_others_to_the_proxy_mailbox": dict(for_others),
        "arrived_twice": sum(n - 1 for n in copies.values()),
        "not_arrived": len(found.mails.keys() - copies.keys()),
    }


def _rows_of(about: list[tuple[Mail, str]], rows: Any) -> dict[str, str]:
    own: dict[str, Row] = {row.mailbox: row for row in rows if row.proxy is None}
    others = {row.name: row for row in rows if row.proxy}
    found = {}
    for mail, registration in about:
        named = (
            next((row for name, row in others.items() if name in mail.text), None) if _shared(mail, others) else None
        )
        row = named or own.get(mail.to)
        if row is not None:
            found[registration] = row.id
    return found


def _shared(mail: Mail, others: Mapping[str, Row]) -> bool:
    return any(mail.to == row.mailbox for row in others.values())


def _minute(at: str) -> str:
    return datetime.fromisoformat(at).astimezone(PARIS).replace(tzinfo=None).isoformat(timespec="minutes")
