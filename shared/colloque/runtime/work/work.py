"""All that a step sees."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, cast

from colloque.contracts.fact import Fact
from colloque.contracts.traces import Output
from colloque.runtime.work.documents import Change, Command, D, Document, Find, Key, Read, Timer, finds_of
from colloque.runtime.work.ids import keyed_id
from colloque.runtime.work.view import Need, Noted, View


class Work:
    """All that a step sees of the world, and what it leaves behind."""

    __slots__ = ("_key", "_layer", "_lined", "_view", "cause", "line", "noted", "now", "story")

    def __init__(
        self,
        view: View,
        layer: dict[Key, Document | None],
        *,
        now: datetime,
        cause: str,
        story: str,
        line: str,
        key: bytes,
        lined: bool = True,
    ) -> None:
        self._view, self._layer, self._key, self._lined = view, layer, key, lined
        self.now, self.cause, self.story, self.line = now, cause, story, line
        self.noted = Noted()

    # ---- reading
    async def get(self, kind: type[D], id: str) -> D | None:
        return cast("D | None", await self._one((kind, id)))

    async def hold(self, kind: type[D], id: str) -> D | None:
        """As `get`, and the commit holds only if nobody else has changed it meanwhile: for what a decision depends on
        without changing it."""
        self.noted.held.add((kind, id))
        return await self.get(kind, id)

    async def all(self, kind: type[D], ids: Iterable[str]) -> list[D | None]:
        """In the order asked for; read together."""
        keys: list[Key] = [(kind, id) for id in ids]
        if missing := [key for key in keys if not self._known(key)]:
            await Need(*missing)
        self.noted.reads.update(keys)
        return [cast("D | None", self._now(key)) for key in keys]

    async def ahead(self, *reads: Read) -> None:
        """Reads together, whatever their kinds, what the step then gets or finds one by one: one round trip in place of
        many."""
        missing = [one for one in reads if not (self._view.has(one) if isinstance(one, Find) else self._known(one))]
        if missing:
            await Need(*missing)

    async def find(self, kind: type[D], **equal: Any) -> list[D]:
        """Equality on a declared lookup only, so that it sees the turn's own changes; in order of id."""
        return cast("list[D]", await self._found(Find.by(kind, equal)))

    async def each(self, kind: type[D], lookup: str, values: Iterable[Any]) -> list[list[D]]:
        """As `find` by one lookup, for several values; read together, answered in the order asked for."""
        wants = [Find.by(kind, {lookup: value}) for value in values]
        if missing := [want for want in wants if not self._view.has(want)]:
            await Need(*missing)
        return [cast("list[D]", await self._found(want)) for want in wants]

    async def _found(self, want: Find) -> list[Document]:
        if not self._view.has(want):
            await Need(want)
        self.noted.reads.add(want)
        return self._meeting(want, self._view.over, self._layer, self.noted.changes)

    def _meeting(self, want: Find, *layers: Mapping[Key, Document | None]) -> list[Document]:
        seen: dict[Key, Document | None] = {key: self._view.base[key] for key in self._view.found[want]}
        for layer in layers:
            seen.update((key, document) for key, document in layer.items() if key[0] is want.kind)
        return [document for _, document in sorted(seen.items(), key=_by_id) if document and want.met_by(document)]

    async def _one(self, key: Key) -> Document | None:
        if not self._known(key):
            await Need(key)
        self.noted.reads.add(key)
        return self._now(key)

    def _known(self, key: Key) -> bool:
        return key in self.noted.changes or self._known_before(key)

    def _known_before(self, key: Key) -> bool:
        if key[1] in self.noted.fresh:
            self._view.base.setdefault(key, None)
        return key in self._layer or key in self._view.over or key in self._view.base

    def _now(self, key: Key) -> Document | None:
        return self.noted.changes[key] if key in self.noted.changes else self._before(key)

    def _before(self, key: Key) -> Document | None:
        for layer in (self._layer, self._view.over):
            if key in layer:
                return layer[key]
        return self._view.base[key]

    # ---- deciding
    def keep(self, change: Change[D]) -> D:
        key: Key = (type(change.document), change.document.id)
        self.noted.reads.add(key)
        self.noted.changes[key] = None if change.gone else change.document
        self.noted.facts.extend(change.facts)
        return change.document

    def tell(self, *facts: Fact) -> None:
        """Facts that change no document of their own."""
        self.noted.facts.extend(facts)

    def wake(self, at: datetime, command: Command) -> None:
        """Keeps a timer in the same commit. Its id is what it is about: setting it again moves it."""
        kind = type(command).__name__
        id, body = f"{kind}/{command.about}", command.model_dump(mode="json")
        if command.about in self.noted.fresh:
            self.noted.fresh.add(id)
        self._put(Timer(id=id, at=at, command=kind, body=body, set_by=self.line, story=self.story))

    def let_sleep(self, command: type[Command], about: str) -> None:
        """Takes the timer away, if there is one."""
        key: Key = (Timer, f"{command.__name__}/{about}")
        self.noted.reads.add(key)
        self.noted.changes[key] = None

    def _put(self, document: Document) -> None:
        key: Key = (type(document), document.id)
        self.noted.reads.add(key)
        self.noted.changes[key] = document

    def note(self, output: Output) -> None:
        """One more thing for the trace that is neither a document nor a fact: a file, say."""
        self.noted.outputs.append(output)

    def new_id(self) -> str:
        """A keyed hash of the cause, the step and a count: a second run makes the same, and nobody can guess one."""
        self.noted.ids += 1
        return self.claim(keyed_id(self._key, self.line, str(self.noted.ids)))

    def own_id(self) -> str:
        """The cause itself, for the one document that it makes and that bears its name."""
        return self.claim(self.cause)

    def claim(self, id: str) -> str:
        """An id made of this step's cause. Were there such a document, the line would be there too and this run would
        come to nothing: so nobody has to look. Without lines (contacts, traces) this is not known."""
        if self._lined:
            self.noted.fresh.add(id)
        return id

    # ---- for the desk
    async def settle_unread(self) -> None:
        """What is kept without having been read is read now, so that the turn knows what it replaces; what must be
        unique is looked for, like any read."""
        for key, new in list(self.noted.changes.items()):
            if not self._known_before(key):
                await Need(key)
            before = self._before(key)
            if new is None:
                continue
            if type(new) is Timer or (before is not None and new.version <= before.version):
                self.noted.changes[key] = new.model_copy(update={"version": before.version + 1 if before else 0})
            if key[0].unique:
                await self._look_for_twins(key, before, new)

    async def _look_for_twins(self, key: Key, before: Document | None, new: Document) -> None:
        known = set(finds_of(before)) if before is not None else set()
        for want in set(finds_of(new)) - known:
            if want.lookup in key[0].unique and any((key[0], id) != key for id in await self._holders(want)):
                raise key[0].unique[want.lookup](f"{key[0].__name__}: {want.lookup} is taken")

    async def _holders(self, want: Find) -> set[str]:
        """Whose value it is now, or was before this message: an index lets nobody have what its holder gives up only in
        the same commit, unless the holder goes."""
        now = {document.id for document in await self._found(want)}
        gone = {id for layer in (self._layer, self.noted.changes) for (_, id), left in layer.items() if left is None}
        return now | {document.id for document in self._meeting(want, self._view.over)} - gone


def _by_id(item: tuple[Key, Document | None]) -> str:
    return item[0][1]
