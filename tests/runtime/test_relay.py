"""What leaves a room, and what it sends again (journal.md §4), on a broker in memory."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import orjson

from colloque.contracts.traces import TraceLine
from colloque.runtime.bus.memory import Broker
from colloque.runtime.bus.port import PULSES, BusDown, Delivery, Letter
from colloque.runtime.bus.signals import Ask
from colloque.runtime.desk import Cause
from colloque.runtime.journal import partition
from colloque.runtime.relay import ANSWER, BATCH, NOTHING_AFTER
from tests.runtime.neighbours import LEDGER, LISTENER, TELLER, House, Known, Name, Person, Post, Tell, cause, played


def on(house: House, topic: str) -> list[Delivery]:
    return [delivery for (name, _), log in sorted(house.broker.logs.items()) if name == topic for delivery in log]


def seqs(house: House, topic: str) -> list[int]:
    return [int(delivery.headers["seq"]) for delivery in on(house, topic)]


def pulses(house: House) -> list[dict[str, int]]:
    return [orjson.loads(delivery.body)["ends"] for delivery in on(house, PULSES)]


@played
async def test_a_fact_travels_as_a_cloud_event_with_its_place_in_the_stream() -> None:
    house = House()
    [process] = await house.start(TELLER)
    await process.desk.do(Tell(subject="s1", word="hello"), Cause("c1", "story-of-c1"))
    await asyncio.sleep(0.1)

    [line] = house.stores[TELLER].written
    [parcel] = line["parcels"]
    [delivery] = on(house, "colloque.registration")
    assert delivery.body == parcel["body"].encode()
    assert (delivery.key, delivery.partition) == ("s1", parcel["partition"])
    assert dict(delivery.headers) == {
        "ce_specversion": b"1.0",
        "ce_id": parcel["id"].encode(),
        "ce_type": b"told.v1",
        "ce_source": b"/colloque/registration",
        "ce_subject": b"s1",
        "ce_time": line["at"].isoformat().encode(),
        "ce_dataschema": b"/api/schemas/told.v1",
        "ce_story": b"story-of-c1",
        "ce_cause": b"c1",
        "content-type": b"application/json",
        "epoch": b"1",
        "seq": b"1",
        "n": b"1",
    }
    await house.end()


@played
async def test_the_line_itself_travels_on_the_trace_stream_without_bodies() -> None:
    house = House()
    [process] = await house.start(TELLER)
    await process.desk.do(Tell(subject="s1", word="hello"), Cause("c1", "story"))
    await asyncio.sleep(0.1)

    [delivery] = on(house, "colloque.traces")
    line = TraceLine.model_validate_json(delivery.body)
    assert (line.id, line.n, line.room, line.story, line.outcome) == ("c1/tell", 1, TELLER, "story", "done")
    assert [parcel["type"] for parcel in line.parcels] == ["told.v1"]
    assert b"hello" not in delivery.body
    assert (delivery.headers["ce_id"], delivery.headers["ce_type"]) == (b"c1/tell", b"line")
    assert (delivery.key, delivery.headers["ce_subject"]) == ("story", b"story")
    await house.end()


@played
async def test_lines_leave_from_memory_in_order_without_a_read() -> None:
    house = House()
    [process] = await house.start(TELLER)
    await house.tell("word 0")
    await asyncio.sleep(0.1)
    before = dict(house.stores[TELLER].trips)
    for number in range(1, 20):
        await house.tell(f"word {number}")
    await asyncio.sleep(0.1)

    trips = house.stores[TELLER].trips
    assert {what: trips[what] - before.get(what, 0) for what in ("journal", "lease", "counter")} == {
        "journal": 0,
        "lease": 0,
        "counter": 0,
    }
    assert seqs(house, "colloque.registration") == list(range(1, 21))
    assert process.relay.sent == 20
    await house.end()


@played
async def test_what_was_committed_while_no_relay_ran_leaves_when_one_starts() -> None:
    house = House()
    [process] = await house.start(TELLER)
    house.broker.up = False
    await house.tell(*map(str, range(2 * BATCH + 10)))
    await house.kill(process)
    house.broker.up = True
    [later] = await house.start(TELLER)
    await asyncio.sleep(20)

    assert later.relay.sent == 2 * BATCH + 10
    assert seqs(house, "colloque.registration") == list(range(1, 2 * BATCH + 11))
    await house.end()


@played
async def test_while_the_broker_is_away_nothing_is_lost_and_a_pulse_follows_at_once() -> None:
    house = House()
    [process] = await house.start(TELLER)
    await asyncio.sleep(1)
    house.broker.up = False
    await house.tell("one", "two")
    await asyncio.sleep(30)
    assert on(house, "colloque.registration") == []
    assert process.relay.counts["away"] < 15

    known = len(pulses(house))
    house.broker.up = True
    await house.tell("three")
    await asyncio.sleep(7.6)
    assert seqs(house, "colloque.registration") == [1, 2, 3]
    assert len(pulses(house)) > known
    assert 3 in pulses(house)[-1].values()
    await house.end()


class Crumbling(Post):
    """The first sends are not acknowledged, though a part of them has arrived."""

    failures = 2

    def __init__(self, broker: Broker) -> None:
        super().__init__(broker)
        self.left = self.failures

    def on_the_way(self, letters: Sequence[Letter]) -> Sequence[Letter]:
        return letters[: len(letters) // 2 + 1] if self.left and len(letters) > 1 else letters

    async def reach(self, what: str) -> None:
        if what == "acknowledge" and self.left:
            self.left -= 1
            raise BusDown("no acknowledgement")


@played
async def test_what_was_not_acknowledged_is_sent_again_and_handled_once() -> None:
    house = House(Crumbling)
    await house.start(TELLER, LISTENER, LEDGER)
    await house.tell("a", "b", "c")
    await house.rest()

    assert house.heard() == ["a", "b", "c"]
    assert len(on(house, "colloque.registration")) > 3
    await house.end()


@played
async def test_only_one_process_of_a_room_sends_and_it_sends_what_the_other_commits() -> None:
    house = House()
    first, second = await house.start(TELLER, TELLER)
    await asyncio.sleep(0.1)
    await house.tell("a", by=0)
    await house.tell("b", by=1)
    await house.tell("c", by=0)
    await asyncio.sleep(6)

    assert (first.relay.active, second.relay.active) == (True, False)
    assert seqs(house, "colloque.registration") == [1, 2, 3]
    await house.end()


@played
async def test_a_relay_that_watches_sends_at_once_what_another_process_commits() -> None:
    house = House(watch=True)
    await house.start(TELLER, TELLER)
    await asyncio.sleep(0.1)
    await house.tell("a", by=1)
    await asyncio.sleep(0.1)

    assert seqs(house, "colloque.registration") == [1]
    await house.end()


@played
async def test_another_process_takes_over_when_the_sender_dies_and_the_mark_travels_with_the_lease() -> None:
    house = House()
    first, second = await house.start(TELLER, TELLER)
    await asyncio.sleep(0.1)
    await house.tell(*map(str, range(40)), by=0)
    await asyncio.sleep(6)  # beyond half of the lease's life: it is renewed, with the mark
    await house.tell("last", by=1)
    await house.kill(first)
    await asyncio.sleep(16)

    assert second.relay.active
    assert seqs(house, "colloque.registration") == list(range(1, 42))
    await house.end()


@played
async def test_after_an_orderly_end_the_next_one_begins_where_it_stood() -> None:
    house = House()
    [first] = await house.start(TELLER)
    await house.tell("a", "b")
    await asyncio.sleep(0.1)
    await first.relay.release()
    await house.kill(first)
    [second] = await house.start(TELLER)
    await house.tell("c")
    await asyncio.sleep(0.1)

    assert second.relay.active
    assert seqs(house, "colloque.registration") == [1, 2, 3]
    await house.end()


@played
async def test_a_contact_is_sent_as_it_stands_and_not_as_it_was_noticed() -> None:
    house = House()
    [process] = await house.start(TELLER)
    house.broker.up = False
    for given in ("Ada", "Adèle"):
        await process.desk.do(Name(person="p", given=given), cause())
    house.broker.up = True
    await asyncio.sleep(10)

    bodies = [orjson.loads(delivery.body) for delivery in on(house, "colloque.contacts")]
    assert [(body["given"], body["epoch"], body["revision"]) for body in bodies] == [("Adèle", 1, 1)] * 2
    assert {delivery.headers["ce_type"] for delivery in on(house, "colloque.contacts")} == {b"contact.v1"}
    await house.end()


@played
async def test_whoever_is_erased_leaves_as_a_tombstone_also_when_the_document_is_gone() -> None:
    house = House()
    [process] = await house.start(TELLER)
    await house.start(LISTENER)
    await process.desk.do(Name(person="p", given="Ada"), cause())
    await house.rest()
    await process.desk.do(Name(person="p"), cause())
    await house.rest()
    known = house.stores[LISTENER].docs(Known)["p"]
    assert (known.given, known.erased, known.place) == ("", True, (1, 1))

    await process.desk.do(Name(person="q", given="Bo"), cause())
    house.broker.up = False
    await process.desk.do(Name(person="q"), cause())
    del house.stores[TELLER]._documents[Person]["q"]
    house.broker.up = True
    await house.rest()
    assert house.stores[LISTENER].docs(Known)["q"].place == (1, NOTHING_AFTER)
    assert house.stores[LISTENER].docs(Known)["q"].erased
    await house.end()


@played
async def test_a_process_without_the_lease_answers_asks_too() -> None:
    house = House()
    first, second = await house.start(TELLER, TELLER)
    await house.tell("a", "b", "c")
    await asyncio.sleep(1)
    [where] = [where for where, end in house.stores[TELLER].now.ends.items() if where.startswith("registration/")]
    for task in first.tasks:
        task.cancel()
    await asyncio.gather(*first.tasks, return_exceptions=True)
    ask = Ask(source=TELLER, by="me", epoch=1, first={where: 2}, n=1)
    house.broker.append(ask.letter())
    await asyncio.sleep(1)

    assert not second.relay.active
    assert second.relay.counts["sent again"] == 2
    assert seqs(house, "colloque.registration") == [1, 2, 3, 2, 3]
    first.tasks.clear()
    await house.end()


@played
async def test_an_answer_counts_parcels_sent_and_not_lines_read() -> None:
    house = House()
    [process] = await house.start(TELLER)
    many = ANSWER + 700
    await house.tell("first", subject="odd")
    for start in range(0, many, 500):
        await house.tell(*map(str, range(start, min(many, start + 500))), subject="often")
    await house.tell("last", subject="odd")
    await asyncio.sleep(1)
    odd, often = (f"registration/{partition(subject)}" for subject in ("odd", "often"))

    async def sent_again(**first: int) -> int:
        before = process.relay.counts["sent again"]
        house.broker.append(Ask(source=TELLER, by="me", epoch=1, first=dict(first), n=0).letter())
        await asyncio.sleep(1)
        return process.relay.counts["sent again"] - before

    assert odd != often
    assert await sent_again(**{odd: 1}) == 2
    assert await sent_again(**{often: 1}) == ANSWER
    assert await sent_again(**{often: many}) == 1
    await house.end()


@played
async def test_an_ask_of_another_life_is_answered_by_a_pulse_and_a_garbled_one_by_nothing() -> None:
    house = House()
    [process] = await house.start(TELLER)
    await house.tell("a")
    await asyncio.sleep(1)
    known = len(pulses(house))
    house.broker.append(Ask(source=TELLER, by="me", epoch=7, first={"registration/0": 1}, n=0).letter())
    house.broker.append(Ask(source=LISTENER, by="me", epoch=1, first={"notifications/0": 1}, n=0).letter())
    house.broker.append(Letter("colloque.asks", 0, "", b"{not json", ()))
    house.broker.append(Letter("colloque.asks", 0, "", b'{"source": "registration"}', ()))
    await asyncio.sleep(1)

    assert len(pulses(house)) == known + 1
    assert seqs(house, "colloque.registration") == [1]
    assert not any(task.done() for task in process.tasks)
    await house.end()


@played
async def test_a_mark_beyond_the_end_of_a_restored_journal_is_not_believed() -> None:
    house = House()
    [process] = await house.start(TELLER)
    await house.tell("a", "b", "c")
    await asyncio.sleep(0.1)
    await process.relay.release()
    await house.kill(process)
    store = house.stores[TELLER]
    await store.lease("relay", process.desk.name, 0, 0, {"sent": 900})
    await store.begin_epoch()
    house.broker.wipe()
    [later] = await house.start(TELLER)
    await house.tell("d")
    await asyncio.sleep(1)

    assert later.relay.sent == 4
    assert [(d.headers["epoch"], d.headers["seq"]) for d in on(house, "colloque.registration")] == [(b"2", b"4")]
    await house.end()
