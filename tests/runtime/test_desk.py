"""The rules of the desk (journal.md §2–§5), one by one, on a store in memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from colloque.runtime import operating
from colloque.runtime.clock import MovedClock
from colloque.runtime.desk import Bug, Cause, Committed, Desk
from colloque.runtime.message import Parcel
from colloque.runtime.parked import NothingParked, Parked
from colloque.runtime.refusal import OtherPayload, TryAgain
from colloque.runtime.store.memory import MemoryStore
from colloque.runtime.store.port import CommitUnknown, Conflict, Down, Transaction
from colloque.runtime.work import Timer
from tests.runtime.toy import (
    MENDED,
    NOON,
    Account,
    Broke,
    Fine,
    Heard,
    Moved,
    NameTaken,
    Open,
    Pay,
    Remind,
    Rename,
    Spill,
    Tag,
    Unknown,
    build,
    toy_desk,
)


class Whimsical(MemoryStore):
    """Does as it is told before or after a commit."""

    def __init__(self) -> None:
        super().__init__("toy")
        self.before: list[BaseException] = []
        self.after: list[BaseException] = []
        self.commits = 0

    async def commit(self, tx: Transaction) -> None:
        if self.before:
            raise self.before.pop(0)
        await super().commit(tx)
        self.commits += 1
        if self.after:
            raise self.after.pop(0)


@pytest.fixture
def store() -> Whimsical:
    return Whimsical()


@pytest.fixture
async def desk(store: Whimsical) -> AsyncIterator[Desk]:
    MENDED.clear()
    async with toy_desk(store).running() as desk:
        yield desk


def cause(id: str) -> Cause:
    return Cause.first(id)


async def opened(desk: Desk, name: str, coins: int = 0, tags: tuple[str, ...] = ()) -> str:
    return str(await desk.do(Open(name=name, coins=coins, tags=tags), cause(f"open-{name}")))


async def coins(desk: Desk, id: str) -> int:
    account = await desk.store.get(Account, id)
    assert account is not None
    return account.coins


async def lines(desk: Desk) -> list[dict[str, Any]]:
    return await desk.store.journal(1, 10_000)


async def test_a_command_leaves_a_document_a_fact_and_one_line(desk: Desk) -> None:
    ann, bob = await opened(desk, "ann", 5), await opened(desk, "bob")
    assert await desk.do(Pay(source=ann, target=bob, coins=2), cause("c1")) == 2
    assert (await coins(desk, ann), await coins(desk, bob)) == (3, 2)
    line = (await lines(desk))[-1]
    assert (line["_id"], line["n"], line["outcome"], line["answer"]) == ("c1/pay", 3, "done", 2)
    [parcel] = line["parcels"]
    assert (parcel["topic"], parcel["type"], parcel["subject"], parcel["seq"]) == ("toy", "toy.moved.v1", ann, 1)
    assert [output["kind"] for output in line["outputs"]] == ["document", "document", "fact"]


async def test_what_waits_is_settled_in_one_turn_with_the_result_of_one_after_the_other(
    desk: Desk, store: Whimsical
) -> None:
    ann, bob = await opened(desk, "ann", 10), await opened(desk, "bob")
    before = store.commits
    pays = [desk.do(Pay(source=ann, target=bob), cause(f"p{i}")) for i in range(15)]
    answers = await asyncio.gather(*pays, return_exceptions=True)
    assert answers[:10] == list(range(1, 11))
    assert all(isinstance(answer, Broke) for answer in answers[10:])
    assert store.commits == before + 1
    assert (await coins(desk, ann), await coins(desk, bob)) == (0, 10)
    assert [line["n"] for line in await lines(desk)] == list(range(1, 13))


async def test_a_find_sees_what_earlier_messages_of_the_turn_have_changed(desk: Desk) -> None:
    await opened(desk, "ann", tags=("red",))
    one, two = await asyncio.gather(
        desk.do(Tag(to="red", tag="blue"), cause("t1")), desk.do(Tag(to="blue", tag="green"), cause("t2"))
    )
    assert (one, two) == (1, 1)


async def test_what_must_be_unique_is_refused_within_a_turn_and_across_turns(desk: Desk) -> None:
    first, second = await asyncio.gather(
        desk.do(Open(name="ann"), cause("o1")), desk.do(Open(name="ann"), cause("o2")), return_exceptions=True
    )
    assert isinstance(first, str)
    assert isinstance(second, NameTaken)
    with pytest.raises(NameTaken):
        await desk.do(Open(name="ann"), cause("o3"))


async def test_a_name_given_up_in_the_same_turn_is_free(desk: Desk) -> None:
    ann = await opened(desk, "ann")
    renamed, taken = await asyncio.gather(
        desk.do(Rename(account=ann, name="anna"), cause("r1")), desk.do(Open(name="ann"), cause("o2"))
    )
    assert renamed == "anna"
    assert isinstance(taken, str)


async def test_the_same_command_twice_gets_its_first_answer(desk: Desk) -> None:
    ann, bob = await opened(desk, "ann", 1), await opened(desk, "bob")
    twice = await asyncio.gather(*(desk.do(Pay(source=ann, target=bob), cause("c1")) for _ in range(3)))
    assert twice == [1, 1, 1]
    assert await desk.do(Pay(source=ann, target=bob), cause("c1")) == 1
    assert await coins(desk, bob) == 1
    with pytest.raises(OtherPayload):
        await desk.do(Pay(source=ann, target=bob, coins=7), cause("c1"))


async def test_a_refusal_writes_nothing(desk: Desk) -> None:
    ann, bob = await opened(desk, "ann"), await opened(desk, "bob")
    with pytest.raises(Broke):
        await desk.do(Pay(source=ann, target=bob), cause("c1"))
    with pytest.raises(Unknown):
        await desk.do(Pay(source="nobody", target=bob), cause("c2"))
    assert len(await lines(desk)) == 2


async def test_a_bug_leaves_the_turn_and_the_others_go_on(desk: Desk) -> None:
    bug, ann = await asyncio.gather(
        desk.do(Spill(), cause("s1")), desk.do(Open(name="ann"), cause("o1")), return_exceptions=True
    )
    assert isinstance(bug, Bug)
    assert "secret" not in str(bug)
    assert isinstance(ann, str)


@pytest.mark.parametrize("error", [Conflict(), CommitUnknown(), Down()])
async def test_a_commit_that_did_not_happen_is_tried_again(desk: Desk, store: Whimsical, error: BaseException) -> None:
    store.before = [error]
    assert await opened(desk, "ann", 3)
    assert len(await lines(desk)) == 1


async def test_a_commit_that_happened_without_our_knowing_is_answered_from_its_line(
    desk: Desk, store: Whimsical
) -> None:
    store.after = [CommitUnknown()]
    ann = await opened(desk, "ann", 3)
    assert await coins(desk, ann) == 3
    assert len(await lines(desk)) == 1


async def test_somebody_outside_is_told_to_come_again_after_two_seconds(desk: Desk, store: Whimsical) -> None:
    store.before = [Down()] * 50
    with pytest.raises(TryAgain):
        await opened(desk, "ann")
    store.before = []
    assert await opened(desk, "ann")


async def test_two_desks_of_one_room_agree(store: Whimsical) -> None:
    async with toy_desk(store, name="one").running() as one, toy_desk(store, name="two").running() as two:
        ann, bob = await opened(one, "ann", 30), await opened(two, "bob")
        pays = [(one, two)[i % 2].do(Pay(source=ann, target=bob), cause(f"p{i}")) for i in range(40)]
        answers = await asyncio.gather(*pays, return_exceptions=True)
        assert sum(isinstance(answer, Broke) for answer in answers) == 10
        assert (await coins(one, ann), await coins(one, bob)) == (0, 30)
        assert [line["n"] for line in await lines(one)] == list(range(1, 33))


async def test_a_fact_is_handled_once_by_each_of_its_steps_and_moves_the_mark(desk: Desk) -> None:
    await desk.hear(Moved(subject="x", at=NOON, coins=4))
    assert sorted(line["step"] for line in await lines(desk)) == ["count", "stumble"]
    heard = await desk.store.get(Heard, "all")
    assert heard is not None
    assert heard.seen == (4,)
    [mark] = (await desk.store.counter()).marks.values()
    assert mark.seq == 1


def parcel(seq: int, fact: Moved, epoch: int = 1, id: str = "", name: str = "toy.moved.v1") -> Parcel:
    body = fact.model_dump_json().encode()
    return Parcel("other", "other", 0, epoch, seq, seq, id or f"f{seq}", name, fact.subject, "story", body)


def reached(desk: Desk, seq: int) -> bool:
    mark = desk.marks.get("other/other/0")
    return mark is not None and mark.seq == seq


async def until(condition: Any) -> None:
    async with asyncio.timeout(5):
        while not (await condition() if asyncio.iscoroutinefunction(condition) else condition()):
            await asyncio.sleep(0.01)


async def test_facts_come_in_order_and_what_was_handled_is_dropped(desk: Desk) -> None:
    for seq in (1, 2, 2, 1, 3):
        desk.take(parcel(seq, Moved(subject="x", at=NOON, coins=seq)))
    await until(lambda: reached(desk, 3))
    heard = await desk.store.get(Heard, "x")
    assert heard is not None
    assert heard.seen == (1, 2, 3)


async def test_what_follows_a_hole_is_let_go_and_asked_for(desk: Desk) -> None:
    lost: list[str] = []
    desk.on_lost(lost.append)
    desk.take(parcel(1, Moved(subject="x", at=NOON)))
    desk.take(parcel(3, Moved(subject="x", at=NOON)))
    await until(lambda: lost)
    assert desk.marks["other/other/0"].seq == 1


async def test_a_type_without_a_step_only_moves_the_mark(desk: Desk) -> None:
    desk.take(parcel(1, Moved(subject="x", at=NOON), name="toy.unheard-of.v1"))
    await until(lambda: "other/other/0" in desk.marks)
    assert await lines(desk) == []


async def test_a_new_life_of_the_source_is_read_again_from_its_first_and_handled_once(desk: Desk) -> None:
    desk.take(parcel(1, Moved(subject="x", at=NOON, coins=1)))
    desk.take(parcel(2, Moved(subject="x", at=NOON, coins=2)))
    await until(lambda: reached(desk, 2))
    desk.take(parcel(1, Moved(subject="x", at=NOON, coins=1), epoch=2))
    desk.take(parcel(2, Moved(subject="x", at=NOON, coins=9), epoch=2, id="another"))
    await until(lambda: desk.marks["other/other/0"][:2] == (2, 2))
    heard = await desk.store.get(Heard, "x")
    assert heard is not None
    assert heard.seen == (1, 2, 9)


async def test_a_fact_that_meets_a_bug_is_parked_with_the_later_ones_of_its_subject_and_replayed_in_order(
    desk: Desk,
) -> None:
    for seq, (subject, worth) in enumerate([("x", 13), ("x", 2), ("y", 3), ("x", 4)], 1):
        desk.take(parcel(seq, Moved(subject=subject, at=NOON, coins=worth)))
    await until(lambda: reached(desk, 4))
    everybody, other = await desk.store.get(Heard, "all"), await desk.store.get(Heard, "y")
    assert everybody is not None
    assert everybody.seen == (13, 2, 3, 4)
    assert other is not None
    parked = await desk.store.get(Parked, "stumble/x")
    assert parked is not None
    assert [fact.seq for fact in parked.queue] == [1, 2, 4]
    assert "secret" not in parked.model_dump_json()
    assert [line["outcome"] for line in await lines(desk) if line["step"] == "stumble"].count("parked") == 3
    with pytest.raises(Bug):
        await desk.replay("stumble/x")
    MENDED.append(True)
    for _ in range(3):
        await desk.replay("stumble/x")
    heard = await desk.store.get(Heard, "x")
    assert heard is not None
    assert heard.seen == (13, 2, 4)
    with pytest.raises(NothingParked):
        await desk.replay("stumble/x")
    assert (await desk.store.counter()).parked == 0
    desk.take(parcel(5, Moved(subject="x", at=NOON, coins=5)))
    await until(lambda: desk.marks["other/other/0"].seq == 5)
    heard = await desk.store.get(Heard, "x")
    assert heard is not None
    assert heard.seen == (13, 2, 4, 5)


async def test_the_head_of_a_queue_can_be_dropped_with_a_reason(desk: Desk) -> None:
    desk.take(parcel(1, Moved(subject="x", at=NOON, coins=13)))
    await until(lambda: reached(desk, 1))
    await operating.drop(desk, "stumble/x", "a test payment")
    assert await desk.store.get(Parked, "stumble/x") is None
    put_aside, dropped = (await lines(desk))[-2:]
    assert (put_aside["outcome"], dropped["answer"]) == ("parked", "a test payment")
    assert dropped["story"] == put_aside["story"]
    assert {"kind": "dropped", "ref": put_aside["_id"], "why": "a test payment"} in dropped["outputs"]
    with pytest.raises(NothingParked):
        await operating.drop(desk, "stumble/x", "a test payment")


async def test_a_malformed_fact_is_parked_at_once_by_its_hash_and_place(desk: Desk) -> None:
    broken = parcel(1, Moved(subject="x", at=NOON))
    broken.body = b'{"coins": '
    desk.take(broken)
    await until(lambda: "other/other/0" in desk.marks)
    parked = await desk.store.get(Parked, "count/x")
    assert parked is not None
    assert parked.queue[0].error == "malformed"


async def timers(desk: Desk) -> list[Timer]:
    return await desk.store.window(Timer, low=NOON - timedelta(days=1), high=NOON + timedelta(days=9))


async def test_a_timer_fires_once_and_goes_in_that_commit_even_when_refused(desk: Desk) -> None:
    ann = await opened(desk, "ann", 1)
    for again in ("r1", "r2"):
        await desk.do(Remind(account=ann, after=60 if again == "r1" else 90), cause(again))
    [timer] = await timers(desk)
    assert (timer.command, timer.set_by) == (Fine.__name__, "r2/remind")
    stale = timer.model_copy(update={"set_by": "r1/remind"})
    await desk.ring(stale)
    assert await coins(desk, ann) == 1
    await asyncio.gather(desk.ring(timer), desk.ring(timer))
    assert await coins(desk, ann) == 0
    assert await timers(desk) == []
    await desk.do(Remind(account=ann, after=1), cause("r3"))
    [timer] = await timers(desk)
    await desk.ring(timer)
    assert await timers(desk) == []
    assert (await lines(desk))[-1]["outcome"] == "refused"


async def test_listeners_hear_of_each_commit_after_it(desk: Desk) -> None:
    heard: list[Committed] = []
    desk.after_commit(heard.append)
    ann = await opened(desk, "ann")
    assert list(heard[0].documents) == [(Account, ann)]
    assert heard[0].counter.n == 1


async def test_ids_are_the_same_for_the_same_cause_and_nobody_can_guess_them() -> None:
    ids = []
    for key in (b"one", b"one", b"two"):
        desk = Desk("toy", MemoryStore("toy"), MovedClock(NOON), key=key)
        build(desk)
        async with desk.running():
            ids.append(await opened(desk, "ann"))
    assert ids[0] == ids[1] != ids[2]
