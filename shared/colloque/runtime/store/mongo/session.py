"""The one session that a process keeps, and the one transaction at a time in it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, cast

from pymongo import timeout
from pymongo.errors import ConnectionFailure, OperationFailure

from colloque.runtime.store.mongo.batch import WRITE_CONFLICT
from colloque.runtime.store.mongo.client import DURABLE, Client
from colloque.runtime.store.mongo.sheets import CODEC, Sheet
from colloque.runtime.store.port import CommitUnknown, Conflict


class Session:
    def __init__(self, client: Client, trips: dict[str, int]) -> None:
        self._trips = trips
        # A causally consistent one would send a readConcern with each command, which SecantusDB's bulkWrite refuses.
        self._session = client.start_session(causal_consistency=False)
        self._alone = asyncio.Lock()

    @property
    def id(self) -> Any:
        """By which others can end what it has open."""
        return self._session.session_id["id"]

    @property
    def ended(self) -> bool:
        return self._session.has_ended

    async def end(self) -> None:
        await self._session.end_session()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        """What is not settled by its end is undone, so that nobody waits for its locks; if the server does not hear
        that, the next transaction of the session ends it."""
        async with self._alone:
            await self._session.start_transaction(write_concern=DURABLE)
            try:
                yield
            finally:
                if self._session.in_transaction:
                    with timeout(1):
                        await self._session.abort_transaction()

    async def write(self, where: Any, command: Sheet) -> Mapping[str, Any]:
        self._trips["write"] += 1
        return cast("Mapping[str, Any]", await where.command(command, session=self._session, codec_options=CODEC))

    async def settle(self) -> None:
        """Once it is asked for, a commit that does not answer is unknown; so is one whose transaction the server does
        not know (any more): the driver asks a second time by itself, and the first may have been heard before a
        crash."""
        self._trips["commit"] += 1
        try:
            await self._session.commit_transaction()
        except OperationFailure as error:
            if error.code == WRITE_CONFLICT:
                raise Conflict(str(error)[:300]) from error
            raise CommitUnknown(str(error)[:300]) from error
        except ConnectionFailure as lost:
            raise CommitUnknown(str(lost)[:300]) from lost
