"""Who is called what."""

from __future__ import annotations

from datetime import UTC, datetime

from colloque.contracts.registration import RegistrationExpired
from colloque.runtime.journal import parcels_of


def test_two_rooms_with_a_step_of_the_same_name_announce_different_facts() -> None:
    fact = RegistrationExpired(subject="r1", at=datetime(2018, 6, 20, tzinfo=UTC), edition="nec-2018", person="p1")
    here, there = (parcels_of(room, "cause/follow_release", [fact]) for room in ("registration", "notifications"))
    assert here[0]["id"] != there[0]["id"]
