"""Without what the desk does around a turn: the counter, marks, numbers, twins, lines."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from colloque.runtime import handling
from colloque.runtime.bus.envelope import everything
from colloque.runtime.bus.port import BusDown
from colloque.runtime.desk import PATIENCE, Desk
from colloque.runtime.handling import Handling
from colloque.runtime.journal import Cause, number
from colloque.runtime.message import Kind, Message
from colloque.runtime.store.memory import MemoryStore
from colloque.runtime.store.port import CommitUnknown, Counter, LineRecord, Transaction
from colloque.runtime.turn import Turn
from colloque.runtime.work import Command
from tests.simulation.database import StormStore
from tests.simulation.process import PROCESS


def mark_in_commit(patch: pytest.MonkeyPatch) -> None:
    sift, transaction = Handling._sift, Turn.transaction

    async def sift_and_move(self: Handling, turn: Turn, batch: Sequence[Message], known: Counter, doubt: bool) -> None:
        await sift(self, turn, batch, known, doubt)
        moved = {m.stream: m.place for m in turn.runs if m.stream}
        store = self.store
        assert isinstance(store, MemoryStore)
        store._counter = replace(store._counter, marks={**store._counter.marks, **moved})

    def without_marks(self: Turn, now: float) -> Transaction:
        tx = transaction(self, now)
        tx.changed_marks = {}
        return tx

    patch.setattr(Handling, "_sift", sift_and_move)
    patch.setattr(Turn, "transaction", without_marks)


def number_in_commit(patch: pytest.MonkeyPatch) -> None:
    commit, apply = StormStore.commit, StormStore.apply

    async def reserve_and_commit(self: StormStore, tx: Transaction) -> None:
        await self._reach("reserve")
        reserved, _ = number(tx.lines, self._counter)
        self._counter = replace(self._counter, n=reserved.n, ends=reserved.ends)
        tx.changed_ends = {}
        await commit(self, tx)

    def apply_reserved(self: StormStore, tx: Transaction) -> None:
        apply(self, replace(tx, after=replace(tx.after, n=self._counter.n)))

    patch.setattr(StormStore, "commit", reserve_and_commit)
    patch.setattr(StormStore, "apply", apply_reserved)


def relay_after_commit(patch: pytest.MonkeyPatch) -> None:
    commit = StormStore.commit

    async def publish_and_commit(self: StormStore, tx: Transaction) -> None:
        process = PROCESS.get()
        if process is not None and tx.lines:
            with suppress(BusDown):
                await process.bus.send(await process.engine.relay._letters(tx.lines, everything))
        await commit(self, tx)

    patch.setattr(StormStore, "commit", publish_and_commit)


def counter_fence(patch: pytest.MonkeyPatch) -> None:
    apply = StormStore.apply

    def unfenced(self: StormStore, tx: Transaction) -> None:
        apply(self, replace(tx, known=replace(tx.known, turn=self._counter.turn)))

    patch.setattr(StormStore, "apply", unfenced)


def counter_first(patch: pytest.MonkeyPatch) -> None:
    decide = Handling._decide

    async def decide_and_read(self: Handling, batch: list[Message], doubt: bool) -> Turn | None:
        turn = await decide(self, batch, doubt)
        if turn is not None:
            turn.known = await self.store.counter()
        return turn

    patch.setattr(Handling, "_decide", decide_and_read)


def next_turn(patch: pytest.MonkeyPatch) -> None:
    async def claims_nothing(self: Handling, _tries: int) -> None:
        self._known = None
        await asyncio.sleep(0.05 * (0.5 + self._random.random()))

    patch.setattr(Handling, "_claim_next_turn", claims_nothing)


class Forgetful(set[str]):
    """Remembers nothing of what it is told."""

    def update(self, *_: Any) -> None:
        pass


def twins(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(handling, "set", Forgetful, raising=False)


def line_lookup(patch: pytest.MonkeyPatch) -> None:
    async def looks_for_nothing(_self: Handling, _turn: Turn) -> None:
        pass

    patch.setattr(Handling, "_look_for_lines", looks_for_nothing)


def unknown_reruns(patch: pytest.MonkeyPatch) -> None:
    commit = StormStore.commit

    async def believe_the_first_line(self: StormStore, tx: Transaction) -> None:
        try:
            await commit(self, tx)
        except CommitUnknown:
            if not tx.lines or tx.lines[0]["_id"] not in self._lines:
                raise

    patch.setattr(StormStore, "commit", believe_the_first_line)


def payload(patch: pytest.MonkeyPatch) -> None:
    answer = Handling._answer_from_line

    def whatever_was_asked(self: Handling, m: Message, lines: Mapping[str, LineRecord]) -> bool:
        return answer(self, m, {id: {**line, "digest": m.digest} for id, line in lines.items()})

    patch.setattr(Handling, "_answer_from_line", whatever_was_asked)


def inner_stays(patch: pytest.MonkeyPatch) -> None:
    message = Desk._message

    def impatient(self: Desk, kind: Kind, command: Command, cause: Cause) -> Message:
        one = message(self, kind, command, cause)
        one.until = asyncio.get_running_loop().time() + PATIENCE
        return one

    patch.setattr(Desk, "_message", impatient)
