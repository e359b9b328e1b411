"""A room's collections and indexes, as its documents declare them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any, TypeAlias

from pymongo import IndexModel
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.asynchronous.database import AsyncDatabase

from colloque.runtime.store.shape import fields_of
from colloque.runtime.work import Document

Collection: TypeAlias = AsyncCollection[dict[str, Any]]
Database: TypeAlias = AsyncDatabase[dict[str, Any]]
OURS = ("by ", "unique ", "window ")


async def furnish(database: Database, kinds: Iterable[type[Document]]) -> None:
    """Collections are made here and not by the first insert, which would make them inside a transaction. An index that
    is not declared any more goes."""
    there = set(await database.list_collection_names())
    wanted = {kind.__name__: _declared(kind) for kind in kinds}
    wanted["journal"] = [IndexModel([("n", 1)], name="unique n", unique=True)]
    wanted |= {"counter": [], "leases": []}
    await asyncio.gather(*(_furnish(database, name, indexes, name in there) for name, indexes in wanted.items()))


async def _furnish(database: Database, name: str, indexes: list[IndexModel], there: bool) -> None:
    collection = database[name] if there else await database.create_collection(name, check_exists=False)
    known = await _known(collection) if there else set()
    wanted = {index.document["name"]: index for index in indexes}
    for old in known - set(wanted):
        if old.startswith(OURS):
            await collection.drop_index(old)
    if new := [index for name, index in wanted.items() if name not in known]:
        await collection.create_indexes(new)


async def _known(collection: Collection) -> set[str]:
    return set(await collection.index_information())


def _declared(kind: type[Document]) -> list[IndexModel]:
    lookups = {fields_of(lookup): lookup in kind.unique for lookup in kind.lookups}
    return [
        *(_index("unique" if unique else "by", names, unique=unique) for names, unique in lookups.items()),
        # The ranged field is the index's last: with another behind it SecantusDB 0.7 misses the range's upper end. So
        # equal values are put in order of id by the server's sort, which a narrow range makes cheap.
        # Of the same fields there is one index.
        *(_index("window", names) for names in kind.windows if names not in lookups),
    ]


def _index(what: str, names: tuple[str, ...], *, unique: bool = False) -> IndexModel:
    return IndexModel([(name, 1) for name in names], name=" ".join((what, *names)), unique=unique)
