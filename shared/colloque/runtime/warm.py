"""Documents as this process's own commits have left or met them. They stand for as long as nobody else commits in the
room: the counter's turn tells, and the fence makes sure. So what a rush is about is not read again in each turn."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

from colloque.runtime.store.port import Counter, Fetched, Store
from colloque.runtime.work import Document, Find, Key, View

MOST = 2_000


class Warm:
    def __init__(self, store: Store, most: int = MOST) -> None:
        self.used = False
        """Has this turn gone by anything that was not read for it? Then it has to be sure of the counter in the end."""
        self._store, self._most = store, most
        self._documents: OrderedDict[Key, Document] = OrderedDict()
        self._at = (0, 0)

    def begin(self, known: Counter) -> None:
        """A turn begins on this counter."""
        self.used = False
        if (known.epoch, known.turn) != self._at:
            self._documents.clear()

    def known(self, keys: Sequence[Key]) -> dict[Key, Document | None]:
        """Those of them that stand as kept here, if nobody else is at work."""
        return {key: self._documents[key] for key in keys if key in self._documents}

    def forget(self) -> None:
        """Somebody else is at work."""
        self._documents.clear()

    async def fetch(self, keys: Sequence[Key], finds: Sequence[Find]) -> Fetched:
        warm = self.known(keys)
        self.used = self.used or bool(warm)
        cold = [key for key in keys if key not in warm]
        if not cold and not finds:
            return Fetched(warm, {})
        fetched = await self._store.fetch(cold, finds)
        return Fetched({**fetched.documents, **warm}, fetched.found)

    def keep(self, view: View, after: Counter) -> None:
        """The turn is committed: this is how its documents stand."""
        self._at = after.epoch, after.turn
        documents = self._documents
        for key, met in view.base.items():
            document = view.over.get(key, met)
            if document is None:
                documents.pop(key, None)
            else:
                documents[key] = document
                documents.move_to_end(key)
        while len(documents) > self._most:
            documents.popitem(last=False)
