"""A chain names exactly what is missing, whichever of its lines have come."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from colloque.contracts.traces import TraceLine
from colloque_traces.domain.chain import Chain, Expected, Known, Seen, Step, chain
from tests.traces.lines import (
    ASK_SENT,
    ASKED,
    AT,
    CLICK,
    CONFIRMED,
    DROPPED,
    FORM,
    KNOWN,
    PARKED,
    REGISTRATION,
    SUBMITTED,
    TOLD,
    TOLD_SENT,
    line,
    mail,
)


def told(*lines: TraceLine, known: Known = KNOWN) -> Chain:
    return chain([Seen(one) for one in lines], known)


def names(found: Chain) -> set[tuple[str, str, str]]:
    return {(one.kind, f"{one.room}.{one.step}", one.ref) for one in found.missing}


def test_a_whole_registration_misses_nothing() -> None:
    whole = told(*REGISTRATION)
    assert whole.missing == ()
    assert (whole.done, whole.expected) == (7, 7)
    assert [section.message for section in whole.sections] == ["SubmitRegistration", "ConfirmRegistration"]
    assert [(one.ref, one.state) for one in whole.mails] == [("m1", "sent"), ("m2", "sent")]
    assert [file.media_type for file in whole.mails[1].files] == ["image/png", "text/calendar; method=PUBLISH"]


def test_from_the_click_to_the_mail_counts_from_the_last_thing_somebody_did() -> None:
    assert told(*REGISTRATION).seconds == 1.003
    assert told(FORM, ASKED, ASK_SENT).seconds == 1.203
    assert told(FORM, ASKED).seconds is None
    assert told(FORM, ASKED, ASK_SENT, CLICK, TOLD).seconds is None


def test_a_step_that_no_room_has_done_is_named() -> None:
    assert names(told(FORM, ASKED, ASK_SENT, CLICK, TOLD, TOLD_SENT)) == {
        ("step", "scheduling.expect_attendance", CONFIRMED)
    }


def test_a_mail_of_which_nothing_is_known_is_named() -> None:
    found = told(FORM, ASKED)
    assert names(found) == {("mail", "notifications.ask_to_confirm", "m1")}
    assert found.mails[0].state == "waiting"


def test_a_deferred_mail_is_still_awaited() -> None:
    deferred = line("m1.1", "note_deferred", room="notifications", message="NoteDeferred", outputs=(mail("m1", 1),))
    found = told(FORM, ASKED, deferred)
    assert names(found) == {("mail", "notifications.ask_to_confirm", "m1")}
    assert [report.step for report in found.mails[0].reports] == ["note_deferred"]


def test_a_mail_that_is_never_sent_is_not_missing() -> None:
    kept_back = line(
        "m1.1", "note_suppressed", room="notifications", message="NoteSuppressed", outputs=(mail("m1", 1),),
        facts=(("message.suppressed.v1", "m1"),),
    )  # fmt: skip
    found = told(FORM, ASKED, kept_back)
    assert found.missing == ()
    assert found.mails[0].state == "suppressed"


def test_a_fact_whose_announcing_line_has_not_come_is_named() -> None:
    assert names(told(ASKED, ASK_SENT)) == {("origin", "notifications.ask_to_confirm", SUBMITTED)}


def test_a_refusal_is_done_with_its_reason() -> None:
    refused = ASKED.model_copy(update={"outcome": "refused", "reason": "erased", "outputs": ()})
    found = told(FORM, refused)
    assert found.missing == ()
    assert found.sections[0].facts[0].steps[0].reason == "erased"


def test_a_parked_step_is_missing_until_it_is_given_up_and_says_why() -> None:
    found = told(FORM, PARKED, DROPPED)
    assert names(found) == set()
    [section] = found.sections
    [step] = section.facts[0].steps
    assert (step.outcome, step.again) == ("parked", False)
    assert step.dropped is not None
    assert (step.dropped.at, step.dropped.why) == (DROPPED.at, "a test registration")
    assert (found.done, found.expected) == (2, 2)


def test_what_gives_up_a_line_that_has_not_come_stands_for_itself() -> None:
    found = told(FORM, DROPPED)
    assert [section.message for section in found.sections] == ["SubmitRegistration", "DropParked"]


def test_a_parked_step_is_missing_until_it_is_replayed_and_then_hollow() -> None:
    found = told(FORM, PARKED)
    assert names(found) == {("parked", "notifications.ask_to_confirm", SUBMITTED)}
    assert found.missing[0].reason == "KeyError in letter, line 9"
    replayed = ASKED.model_copy(update={"id": f"{ASKED.id}/replay", "at": AT + timedelta(hours=2)})
    found = told(FORM, PARKED, replayed, ASK_SENT)
    assert found.missing == ()
    assert [(step.line, step.again) for step in found.sections[0].facts[0].steps] == [
        (replayed.id, False),
        (PARKED.id, True),
    ]


def test_a_step_that_a_room_learned_later_is_not_expected_of_what_was_before() -> None:
    row = Expected(room="traces", step="count", since=AT + timedelta(minutes=1))
    known = {**KNOWN, "registration.submitted.v1": (*KNOWN["registration.submitted.v1"], row)}
    known["registration.confirmed.v1"] = (*KNOWN["registration.confirmed.v1"], row)
    assert names(told(*REGISTRATION, known=known)) == {("step", "traces.count", CONFIRMED)}


def test_a_line_of_a_life_that_ended_says_so() -> None:
    found = chain([Seen(FORM, ended=True), Seen(ASKED), Seen(ASK_SENT)], KNOWN)
    assert [found.sections[0].ended, found.sections[0].facts[0].steps[0].ended] == [True, False]


class World(NamedTuple):
    lines: list[TraceLine]
    known: dict[str, tuple[Expected, ...]]


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Any story: a command or two; each line announces facts, each fact has steps in some rooms, some steps make mails,
    each mail is reported."""
    types = [f"fact.{letter}.v1" for letter in "abcd"]
    rooms = st.sampled_from(["registration", "scheduling", "notifications"])
    steps = st.builds(lambda room, step: (room, step), rooms, st.sampled_from(["keep", "tell", "count"]))
    table = {fact: draw(st.sets(steps, max_size=3)) for fact in types}
    lines: list[TraceLine] = []

    def write(cause: str, room: str, step: str, message: str, depth: int) -> None:
        facts = draw(st.lists(st.sampled_from(types), max_size=2)) if depth < 3 else []
        mails = [f"mail-{len(lines)}-{n}" for n in range(draw(st.integers(0, 1)))]
        written = line(
            cause, step, room=room, message=message, after=len(lines), facts=tuple((fact, "s") for fact in facts),
            outputs=tuple(mail(ref) for ref in mails), n=len(lines) + 1,
        )  # fmt: skip
        lines.append(written)
        for ref in mails:
            lines.append(
                line(
                    f"{ref}.1",
                    "note_sent",
                    room=room,
                    message="NoteSent",
                    after=len(lines),
                    n=len(lines) + 1,
                    outputs=(mail(ref, 1),),
                    facts=(("message.sent.v1", ref),),
                )
            )
        for parcel in written.parcels:
            for room_, step_ in sorted(table[parcel["type"]]):
                write(parcel["id"], room_, step_, parcel["type"], depth + 1)

    for number in range(draw(st.integers(1, 2))):
        write(f"command-{number}", "registration", "submit", "Submit", 0)
    known = {fact: tuple(Expected(room=room, step=step) for room, step in sorted(rows)) for fact, rows in table.items()}
    return World(lines, known)


@given(worlds(), st.data())
def test_any_part_of_a_story_names_exactly_what_is_missing(world: World, data: st.DataObject) -> None:
    kept = data.draw(st.lists(st.sampled_from(world.lines), unique_by=lambda one: (one.room, one.id)))
    come = {(one.room, one.cause, one.step) for one in kept}
    announced = {parcel["id"] for one in kept for parcel in one.parcels}
    reported = {parcel["subject"] for one in kept for parcel in one.parcels if parcel["type"] == "message.sent.v1"}
    wanted = {
        ("step", f"{row.room}.{row.step}", parcel["id"])
        for one in kept
        for parcel in one.parcels
        for row in world.known.get(parcel["type"], ())
        if (row.room, parcel["id"], row.step) not in come
    }
    wanted |= {
        ("mail", f"{one.room}.{one.step}", output.ref)
        for one in kept
        for output in one.outputs
        if output.kind == "mail" and output.version == 0 and output.ref not in reported
    }
    found = told(*kept, known=world.known)
    assert {one for one in names(found) if one[0] != "origin"} == wanted
    assert {ref for kind, _, ref in names(found) if kind == "origin"} == {
        one.cause for one in kept if one.message.startswith("fact.") and one.cause not in announced
    }
    assert len(found.missing) == len(names(found))
    assert found.done == len(kept)


@given(worlds(), st.data())
def test_every_line_that_has_come_stands_in_the_chain_once(world: World, data: st.DataObject) -> None:
    kept = data.draw(st.lists(st.sampled_from(world.lines), unique_by=lambda one: (one.room, one.id)))
    found = told(*data.draw(st.permutations(kept)), known=world.known)
    shown = [one for section in found.sections for one in lines_of(section)]
    assert sorted(shown) == sorted((one.room, one.id) for one in kept)


@given(worlds())
def test_a_whole_story_misses_nothing_in_whatever_order_it_came(world: World) -> None:
    assert told(*reversed(world.lines), known=world.known).missing == ()


def lines_of(step: Step) -> list[tuple[str, str]]:
    found = [(step.room, step.line)] if step.line else []
    inside = [report for made in step.mails for report in made.reports]
    inside += [handled for fact in step.facts for handled in fact.steps]
    for one in inside:
        found += lines_of(one)
    return found
