"""Documents, what is decided of them, and how they are found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Generic, Self, TypeAlias, TypeVar

from colloque.contracts.fact import Fact, Frozen
from colloque.runtime.refusal import Refusal

Lookup: TypeAlias = "str | tuple[str, ...]"


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


class Timer(Document):
    """A command to be handed in at `at`. `set_by` is the line that set it: it tells this setting from every other."""

    windows = (("at",),)

    at: datetime
    command: str
    body: dict[str, Any]
    set_by: str
    story: str
