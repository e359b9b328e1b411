"""Organisers move what is programmed: one session, two in each other's place, and never over each other's work."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from colloque.contracts.scheduling import ProgrammeReleased
from colloque_scheduling.domain.programme.draft import Draft
from colloque_scheduling.domain.programme.moves import NothingToSwap, SwapWithItself, swapped
from colloque_scheduling.domain.programme.session import OverCapacity, Session
from tests.scheduling import nec18
from tests.scheduling.house import House, nec18_as
from tests.scheduling.world import DRAFT, EDITION, EXAMPLES, session, wall

NEC = "/api/editions/nec-2018"


@pytest.fixture
async def filled() -> AsyncIterator[House]:
    async with nec18_as("filled") as house:
        yield house


def rule(answer: Any, status: int = 409) -> tuple[str, list[str]]:
    assert answer.status_code == status, answer.text
    return answer.json()["type"].rpartition("/")[2], answer.json().get("objects", [])


# ---- swapping
async def test_two_sessions_of_one_room_are_swapped_as_one_thing(filled: House) -> None:
    """Neither half alone would fit: each would stand where the other still is."""
    half = await filled.post(f"{NEC}/sessions/s06/move", {"slot": nec18.block("C")})
    assert rule(half) == ("room-double-booked", ["room/galerie", "session/s06", "session/s09"])

    answer = await filled.post(f"{NEC}/sessions/swap", {"a": "s06", "b": "s09"})

    assert answer.status_code == 200
    hours = {one["id"]: one["slot"]["starts_at"] for one in answer.json()["sessions"]}
    assert hours == {"s06": "2018-09-13T16:00", "s09": "2018-09-13T14:00"}
    assert (await filled.web.get(f"{NEC}/draft")).json()["conflicts"] == []


async def test_the_change_of_the_story_is_release_2(filled: House) -> None:
    await filled.release()
    moved = await filled.post(f"{NEC}/sessions/s12/move", {"room": "audito"})
    assert (moved.json()["room"], moved.json()["seats"], moved.json()["warnings"]) == ("audito", 240, [])
    await filled.post(f"{NEC}/sessions/swap", {"a": "s06", "b": "s09"})
    reason = {"fr": "intervenant empêché", "en": "speaker unable to attend"}
    await filled.post(f"{NEC}/sessions/s16/cancel", {"reason": reason})

    await filled.post(f"{NEC}/releases", {"n": 2})

    changed = nec18.load("expected.yaml")["nec18_story"]["release_2"]["changed"]
    [_, fact] = filled.said(ProgrammeReleased)
    methods = {"published": "REQUEST", "cancelled": "CANCEL"}
    told = {
        one.session: {"method": methods[one.current.state], "sequence": one.current.revision} for one in fact.changes
    }
    assert told == changed


async def test_a_swap_that_does_not_fit_is_refused_whole(filled: House) -> None:
    before = filled.docs(Session)

    assert rule(await filled.post(f"{NEC}/sessions/swap", {"a": "s06", "b": "s06"}), 422)[0] == "swap-with-itself"
    assert rule(await filled.post(f"{NEC}/sessions/swap", {"a": "s06", "b": "s99"}), 404)[0] == "no-such-session"
    too_small = await filled.post(f"{NEC}/sessions/swap", {"a": "s02", "b": "s04"})
    assert rule(too_small) == ("over-capacity", ["session/s02", "room/atelier3"])
    elsewhere = await filled.post(f"{NEC}/sessions/swap", {"a": "s07", "b": "s13"})
    assert elsewhere.status_code == 200, "people of neither are elsewhere at those hours"
    await filled.post(f"{NEC}/sessions/swap", {"a": "s07", "b": "s13"})
    busy = await filled.post(f"{NEC}/sessions/swap", {"a": "s03", "b": "s12"})
    assert rule(busy) == ("speaker-double-booked", ["person/nadia-benali", "session/s03", "session/s11"])
    after = filled.docs(Session)
    assert {id: (one.slot, one.room) for id, one in after.items()} == {
        id: (one.slot, one.room) for id, one in before.items()
    }


async def test_a_swap_touches_the_draft_once_and_both_sessions(filled: House) -> None:
    before = filled.docs(Draft)["nec-2018"].version
    await filled.post(f"{NEC}/sessions/swap", {"a": "s06", "b": "s09"})

    assert filled.docs(Draft)["nec-2018"].version == before + 1


def test_what_has_no_hours_is_not_swapped() -> None:
    early, off = session("s06", slot=wall("13T14:00", "13T15:30")), session("s09", slot=None, room=None)

    with pytest.raises(NothingToSwap):
        swapped(early, off, EDITION, DRAFT)
    with pytest.raises(NothingToSwap):
        swapped(session("s09").cancelled({}).document, early, EDITION, DRAFT)
    with pytest.raises(SwapWithItself):
        swapped(early, early, EDITION, DRAFT)


@EXAMPLES
@given(st.sampled_from(["audito", "galerie", "atelier3"]), st.integers(9, 17), st.integers(1, 240))
def test_swapping_twice_is_as_if_nothing_had_been_swapped(room: str, hour: int, seats: int) -> None:
    one = session("s06", slot=wall("14T14:00", "14T15:30"), seats=10)
    try:
        other = session("s09", room=room, slot=wall(f"13T{hour:02}:00", f"13T{hour + 1:02}:00"), seats=seats)
    except OverCapacity:
        return
    first, second = (change.document for change in swapped(one, other, EDITION, DRAFT))
    assert (first.slot, first.room, second.slot, second.room) == (other.slot, other.room, one.slot, one.room)

    again, back = (change.document for change in swapped(first, second, EDITION, DRAFT))
    assert (again.slot, again.room, again.holds) == (one.slot, one.room, one.holds)
    assert (back.slot, back.room, back.holds) == (other.slot, other.room, other.holds)


# ---- moving, tried first
async def test_a_move_is_tried_out_with_all_that_would_refuse_it(filled: House) -> None:
    await filled.post(f"{NEC}/assignments", {"session": "s05", "person": "awa", "role": "host", "access_needs": ["mi"]})
    to = {"room": "atelier3", "slot": nec18.block("A")}
    await filled.web.patch(f"{NEC}/sessions/s05", json={"seats": 100})
    before = filled.docs(Session)

    answer = await filled.post(f"{NEC}/sessions/s05/move?dry_run=true", to)

    assert answer.status_code == 200
    assert [(one["rule"], one["objects"][0], one["objects"][-1]) for one in answer.json()["conflicts"]] == [
        ("room-double-booked", "room/atelier3", "session/s04"),
        ("speaker-double-booked", "person/yann-le-goff", "session/s04"),
        ("speaker-double-booked", "person/solenn-kerdreux", "session/s02"),
    ]
    assert [one["rule"] for one in answer.json()["warnings"]] == ["room-not-step-free"]
    assert filled.docs(Session) == before
    assert rule(await filled.post(f"{NEC}/sessions/s05/move", to))[0] == "room-double-booked"


async def test_a_swap_is_tried_out_and_changes_nothing(filled: House) -> None:
    before = filled.docs(Session)

    fits = await filled.post(f"{NEC}/sessions/swap?dry_run=true", {"a": "s06", "b": "s09"})
    does_not = await filled.post(f"{NEC}/sessions/swap?dry_run=true", {"a": "s03", "b": "s12"})

    assert fits.json()["conflicts"] == []
    assert {one["rule"] for one in does_not.json()["conflicts"]} == {"speaker-double-booked"}
    assert filled.docs(Session) == before


# ---- two who save the same session
async def test_the_second_to_save_a_session_sees_what_the_first_has_done_and_loses_nothing(filled: House) -> None:
    read = await filled.web.get(f"{NEC}/sessions/s12")
    tag = read.headers["etag"]
    first = await filled.web.patch(f"{NEC}/sessions/s12", json={"room": "audito"}, headers={"if-match": tag})
    assert first.status_code == 200

    second = await filled.web.patch(f"{NEC}/sessions/s12", json={"seats": 200}, headers={"if-match": tag})

    assert rule(second, 412) == ("changed-meanwhile", ["session/s12"])
    stands = second.json()["current"]
    assert (stands["room"], stands["seats"], second.headers["etag"]) == ("audito", 240, first.headers["etag"])
    again = await filled.web.patch(
        f"{NEC}/sessions/s12", json={"seats": 200}, headers={"if-match": second.headers["etag"]}
    )
    assert (again.status_code, again.json()["room"], again.json()["seats"]) == (200, "audito", 200)


async def test_every_way_of_saving_a_session_knows_whether_it_has_changed_meanwhile(filled: House) -> None:
    old = {"if-match": '"1"'}
    await filled.web.patch(f"{NEC}/sessions/s12", json={"seats": 9})
    body = nec18.session("s12")
    del body["id"]

    assert (await filled.web.put(f"{NEC}/sessions/s12", json=body, headers=old)).status_code == 412
    assert (await filled.post(f"{NEC}/sessions/s12/move", {"room": "audito"}, **old)).status_code == 412
    assert (await filled.post(f"{NEC}/sessions/s12/cancel", {}, **old)).status_code == 412
    assert (await filled.web.put(f"{NEC}/sessions/s77", json=body, headers=old)).status_code == 404
    nonsense = {"if-match": "yesterday"}
    assert (await filled.web.patch(f"{NEC}/sessions/s12", json={"seats": 1}, headers=nonsense)).status_code == 422
    assert filled.docs(Session)["nec-2018/s12"].seats == 9
