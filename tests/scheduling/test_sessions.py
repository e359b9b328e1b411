"""The rules of one session: its format, its room, its days, its people."""

from __future__ import annotations

from typing import Any

import pytest

from colloque.runtime.refusal import NotFound, Refusal
from colloque_scheduling.domain.programme.assignment import Answer, Assignment, Role
from colloque_scheduling.domain.programme.draft import (
    Draft,
    ProgrammeTooLong,
    Room,
    StillUsed,
    UnknownRoom,
    UnknownTrack,
)
from colloque_scheduling.domain.programme.formats import (
    NoTrackForFormat,
    OneTrackForFormat,
    OverflowForPlenariesOnly,
    TrackRequiredForFormat,
)
from colloque_scheduling.domain.programme.session import (
    AlreadyAssigned,
    HoursWithoutRoom,
    OverCapacity,
    Session,
    SessionOutsideEdition,
    Standing,
)
from colloque_scheduling.domain.programme.states import IllegalTransition
from tests.scheduling.world import DRAFT, EDITION, plan, session, wall

SPEAKER = Assignment(person="yann", role=Role.SPEAKER)


@pytest.mark.parametrize(
    ("values", "refusal", "objects"),
    [
        ({"tracks": ()}, TrackRequiredForFormat, ("session/s02",)),
        ({"format": "masterclass", "tracks": ()}, TrackRequiredForFormat, ("session/s02",)),
        ({"format": "prototype", "tracks": ()}, TrackRequiredForFormat, ("session/s02",)),
        ({"format": "plenary"}, NoTrackForFormat, ("session/s02",)),
        ({"tracks": ("lieux", "communs")}, OneTrackForFormat, ("session/s02",)),
        ({"tracks": ("donnees",)}, UnknownTrack, ("track/donnees",)),
        ({"room": "cave"}, UnknownRoom, ("room/cave",)),
        ({"overflow": "retrans"}, OverflowForPlenariesOnly, ("session/s02",)),
        ({"seats": 241}, OverCapacity, ("session/s02", "room/galerie")),
        ({"room": None}, HoursWithoutRoom, ()),
        ({"slot": None}, HoursWithoutRoom, ()),
        ({"slot": wall("12T23:00", "13T01:00")}, SessionOutsideEdition, ("session/s02", "edition/nec-2018")),
        ({"slot": wall("14T23:00", "15T00:01")}, SessionOutsideEdition, ("session/s02", "edition/nec-2018")),
    ],
)
def test_what_breaks_a_rule_is_refused_by_its_name(
    values: dict[str, Any], refusal: type[Refusal], objects: tuple[str, ...]
) -> None:
    with pytest.raises(refusal) as refused:
        Session.plan(EDITION, DRAFT, "s02", plan(**values))

    assert refused.value.objects == objects
    assert refused.value.field is not None


@pytest.mark.parametrize(
    "values",
    [
        {"format": "crossed_views", "tracks": ("lieux", "communs")},
        {"format": "crossed_views", "tracks": ()},
        {"format": "conference", "tracks": ()},
        {"format": "plenary", "tracks": (), "room": "audito", "overflow": "retrans", "seats": 850},
        {"slot": wall("14T22:00", "15T00:00")},
        {"slot": wall("13T09:00", "13T10:00", tz="America/Montreal")},
        {"seats": 240},
    ],
)
def test_what_the_rules_allow_is_scheduled(values: dict[str, Any]) -> None:
    assert Session.plan(EDITION, DRAFT, "s02", plan(**values)).document.state is Standing.SCHEDULED


def test_a_plenary_seats_its_room_and_the_overflow_room_and_no_more() -> None:
    with pytest.raises(OverCapacity):
        Session.plan(
            EDITION, DRAFT, "s01", plan(format="plenary", tracks=(), room="audito", overflow="retrans", seats=851)
        )


def test_the_days_of_an_edition_are_those_of_its_own_clock() -> None:
    """11 p.m. in Montréal on the 13th is 5 a.m. on the 14th in Nantes: inside; on the 14th it is outside."""
    Session.plan(EDITION, DRAFT, "s02", plan(slot=wall("13T23:00", "13T23:30", tz="America/Montreal")))

    with pytest.raises(SessionOutsideEdition):
        Session.plan(EDITION, DRAFT, "s02", plan(slot=wall("14T23:00", "14T23:30", tz="America/Montreal")))


def test_a_session_without_hours_is_a_draft_and_holds_nothing() -> None:
    made = session("s02", "yann", slot=None, room=None)

    assert (made.state, made.holds, made.busy) == (Standing.DRAFT, (), ("yann",))


def test_what_a_session_holds_is_its_rooms_and_its_people_on_its_days() -> None:
    made = session("s02", "yann", slot=wall("13T23:00", "14T03:00"))

    assert made.holds == (
        "room/nec-2018/galerie@2018-09-13",
        "room/nec-2018/galerie@2018-09-14",
        "person/yann@2018-09-13",
        "person/yann@2018-09-14",
    )


def test_hours_once_given_are_moved_and_not_taken_away() -> None:
    with pytest.raises(IllegalTransition):
        session("s02").amended(EDITION, DRAFT, {"slot": None, "room": None})


def test_a_patch_changes_what_it_names() -> None:
    made = session("s02", "yann")

    moved = made.amended(EDITION, DRAFT, {"room": "audito", "slot": {"ends_at": "2018-09-13T13:00"}}).document

    assert moved.version == made.version + 1
    assert (moved.room, moved.seats, moved.people) == ("audito", 100, made.people)
    assert moved.slot == wall("13T11:00", "13T13:00", tz="Europe/Paris")
    assert moved.amended(EDITION, DRAFT, {"room": "audito"}).document is moved


def test_a_cancelled_session_stays_cancelled_and_frees_its_room() -> None:
    gone = session("s02").cancelled({"fr": "Intervenant empêché"}).document

    assert (gone.state, gone.holds) == (Standing.CANCELLED, ())
    with pytest.raises(IllegalTransition):
        gone.cancelled({})
    with pytest.raises(IllegalTransition):
        gone.amended(EDITION, DRAFT, {"seats": 3})
    with pytest.raises(IllegalTransition):
        gone.assigned(SPEAKER)


def test_a_session_without_hours_is_not_cancelled() -> None:
    with pytest.raises(IllegalTransition):
        session("s02", slot=None, room=None).cancelled({})


def test_somebody_is_assigned_once_in_a_role() -> None:
    made = session("s02").assigned(SPEAKER).document

    assert made.assigned(SPEAKER).document is made
    with pytest.raises(AlreadyAssigned):
        made.assigned(SPEAKER.model_copy(update={"provisions": ("step_free",)}))
    both = made.assigned(SPEAKER.model_copy(update={"role": Role.MODERATOR})).document
    assert both.busy == ("yann",)


@pytest.mark.parametrize("answer", [Answer.DECLINED, Answer.EXPIRED, Answer.WITHDRAWN])
def test_who_does_not_come_is_free_for_others(answer: Answer) -> None:
    made = session("s02").assigned(SPEAKER.model_copy(update={"state": answer})).document

    assert made.busy == ()


def test_whoever_is_taken_out_is_no_longer_there() -> None:
    made = session("s02", "yann").unassigned("yann.speaker").document

    assert (made.people, made.busy) == ((), ())
    with pytest.raises(NotFound):
        made.unassigned("yann.speaker")


def test_a_room_or_a_track_in_use_stays() -> None:
    with pytest.raises(StillUsed) as refused:
        DRAFT.without_room("galerie", ["s02", "s01"])
    assert refused.value.objects == ("room/galerie", "session/s01", "session/s02")
    with pytest.raises(StillUsed):
        DRAFT.without_track("lieux", ["s02"])
    with pytest.raises(NotFound):
        DRAFT.without_track("lune", [])
    assert [room.id for room in DRAFT.without_room("galerie", []).document.rooms] == ["audito", "retrans", "atelier3"]


def test_the_same_room_again_changes_nothing() -> None:
    assert DRAFT.with_room(DRAFT.rooms[0]).document is DRAFT


def test_tracks_stand_in_their_order() -> None:
    first = DRAFT.tracks[1].model_copy(update={"order": 0})

    assert [track.id for track in DRAFT.with_track(first).document.tracks] == ["communs", "lieux"]


def test_a_programme_has_an_end() -> None:
    full = Draft(id="nec-2018", sessions=2000)

    with pytest.raises(ProgrammeTooLong):
        full.touched(added=1)
    assert full.touched().document.sessions == 2000
    crowded = Draft(id="x", rooms=tuple(Room(id=f"r{n}", name="R", capacity=1) for n in range(200)))
    with pytest.raises(ProgrammeTooLong):
        crowded.with_room(Room(id="one-more", name="R", capacity=1))
