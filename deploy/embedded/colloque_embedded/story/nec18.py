"""What there is of NEC 2018 in `examples/nec18`, as an organiser tells the API and as people say it in the form."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from colloque_embedded.refusal import HouseRefusal

EXAMPLE = Path(__file__).parents[4] / "examples" / "nec18"
PARIS = ZoneInfo("Europe/Paris")
EDITION = "nec-2018"

NEEDS = {"mi": "step_free", "hi": "induction_loop", "vi": "large_print", "pi": "quiet_room", "ii": "falc"}
"""The data say of what kind a need is; the form only asks what has to be prepared."""
CONSENTS = {
    "newsletter": ("newsletter", "true"),
    "image_right": ("image", "accepted"),
    "directory": ("directory", "true"),
}


@dataclass(frozen=True)
class Row:
    """Somebody who registers, or is registered by `proxy`."""

    told: dict[str, str]
    proxy: dict[str, Any] | None

    @property
    def id(self) -> str:
        return self.told["id"]

    @property
    def name(self) -> str:
        return f"{self.told['given']} {self.told['family']}"

    @property
    def locale(self) -> str:
        return self.told["locale"]

    @property
    def mailbox(self) -> str:
        return str(self.proxy["test_email"]) if self.proxy else self.told["email"]

    @property
    def sessions(self) -> list[str]:
        return self.told["bookings"].split()

    @property
    def submitted(self) -> datetime:
        return wall(self.told["submitted_at"])

    @property
    def clicked(self) -> datetime:
        return self.submitted + timedelta(minutes=int(self.told["confirm_after_min"]))

    @property
    def answers(self) -> dict[str, str | list[str]]:
        """All that is said in the form but the sessions, whose questions are the programme's."""
        whom = {"who": "other", "proxy_name": self.proxy["name"], "mailbox": "mine"} if self.proxy else {}
        return {
            **whom,
            "given": self.told["given"],
            "family": self.told["family"],
            "email": self.mailbox,
            "category": self.told["category"],
            "first_time": self.told["first_time"],
            "meal": self.told["meal"],
            "access": [NEEDS[need] for need in self.told["access_needs"].split()],
            "consents": [purpose for column, (purpose, yes) in CONSENTS.items() if self.told[column] == yes],
        }


@dataclass(frozen=True)
class Conflict:
    """What an organiser tries, and which rule says no (or, a warning, only speaks up)."""

    rule: str
    path: str
    body: dict[str, Any]
    warns: bool = False


class Nec18:
    def __init__(self, folder: Path = EXAMPLE) -> None:
        self.folder = folder
        if not (folder / "registrations.csv").exists():
            raise HouseRefusal(
                f"The story's data are not in {folder}: the demo is played from a checkout of the sources."
            )

    @cached_property
    def rows(self) -> dict[str, Row]:
        with (self.folder / "registrations.csv").open(encoding="utf-8", newline="") as lines:
            told = list(csv.DictReader(lines))
        return {row["id"]: Row(row, self.people.get(row["entered_by"])) for row in told}

    @cached_property
    def people(self) -> dict[str, dict[str, Any]]:
        return {one["id"]: one for one in self._load("people.yaml")["people"]}

    @cached_property
    def expected(self) -> dict[str, Any]:
        known: dict[str, Any] = self._load("expected.yaml")["nec18_story"]
        return known

    # ---- for the API
    @property
    def organiser(self) -> dict[str, str]:
        return self.person("lea-martin")

    def person(self, id: str) -> dict[str, str]:
        known = self.people[id]
        given, _, family = known["name"].partition(" ")
        email = known["test_email"]
        return {"external_id": id, "given": given, "family": family, "email": email, "locale": known["locale"]}

    @property
    def series(self) -> dict[str, Any]:
        told: dict[str, Any] = _plain(self._edition["series"])
        return told

    @property
    def edition(self) -> dict[str, Any]:
        told: dict[str, Any] = _plain(self._edition["edition"])
        return told

    @property
    def tracks(self) -> list[dict[str, Any]]:
        return [_plain(track) for track in self._edition["tracks"]]

    @property
    def rooms(self) -> list[dict[str, Any]]:
        return [dict(room) for room in self._programme["rooms"]]

    @property
    def sessions(self) -> list[dict[str, Any]]:
        return [self._session(one) for one in self._programme["sessions"]]

    @property
    def speaking(self) -> list[dict[str, str]]:
        """Who is asked for which session, and where that stands once they have answered."""
        return [dict(one) for one in self._programme["assignments"]]

    @property
    def assignments(self) -> list[dict[str, str]]:
        """With the person as the data call them."""
        wanted = ("session", "person", "role")
        return [{name: one[name] for name in wanted} for one in self.speaking]

    @property
    def speakers(self) -> list[dict[str, str]]:
        return [self.person(id) for id in sorted({one["person"] for one in self.assignments})]

    @property
    def changes(self) -> list[tuple[str, dict[str, Any]]]:
        """What becomes version 2: the address below `sessions`, and what is said there."""
        return [_change(one) for one in self._programme["change_after_release"]]

    def conflicts(self, person: dict[str, str]) -> list[Conflict]:
        """`person`: how the house calls them. Those of the data, and the rules that these leave out."""
        listed = [_conflict(one, person, self._session) for one in self._programme["conflicts_to_detect"]]
        whole = {"format": "plenary", "title": {"fr": "Une plénière de trop"}, "room": "audito", "tracks": []}
        evening = {"starts_at": "2018-09-13T19:00", "ends_at": "2018-09-13T20:00"}
        day_after = {"starts_at": "2018-09-15T09:30", "ends_at": "2018-09-15T10:30"}
        return [
            *listed,
            Conflict("session-outside-edition", "sessions", {"id": "apres", **whole, "slot": day_after}),
            Conflict("over-capacity", "sessions", {"id": "trop", **whole, "slot": evening, "seats": 501}),
        ]

    # ----
    @cached_property
    def _edition(self) -> dict[str, Any]:
        return self._load("edition.yaml")

    @cached_property
    def _programme(self) -> dict[str, Any]:
        return self._load("nec18_programme.yaml")

    def _session(self, told: dict[str, Any]) -> dict[str, Any]:
        block = next((one for one in self._programme["blocks"] if one["id"] == told.get("block")), None)
        slot = block and {
            "starts_at": f"{block['date']}T{block['start']}",
            "ends_at": f"{block['date']}T{block['end']}",
        }
        title = {"fr": told["title"], **({"en": told["title_en"]} if "title_en" in told else {})}
        return {
            "id": told.get("id", "bis"),
            "title": title,
            "abstract": self._edition["abstracts"].get(told.get("id"), {}),
            "format": told.get("format", "workshop"),
            "tracks": [track] if (track := told.get("track", "communs")) else [],
            "room": told.get("room"),
            "overflow": told.get("overflow"),
            "slot": slot,
            "seats": told.get("seats", 0),
            "booking": told.get("booking", "none"),
        }

    def _load(self, name: str) -> dict[str, Any]:
        loaded: dict[str, Any] = yaml.load((self.folder / name).read_text("utf-8"), _Loader)  # noqa: S506 - a safe one
        return loaded


_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def wall(text: str) -> datetime:
    """A clock in Paris."""
    return datetime.fromisoformat(text).replace(tzinfo=PARIS).astimezone(UTC)


def _conflict(told: dict[str, Any], person: dict[str, str], session: Any) -> Conflict:
    add, warns = told["add"], told.get("severity") == "warning"
    rule = told["rule"].replace("_", "-")
    if "person" not in add:
        return Conflict(rule, "sessions", session(add), warns)
    needs = [add["access_need"]] if "access_need" in add else []
    who = {"session": add["session"], "person": person[add["person"]], "role": add["role"], "access_needs": needs}
    return Conflict(rule, "assignments", who, warns)


def _change(told: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    session = told["session"]
    if told.get("cancel"):
        return f"{session}/cancel", {"reason": {"fr": told["reason"], "en": told["reason_en"]}}
    if "swap_with" in told:
        return "swap", {"a": session, "b": told["swap_with"]}
    return f"{session}/move", {"room": told["to_room"]}


def _plain(value: Any) -> Any:
    """As JSON carries it."""
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return value.isoformat() if hasattr(value, "isoformat") else value
