"""The store's port on MongoDB's protocol. What each call costs is a number of round trips, and they are counted."""

from __future__ import annotations

import asyncio
from collections import Counter as Tally
from collections import defaultdict
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from itertools import chain
from typing import Any, cast

from pymongo.errors import ConnectionFailure, DuplicateKeyError, OperationFailure

from colloque.runtime.store.mongo.batch import Batch, refusal_of
from colloque.runtime.store.mongo.client import DURABLE, SETTLED, Client, reaching
from colloque.runtime.store.mongo.indexes import Collection, furnish
from colloque.runtime.store.mongo.session import Session
from colloque.runtime.store.mongo.sheets import CODEC, Sheet, counter_of, document_of, sheet_of
from colloque.runtime.store.port import (
    CommitUnknown,
    Conflict,
    Counter,
    D,
    Fetched,
    LineRecord,
    OtherData,
    Transaction,
)
from colloque.runtime.store.shape import checked, fields_of, window_of
from colloque.runtime.work import Document, Find, Key, finds_of

SHAPE = 1
COUNTER = {"_id": "counter"}
# So many processes of a room are remembered; whoever came before them has ended long ago.
DESKS = 64
BATCH = 1000
# SecantusDB compares each document it finds with every value of an `$in`: a thousand ids at once take ten times as long
# as in portions. What a turn reads of one kind is mostly less than that, and one round trip.
PORTION = 64
HISTORY_LOST = 286


class MongoStore:
    """One process's view of a room's database: it keeps one session, and in it one transaction at a time."""

    def __init__(self, client: Client, room: str, prefix: str = "") -> None:
        self.room = room
        self.trips: dict[str, int] = Tally()
        self._client = client
        self._name = f"{prefix}{room}"
        self._db = client.get_database(self._name, CODEC, read_concern=SETTLED, write_concern=DURABLE)
        self._collections: dict[type[Document], Collection] = {}
        self._session = Session(client, self.trips)

    # ---- coming and going
    async def open(self, kinds: Iterable[type[Document]]) -> None:
        by_name = checked(kinds)
        self._collections = {kind: self._db[name] for name, kind in by_name.items()}
        with reaching():
            await furnish(self._db, by_name.values())
            counter = await self._db["counter"].find_one(COUNTER) or await self._begin()
            if (counter["room"], counter["shape"]) != (self.room, SHAPE):
                raise OtherData(
                    f"The database {self._name} holds the room {counter['room']} in shape {counter['shape']}, "
                    f"not {self.room} in shape {SHAPE}."
                )
            await self.free()
            mine = {"$each": [self._session.id], "$slice": -DESKS}
            await self._db["counter"].update_one(COUNTER, {"$push": {"desks": mine}})

    async def _begin(self) -> Sheet:
        new: Sheet = {**COUNTER, "room": self.room, "shape": SHAPE, **asdict(Counter()), "desks": []}
        try:
            await self._db["counter"].insert_one(dict(new))
        except DuplicateKeyError:
            return await self._db["counter"].find_one(COUNTER) or new
        return new

    async def close(self) -> None:
        if self._session.ended:
            return
        try:
            await self._db["counter"].update_one(COUNTER, {"$pull": {"desks": self._session.id}})
        except ConnectionFailure:
            pass  # a name too many in the list: it does no harm, and the next sixty-four push it out
        finally:
            await self._session.end()

    async def free(self) -> None:
        with reaching():
            self.trips["free"] += 1
            counter = await self._db["counter"].find_one(COUNTER) or {}
            mine = self._session.id
            if others := [{"id": id} for id in counter.get("desks", ()) if id != mine]:
                self.trips["free"] += 1
                await self._client.admin.command({"killSessions": others})

    async def watch(self, woken: Callable[[], None]) -> None:
        """Calls `woken` after every commit of any process of this room, until it is cancelled; ends at once on a server
        without change streams. Only wakes: whoever is woken looks for himself."""
        while True:
            try:
                async with await self._db["counter"].watch([{"$project": {"_id": 1}}]) as stream:
                    async for _ in stream:
                        woken()
            except ConnectionFailure:
                await asyncio.sleep(1)
            except OperationFailure as error:
                if error.code != HISTORY_LOST:
                    return

    # ---- reading
    async def counter(self) -> Counter:
        with reaching():
            self.trips["counter"] += 1
            sheet = await self._db["counter"].find_one(COUNTER)
        if sheet is None:
            raise OtherData(f"The database {self._name} has lost its counter: was it dropped?")
        return counter_of(sheet)

    async def fetch(self, keys: Iterable[Key], finds: Iterable[Find] = ()) -> Fetched:
        documents: dict[Key, Document | None] = dict.fromkeys(keys)
        met: dict[Find, set[str]] = {find: set() for find in finds}
        asked: dict[tuple[type[Document], tuple[str, ...], tuple[Any, ...]], set[Any]] = defaultdict(set)
        for kind, id in documents:
            asked[kind, ("_id",), ()].add(id)
        for find in met:
            # Compound lookups that differ in their last field only travel together: `$or` scans on some servers.
            values = find.value if isinstance(find.lookup, tuple) else (find.value,)
            asked[find.kind, fields_of(find.lookup), values[:-1]].add(values[-1])
        answers = [self._answer(kind, fields, first, list(last)) for (kind, fields, first), last in asked.items()]
        for document in chain.from_iterable(await _together(answers)):
            documents[type(document), document.id] = document
            if met:
                for find in finds_of(document):
                    if find in met:
                        met[find].add(document.id)
        return Fetched(documents, {find: tuple((find.kind, id) for id in sorted(ids)) for find, ids in met.items()})

    async def _answer(
        self, kind: type[Document], fields: tuple[str, ...], first: tuple[Any, ...], last: Sequence[Any]
    ) -> list[Document]:
        found = list[Document]()
        for start in range(0, len(last), PORTION):
            sheets = await self._read(kind, _question(fields, first, last[start : start + PORTION]))
            found += [document_of(kind, sheet) for sheet in sheets]
        return found

    async def _read(self, kind: type[Document], query: Sheet, **more: Any) -> list[Sheet]:
        if (collection := self._collections.get(kind)) is None:
            raise LookupError(f"{kind.__name__} is not among the kinds this room was opened with")
        with reaching():
            self.trips["read"] += 1
            return await collection.find(query, batch_size=BATCH, **more).to_list()

    async def get(self, kind: type[D], id: str) -> D | None:
        sheets = await self._read(kind, {"_id": id})
        return document_of(kind, sheets[0]) if sheets else None

    async def find(self, kind: type[D], **equal: Any) -> list[D]:
        sheets = await self._read(kind, Find.by(kind, equal).equal)
        return [document_of(kind, sheet) for sheet in sorted(sheets, key=lambda sheet: cast("str", sheet["_id"]))]

    async def window(
        self, kind: type[D], *, low: Any, high: Any, reverse: bool = False, limit: int = 0, **equal: Any
    ) -> list[D]:
        ranged, way = window_of(kind, equal)[-1], -1 if reverse else 1
        query = {**equal, ranged: {"$gte": low, "$lte": high}}
        sheets = await self._read(kind, query, sort=[(ranged, way), ("_id", way)], limit=limit)
        return [document_of(kind, sheet) for sheet in sheets]

    async def lines(self, ids: Iterable[str]) -> dict[str, LineRecord]:
        with reaching():
            self.trips["lines"] += 1
            found = await self._db["journal"].find({"_id": {"$in": list(ids)}}, batch_size=BATCH).to_list()
        return {line["_id"]: line for line in found}

    async def journal(self, first: int, last: int) -> list[LineRecord]:
        with reaching():
            self.trips["journal"] += 1
            closed = {"n": {"$gte": first, "$lte": last}}
            return await self._db["journal"].find(closed, sort=[("n", 1)], batch_size=BATCH).to_list()

    # ---- writing
    async def commit(self, tx: Transaction) -> None:
        batch = Batch(tx)
        async with self._session.transaction():
            try:
                with reaching():
                    for portion in batch.portions():
                        command = portion.command(self._name)
                        batch.accept(portion, await self._session.write(self._client.admin, command))
                    for name, sheets in batch.inserts:
                        insert: Sheet = {"insert": name, "documents": sheets}
                        batch.accept_insert(name, await self._session.write(self._db, insert))
            except OperationFailure as error:
                raise batch.refusal(error.details or {}) from error
            await self._session.settle()

    async def seize_next(self, by: str, until: float, now: float) -> None:
        """In a transaction, since a plain update would wait for whoever holds the counter. Whether it came to pass, the
        counter says."""
        free = [{"next_by": {"$in": ["", by]}}, {"next_until": {"$lte": now}}]
        taken = {"$set": {"next_by": by, "next_until": until}, "$inc": {"turn": 1}}
        update: Sheet = {"update": "counter", "updates": [{"q": {**COUNTER, "$or": free}, "u": taken}]}
        with suppress(Conflict, CommitUnknown):
            async with self._session.transaction():
                try:
                    with reaching():
                        done = await self._session.write(self._db, update)
                except OperationFailure as error:
                    raise refusal_of(error.details or {}) from error
                if done["n"] and not done.get("writeErrors"):
                    await self._session.settle()

    async def lease(
        self, name: str, holder: str, now: float, until: float, values: Mapping[str, Any]
    ) -> dict[str, Any] | None:
        theirs = {"_id": name, "$or": [{"holder": holder}, {"until": {"$lte": now}}]}
        kept = {"holder": holder, "until": until, **{f"values.{key}": value for key, value in values.items()}}
        with reaching():
            self.trips["lease"] += 1
            try:
                before = await self._db["leases"].find_one_and_update(theirs, {"$set": kept}, upsert=True)
            except DuplicateKeyError:
                return None  # it is there, and neither ours nor run out
        return dict((before or {}).get("values", {}))

    async def begin_epoch(self) -> int:
        with reaching():
            self.trips["counter"] += 1
            await self._db["counter"].update_one(COUNTER, {"$inc": {"epoch": 1, "turn": 1}})
        return (await self.counter()).epoch

    async def seed(self, documents: Sequence[Document]) -> None:
        by_kind: dict[str, list[Sheet]] = defaultdict(list)
        for document in documents:
            by_kind[type(document).__name__].append(sheet_of(document))
        with reaching():
            for name, sheets in by_kind.items():
                for start in range(0, len(sheets), BATCH):
                    self.trips["seed"] += 1
                    await self._db[name].insert_many(sheets[start : start + BATCH], ordered=False)


async def _together(answers: Sequence[Coroutine[Any, Any, list[Document]]]) -> list[list[Document]]:
    return [await answers[0]] if len(answers) == 1 else await asyncio.gather(*answers)


def _question(fields: tuple[str, ...], first: tuple[Any, ...], last: Sequence[Any]) -> Sheet:
    question: Sheet = dict(zip(fields, first, strict=False))
    question[fields[-1]] = {"$in": last} if len(last) > 1 else last[0]
    return question
