"""Releases: immutable, each the difference to the one before, and told as one fact."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from colloque.contracts.scheduling import ProgrammeReleased
from colloque_scheduling.domain.programme.edition import Edition, EditionNotAnnounced
from colloque_scheduling.domain.programme.published import applied, difference, moved
from colloque_scheduling.domain.programme.release import NothingToRelease, OtherRelease, Programme, Release, release
from colloque_scheduling.domain.programme.session import Session
from tests.scheduling.world import DRAFT, EDITION, EXAMPLES, NOW, session, wall

ANNOUNCED = EDITION.announce(NOW).document
EMPTY = Programme(id="nec-2018")
ROOMS = ("audito", "galerie", "atelier3")


def released(
    sessions: Sequence[Session], programme: Programme = EMPTY, edition: Edition = ANNOUNCED
) -> tuple[Release, Programme]:
    made, standing, _, _ = release(edition, DRAFT, sessions, programme, NOW)
    return made.document, standing.document


def told(made: Release, standing: Programme, sessions: Sequence[Session]) -> ProgrammeReleased:
    change, *_ = release(ANNOUNCED, DRAFT, sessions, standing, NOW)
    [fact] = change.facts
    assert isinstance(fact, ProgrammeReleased)
    return fact


def test_a_release_before_the_announcement_would_be_heard_by_nobody() -> None:
    with pytest.raises(EditionNotAnnounced):
        released([session("s02")], edition=EDITION)


def test_the_first_release_has_every_scheduled_session_at_revision_0() -> None:
    made, standing = released([session("s02"), session("s03", slot=None, room=None), session("s04", room="atelier3")])

    assert (made.n, made.id, standing.n) == (1, "nec-2018/1", 1)
    assert [(one.session, one.previous, one.current and one.current.frame.revision) for one in made.changes] == [
        ("s02", None, 0),
        ("s04", None, 0),
    ]


def test_a_release_that_changes_nothing_is_refused() -> None:
    _, standing = released([session("s02")])

    with pytest.raises(NothingToRelease):
        released([session("s02")], standing)


def test_a_release_is_made_by_one_person_at_a_time() -> None:
    with pytest.raises(OtherRelease):
        release(ANNOUNCED, DRAFT, [session("s02")], EMPTY, NOW, expected=2)


def test_a_cancelled_session_is_told_and_one_never_released_is_not() -> None:
    sessions = [session("s02"), session("s03", room="audito")]
    _, standing = released(sessions[:1])
    gone = [one.cancelled({"fr": "Empêché"}).document for one in sessions]

    made, after = released(gone, standing)

    [change] = made.changes
    assert change.current is not None
    assert (change.current.frame.state, change.current.frame.revision) == ("cancelled", 1)
    assert [one.frame.id for one in after.sessions] == ["s02"]
    assert after.changed == {"s02": ("state",)}


def test_a_new_title_is_a_change_that_moves_nobody() -> None:
    _, standing = released([session("s02")])
    fact = told(*released([session("s02")]), [session("s02", title={"fr": "Autrement"})])

    [change] = fact.changes
    assert change.previous is not None
    assert change.current is not None
    assert (change.previous.revision, change.current.revision, fact.n) == (0, 0, 2)
    assert standing.changed == {}


def test_the_fact_carries_the_swap_of_two_as_one_thing_and_no_abstracts() -> None:
    early, late = wall("13T14:00", "13T15:30"), wall("13T16:00", "13T17:30")
    before = [session("s06", slot=early, abstract={"fr": "Long"}), session("s09", slot=late)]
    after = [session("s06", slot=late, abstract={"fr": "Long"}), session("s09", slot=early)]

    fact = told(*released(before), after)

    assert [(one.session, one.current and one.current.revision) for one in fact.changes] == [("s06", 1), ("s09", 1)]
    assert all(not frame.abstract for one in fact.changes for frame in (one.previous, one.current) if frame)


def test_people_are_named_to_the_public_only_once_they_have_confirmed() -> None:
    _, standing = released([session("s02", "yann")])

    assert [(one.role, one.person) for one in standing.cast["s02"]] == [("speaker", None)]
    assert "yann" not in standing.model_dump_json()


def test_the_edition_shows_what_stands() -> None:
    sessions = [session("s02"), session("s03", slot=wall("14T09:00", "14T10:00"))]
    _, _, drafted, edition = release(ANNOUNCED, DRAFT, sessions, EMPTY, NOW)

    shown = edition.document.shown
    assert shown is not None
    assert (shown.n, shown.sessions, [(day.day.day, day.sessions) for day in shown.days]) == (1, 2, [(13, 1), (14, 1)])
    assert [(card.frame.id, card.sessions) for card in shown.tracks] == [("lieux", 2), ("communs", 0)]
    assert edition.document.version == ANNOUNCED.version + 1
    assert drafted.document.released == 1


@st.composite
def drafts(draw: st.DrawFn) -> list[Session]:
    made = []
    for key in draw(st.sets(st.sampled_from([f"s{n:02}" for n in range(8)]))):
        hour = draw(st.integers(9, 18))
        one = session(
            key,
            title={"fr": draw(st.sampled_from(["Un", "Deux"]))},
            room=draw(st.sampled_from(ROOMS)),
            slot=wall(f"13T{hour:02}:00", f"13T{hour + 1:02}:00"),
            seats=draw(st.sampled_from([10, 20])),
        )
        made.append(one.cancelled({}).document if draw(st.booleans()) else one)
    return made


@EXAMPLES
@given(st.lists(drafts(), max_size=5))
def test_the_differences_laid_on_each_other_are_the_programme(history: list[list[Session]]) -> None:
    standing, laid = EMPTY, applied((), ())
    for sessions in history:
        try:
            made, after = released(sessions, standing)
        except NothingToRelease:
            continue
        laid = applied(laid, made.changes)
        assert laid == after.sessions
        assert made.changes == difference(standing.sessions, after.sessions)
        standing = after


@EXAMPLES
@given(st.lists(drafts(), min_size=2, max_size=5))
def test_a_revision_rises_by_one_when_time_place_or_status_change_and_only_then(history: list[list[Session]]) -> None:
    standing = EMPTY
    for sessions in history:
        try:
            made, standing = released(sessions, standing)
        except NothingToRelease:
            continue
        for change in made.changes:
            if change.previous is None or change.current is None:
                continue
            old, new = change.previous.frame, change.current.frame
            differs = (old.slot, old.room.id, old.state) != (new.slot, new.room.id, new.state)
            assert new.revision - old.revision == int(differs)
            assert moved(old, new) == differs


@EXAMPLES
@given(drafts(), drafts())
def test_a_difference_is_empty_exactly_when_both_are_the_same(one: list[Session], other: list[Session]) -> None:
    first, second = released(one)[1].sessions, released(other)[1].sessions

    assert (difference(first, second) == ()) == (first == second)
    assert applied(first, difference(first, second)) == second


def test_a_release_of_an_empty_draft_says_that_there_is_no_programme_yet() -> None:
    made, standing = released([])

    assert (made.n, made.changes, standing.sessions) == (1, (), ())
