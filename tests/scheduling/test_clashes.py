"""Two sessions never share a room or a person at one time; what a room lacks for somebody is said, and never blocks."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from colloque_scheduling.domain.programme.assignment import Assignment, Role
from colloque_scheduling.domain.programme.clash import (
    RoomDoubleBooked,
    SpeakerDoubleBooked,
    all_clashes,
    cautions,
    clashes,
    must_not_clash,
)
from colloque_scheduling.domain.programme.session import Session
from colloque_scheduling.domain.programme.slot import WallSlot
from tests.scheduling.world import DRAFT, EXAMPLES, session, wall


def test_a_room_holds_one_session_at_a_time() -> None:
    with pytest.raises(RoomDoubleBooked) as refused:
        must_not_clash([session("s02")], [session("s03", slot=wall("13T12:00", "13T13:00"))])

    assert refused.value.objects == ("room/galerie", "session/s02", "session/s03")
    assert refused.value.slug == "room-double-booked"


def test_the_overflow_room_is_taken_too() -> None:
    plenary = session("s01", format="plenary", tracks=(), room="audito", overflow="retrans", seats=800)

    with pytest.raises(RoomDoubleBooked) as refused:
        must_not_clash([session("s02", room="retrans")], [plenary])
    assert refused.value.objects[0] == "room/retrans"


def test_a_person_is_in_one_place_at_a_time_in_whatever_edition() -> None:
    elsewhere = session("s01", "yann").model_copy(update={"id": "other-2018/s01", "edition": "other-2018"})

    with pytest.raises(SpeakerDoubleBooked) as refused:
        must_not_clash([session("s02", "yann")], [elsewhere])
    assert refused.value.objects == ("person/yann", "session/s02", "edition/other-2018/session/s01")


def test_rooms_of_two_editions_have_nothing_to_do_with_each_other() -> None:
    elsewhere = session("s01").model_copy(update={"id": "other-2018/s01", "edition": "other-2018"})

    must_not_clash([session("s02")], [elsewhere])


def test_back_to_back_is_no_clash() -> None:
    must_not_clash([session("s02", "yann")], [session("s03", "yann", slot=wall("13T12:30", "13T14:00"))])


def test_two_that_change_places_are_seen_as_they_will_be() -> None:
    """A swap: what those around say of the moved ones is outdated."""
    one, other = session("s06"), session("s09", slot=wall("13T16:00", "13T17:30"))
    swapped = [one.model_copy(update={"slot": other.slot}), other.model_copy(update={"slot": one.slot})]

    must_not_clash(swapped, [one, other])


def test_a_cancelled_session_clashes_with_nothing() -> None:
    must_not_clash([session("s02", "yann")], [session("s03", "yann").cancelled({}).document])


def test_what_a_room_lacks_for_somebody_is_said_without_a_name() -> None:
    needs = Assignment(person="awa", role=Role.SPEAKER, provisions=("induction_loop", "step_free"))
    made = session("s04", room="atelier3").assigned(needs).document

    found = cautions(made, DRAFT)

    assert [one.rule for one in found] == ["room-not-step-free", "room-without-induction-loop"]
    assert {one.objects for one in found} == {("session/s04", "room/atelier3")}
    assert "awa" not in repr(found)
    assert cautions(session("s02", room="audito").assigned(needs).document, DRAFT) == []


FIRST = datetime.fromisoformat("2018-09-13")
HOURS = st.integers(0, 46).flatmap(lambda start: st.tuples(st.just(start), st.integers(1, 6)))
PEOPLE = st.sets(st.sampled_from(["ana", "bo", "cy"]), max_size=2)


@st.composite
def programmes(draw: st.DrawFn) -> list[Session]:
    made = []
    for n, (start, long) in enumerate(draw(st.lists(HOURS, max_size=8))):
        starts = FIRST + timedelta(hours=start)
        hours = WallSlot(starts_at=starts, ends_at=min(starts + timedelta(hours=long), FIRST + timedelta(days=2)))
        room = draw(st.sampled_from(["audito", "galerie"]))
        made.append(session(f"s{n}", *sorted(draw(PEOPLE)), slot=hours, room=room))
    return made


@EXAMPLES
@given(programmes())
def test_looking_only_at_those_who_hold_the_same_finds_every_clash(sessions: list[Session]) -> None:
    naive = {
        (type(clash).__name__, clash.objects)
        for one, other in combinations(sorted(sessions, key=lambda one: one.id), 2)
        for clash in clashes([one], [other])
    }

    assert {(type(clash).__name__, clash.objects) for clash in all_clashes(sessions)} == naive


@EXAMPLES
@given(programmes())
def test_a_clash_is_what_two_that_stand_share_at_one_time(sessions: list[Session]) -> None:
    for one, other in combinations(sessions, 2):
        assert one.time is not None
        assert other.time is not None
        shares = bool({*one.rooms} & {*other.rooms} or {*one.busy} & {*other.busy})
        assert bool(list(clashes([one], [other]))) == (shares and one.time.overlaps(other.time))
