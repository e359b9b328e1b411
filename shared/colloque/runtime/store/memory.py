"""A room's database in memory: the same answers and refusals as the real one, for tests and the simulation.

One object is one database. Several desks of a room may work on it at once, as several processes would."""

from __future__ import annotations

import asyncio
from collections import Counter as Tally
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from colloque.runtime.store.port import (
    Conflict,
    Counter,
    D,
    DuplicateLine,
    DuplicateValue,
    Fetched,
    LineRecord,
    Transaction,
)
from colloque.runtime.store.shape import checked, window_of
from colloque.runtime.work import Document, Find, Key, finds_of


@dataclass(frozen=True)
class Backup:
    """All that a database holds at one moment."""

    counter: Counter
    documents: Mapping[Key, Document]
    lines: Mapping[str, LineRecord]
    leases: Mapping[str, tuple[str, float, Mapping[str, Any]]]


class MemoryStore:
    """`_reach` is awaited before every call takes effect, with the call's name, and once more as "committed" after a
    commit has taken effect: a subclass may delay there, or raise Down, Conflict, CommitUnknown. `apply` is the commit
    itself, for one that happens late."""

    def __init__(self, room: str) -> None:
        self.room = room
        self.trips: dict[str, int] = Tally()
        self._kinds: dict[str, type[Document]] = {}
        self._woken: list[Callable[[], None]] = []
        self.restore(Backup(Counter(), {}, {}, {}))

    async def _reach(self, what: str) -> None:
        if what != "committed":
            self.trips[what] += 1

    # ---- to look at everything, and to put it back
    def docs(self, kind: type[D]) -> dict[str, D]:
        return cast("dict[str, D]", dict(self._documents[kind]))

    def every(self) -> Iterator[Document]:
        for of_kind in self._documents.values():
            yield from of_kind.values()

    @property
    def now(self) -> Counter:
        return self._counter

    @property
    def written(self) -> list[LineRecord]:
        """The whole journal, in order of n."""
        return [line for _, line in sorted(self._order.items())]

    def backup(self) -> Backup:
        documents: dict[Key, Document] = {(type(document), document.id): document for document in self.every()}
        return Backup(self._counter, documents, dict(self._lines), dict(self._leases))

    def restore(self, backup: Backup) -> None:
        self._counter, self._lines, self._leases = backup.counter, dict(backup.lines), dict(backup.leases)
        self._order: dict[int, LineRecord] = {line["n"]: line for line in self._lines.values()}
        self._documents: dict[type[Document], dict[str, Document]] = defaultdict(dict)
        self._met: dict[Find, set[str]] = defaultdict(set)
        for document in backup.documents.values():
            self._lay(type(document), document.id, document)

    # ---- the port
    async def open(self, kinds: Iterable[type[Document]]) -> None:
        self._kinds = checked([*self._kinds.values(), *kinds])
        await self._reach("open")

    async def close(self) -> None:
        pass

    async def counter(self) -> Counter:
        await self._reach("counter")
        return self._counter

    async def fetch(self, keys: Iterable[Key], finds: Iterable[Find] = ()) -> Fetched:
        keys, finds = list(keys), list(finds)
        await self._reach("read")
        found = {find: self._meeting(find) for find in finds}
        documents = {key: self._of(key[0]).get(key[1]) for keys in (keys, *found.values()) for key in keys}
        return Fetched(documents, found)

    async def lines(self, ids: Iterable[str]) -> dict[str, LineRecord]:
        ids = list(ids)
        await self._reach("lines")
        return {id: self._lines[id] for id in ids if id in self._lines}

    async def commit(self, tx: Transaction) -> None:
        await self._reach("commit")
        self.apply(tx)
        await self._reach("committed")

    async def free(self) -> None:
        await self._reach("free")

    async def seize_next(self, by: str, until: float, now: float) -> None:
        await self._reach("seize_next")
        counter = self._counter
        if counter.next_by in ("", by) or counter.next_until <= now:
            self._counter = replace(counter, turn=counter.turn + 1, next_by=by, next_until=until)

    async def journal(self, first: int, last: int) -> list[LineRecord]:
        await self._reach("journal")
        last = min(last, self._counter.n)
        return [self._order[n] for n in range(first, last + 1) if n in self._order]

    async def lease(
        self, name: str, holder: str, now: float, until: float, values: Mapping[str, Any]
    ) -> dict[str, Any] | None:
        await self._reach("lease")
        by, ends, before = self._leases.get(name, (holder, now, {}))
        if by != holder and ends > now:
            return None
        self._leases[name] = holder, until, {**before, **values}
        return dict(before)

    async def begin_epoch(self) -> int:
        await self._reach("begin_epoch")
        counter = self._counter
        self._counter = replace(counter, epoch=counter.epoch + 1, turn=counter.turn + 1)
        return self._counter.epoch

    async def watch(self, woken: Callable[[], None]) -> None:
        self._woken.append(woken)
        try:
            await asyncio.Event().wait()
        finally:
            self._woken.remove(woken)

    async def get(self, kind: type[D], id: str) -> D | None:
        await self._reach("read")
        return cast("D | None", self._of(kind).get(id))

    async def find(self, kind: type[D], **equal: Any) -> list[D]:
        want = Find.by(kind, equal)
        await self._reach("read")
        of_kind = self._of(kind)
        return [cast("D", of_kind[id]) for _, id in self._meeting(want)]

    async def window(
        self, kind: type[D], *, low: Any, high: Any, reverse: bool = False, limit: int = 0, **equal: Any
    ) -> list[D]:
        ranged = window_of(kind, equal)[-1]
        await self._reach("read")
        inside = [
            (value, document.id, cast("D", document))
            for document in self._of(kind).values()
            if all(getattr(document, name) == wanted for name, wanted in equal.items())
            if (value := getattr(document, ranged)) is not None and low <= value <= high
        ]
        inside.sort(key=lambda one: one[:2], reverse=reverse)
        return [document for _, _, document in inside[: limit or None]]

    async def seed(self, documents: Sequence[Document]) -> None:
        await self._reach("seed")
        for document in documents:
            self._lay(type(document), document.id, document)

    # ---- the commit
    def apply(self, tx: Transaction) -> None:
        """All or nothing: everything is checked before anything is changed."""
        if tx.known.turn != self._counter.turn:
            raise Conflict(f"turn {self._counter.turn}, not {tx.known.turn}")
        self._check_versions(tx)
        ids = Tally(line["_id"] for line in tx.lines)
        if twice := [id for id, count in ids.items() if count > 1 or id in self._lines]:
            raise DuplicateLine(twice[0])
        gone: list[tuple[type[Document], str, Document | None]] = [(kind, id, None) for kind, id, _ in tx.deletes]
        kept = [*(document for document, _ in tx.replaces), *tx.inserts]
        changes = gone + [(type(document), document.id, document) for document in kept]
        self._check_unique(changes)
        for kind, id, document in changes:
            self._lay(kind, id, document)
        for line in tx.lines:
            self._lines[line["_id"]] = self._order[line["n"]] = line
        after, known = tx.after, self._counter
        ends, marks = {**known.ends, **tx.changed_ends}, {**known.marks, **tx.changed_marks}
        self._counter = replace(after, epoch=known.epoch, ends=ends, marks=marks)
        for woken in self._woken:
            woken()

    def _check_versions(self, tx: Transaction) -> None:
        replaced = [(type(document), document.id, version) for document, version in tx.replaces]
        for kind, id, version in (*tx.held, *replaced, *tx.deletes):
            document = self._of(kind).get(id)
            if document is None or document.version != version:
                raise Conflict(f"{kind.__name__} {id} is not at {version} any more")
        for document in tx.inserts:
            if document.id in self._of(type(document)):
                raise Conflict(f"{type(document).__name__} {document.id} is there already")

    def _check_unique(self, changes: Iterable[tuple[type[Document], str, Document | None]]) -> None:
        """One after the other, as a server does it: a value is free again once its owner has been changed."""
        owners: dict[Find, set[str]] = {}
        for kind, id, document in changes:
            if not kind.unique:
                continue
            for find in self._unique_finds(self._of(kind).get(id)):
                owners.setdefault(find, set(self._met.get(find, ()))).discard(id)
            for find in self._unique_finds(document):
                if owners.setdefault(find, set(self._met.get(find, ()))) - {id}:
                    raise DuplicateValue(kind.unique[find.lookup](f"{kind.__name__}: {find.lookup} is taken"))
                owners[find].add(id)

    def _unique_finds(self, document: Document | None) -> list[Find]:
        return [find for find in finds_of(document) if find.lookup in find.kind.unique] if document else []

    def _lay(self, kind: type[Document], id: str, document: Document | None) -> None:
        of_kind = self._documents[kind]
        if (before := of_kind.pop(id, None)) is not None:
            for find in finds_of(before):
                self._met[find].discard(id)
        if document is not None:
            of_kind[id] = document
            for find in finds_of(document):
                self._met[find].add(id)

    def _of(self, kind: type[Document]) -> dict[str, Document]:
        if self._kinds.get(kind.__name__) is not kind:
            raise LookupError(f"{kind.__name__} is not among the kinds this room was opened with")
        return self._documents[kind]

    def _meeting(self, find: Find) -> tuple[Key, ...]:
        self._of(find.kind)
        return tuple((find.kind, id) for id in sorted(self._met.get(find, ())))
