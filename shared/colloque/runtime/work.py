"""The words a room is written in: documents and changes, commands and steps, and the work a step does.

A step is a plain async function `(message, work) -> answer`. It touches nothing but `work` and waits for nothing else,
so that it can be thrown away and run again. Its answer is a JSON value (a reference, nothing personal): it is kept in
the journal, and stands when the same message comes a second time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from typing import Any, ClassVar, Generic, Self, TypeAlias, TypeVar, cast

from colloque.contracts.fact import Fact, Frozen
from colloque.contracts.traces import Output
from colloque.runtime.refusal import Refusal

Lookup: TypeAlias = "str | tuple[str, ...]"
Answer: TypeAlias = "str | int | bool | list[Any] | dict[str, Any] | None"


class Document(Frozen):
    """What a room keeps. `version` rises with every change and is the filter of its replacement.

    `lookups`: fields (or tuples of fields) by which it is found with equality, each an index; a lookup that is a list
    or tuple field is found by any of its values. `unique`: those of the lookups that are unique, with the refusal to
    raise. `windows`: compound indexes read in closed ranges by pages (equal fields first, the ranged one last)."""

    lookups: ClassVar[tuple[Lookup, ...]] = ()
    unique: ClassVar[Mapping[Lookup, type[Refusal]]] = {}
    windows: ClassVar[tuple[tuple[str, ...], ...]] = ()
    output: ClassVar[str] = "document"
    """What a trace calls it: `document`, or `mail`."""

    id: str
    version: int = 0

    @property
    def called(self) -> str:
        """Its type in a trace."""
        return type(self).__name__

    def becomes(self, **values: Any) -> Self:
        return self.model_copy(update={"version": self.version + 1, **values})


D = TypeVar("D", bound=Document)


@dataclass(frozen=True, slots=True)
class Change(Generic[D]):
    """A decision: the document as it should become (or, when `gone`, that it should not be), and what has happened."""

    document: D
    facts: tuple[Fact, ...] = ()
    gone: bool = False


class Command(Frozen):
    """What somebody asks: a form, an API call, a due timer. Imperative: `ConfirmRegistration`."""

    @property
    def about(self) -> str:
        """What a timer with this command is about: setting one again for the same thing moves it."""
        return ""


Key: TypeAlias = "tuple[type[Document], str]"
Step: TypeAlias = "Callable[[Any, Work], Awaitable[Answer]]"


@dataclass(frozen=True, slots=True)
class Find:
    """A question by equality: documents of `kind` whose `lookup` equals `value`."""

    kind: type[Document]
    lookup: Lookup
    value: Any

    @staticmethod
    def by(kind: type[Document], equal: Mapping[str, Any]) -> Find:
        names = tuple(sorted(equal))
        for lookup in kind.lookups:
            fields = (lookup,) if isinstance(lookup, str) else lookup
            if tuple(sorted(fields)) == names:
                value = equal[lookup] if isinstance(lookup, str) else tuple(equal[name] for name in lookup)
                return Find(kind, lookup, value)
        raise LookupError(f"{kind.__name__} declares no lookup by {', '.join(names)}")

    def met_by(self, document: Document) -> bool:
        return self in finds_of(document)

    @property
    def equal(self) -> dict[str, Any]:
        if isinstance(self.lookup, str):
            return {self.lookup: self.value}
        return dict(zip(self.lookup, self.value, strict=True))


def finds_of(document: Document) -> Iterable[Find]:
    """Every find that would meet this document."""
    kind = type(document)
    for lookup in kind.lookups:
        if isinstance(lookup, str):
            value = getattr(document, lookup)
            if isinstance(value, list | tuple):
                yield from (Find(kind, lookup, one) for one in value)
            else:
                yield Find(kind, lookup, value)
        else:
            yield Find(kind, lookup, tuple(getattr(document, name) for name in lookup))


Read: TypeAlias = "Key | Find"


class Need:
    """What a step waits for. Only the desk answers it."""

    __slots__ = ("reads",)

    def __init__(self, *reads: Read) -> None:
        self.reads = reads

    def __await__(self) -> Generator[Need, None, None]:
        yield self


class Timer(Document):
    """A command to be handed in at `at`. `set_by` is the line that set it: it tells this setting from every other."""

    windows = (("at",),)

    at: datetime
    command: str
    body: dict[str, Any]
    set_by: str
    story: str


class View:
    """What one turn knows: documents as the database holds them, and on top what settled messages have changed."""

    def __init__(self) -> None:
        self.base: dict[Key, Document | None] = {}
        self.found: dict[Find, tuple[Key, ...]] = {}
        self.over: dict[Key, Document | None] = {}

    def has(self, read: Read) -> bool:
        return read in self.found if isinstance(read, Find) else read in self.base

    def add(self, documents: Mapping[Key, Document | None], found: Mapping[Find, tuple[Key, ...]]) -> None:
        for key, document in documents.items():
            self.base.setdefault(key, document)
        self.found.update(found)

    def made_stale_by(self, changes: Mapping[Key, Document | None], layer: Mapping[Key, Document | None]) -> set[Read]:
        """Every read, of a document or of a find, that gives another answer once these changes lie on the view.
        `layer`: what their message has changed before them. Finds count only where somebody has asked for one."""
        reads: set[Read] = set(changes)
        for key, new in changes.items() if self.found else ():
            if key[0].lookups:
                for document in (self.over.get(key, self.base.get(key)), layer.get(key), new):
                    if document is not None:
                        reads.update(finds_of(document))
        return reads


@dataclass(slots=True)
class Noted:
    """What a run of a step has done so far; thrown away when it runs again."""

    reads: set[Read] = field(default_factory=set)
    held: set[Key] = field(default_factory=set)
    changes: dict[Key, Document | None] = field(default_factory=dict)
    facts: list[Fact] = field(default_factory=list)
    outputs: list[Output] = field(default_factory=list)
    fresh: set[str] = field(default_factory=set)
    """Ids made by this run of what its line stands for: nothing can be there under them."""
    ids: int = 0


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
        seen: dict[Key, Document | None] = {key: self._view.base[key] for key in self._view.found[want]}
        for layer in (self._view.over, self._layer, self.noted.changes):
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
            if want.lookup in key[0].unique and any((key[0], other.id) != key for other in await self._found(want)):
                raise key[0].unique[want.lookup](f"{key[0].__name__}: {want.lookup} is taken")


def _by_id(item: tuple[Key, Document | None]) -> str:
    return item[0][1]


_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


def keyed_id(key: bytes, *parts: str) -> str:
    """20 letters and digits that cannot be read wrong (98 bits), made of what they stand for."""
    number = int.from_bytes(blake2b("\0".join(parts).encode(), digest_size=16, key=key).digest(), "big")
    letters = []
    for _ in range(20):
        number, digit = divmod(number, 31)
        letters.append(_ALPHABET[digit])
    return "".join(letters)


class Steps:
    """A room's behaviour on one screen: which steps it has for which commands and facts."""

    def __init__(self) -> None:
        self._rows: dict[str, tuple[type[Fact | Command | Frozen], tuple[Step, ...]]] = {}

    def on(self, kind: type[Fact | Command | Frozen], *steps: Step) -> Steps:
        name = type_of(kind)
        if issubclass(kind, Command) and len(steps) != 1:
            raise ValueError(f"{name}: a command has exactly one step")
        if name in self._rows:
            raise ValueError(f"{name} stands twice in the table")
        self._rows[name] = (kind, steps)
        return self

    def of(self, name: str) -> tuple[Step, ...]:
        row = self._rows.get(name)
        return row[1] if row else ()

    def kind(self, name: str) -> Any:
        """The class of a message type, None where the room has no step for it."""
        row = self._rows.get(name)
        return row[0] if row else None

    def named(self, type_name: str, step_name: str) -> Step | None:
        return next((step for step in self.of(type_name) if step.__name__ == step_name), None)

    def joined(self, other: Steps) -> Steps:
        """This table with the rows of another."""
        both = Steps()
        for kind, steps in (*self._rows.values(), *other._rows.values()):
            both.on(kind, *steps)
        return both

    def names(self) -> dict[str, tuple[str, ...]]:
        return {name: tuple(step.__name__ for step in steps) for name, (_, steps) in sorted(self._rows.items())}


def type_of(kind: type[Frozen]) -> str:
    """A fact's versioned type, a command's class name."""
    declared = kind.model_fields.get("type")
    return declared.default if declared is not None and not issubclass(kind, Command) else kind.__name__
