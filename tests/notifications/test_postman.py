"""The postman on a room of its own: what is sent, when, in which order, and what a crash repeats."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from colloque.runtime.mailer.memory import MemoryMailer, Taken
from colloque.runtime.mailer.port import Deferred, Failed, Outcome, Unreachable
from colloque.runtime.postman import CONNECTIONS, UNREPORTED
from colloque.runtime.store.memory import MemoryStore
from tests.adapters.test_mailer import Box, free_port, serving, smtp
from tests.notifications.post_office import START, Learn, Note, StuckStore, Wall, Write, office, until

NADIA = Learn(person="nadia", email="nadia@example.org")


def ids(mailer: MemoryMailer) -> list[str]:
    return [one.message.split(b"<")[1].split(b">")[0].decode() for one in mailer.box]


class Gate(MemoryMailer):
    """Holds each message back until told, and counts how many it holds of each recipient at once."""

    def __init__(self) -> None:
        super().__init__()
        self.open = asyncio.Event()
        self.inside = 0
        self.most = 0

    async def _reach(self, taken: Taken) -> Outcome | None:
        self.inside += 1
        self.most = max(self.most, self.inside)
        await self.open.wait()
        self.inside -= 1
        return await super()._reach(taken)


async def test_a_queued_mail_is_sent_at_once_and_once_and_its_outcome_noted() -> None:
    mailer = MemoryMailer()
    async with office(mailer=mailer) as post:
        await post.do(NADIA, Write(id="m1"))
        await post.become("m1", "sent")
        assert ids(mailer) == ["m1"]
        assert [line["message"] for line in post.store.written if line["outputs"] and "m1" in str(line["outputs"])] == [
            "Write",
            "Settle",
        ]


async def test_a_mail_waits_for_a_contact_not_yet_known_and_its_arrival_wakes_it() -> None:
    mailer = MemoryMailer()
    async with office(mailer=mailer) as post:
        post.postman._poll = 60
        await post.do(Write(id="m1"))
        await asyncio.sleep(0.1)
        assert mailer.box == []
        await post.do(NADIA)
        await post.become("m1", "sent")


async def test_what_must_not_be_sent_is_reported_with_its_reason() -> None:
    async with office() as post:
        await post.do(Learn(person="nadia", email=""), Write(id="m1"))
        assert (await post.become("m1", "suppressed")).reason == "erased"


async def test_a_5xx_fails_with_the_words_of_the_server_and_is_not_tried_again() -> None:
    mailer = MemoryMailer()
    mailer.answers["nadia@example.org"] = Failed(550, "User unknown")
    async with office(mailer=mailer) as post:
        await post.do(NADIA, Write(id="m1"))
        assert (await post.become("m1", "failed")).reason == "User unknown"
        await asyncio.sleep(0.2)
        assert mailer.box == []


async def test_a_4xx_is_tried_again_when_its_time_has_come_and_not_before() -> None:
    mailer = MemoryMailer()
    mailer.answers["nadia@example.org"] = Deferred(451, "later")
    async with office(mailer=mailer) as post:
        await post.do(NADIA, Write(id="m1"))
        await post.become("m1", "deferred")
        mailer.answers.clear()
        await asyncio.sleep(0.2)
        assert mailer.box == []
        post.clock.set(START + timedelta(minutes=6))
        assert (await post.become("m1", "sent")).attempts == 2


async def test_without_a_server_mails_stay_queued_and_nothing_is_reported() -> None:
    mailer = MemoryMailer()
    mailer.answers["nadia@example.org"] = Unreachable("nobody there")
    async with office(mailer=mailer) as post:
        await post.do(NADIA, *(Write(id=f"m{i}") for i in range(10)))
        await asyncio.sleep(0.3)
        assert not post.postman.reachable
        assert {(note.state, note.attempts) for note in post.store.docs(Note).values()} == {("queued", 0)}
        mailer.answers.clear()
        for i in range(10):
            await post.become(f"m{i}", "sent")
        assert sorted(ids(mailer)) == sorted(f"m{i}" for i in range(10))
        assert post.postman.reachable


async def test_a_mail_that_cannot_be_written_is_put_off_and_keeps_nobody_else() -> None:
    async with office() as post:
        post.letters.poison = {"m3"}
        await post.do(NADIA, *(Write(id=f"m{i}") for i in range(6)))
        for i in (0, 1, 2, 4, 5):
            await post.become(f"m{i}", "sent")
        await post.become("m3", "deferred")


async def test_of_one_lane_one_mail_is_in_flight_at_a_time_and_in_the_order_they_were_queued() -> None:
    mailer = Gate()
    async with office(mailer=mailer) as post:
        await post.do(NADIA)
        for i, after in enumerate(("", "m0", "m1")):
            await post.do(Write(id=f"m{i}", lane="nadia/agenda", after=after, words=f"{i}"))
        await asyncio.sleep(0.1)
        assert mailer.inside == 1
        mailer.open.set()
        await post.become("m2", "sent")
        assert mailer.most == 1
        assert ids(mailer) == ["m0", "m1", "m2"]


async def test_mails_of_other_lanes_pass_by_one_that_is_held_up() -> None:
    mailer = MemoryMailer()
    mailer.answers["nadia@example.org"] = Deferred(451, "later")
    async with office(mailer=mailer) as post:
        await post.do(NADIA, Learn(person="marc", email="marc@example.org"))
        await post.do(Write(id="m0", lane="nadia"))
        await post.become("m0", "deferred")
        mailer.answers.clear()
        await post.do(Write(id="m1", lane="nadia", after="m0"), Write(id="m2", lane="marc", person="marc"))
        await post.become("m2", "sent")
        await asyncio.sleep(0.1)
        assert ids(mailer) == ["m2"], "m1 must not overtake m0"
        post.clock.set(START + timedelta(minutes=6))
        await post.become("m1", "sent")
        assert ids(mailer) == ["m2", "m0", "m1"]


async def test_a_newer_mail_that_says_all_of_an_older_one_makes_it_superfluous() -> None:
    mailer = MemoryMailer()
    mailer.answers["nadia@example.org"] = Deferred(451, "later")
    async with office(mailer=mailer) as post:
        await post.do(NADIA)
        await post.do(Write(id="m0", lane="nadia", words="dates"))
        await post.become("m0", "deferred")
        mailer.answers.clear()
        await post.do(Write(id="m1", lane="nadia", words="dates", after="m0"))
        await post.become("m1", "sent")
        assert (await post.become("m0", "suppressed")).reason == "superseded"
        assert ids(mailer) == ["m1"]


async def test_one_under_way_is_not_superseded_any_more() -> None:
    mailer = Gate()
    async with office(mailer=mailer) as post:
        await post.do(NADIA)
        await post.do(Write(id="m0", lane="nadia", words="dates"))
        await until(lambda: mailer.inside == 1)
        await post.do(Write(id="m1", lane="nadia", words="dates", after="m0"))
        await asyncio.sleep(0.05)
        mailer.open.set()
        await post.become("m0", "sent")
        await post.become("m1", "sent")
        assert ids(mailer) == ["m0", "m1"]


async def test_no_more_than_two_mails_a_connection_are_ever_unreported() -> None:
    mailer, store = Gate(), StuckStore("post")
    async with office(store, mailer) as post:
        await post.do(NADIA)
        await post.do(*(Write(id=f"m{i}") for i in range(20)))
        store.stuck = {"commit"}
        mailer.open.set()
        await asyncio.sleep(0.3)
        assert len(mailer.box) == UNREPORTED * CONNECTIONS
        store.stuck = set()
        for i in range(20):
            await post.become(f"m{i}", "sent")
        assert len(mailer.box) == 20


async def test_two_processes_send_each_mail_once() -> None:
    mailer, store, wall = MemoryMailer(), MemoryStore("post"), Wall()
    async with office(store, mailer, wall, "one") as one, office(store, mailer, wall, "two") as two:
        await one.do(NADIA)
        await asyncio.gather(
            one.do(*(Write(id=f"a{i}") for i in range(20))), two.do(*(Write(id=f"b{i}") for i in range(20)))
        )
        for i in range(20):
            await one.become(f"a{i}", "sent")
            await one.become(f"b{i}", "sent")
        assert len(mailer.box) == 40
        assert one.lease.left * two.lease.left == 0, "one of them holds the lease"


async def test_nothing_leaves_when_the_lease_may_end_before_the_sending_does() -> None:
    mailer, store, wall = MemoryMailer(), StuckStore("post"), Wall()
    async with office(store, mailer, wall, "one") as one:
        await one.do(NADIA)
        store.stuck = {"lease"}
        wall.now += 28  # two seconds are left, sending may take three, and it cannot be renewed
        await one.do(Write(id="m1"))
        await asyncio.sleep(0.2)
        assert mailer.box == []
        store.stuck = set()
        await one.become("m1", "sent")


async def test_a_mail_that_another_process_has_sent_meanwhile_is_read_again_and_not_sent() -> None:
    mailer, store, wall = Gate(), MemoryStore("post"), Wall()
    async with office(store, mailer, wall, "one") as one:
        await one.do(NADIA)
        await one.do(*(Write(id=f"m{i}") for i in range(CONNECTIONS + 1)))
        await until(lambda: mailer.inside == CONNECTIONS)
        wall.now += 60  # this process stood still; another one had the lease, sent the last and gave the lease back
        note = store.docs(Note)[f"m{CONNECTIONS}"]
        await store.seed([note.becomes(state="sent")])
        mailer.open.set()
        for i in range(CONNECTIONS):
            await one.become(f"m{i}", "sent")
        await asyncio.sleep(0.2)
        assert sorted(ids(mailer)) == [f"m{i}" for i in range(CONNECTIONS)]


async def test_a_crash_between_the_250_and_the_report_repeats_the_mail_once_under_the_same_message_id() -> None:
    """On a real SMTP server: the process ends with the server's answer in hand and the report not committed."""
    box, port = Box(), free_port()
    store, wall = StuckStore("post"), Wall()
    async with serving(box, port):
        async with office(store, smtp(port), wall, "one") as first:
            await first.do(NADIA)
            store.stuck = {"commit"}
            await store.seed([Note(id="m1", person="nadia", due_at=START)])
            await until(lambda: len(box.taken) == 1)
            await asyncio.sleep(0.05)
        assert store.docs(Note)["m1"].state == "queued"
        store.stuck = set()
        wall.now += 31
        async with office(store, smtp(port), wall, "two") as second:
            await second.become("m1", "sent")
            await asyncio.sleep(0.2)
    assert [content for _, content in box.taken] == [b"Message-ID: <m1>\r\n\r\n"] * 2


async def test_everybody_gets_their_mail_from_a_server_that_refuses_stalls_and_closes() -> None:
    box, port = Box(), free_port()
    box.closes_after_data = True
    box.says["marc@example.org"] = "451 greylisted"
    async with serving(box, port), office(mailer=smtp(port, limit=0.5)) as post:
        await post.do(NADIA, Learn(person="marc", email="marc@example.org"))
        await post.do(Write(id="m1"), Write(id="m2", person="marc"))
        await post.become("m1", "deferred")
        await post.become("m2", "deferred")
        box.closes_after_data, box.says = False, {}
        post.clock.set(START + timedelta(minutes=6))
        await post.become("m1", "sent")
        await post.become("m2", "sent")


async def test_a_clean_stop_gives_the_lease_back() -> None:
    store, wall = MemoryStore("post"), Wall()
    async with office(store, wall=wall, name="one") as one:
        await one.do(NADIA, Write(id="m1"))
        await one.become("m1", "sent")
    async with office(store, wall=wall, name="one", posting=False) as one:
        await one.lease.held()
        await one.postman.stop()
        async with office(store, wall=wall, name="two") as two:
            await two.do(Write(id="m2"))
            await two.become("m2", "sent")
            assert two.lease.left > 0
