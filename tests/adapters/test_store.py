"""The store's contract, on every adapter."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from email.utils import format_datetime
from typing import Any, ClassVar

import pytest

from colloque.contracts.fact import Slot
from colloque.runtime.refusal import Refusal
from colloque.runtime.store.port import Conflict, DuplicateLine, DuplicateValue, Mark, Store
from colloque.runtime.work import Document, Find, Lookup
from tests.adapters.conftest import House
from tests.adapters.guests import NOON, Badge, EmailTaken, Guest, Meal, NumberTaken, State, guest, line, turn


async def kept(store: Store, *documents: Document) -> None:
    await store.commit(turn(await store.counter(), inserts=list(documents)))


async def test_a_new_room_begins_at_nought(store: Store) -> None:
    counter = await store.counter()
    assert (counter.epoch, counter.turn, counter.n, counter.ends, counter.marks) == (1, 0, 0, {}, {})
    assert await store.journal(1, 100) == []


# ---- a commit is whole
async def test_a_commit_moves_the_counter_and_keeps_lines_documents_ends_and_marks(store: Store) -> None:
    mark = Mark(2, 7, 31)
    known = await store.counter()
    await store.commit(turn(known, [1, 2], {"scheduling/scheduling/4": mark}, inserts=[guest(1), Badge(id="b")]))

    counter = await store.counter()
    assert (counter.turn, counter.n) == (1, 2)
    assert dict(counter.ends) == {"registration/3": 2}
    assert dict(counter.marks) == {"scheduling/scheduling/4": mark}
    assert await store.journal(1, 2) == [line(1), line(2)]
    assert await store.get(Guest, "g0001") == guest(1)
    assert await store.get(Badge, "b") == Badge(id="b")


async def test_ends_and_marks_that_did_not_move_stay(store: Store) -> None:
    await store.commit(turn(await store.counter(), [1], {"a/a/1": Mark(1, 1, 1), "a/a/2": Mark(1, 5, 9)}))
    await store.commit(turn(await store.counter(), marks={"a/a/2": Mark(1, 6, 12)}))
    counter = await store.counter()
    assert dict(counter.marks) == {"a/a/1": Mark(1, 1, 1), "a/a/2": Mark(1, 6, 12)}
    assert dict(counter.ends) == {"registration/3": 1}


async def test_the_number_of_what_is_parked_is_kept(store: Store) -> None:
    tx = turn(await store.counter())
    tx.after = type(tx.after)(turn=1, parked=3)
    await store.commit(tx)
    assert (await store.counter()).parked == 3


@pytest.mark.parametrize("many", [1, 15, 16, 40])
async def test_a_turn_of_any_size_is_one_commit(store: Store, many: int) -> None:
    numbers = range(1, many + 1)
    await store.commit(turn(await store.counter(), list(numbers), inserts=[guest(number) for number in numbers]))
    known = await store.counter()
    changed = [guest(number).becomes(state=State.CONFIRMED) for number in numbers]
    await store.commit(turn(known, replaces=[(document, 0) for document in changed]))
    fetched = await store.fetch([(Guest, f"g{number:04}") for number in numbers])
    assert list(fetched.documents.values()) == changed
    assert [one["n"] for one in await store.journal(1, many)] == list(numbers)


async def test_documents_go_when_they_are_deleted(store: Store) -> None:
    await kept(store, guest(1), guest(2))
    await store.commit(turn(await store.counter(), deletes=[(Guest, "g0001", 0)]))
    assert await store.get(Guest, "g0001") is None
    assert [found.id for found in await store.find(Guest, edition="nec")] == ["g0002"]


# ---- a commit is refused
async def test_a_turn_decided_on_an_older_counter_is_refused_whole(store: Store) -> None:
    old = await store.counter()
    await store.commit(turn(old, [1]))
    with pytest.raises(Conflict):
        await store.commit(turn(old, [2], inserts=[guest(1)]))
    assert await store.get(Guest, "g0001") is None
    assert (await store.counter()).n == 1
    assert await store.lines(["cause2/step"]) == {}


async def test_of_two_processes_that_race_each_time_exactly_one_commits(house: House) -> None:
    one, other = await house.process(), await house.process()

    async def attempt(store: Store, name: str) -> bool:
        known = await store.counter()
        await asyncio.sleep(0)
        tx = turn(known, inserts=[Badge(id=f"{name}{known.turn}")])
        tx.lines = [line(known.n + 1, _id=f"{name}{known.turn}/step")]
        tx.after = type(known)(turn=known.turn + 1, n=known.n + 1)
        try:
            await store.commit(tx)
        except Conflict:
            return False
        return True

    won = [await asyncio.gather(attempt(one, "one"), attempt(other, "other")) for _ in range(10)]
    committed = sum(map(sum, won))
    counter = await one.counter()
    lines = await one.journal(1, 100)
    assert committed >= 10
    assert counter.turn == counter.n == len(lines) == committed
    assert [entry["n"] for entry in lines] == list(range(1, committed + 1))


@pytest.mark.parametrize("what", ["replaces", "deletes", "held"])
async def test_a_document_of_another_version_than_known_refuses_the_turn(store: Store, what: str) -> None:
    await kept(store, guest(1), guest(2))
    await store.commit(turn(await store.counter(), replaces=[(guest(1).becomes(state=State.CONFIRMED), 0)]))
    stale: dict[str, Any] = {
        "replaces": [(guest(1).becomes(words={"fr": "périmé"}), 0)],
        "deletes": [(Guest, "g0001", 0)],
        "held": [(Guest, "g0001", 0)],
    }
    known = await store.counter()
    with pytest.raises(Conflict):
        await store.commit(turn(known, [1], inserts=[Badge(id="b")], **{what: stale[what]}))
    assert await store.counter() == known
    assert await store.get(Guest, "g0001") == guest(1).becomes(state=State.CONFIRMED)
    assert await store.get(Badge, "b") is None


@pytest.mark.parametrize("stale", [0, 149, 299])
async def test_a_very_long_turn_is_written_whole_or_not_at_all(store: Store, stale: int) -> None:
    """However many commands it takes."""
    guests = [guest(n) for n in range(300)]
    await kept(store, *guests)
    known = await store.counter()
    after = [(one.becomes(words={"fr": "autre"}), one.version + (n == stale)) for n, one in enumerate(guests)]
    with pytest.raises(Conflict):
        await store.commit(turn(known, [1], replaces=after, inserts=[Badge(id="b")]))
    assert {one.version for one in await store.find(Guest, edition="nec")} <= {guests[0].version}
    assert await store.get(Badge, "b") is None

    await store.commit(turn(known, [1], replaces=[(new, new.version - 1) for new, _ in after], inserts=[Badge(id="b")]))
    assert [await store.get(Guest, one.id) for one, _ in after[::60]] == [one for one, _ in after[::60]]
    assert await store.get(Badge, "b") is not None


async def test_what_is_held_and_unchanged_lets_the_turn_pass_and_stays_as_it_is(store: Store) -> None:
    await kept(store, guest(1))
    await store.commit(turn(await store.counter(), [1], held=[(Guest, "g0001", 0)]))
    assert await store.get(Guest, "g0001") == guest(1)


async def test_a_document_that_is_there_already_is_not_inserted_over(store: Store) -> None:
    await kept(store, Badge(id="b", colour="green"))
    with pytest.raises(Conflict):
        await kept(store, Badge(id="b", colour="red"))
    assert await store.get(Badge, "b") == Badge(id="b", colour="green")


@pytest.mark.parametrize("many", [1, 20])
async def test_a_line_that_is_there_already_refuses_the_turn_by_name(store: Store, many: int) -> None:
    await store.commit(turn(await store.counter(), [1]))
    known = await store.counter()
    tx = turn(known, list(range(2, many + 2)), inserts=[guest(1)])
    tx.lines[-1]["_id"] = "cause1/step"
    with pytest.raises(DuplicateLine):
        await store.commit(tx)
    assert await store.counter() == known
    assert await store.get(Guest, "g0001") is None


@pytest.mark.parametrize("many", [2, 20])
async def test_one_line_twice_in_a_turn_refuses_it_by_name(store: Store, many: int) -> None:
    known = await store.counter()
    tx = turn(known, list(range(1, many + 1)), inserts=[guest(1)])
    tx.lines[-1]["_id"] = tx.lines[0]["_id"]
    with pytest.raises(DuplicateLine):
        await store.commit(tx)
    assert await store.counter() == known
    assert await store.get(Guest, "g0001") is None
    assert await store.lines([tx.lines[0]["_id"]]) == {}


@pytest.mark.parametrize("many", [1, 20])
@pytest.mark.parametrize(
    ("twin", "refusal"),
    [({"edition": "other"}, EmailTaken), ({"email": "twin@example.org"}, NumberTaken)],
    ids=["one field", "two fields"],
)
async def test_a_value_that_is_taken_raises_what_the_document_says_of_it(
    store: Store, twin: dict[str, Any], refusal: type[Refusal], many: int
) -> None:
    await kept(store, guest(1))
    known = await store.counter()
    new = [guest(number) for number in range(100, 99 + many)]
    with pytest.raises(DuplicateValue) as raised:
        await store.commit(turn(known, [1], inserts=[*new, guest(1, **{"id": "twin", **twin})]))
    assert type(raised.value.refusal) is refusal
    assert await store.counter() == known
    assert await store.get(Guest, "g0100") is None


async def test_a_value_is_refused_to_a_change_as_well(store: Store) -> None:
    await kept(store, guest(1), guest(2))
    with pytest.raises(DuplicateValue) as raised:
        await store.commit(turn(await store.counter(), replaces=[(guest(2).becomes(email=guest(1).email), 0)]))
    assert type(raised.value.refusal) is EmailTaken
    assert await store.find(Guest, email=guest(2).email) == [guest(2)]


async def test_two_new_documents_of_one_turn_cannot_share_a_unique_value(store: Store) -> None:
    with pytest.raises(DuplicateValue):
        await kept(store, guest(1), guest(2, email=guest(1).email))
    assert await store.get(Guest, "g0001") is None


async def test_a_value_that_its_owner_gives_up_in_the_same_turn_is_free(store: Store) -> None:
    await kept(store, guest(1), guest(2))
    freed = turn(await store.counter(), deletes=[(Guest, "g0001", 0)], inserts=[guest(3, email=guest(1).email)])
    freed.replaces = [(guest(2).becomes(number=1), 0)]
    await store.commit(freed)
    assert [found.id for found in await store.find(Guest, email=guest(1).email)] == ["g0003"]


async def test_a_stale_turn_hears_of_the_conflict_and_not_of_what_else_is_wrong_with_it(store: Store) -> None:
    old = await store.counter()
    await store.commit(turn(old, [1], inserts=[guest(1)]))
    with pytest.raises(Conflict):
        await store.commit(turn(old, [1], inserts=[guest(2, email=guest(1).email)]))


async def test_after_a_refusal_the_next_turn_goes_through(store: Store) -> None:
    await kept(store, guest(1))
    for _ in range(3):
        with pytest.raises(DuplicateValue):
            await kept(store, guest(2, email=guest(1).email))
    await kept(store, guest(2))
    assert (await store.counter()).turn == 2


# ---- reading
async def test_a_fetch_answers_for_every_key_and_every_find(store: Store) -> None:
    first, second = guest(1, sessions=("s01", "s02")), guest(2, sessions=("s02",))
    await kept(store, first, second, Badge(id="b"))
    by_session, by_pair, nobody = (
        Find(Guest, "sessions", "s02"),
        Find(Guest, ("edition", "number"), ("nec", 1)),
        Find(Guest, "email", "nobody@example.org"),
    )
    fetched = await store.fetch([(Badge, "b"), (Badge, "c"), (Guest, "g0001")], [by_session, by_pair, nobody])
    assert fetched.found == {
        by_session: ((Guest, "g0001"), (Guest, "g0002")),
        by_pair: ((Guest, "g0001"),),
        nobody: (),
    }
    assert fetched.documents == {
        (Badge, "b"): Badge(id="b"),
        (Badge, "c"): None,
        (Guest, "g0001"): first,
        (Guest, "g0002"): second,
    }


async def test_finds_by_two_fields_are_not_mixed_up(store: Store) -> None:
    await kept(store, *(guest(number, edition=edition) for number, edition in [(1, "a"), (2, "b"), (3, "a"), (4, "b")]))
    finds = [Find(Guest, ("edition", "number"), pair) for pair in [("a", 1), ("a", 2), ("b", 1), ("b", 4), ("a", 3)]]
    fetched = await store.fetch([], finds)
    assert [[id for _, id in fetched.found[find]] for find in finds] == [["g0001"], [], [], ["g0004"], ["g0003"]]


async def test_a_find_follows_what_a_document_becomes(store: Store) -> None:
    await kept(store, guest(1, sessions=("s01",)))
    changed = guest(1, sessions=("s01",)).becomes(sessions=("s09",))
    await store.commit(turn(await store.counter(), replaces=[(changed, 0)]))
    assert await store.find(Guest, sessions="s01") == []
    assert await store.find(Guest, sessions="s09") == [changed]


async def test_finds_come_in_order_of_id(store: Store) -> None:
    await kept(store, *(guest(number) for number in (5, 3, 9, 1)))
    assert [found.id for found in await store.find(Guest, edition="nec")] == ["g0001", "g0003", "g0005", "g0009"]


async def test_more_than_one_batch_of_the_server_is_read_whole(store: Store) -> None:
    await store.seed([guest(number) for number in range(150)])
    await store.seed([Badge(id=str(number)) for number in range(1100)])
    assert len(await store.find(Guest, edition="nec")) == 150
    assert len(await store.window(Guest, edition="nec", low=0, high=139)) == 140
    fetched = await store.fetch([(Badge, str(number)) for number in range(1100)])
    assert None not in fetched.documents.values()


async def test_a_find_that_is_not_declared_is_a_bug(store: Store) -> None:
    with pytest.raises(LookupError):
        await store.find(Guest, state=State.PENDING)
    with pytest.raises(LookupError):
        await store.window(Guest, low=1, high=2, state=State.PENDING)


async def test_a_window_is_closed_at_both_ends(store: Store) -> None:
    await kept(
        store, *(guest(number) for number in range(1, 8)), guest(4, edition="other", id="o4", email="o4@example.org")
    )
    assert [one.number for one in await store.window(Guest, edition="nec", low=3, high=5)] == [3, 4, 5]
    assert [one.number for one in await store.window(Guest, edition="nec", low=3, high=5, reverse=True)] == [5, 4, 3]
    assert [one.number for one in await store.window(Guest, edition="nec", low=2, high=7, limit=2)] == [2, 3]
    last = await store.window(Guest, edition="nec", low=2, high=7, limit=2, reverse=True)
    assert [one.number for one in last] == [7, 6]
    assert await store.window(Guest, edition="nec", low=8, high=20) == []


async def test_equal_values_in_a_window_come_in_order_of_id(store: Store) -> None:
    await kept(store, *(guest(number, at=NOON) for number in (4, 2, 3)), guest(1, at=NOON + timedelta(seconds=1)))
    window: dict[str, Any] = {"low": NOON, "high": NOON + timedelta(hours=1)}
    assert [one.number for one in await store.window(Guest, **window)] == [2, 3, 4, 1]
    assert [one.number for one in await store.window(Guest, **window, reverse=True)] == [1, 4, 3, 2]


async def test_days_are_found_and_ordered_like_days(store: Store) -> None:
    days = [date(2018, 9, 30), date(2018, 10, 1), date(2018, 9, 9), None]
    await kept(store, *(guest(number, arrives=day) for number, day in enumerate(days)))
    assert [one.number for one in await store.find(Guest, edition="nec", arrives=date(2018, 10, 1))] == [1]
    window: dict[str, Any] = {
        "edition": "nec",
        "state": State.PENDING,
        "low": date(2018, 9, 1),
        "high": date(2018, 10, 1),
    }
    assert [one.number for one in await store.window(Guest, **window)] == [2, 0, 1]


async def test_what_has_no_value_is_in_no_window(store: Store) -> None:
    await kept(store, guest(1), guest(2, at=NOON))
    everything = await store.window(Guest, low=datetime(1970, 1, 1, tzinfo=UTC), high=datetime(2100, 1, 1, tzinfo=UTC))
    assert everything == [guest(2, at=NOON)]


async def test_every_sort_of_value_comes_back_equal(store: Store) -> None:
    rich = guest(
        1,
        sessions=("s01", "s02"),
        state=State.CONFIRMED,
        meal=Meal.LUNCH,
        arrives=date(2018, 9, 13),
        at=NOON.astimezone(timezone(timedelta(hours=2))),
        slot=Slot(starts_at=NOON, ends_at=NOON + timedelta(hours=1), tz="Europe/Paris"),
        needs=frozenset({"ramp", "loop"}),
        words={"fr": "« L’été »", "a.b": 1, "$each": [1, 2.5, None, True], "deep": {"in": {"there": "."}}, "": ""},
    )
    await kept(store, rich)
    assert await store.get(Guest, "g0001") == rich
    assert (await store.fetch([(Guest, "g0001")])).documents == {(Guest, "g0001"): rich}


async def test_instants_are_kept_to_the_millisecond_at_least(store: Store) -> None:
    fine = datetime(2018, 6, 1, 12, 0, 0, 123999, tzinfo=UTC)
    await kept(store, guest(1, at=fine))
    read = await store.get(Guest, "g0001")
    assert read is not None
    assert read.at is not None
    assert timedelta(0) <= fine - read.at < timedelta(milliseconds=1)


async def test_an_instant_in_utc_comes_back_in_the_very_zone_that_the_standard_library_knows(store: Store) -> None:
    await kept(store, guest(1, at=NOON))
    read = await store.get(Guest, "g0001")
    assert read is not None
    assert read.at is not None
    assert read.at.tzinfo is UTC
    assert format_datetime(read.at, usegmt=True) == "Fri, 01 Jun 2018 12:00:00 GMT"


# ---- the journal
async def test_the_journal_is_read_in_closed_ranges_in_order_of_n(store: Store) -> None:
    for first in (1, 4, 7):
        await store.commit(turn(await store.counter(), [first, first + 1, first + 2]))
    assert [one["n"] for one in await store.journal(3, 7)] == [3, 4, 5, 6, 7]
    assert [one["n"] for one in await store.journal(8, 100)] == [8, 9]
    assert await store.journal(10, 20) == []


async def test_lines_are_found_by_their_ids(store: Store) -> None:
    await store.commit(turn(await store.counter(), [1, 2]))
    found = await store.lines(["cause2/step", "cause9/step"])
    assert found == {"cause2/step": line(2)}


async def test_a_new_epoch_keeps_numbers_ends_and_marks_and_fences_what_is_in_hand(store: Store) -> None:
    await store.commit(turn(await store.counter(), [1, 2], {"a/a/1": Mark(1, 4, 4)}))
    known = await store.counter()
    assert await store.begin_epoch() == 2
    counter = await store.counter()
    assert (counter.epoch, counter.n, counter.ends, counter.marks) == (2, known.n, known.ends, known.marks)
    with pytest.raises(Conflict):
        await store.commit(turn(known, [3]))
    await store.commit(turn(counter, [3]))
    assert (await store.counter()).epoch == 2


# ---- leases and the next turn
async def test_a_lease_is_renewed_by_its_holder_and_taken_by_others_only_when_it_has_run_out(store: Store) -> None:
    assert await store.lease("relay", "one", now=0, until=10, values={"mark": 0}) == {}
    assert await store.lease("relay", "two", now=9.9, until=20, values={"mark": 99}) is None
    assert await store.lease("relay", "one", now=5, until=15, values={"mark": 3}) == {"mark": 0}
    assert await store.lease("relay", "two", now=10, until=20, values={}) is None
    assert await store.lease("relay", "two", now=15, until=25, values={}) == {"mark": 3}
    assert await store.lease("relay", "one", now=16, until=26, values={"mark": 7}) is None
    assert await store.lease("relay", "two", now=16, until=26, values={"sent": 1}) == {"mark": 3}
    assert await store.lease("relay", "two", now=17, until=27, values={}) == {"mark": 3, "sent": 1}


async def test_a_holder_whose_lease_has_run_out_has_it_again_if_nobody_took_it(store: Store) -> None:
    await store.lease("alarm", "one", now=0, until=10, values={})
    assert await store.lease("alarm", "one", now=100, until=110, values={}) == {}
    assert await store.lease("alarm", "two", now=101, until=111, values={}) is None


async def test_leases_of_different_names_have_nothing_to_do_with_each_other(store: Store) -> None:
    await store.lease("relay", "one", now=0, until=10, values={"mark": 5})
    assert await store.lease("alarm", "two", now=0, until=10, values={}) == {}


async def test_of_many_who_want_a_lease_at_once_exactly_one_has_it(house: House) -> None:
    stores = [await house.process() for _ in range(4)]
    got = await asyncio.gather(
        *(store.lease("relay", str(number), now=1, until=2, values={}) for number, store in enumerate(stores))
    )
    assert [answer for answer in got if answer is not None] == [{}]


async def test_who_takes_the_next_turn_fences_everybody_else(store: Store) -> None:
    known = await store.counter()
    await store.seize_next("me", until=10.5, now=10)
    seized = await store.counter()
    assert (seized.turn, seized.next_by, seized.next_until) == (known.turn + 1, "me", 10.5)
    with pytest.raises(Conflict):
        await store.commit(turn(known, [1]))
    await store.commit(turn(seized, [1]))
    after = await store.counter()
    assert (after.next_by, after.next_until) == ("", 0.0)


async def test_the_next_turn_is_not_taken_from_who_has_it_until_it_has_run_out(store: Store) -> None:
    await store.seize_next("me", until=10.5, now=10)
    held = await store.counter()
    await store.seize_next("you", until=11, now=10.4)
    assert await store.counter() == held
    await store.seize_next("me", until=10.9, now=10.2)
    assert (await store.counter()).next_until == 10.9
    await store.seize_next("you", until=12, now=10.9)
    assert (await store.counter()).next_by == "you"


# ---- processes
async def test_what_one_process_commits_every_other_reads(house: House) -> None:
    one, other = await house.process(), await house.process()
    await one.commit(turn(await one.counter(), [1], inserts=[guest(1)]))
    assert await other.get(Guest, "g0001") == guest(1)
    assert await other.counter() == await one.counter()


async def test_opening_again_changes_nothing(house: House) -> None:
    first = await house.process()
    await first.commit(turn(await first.counter(), [1], inserts=[guest(1)]))
    known = await first.counter()
    again = await house.process()
    assert await again.counter() == known
    with pytest.raises(DuplicateValue):
        await again.commit(turn(known, inserts=[guest(2, email=guest(1).email)]))


async def test_freeing_is_harmless_to_who_lives(house: House) -> None:
    one, other = await house.process(), await house.process()
    await other.free()
    await one.commit(turn(await one.counter(), [1]))
    await one.free()
    await other.commit(turn(await other.counter(), [2]))
    assert (await one.counter()).n == 2


async def test_seeded_documents_are_there_outside_any_turn(store: Store) -> None:
    await store.seed([guest(1), guest(2), Badge(id="b")])
    assert (await store.counter()).turn == 0
    assert await store.find(Guest, email="guest2@example.org") == [guest(2)]


# ---- what is declared wrong is refused at the start
class Lost(Document):
    lookups = ("nowhere",)


class Listed(Document):
    lookups = ("names",)
    unique: ClassVar[Mapping[Lookup, type[Refusal]]] = {"names": EmailTaken}
    names: tuple[str, ...] = ()


class Torn(Document):
    windows = (("edition", "seq"), ("edition", "at"))
    edition: str
    seq: int
    at: datetime


class Nested(Document):
    lookups: ClassVar[tuple[Lookup, ...]] = (("edition", "seq", "state"),)
    windows = (("edition", "seq"),)
    edition: str
    seq: int
    state: str


class Keyed(Document):
    by_number: Mapping[int, str] = {}


@pytest.mark.parametrize("kind", [Lost, Listed, Torn, Nested, Keyed])
async def test_a_document_that_cannot_be_kept_rightly_is_refused_when_the_store_opens(
    store: Store, kind: type[Document]
) -> None:
    with pytest.raises(TypeError, match=kind.__name__):
        await store.open([kind])


async def test_a_kind_the_room_was_not_opened_with_is_a_bug(store: Store) -> None:
    with pytest.raises(LookupError, match="Keyed"):
        await store.get(Keyed, "k")
