"""What the room keeps of what it hears."""

from __future__ import annotations

from datetime import timedelta

from colloque.contracts.traces import RoomOpened
from colloque_traces.domain.ledger import Edition, Entry, Life, Story, Stuck, known, seen
from colloque_traces.domain.produced import Produced
from tests.traces.desk import FRAME, NOW, Ledger
from tests.traces.lines import ASKED, CLICK, FORM, REGISTRATION, TOLD_SENT, document, line


async def test_lines_are_kept_as_they_came_and_found_by_their_story() -> None:
    async with Ledger().open() as ledger:
        await ledger.hand_in(*REGISTRATION)
        found = await ledger.desk.reads.find(Entry, story="form-745")
        assert sorted(entry.line.id for entry in found) == sorted(one.id for one in REGISTRATION[:3])
        assert [entry.line for entry in found if entry.line.id == FORM.id] == [FORM]


async def test_a_line_writes_no_line() -> None:
    async with Ledger().open() as ledger:
        before = ledger.store.now.n
        await ledger.hand_in(*REGISTRATION)
        assert ledger.store.now.n == before


async def test_what_an_edition_has_produced_is_counted_once_a_line() -> None:
    async with Ledger().open() as ledger:
        await ledger.hand_in(*REGISTRATION)
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


async def test_stories_are_numbered_without_a_hole_in_each_edition() -> None:
    async with Ledger().open() as ledger:
        await ledger.hand_in_all(
            line(f"form-{n}", "submit", story=f"form-{n}", scope="nec-2018" if n % 3 else "nec-2019") for n in range(30)
        )
        numbers = sorted((s.edition or "", s.seq or 0) for s in ledger.store.docs(Story).values())
        assert numbers == [("nec-2018", n) for n in range(1, 21)] + [("nec-2019", n) for n in range(1, 11)]


async def test_a_story_learns_its_beginning_and_its_edition_whatever_comes_first() -> None:
    async with Ledger().open() as ledger:
        await ledger.hand_in(ASKED.model_copy(update={"scope": None}), FORM)
        story = ledger.store.docs(Story)["form-745"]
        assert (story.edition, story.seq, story.message, story.about, story.at) == (
            "nec-2018", 1, "SubmitRegistration", "r745", FORM.at,
        )  # fmt: skip


async def test_a_story_that_touches_many_registrations_is_about_none_of_them() -> None:
    async with Ledger().open() as ledger:
        slice_ = line("release-2", "follow", message="FollowRelease", story="release-2")
        await ledger.hand_in(slice_.model_copy(update={"outputs": (document("r1"), document("r2"))}))
        assert ledger.store.docs(Story)["release-2"].about is None


async def test_a_story_of_two_editions_knows_both() -> None:
    async with Ledger().open() as ledger:
        await ledger.hand_in(FORM, ASKED.model_copy(update={"scope": "nec-2019"}))
        story = ledger.store.docs(Story)["form-745"]
        assert (story.edition, story.editions) == ("nec-2018", ("nec-2018", "nec-2019"))


async def test_two_rooms_may_have_a_step_of_the_same_name_for_one_fact() -> None:
    async with Ledger().open() as ledger:
        await ledger.hand_in(
            line("fact", "keep", room="registration", message="edition.opened.v1"),
            line("fact", "keep", room="notifications", message="edition.opened.v1"),
        )
        assert set(ledger.store.docs(Entry)) == {"registration/fact/keep", "notifications/fact/keep"}


async def test_what_a_restored_room_does_not_tell_of_again_belongs_to_a_life_that_ended() -> None:
    async with Ledger().open() as ledger:
        await ledger.hand_in(FORM, CLICK)
        await ledger.hand_in(FORM.model_copy(update={"epoch": 2}))
        entries, lives = ledger.store.docs(Entry).values(), ledger.store.docs(Life)
        assert {one.line.step: one.ended for one in seen(entries, lives)} == {"submit": False, "confirm": True}
        assert ledger.store.docs(Produced)["nec-2018"].steps == {"done": 2}


async def test_what_lies_parked_is_looked_for_until_its_replay_went_through() -> None:
    parked = ASKED.model_copy(update={"outcome": "parked", "reason": "KeyError in letter, line 9", "outputs": ()})
    again = parked.model_copy(update={"id": f"{ASKED.id}/replay"})
    done = ASKED.model_copy(update={"id": f"{ASKED.id}/replay", "n": 9})
    async with Ledger().open() as ledger:
        await ledger.hand_in(FORM, parked)
        assert [stuck.story for stuck in await ledger.desk.reads.find(Stuck, edition="nec-2018")] == ["form-745"]
        await ledger.hand_in(again)
        assert len(ledger.store.docs(Stuck)) == 1
    async with Ledger().open() as ledger:
        await ledger.hand_in(FORM, parked)
        await ledger.hand_in(done)
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


async def test_the_files_a_mail_carried_are_kept_with_their_hash() -> None:
    async with Ledger().open() as ledger:
        await ledger.hand_in(TOLD_SENT)
        entry = ledger.store.docs(Entry)[f"notifications/{TOLD_SENT.id}"]
        assert [(o.media_type, o.sha256) for o in entry.line.outputs if o.kind == "file"] == [
            ("image/png", "a" * 64),
            ("text/calendar; method=PUBLISH", "b" * 64),
        ]


async def test_many_lines_in_a_turn_cost_one_reading_and_one_commit() -> None:
    async with Ledger().open() as ledger:
        lines = [
            one.model_copy(update={"story": f"{one.story}-{n}", "cause": f"{one.cause}-{n}", "id": f"{n}-{one.id}"})
            for n in range(200)
            for one in REGISTRATION
        ]
        await ledger.hand_in_all(lines)
        turns = ledger.desk.counts["turns"]
        assert ledger.store.trips["commit"] <= turns
        assert ledger.store.trips["read"] <= turns + 1
        assert len(ledger.store.docs(Entry)) == len(lines)
