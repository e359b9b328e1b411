"""What the room keeps of what it hears."""

from __future__ import annotations

from datetime import timedelta

from colloque.contracts.traces import Output, RoomOpened, TraceLine
from colloque_traces.domain.chain import Seen
from colloque_traces.domain.ledger import FULL, Edition, Life, Sheaf, Stuck, known, seen
from colloque_traces.domain.produced import Produced
from colloque_traces.domain.story import Story
from tests.traces.desk import FRAME, NOW, Ledger
from tests.traces.lines import (
    ASK_SENT,
    ASKED,
    CLICK,
    DROPPED,
    FORM,
    PARKED,
    REGISTRATION,
    TOLD,
    another,
    document,
    line,
)


async def test_lines_are_kept_as_they_came_and_found_by_their_story() -> None:
    async with Ledger().open() as ledger:
        await ledger.hand_in(*REGISTRATION)
        kept = await kept_of(ledger, "form-745")
        assert {one.id: one for one in kept} == {one.id: one for one in REGISTRATION[:3]}


async def test_a_line_writes_no_line() -> None:
    async with Ledger().open() as ledger:
        before = ledger.store.now.n
        await ledger.hand_in(*REGISTRATION)
        assert ledger.store.now.n == before


async def test_what_an_edition_has_produced_is_counted() -> None:
    async with Ledger().open() as ledger:
        await ledger.hand_in(*REGISTRATION)
        produced = ledger.store.docs(Produced)["nec-2018"]
        assert produced.stories == 2
        assert produced.steps == {"done": 7}
        assert produced.handled == 3
        assert produced.documents == {"Registration": 1}
        assert produced.mails == {"made": 2, "sent": 2}
        assert produced.files == {"image/png": 1, "text/calendar": 1}
        assert produced.facts == {
            "registration.submitted.v1": 1,
            "registration.confirmed.v1": 1,
            "message.sent.v1": 2,
        }


async def test_a_file_that_is_only_promised_does_not_count() -> None:
    promised = Output(kind="file", ref="mail/m2/calendar", media_type="text/calendar")
    async with Ledger().open() as ledger:
        await ledger.hand_in(TOLD.model_copy(update={"outputs": (*TOLD.outputs, promised)}))
        assert ledger.store.docs(Produced)["nec-2018"].files == {}


async def test_what_comes_again_on_its_stream_changes_nothing() -> None:
    async with Ledger().open() as ledger:
        await ledger.hand_in(*REGISTRATION)
        before = ledger.store.docs(Produced)["nec-2018"]
        ledger.rewind()
        await ledger.hand_in(*REGISTRATION, line("other", "note", room="traces", story="other", scope="nec-2019"))
        assert ledger.store.docs(Produced)["nec-2019"].steps == {"done": 1}
        assert ledger.store.docs(Produced)["nec-2018"] == before
        assert sum(len(one.bodies) for one in ledger.store.docs(Sheaf).values()) == len(REGISTRATION) + 1


async def test_what_a_restored_room_tells_of_again_is_counted_once_and_shown_once() -> None:
    again = [one.model_copy(update={"epoch": 2}) for one in REGISTRATION if one.room == "registration"]
    async with Ledger().open() as ledger:
        await ledger.hand_in(*REGISTRATION)
        before = ledger.store.docs(Produced)["nec-2018"]
        await ledger.hand_in(*again)
        after = ledger.store.docs(Produced)["nec-2018"]
        assert (after.steps, after.facts, after.stories) == (before.steps, before.facts, before.stories)
        shown = seen(await kept_of(ledger, "form-745"), ledger.store.docs(Life))
        assert sorted(one.line.id for one in shown) == sorted(one.id for one in REGISTRATION[:3])
        assert [one.ended for one in shown] == [False, False, False]


async def test_what_a_restored_room_does_not_tell_of_again_belongs_to_a_life_that_ended() -> None:
    async with Ledger().open() as ledger:
        await ledger.hand_in(FORM, CLICK.model_copy(update={"n": 2}))
        new = line("form-9", "submit", story="form-9", n=2, epoch=2)
        await ledger.hand_in(FORM.model_copy(update={"epoch": 2}), new)
        lives = ledger.store.docs(Life)
        shown = [
            one for story in ("form-745", "click-745", "form-9") for one in seen(await kept_of(ledger, story), lives)
        ]
        assert [(one.line.cause, one.ended) for one in shown] == [
            ("form-745", False),
            ("click-745", True),
            ("form-9", False),
        ]
        assert ledger.store.docs(Produced)["nec-2018"].steps == {"done": 3}


async def test_sheaves_are_numbered_without_a_hole_in_each_edition() -> None:
    async with Ledger().open() as ledger:
        await ledger.hand_in_all(
            line(f"form-{n}", "submit", story=f"form-{n}", scope="nec-2018" if n % 3 else "nec-2019") for n in range(90)
        )
        for edition, count in (("nec-2018", 60), ("nec-2019", 30)):
            sheaves = sorted(
                (one for one in ledger.store.docs(Sheaf).values() if one.scope == edition), key=lambda o: o.n
            )
            assert [one.n for one in sheaves] == list(range(1, len(sheaves) + 1))
            assert sum(len(one.bodies) for one in sheaves) == count == ledger.store.docs(Produced)[edition].stories
            assert max(len(one.bodies) for one in sheaves) <= FULL


def test_a_story_learns_its_beginning_and_its_editions_whatever_comes_first() -> None:
    lines = [Seen(ASKED.model_copy(update={"scope": None}))]
    assert Story.of("form-745", lines) == Story("form-745", ASKED.at, "", None, ())
    lines.append(Seen(FORM))
    assert Story.of("form-745", lines) == Story("form-745", FORM.at, "SubmitRegistration", "r745", ("nec-2018",))
    lines.append(Seen(ASK_SENT.model_copy(update={"scope": "nec-2019"})))
    assert Story.of("form-745", lines).editions == ("nec-2018", "nec-2019")


async def test_a_story_that_touches_many_registrations_is_about_none_of_them() -> None:
    async with Ledger().open() as ledger:
        slice_ = line("release-2", "follow", message="FollowRelease", story="release-2")
        await ledger.hand_in(slice_.model_copy(update={"outputs": (document("r1"), document("r2"))}))
        assert [one.abouts for one in ledger.store.docs(Sheaf).values()] == [()]


async def test_two_rooms_may_have_a_step_of_the_same_name_for_one_fact() -> None:
    both = [line("fact", "keep", room=room, message="edition.opened.v1") for room in ("registration", "notifications")]
    async with Ledger().open() as ledger:
        await ledger.hand_in(*both)
        assert {one.room: one for one in await kept_of(ledger, "form-745")} == {one.room: one for one in both}


async def test_what_lies_parked_is_looked_for_until_its_replay_went_through() -> None:
    again = PARKED.model_copy(update={"id": f"{ASKED.id}/replay"})
    done = ASKED.model_copy(update={"id": f"{ASKED.id}/replay", "n": 9})
    async with Ledger().open() as ledger:
        await ledger.hand_in(FORM, PARKED)
        assert [stuck.story for stuck in await ledger.desk.reads.find(Stuck, edition="nec-2018")] == ["form-745"]
        await ledger.hand_in(again)
        assert len(ledger.store.docs(Stuck)) == 1
    async with Ledger().open() as ledger:
        await ledger.hand_in(FORM, PARKED)
        await ledger.hand_in(done)
        assert ledger.store.docs(Stuck) == {}


async def test_what_lies_parked_is_looked_for_until_somebody_gives_it_up() -> None:
    async with Ledger().open() as ledger:
        await ledger.hand_in(FORM, PARKED)
        assert list(ledger.store.docs(Stuck)) == [f"notifications/{PARKED.id}"]
        await ledger.hand_in(DROPPED)
        assert ledger.store.docs(Stuck) == {}


async def test_a_mail_refused_for_good_is_looked_for() -> None:
    failed = line(
        "m1.1", "note_failed", room="notifications", message="NoteFailed", facts=(("message.failed.v1", "m1"),)
    )
    async with Ledger().open() as ledger:
        await ledger.hand_in(FORM, ASKED, failed)
        assert list(ledger.store.docs(Stuck)) == ["mail/m1"]


async def test_a_step_added_later_is_expected_from_then_on() -> None:
    later = NOW + timedelta(days=1)
    async with Ledger().open() as ledger:
        await ledger.rooms_open()
        steps: dict[str, tuple[str, ...]] = {"registration.confirmed.v1": ("expect_attendance", "warn")}
        await ledger.desk.hear(RoomOpened(subject="scheduling", at=later, steps=steps))
        rows = known(ledger.store.docs(Life).values())["registration.confirmed.v1"]
        assert [(row.room, row.step, row.since) for row in rows] == [
            ("notifications", "tell_confirmed", None),
            ("scheduling", "expect_attendance", None),
            ("scheduling", "warn", later),
        ]


async def test_the_frame_of_an_edition_is_the_latest_one() -> None:
    async with Ledger().open() as ledger:
        await ledger.announce()
        await ledger.announce(FRAME.model_copy(update={"capacity": 900}))
        assert ledger.store.docs(Edition)["nec-2018"].frame.capacity == 900


async def test_many_lines_in_a_turn_are_few_documents() -> None:
    """One reading and one commit a turn; a sheaf for sixteen lines, and the count of the edition."""
    async with Ledger().open() as ledger:
        lines = [one for n in range(200) for one in another(n)]
        await ledger.hand_in_all(lines)
        turns = ledger.desk.counts["turns"]
        assert ledger.store.trips["commit"] <= turns
        assert ledger.store.trips["read"] <= turns + 1
        sheaves = ledger.store.docs(Sheaf).values()
        assert sum(len(one.bodies) for one in sheaves) == len(lines)
        assert len(sheaves) <= len(lines) / FULL + turns


async def kept_of(ledger: Ledger, story: str) -> list[TraceLine]:
    return [one for sheaf in await ledger.desk.reads.find(Sheaf, stories=story) for one in sheaf.lines(story)]
