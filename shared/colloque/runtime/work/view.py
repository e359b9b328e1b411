"""What a turn knows of the database, and what one run of a step has read and done."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field

from colloque.contracts.fact import Fact
from colloque.contracts.traces import Output
from colloque.runtime.work.documents import Document, Find, Key, Read, finds_of


class Need:
    """What a step waits for. Only the desk answers it."""

    __slots__ = ("reads",)

    def __init__(self, *reads: Read) -> None:
        self.reads = reads

    def __await__(self) -> Generator[Need, None, None]:
        yield self


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
