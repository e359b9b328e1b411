"""The life of an edition: what stands in the table happens and is told, all else is refused and changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from colloque.contracts.scheduling import (
    EditionAmended,
    EditionAnnounced,
    EditionCancelled,
    EditionClosed,
    EditionFact,
    EditionOpened,
    EditionPostponed,
    RegistrationClosed,
)
from colloque.runtime.refusal import Invalid
from colloque.runtime.work import Change
from colloque.web.i18n import RESERVED
from colloque_scheduling.domain.programme.edition import Edition, EditionIsOver, ReservedWord
from colloque_scheduling.domain.programme.frame import ClosesBeforeItOpens
from colloque_scheduling.domain.programme.slot import UnknownZone
from colloque_scheduling.domain.programme.states import TRANSITIONS, IllegalTransition, State
from tests.scheduling.world import EDITION, EXAMPLES, NOW, PLAN

Verb = Callable[[Edition], Change[Edition]]
VERBS: dict[State, tuple[Verb, type[EditionFact] | None]] = {
    State.ANNOUNCED: (lambda one: one.announce(NOW), EditionAnnounced),
    State.OPEN: (lambda one: one.open(NOW), EditionOpened),
    State.CLOSED_REGISTRATION: (lambda one: one.close_registration(NOW), RegistrationClosed),
    State.RUNNING: (lambda one: one.begin(NOW), None),
    State.CLOSED: (lambda one: one.close(NOW), EditionClosed),
    State.ARCHIVED: (lambda one: one.archive(NOW), None),
    State.POSTPONED: (lambda one: one.postpone(NOW, {"fr": "Grève"}), EditionPostponed),
    State.CANCELLED: (lambda one: one.cancel(NOW, {"fr": "Tempête"}), EditionCancelled),
}
LEGAL = [(before, after) for before, afters in TRANSITIONS.items() for after in sorted(afters)]
ILLEGAL = [
    (before, after)
    for before, after in product(State, VERBS)
    if after not in TRANSITIONS[before] and (before, after) != (State.OPEN, State.RUNNING)
]


def standing(state: State) -> Edition:
    return EDITION.model_copy(update={"state": state})


@pytest.mark.parametrize(("before", "after"), LEGAL)
def test_a_legal_step_is_taken_and_told(before: State, after: State) -> None:
    verb, fact = VERBS[after]

    change = verb(standing(before))

    assert change.document.state is after
    assert change.document.version == EDITION.version + 1
    told = () if before is State.DRAFT and after is State.CANCELLED else (fact,) if fact else ()
    assert [type(one) for one in change.facts] == list(told)
    assert all(isinstance(one, EditionFact) and one.frame == change.document.frame for one in change.facts)


@pytest.mark.parametrize(("before", "after"), ILLEGAL)
def test_an_illegal_step_is_refused_and_names_both_ends(before: State, after: State) -> None:
    with pytest.raises(IllegalTransition) as refused:
        VERBS[after][0](standing(before))

    assert refused.value.objects == ("edition/nec-2018",)
    assert refused.value.context == {"before": str(before), "after": str(after)}
    assert refused.value.slug == "illegal-transition"


def test_an_open_edition_whose_first_day_comes_closes_registration_on_the_way() -> None:
    change = standing(State.OPEN).begin(NOW)

    assert change.document.state is State.RUNNING
    assert [type(fact) for fact in change.facts] == [RegistrationClosed]


def test_what_is_put_off_keeps_its_first_dates_and_is_announced_anew() -> None:
    later = standing(State.OPEN).postpone(NOW, {"fr": "Grève"}).document
    moved = later.amended({"starts_on": "2018-11-08", "ends_on": "2018-11-09"}, NOW).document

    assert (moved.state, moved.before, moved.decided_at) == (State.POSTPONED, (PLAN.starts_on, PLAN.ends_on), NOW)
    assert moved.announce(NOW).document.before is None


@EXAMPLES
@given(state=st.sampled_from([State.CLOSED, State.ARCHIVED, State.CANCELLED]), capacity=st.integers(1, 1000))
def test_what_is_history_is_not_amended(state: State, capacity: int) -> None:
    with pytest.raises(EditionIsOver):
        standing(state).amended({"capacity": capacity}, NOW)


def test_a_draft_is_amended_in_silence_and_an_announced_edition_aloud() -> None:
    assert EDITION.amended({"capacity": 900}, NOW).facts == ()

    change = standing(State.ANNOUNCED).amended({"capacity": 900, "title": {"en": "Digital commons 2018"}}, NOW)

    assert [type(fact) for fact in change.facts] == [EditionAmended]
    assert change.document.title == {"fr": "Numérique en Commun[s] 2018", "en": "Digital commons 2018"}


def test_saying_the_same_again_changes_nothing() -> None:
    edition = standing(State.OPEN)

    assert edition.amended({"capacity": 850, "code": " NEC18 "}, NOW).document is edition


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"capacity": 0}, "capacity"),
        ({"capacity": "many"}, "capacity"),
        ({"ends_on": "2018-09-12"}, "ends_on"),
        ({"title": {"fr": None, "en": "Only English"}}, "title"),
        ({"title": {"de": "Gemeingut"}}, "title"),
        ({"state": "open"}, "state"),
        ({"venue": None}, "venue"),
    ],
)
def test_a_frame_that_cannot_be_meant_is_refused_at_its_field(changes: dict[str, object], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        EDITION.amended(changes, NOW)

    assert (refused.value.field or "").split(".")[0] == field


def test_registration_closes_after_it_opens() -> None:
    with pytest.raises(ClosesBeforeItOpens):
        EDITION.amended({"opens_at": "2018-06-20T08:00:00+02:00", "closes_at": "2018-06-20T06:00:00Z"}, NOW)


@pytest.mark.parametrize("tz", ["Europe/Nantes", "../etc/passwd", "Europe", "", "Europe/Paris\0"])
def test_only_known_time_zones(tz: str) -> None:
    with pytest.raises(UnknownZone):
        EDITION.amended({"tz": tz}, NOW)


@pytest.mark.parametrize("word", RESERVED)
def test_an_edition_never_takes_the_name_of_a_page(word: str) -> None:
    with pytest.raises(ReservedWord):
        Edition.plan(word, PLAN)
