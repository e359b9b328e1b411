"""An import under way: what is still to be put into the draft, slice by slice, and what could not be."""

from __future__ import annotations

from typing import ClassVar, Literal

from colloque.runtime.work import Change, Document, Lookup

from .incoming import Objection, Row


class Import(Document):
    """`coming`: keys of the sessions that later slices bring; what the draft says of them is outdated."""

    lookups: ClassVar[tuple[Lookup, ...]] = ("edition",)

    edition: str
    state: Literal["running", "done"] = "running"
    sessions: int
    handled: int = 0
    parts: int
    coming: tuple[str, ...] = ()
    left_out: tuple[Objection, ...] = ()

    def went_on(self, done: tuple[Row, ...], left_out: tuple[Objection, ...], *, last: bool) -> Change[Import]:
        gone = {row.key for row in done}
        return Change(
            self.becomes(
                handled=self.handled + len(done),
                coming=tuple(key for key in self.coming if key not in gone),
                left_out=(*self.left_out, *left_out),
                state="done" if last else "running",
            )
        )


class ImportPart(Document):
    """Its id is `<import>/<k>`. It goes once it is in the draft."""

    rows: tuple[Row, ...]


def part_of(id: str, n: int) -> str:
    return f"{id}/{n}"
