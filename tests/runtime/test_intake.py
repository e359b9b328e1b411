"""What arrives at a room: each stream without a hole, nothing twice, whatever the broker does (journal.md §4)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from random import Random

import pytest

from colloque.runtime.bus.memory import Broker, Ear, Where
from colloque.runtime.bus.port import Delivery, Letter
from colloque.runtime.intake import AHEAD
from colloque.runtime.parked import Parked
from tests.runtime.neighbours import (
    LEDGER,
    LISTENER,
    STUMBLES,
    TELLER,
    House,
    Kept,
    Name,
    Post,
    Process,
    Whisper,
    cause,
    only_pulses,
    played,
)

WORDS = [f"word {number}" for number in range(50)]


class Untidy(Post):
    """Letters come twice, in another order, late, or not at all."""

    def __init__(self, broker: Broker) -> None:
        super().__init__(broker)
        self.random = Random(7)

    def on_the_way(self, letters: Sequence[Letter]) -> Sequence[Letter]:
        out = [letter for letter in letters for _ in range(self.random.choice((0, 1, 1, 1, 2)))]
        self.random.shuffle(out)
        for letter in letters:
            if self.random.random() < 0.1:
                asyncio.get_running_loop().call_later(self.random.random() * 5, self.broker.append, letter)
        return out


@played
async def test_duplicates_disorder_and_losses_leave_no_mark_on_what_is_handled() -> None:
    house = House(Untidy)
    await house.start(TELLER, LISTENER, LEDGER)
    for word in WORDS:
        await house.tell(word)
        await asyncio.sleep(0.05)
    await house.rest(120)

    assert house.heard() == WORDS
    kept = house.stores[LEDGER].docs(Kept)
    assert sorted(kept[TELLER].lines) == sorted(line["_id"] for line in house.stores[TELLER].written)
    assert sorted(kept[LISTENER].lines) == sorted(line["_id"] for line in house.stores[LISTENER].written)
    await house.end()


@played
async def test_what_is_handled_already_is_dropped_without_touching_the_database() -> None:
    house = House()
    _, hearer = await house.start(TELLER, LISTENER)
    await house.tell(*WORDS)
    await house.rest()
    await asyncio.sleep(0.5)
    before, known = sum(house.stores[LISTENER].trips.values()), list(house.broker.logs.items())
    for _, log in known:
        for delivery in list(log):
            if delivery.topic.startswith("colloque.registration"):
                house.broker.append(again(delivery))
    await asyncio.sleep(0.1)

    assert sum(house.stores[LISTENER].trips.values()) == before
    assert hearer.intake.counts["dropped"] == len(WORDS)
    assert house.heard() == WORDS
    await house.end()


def again(delivery: Delivery, **headers: bytes) -> Letter:
    return Letter(
        delivery.topic, delivery.partition, delivery.key, delivery.body, list({**delivery.headers, **headers}.items())
    )


@played
async def test_a_hole_in_the_middle_is_asked_for_and_healed_at_once() -> None:
    house = House()
    talker, hearer = await house.start(TELLER, LISTENER)
    await house.tell("a")
    await house.rest()
    talker.bus.way = lambda _: []
    await house.tell("b", "c")
    await asyncio.sleep(0.1)
    talker.bus.way = list
    begun = asyncio.get_running_loop().time()
    await house.tell("d")
    await house.rest()

    assert house.heard() == ["a", "b", "c", "d"]
    assert asyncio.get_running_loop().time() - begun < 1
    assert hearer.intake.counts["asks"] == 1
    assert talker.relay.counts["sent again"] == 3
    await house.end()


@played
async def test_what_only_a_pulse_shows_is_asked_for_too() -> None:
    house = House()
    talker, hearer = await house.start(TELLER, LISTENER)
    await house.tell("a")
    await house.rest()
    talker.bus.way = only_pulses
    await house.tell("b", "c")
    await asyncio.sleep(0.1)
    talker.bus.way = list
    await house.rest(7)

    assert house.heard() == ["a", "b", "c"]
    assert hearer.intake.counts["asks"] == 1
    await house.end()


@played
async def test_a_quiet_house_asks_for_nothing() -> None:
    house = House()
    _, hearer, keeper = await house.start(TELLER, LISTENER, LEDGER)
    for number in range(100):
        await house.tell(str(number))
        await asyncio.sleep(0.31)
    await house.rest()

    assert (hearer.intake.counts["asks"], keeper.intake.counts["asks"]) == (0, 0)
    await house.end()


@pytest.mark.parametrize("positions", [True, False], ids=["groups-forgotten", "groups-known"])
def test_a_new_log_that_has_outgrown_what_was_read_skips_nothing(positions: bool) -> None:
    @played
    async def story() -> None:
        house = House()
        await house.start(TELLER, LISTENER, LEDGER)
        await house.tell(*WORDS[:20])
        await house.rest()
        house.broker.wipe(positions=positions)
        await house.tell(*WORDS[20:])
        await house.rest(30)

        assert house.heard() == WORDS
        await house.end()

    story()


@played
async def test_a_consumer_that_waits_beyond_the_end_of_a_new_log_looks_back_after_two_asks_in_vain() -> None:
    house = House()
    _, hearer = await house.start(TELLER, LISTENER)
    await house.tell(*WORDS[:40])
    await house.rest()
    house.broker.wipe()
    await house.tell("new")
    await house.rest(30)

    assert house.heard() == [*WORDS[:40], "new"]
    assert hearer.intake.counts["looked back"] >= 1
    assert hearer.intake.counts["asks"] >= 3
    await house.end()


@played
async def test_a_room_that_starts_beside_an_old_journal_hears_all_of_it() -> None:
    house = House()
    await house.start(TELLER)
    subjects, old = [f"s{number}" for number in range(700)], [f"old {number}" for number in range(10)]
    for subject in subjects:
        await house.tell(*old, subject=subject)
    await asyncio.sleep(5)
    house.broker.wipe()
    [hearer] = await house.start(LISTENER)
    await house.rest(120)

    assert [house.heard(subject) for subject in subjects] == [old] * 700
    assert hearer.intake.counts["asks"] <= 4
    await house.end()


@played
async def test_two_processes_share_the_streams_and_one_goes_on_when_the_other_dies() -> None:
    house = House()
    _, first, second = await house.start(TELLER, LISTENER, LISTENER)
    subjects = [f"s{number}" for number in range(24)]
    for subject in subjects:
        await house.tell("one", "two", subject=subject)
    await house.rest()
    assert first.intake.counts["records"] > 0
    assert second.intake.counts["records"] > 0

    await house.tell("three", subject="s3")
    await house.kill(first)
    for subject in subjects:
        await house.tell("four", subject=subject)
    await house.rest()
    assert [house.heard(subject) for subject in subjects] == [
        ["one", "two", "three", "four"] if subject == "s3" else ["one", "two", "four"] for subject in subjects
    ]
    await house.end()


@played
async def test_a_stream_that_moves_to_another_process_and_back_is_read_on_without_asking() -> None:
    house = House()
    _, first, second = await house.start(TELLER, LISTENER, LISTENER)

    def all_to(process: Process[Post]) -> None:
        def choose(_group: str, _where: Where, members: Sequence[Ear]) -> Ear:
            return next(ear for ear in members if ear.bus is process.bus)

        house.broker.choose = choose  # type: ignore[method-assign, assignment]
        house.broker.rebalance(LISTENER)

    for number, process in enumerate([first, second, first, second]):
        all_to(process)
        await house.tell(f"{number} a", f"{number} b")
        await house.rest()
        await asyncio.sleep(1)

    assert house.heard() == [f"{number} {letter}" for number in range(4) for letter in "ab"]
    assert first.intake.counts["asks"] + second.intake.counts["asks"] == 0
    await house.end()


@played
async def test_after_a_restore_at_the_source_all_is_read_again_and_nothing_handled_twice() -> None:
    house = House()
    talker, hearer = await house.start(TELLER, LISTENER)
    await house.tell("a", "b", "c")
    await talker.desk.do(Name(person="p", given="Ada"), cause())
    await house.rest()
    backup = house.stores[TELLER].backup()
    await house.tell("lost")
    await house.rest()
    await house.kill(talker)
    house.stores[TELLER].restore(backup)
    await house.stores[TELLER].begin_epoch()
    await house.start(TELLER)
    await house.tell("d")
    await house.rest()

    assert house.heard() == ["a", "b", "c", "lost", "d"]
    marks = house.stores[LISTENER].now.marks
    assert [mark[:2] for stream, mark in marks.items() if stream.startswith("registration/registration/")] == [(2, 4)]
    await asyncio.sleep(60)
    assert hearer.intake.lacking == 0
    await house.end()


@played
async def test_a_listener_restored_from_a_back_up_asks_and_heals_by_itself() -> None:
    house = House()
    _, hearer = await house.start(TELLER, LISTENER)
    await house.tell("a", "b")
    await house.rest()
    backup = house.stores[LISTENER].backup()
    await house.tell("c", "d")
    await house.rest()
    await house.kill(hearer)
    house.stores[LISTENER].restore(backup)
    await house.stores[LISTENER].begin_epoch()
    await house.start(LISTENER)
    await house.rest()

    assert house.heard() == ["a", "b", "c", "d"]
    await house.end()


@played
async def test_a_fact_for_which_the_room_has_no_step_only_moves_the_mark() -> None:
    house = House()
    talker, _ = await house.start(TELLER, LISTENER)
    await talker.desk.do(Whisper(subject="s"), cause())
    await house.tell("a")
    await house.rest()

    assert house.heard() == ["a"]
    assert [line["message"] for line in house.stores[LISTENER].written] == ["told.v1"]
    await house.end()


@played
async def test_a_malformed_body_is_parked_and_the_stream_goes_on() -> None:
    house = House()
    talker, _ = await house.start(TELLER, LISTENER)
    await house.tell("a")
    await house.rest()

    def spoilt(letters: Sequence[Letter]) -> list[Letter]:
        return [one._replace(body=b"\xff{") if one.topic == "colloque.registration" else one for one in letters]

    talker.bus.way = spoilt
    await house.tell("b", subject="other")
    await asyncio.sleep(0.1)
    talker.bus.way = list
    await house.tell("c")
    await house.rest()

    assert house.heard() == ["a", "c"]
    assert [one.queue[0].error for one in house.stores[LISTENER].docs(Parked).values()] == ["malformed"]
    await house.end()


def test_what_is_not_a_parcel_is_logged_once_a_partition_and_stops_nothing(caplog: pytest.LogCaptureFixture) -> None:
    @played
    async def story() -> None:
        house = House()
        _, hearer = await house.start(TELLER, LISTENER)
        await house.tell("a")
        await house.rest()
        [[parcel]] = [log for (name, _), log in house.broker.logs.items() if log and name == "colloque.registration"]
        for headers in (
            {"seq": b"two"},
            {"epoch": b"0"},
            {"n": b""},
            {"ce_source": b"\xff"},
            {"ce_source": b"registration"},
            {"ce_source": b"/colloque/stranger"},
            {"ce_source": b"/colloque/scheduling"},
            {"ce_id": b"\xff", "seq": b"2"},
        ):
            house.broker.append(again(parcel, **headers))
        house.broker.append(Letter(parcel.topic, parcel.partition, "", b"secret", ()))
        await house.tell("b")
        await house.rest()

        assert house.heard() == ["a", "b"]
        assert hearer.intake.counts["garbled"] == 9
        await house.end()

    with caplog.at_level(logging.WARNING):
        story()
    [told] = [record.getMessage() for record in caplog.records if record.name == "colloque.runtime.intake"]
    assert "sha256" in told
    assert "secret" not in told


@played
async def test_a_bug_holds_its_stream_and_then_lets_it_go_on() -> None:
    STUMBLES.append("bad")
    house = House()
    await house.start(TELLER, LISTENER)
    await house.tell("a", "bad", "b")
    await house.tell("c", subject="other")
    await house.rest()

    assert house.heard("other") == ["c"]
    assert house.heard() == ["a"]
    [parked] = house.stores[LISTENER].docs(Parked).values()
    assert len(parked.queue) == 2
    await house.end()


@played
async def test_the_bus_waits_while_too_much_waits_at_the_desk() -> None:
    house = House()
    _, hearer = await house.start(TELLER, LISTENER)
    most = 0
    hearer.tasks[0].cancel()
    subjects = [f"s{number}" for number in range(3 * AHEAD // 10)]
    for subject in subjects:
        await house.tell(*WORDS[:10], subject=subject)
        await asyncio.sleep(0.05)
        most = max(most, hearer.desk.waiting + hearer.intake.waiting)
    assert AHEAD < most <= AHEAD + 500

    hearer.tasks[0] = asyncio.create_task(hearer.desk.run())
    await house.rest(120)
    assert [house.heard(subject) for subject in subjects] == [WORDS[:10]] * len(subjects)
    await house.end()


@played
async def test_while_the_broker_is_away_asks_are_not_a_failure() -> None:
    house = House()
    talker, hearer = await house.start(TELLER, LISTENER)
    talker.bus.way = only_pulses
    await house.tell("a", "b")
    await asyncio.sleep(5)
    house.broker.up = False
    await asyncio.sleep(60)
    talker.bus.way = list
    house.broker.up = True
    await house.rest(15)

    assert house.heard() == ["a", "b"]
    assert hearer.intake.counts["asks"] < 30
    await house.end()
