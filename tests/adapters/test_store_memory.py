"""What the simulation relies on: a database in memory that can fail at every point, be looked at, and be put back."""

from __future__ import annotations

import pytest

from colloque.runtime.store.memory import MemoryStore
from colloque.runtime.store.port import CommitUnknown, Down
from tests.adapters.guests import KINDS, Badge, guest, turn


class Failing(MemoryStore):
    def __init__(self) -> None:
        super().__init__("guests")
        self.at: dict[str, Exception] = {}

    async def _reach(self, what: str) -> None:
        await super()._reach(what)
        if what in self.at:
            raise self.at.pop(what)


@pytest.fixture
async def store() -> Failing:
    store = Failing()
    await store.open(KINDS)
    return store


async def test_what_fails_before_the_commit_has_changed_nothing(store: Failing) -> None:
    store.at["commit"] = Down()
    with pytest.raises(Down):
        await store.commit(turn(store.now, [1], inserts=[guest(1)]))
    assert (store.now.turn, store.written, list(store.every())) == (0, [], [])


async def test_what_fails_after_the_commit_has_happened(store: Failing) -> None:
    store.at["committed"] = CommitUnknown()
    with pytest.raises(CommitUnknown):
        await store.commit(turn(store.now, [1], inserts=[guest(1), Badge(id="b")]))
    assert store.now.n == 1
    assert list(store.docs(type(guest(1)))) == ["g0001"]
    assert [line["n"] for line in store.written] == [1]


@pytest.mark.parametrize("call", ["counter", "read", "lines", "free", "seize_next", "journal", "lease", "begin_epoch"])
async def test_every_call_can_find_the_database_away(store: Failing, call: str) -> None:
    store.at[call] = Down()
    calls = {
        "counter": store.counter,
        "read": lambda: store.fetch([(Badge, "b")]),
        "lines": lambda: store.lines(["a"]),
        "free": store.free,
        "seize_next": lambda: store.seize_next("me", 2, 1),
        "journal": lambda: store.journal(1, 2),
        "lease": lambda: store.lease("relay", "me", 1, 2, {"mark": 1}),
        "begin_epoch": store.begin_epoch,
    }
    before = store.backup()
    with pytest.raises(Down):
        await calls[call]()
    assert store.backup() == before


async def test_a_restored_backup_holds_what_was_there_then_and_finds_it(store: Failing) -> None:
    await store.commit(turn(store.now, [1], inserts=[guest(1)]))
    await store.lease("relay", "me", 1, 2, {"mark": 1})
    backup = store.backup()
    await store.commit(turn(store.now, [2], replaces=[(guest(1).becomes(email="new@example.org"), 0)]))
    await store.lease("relay", "me", 1, 2, {"mark": 2})

    store.restore(backup)
    assert store.now.n == 1
    assert [line["n"] for line in store.written] == [1]
    assert await store.find(type(guest(1)), email=guest(1).email) == [guest(1)]
    assert await store.find(type(guest(1)), email="new@example.org") == []
    assert await store.lease("relay", "me", 1, 2, {}) == {"mark": 1}
