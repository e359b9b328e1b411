"""A whole message with holes: compiled once, filled in for each person in a fraction of a millisecond."""

from __future__ import annotations

import re
from base64 import encodebytes
from collections.abc import Callable, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from html import escape
from textwrap import wrap
from typing import TypeAlias

_MARK = re.compile(r"<!--\?([^>]*?)-->|(<!--/-->)|hole8([a-z]+)8eloh")


@dataclass(frozen=True, slots=True)
class Hole:
    name: str
    put: Callable[[str], bytes]


@dataclass(frozen=True, slots=True)
class File:
    """An attachment, as base64."""

    name: str


@dataclass(frozen=True, slots=True)
class Only:
    """Shown if one of these is."""

    names: frozenset[str]
    pieces: tuple[Piece, ...]


Piece: TypeAlias = "bytes | Hole | File | Only"


def in_text(value: str) -> bytes:
    return "\r\n".join(_lines(value, 74)).encode()


def in_html(value: str) -> bytes:
    return "\r\n".join(escape(line) for line in _lines(value, 150)).encode()


_LONG = 400


def _lines(value: str, width: int) -> list[str]:
    """Lines that every mail server takes, whatever somebody calls their session. No address of ours is that long."""
    return [value] if len(value.encode()) <= _LONG else wrap(value, width, break_on_hyphens=False) or [""]


def compiled(written: str, put: Callable[[str], bytes]) -> tuple[Piece, ...]:
    """What has been written once, its marks turned into pieces. Lines end with CRLF from here on."""
    stack: list[tuple[frozenset[str], list[Piece]]] = [(frozenset(), [])]
    at = 0
    for found in _MARK.finditer(written):
        names, end, hole = found.groups()
        _lay(stack[-1][1], written[at : found.start()])
        at = found.end()
        if hole:
            stack[-1][1].append(Hole(hole, put))
        elif end:
            shown, inside = stack.pop()
            stack[-1][1].append(Only(shown, tuple(inside)))
        else:
            stack.append((frozenset(names.split(",")), []))
    _lay(stack[-1][1], written[at:])
    if len(stack) > 1:
        raise ValueError("a condition is never closed")
    return tuple(stack[0][1])


def _lay(pieces: list[Piece], words: str) -> None:
    if words:
        pieces.append(words.replace("\n", "\r\n").encode())


@dataclass(frozen=True, slots=True)
class Form:
    """`subject`: where it has holes, and so is a line of each mail's own."""

    pieces: tuple[Piece, ...]
    subject: str = ""

    def fill(
        self, head: bytes, values: Mapping[str, str], shown: AbstractSet[str], files: Mapping[str, bytes]
    ) -> bytes:
        return head + b"".join(_filled(self.pieces, values, shown, files))

    def holes(self) -> set[str]:
        return {piece.name for piece in _all(self.pieces) if isinstance(piece, Hole)}


def _filled(
    pieces: Iterable[Piece], values: Mapping[str, str], shown: AbstractSet[str], files: Mapping[str, bytes]
) -> Iterator[bytes]:
    for piece in pieces:
        if isinstance(piece, bytes):
            yield piece
        elif isinstance(piece, Hole):
            yield piece.put(values[piece.name])
        elif isinstance(piece, File):
            yield encodebytes(files[piece.name]).replace(b"\n", b"\r\n")
        elif not piece.names.isdisjoint(shown):
            yield from _filled(piece.pieces, values, shown, files)


def _all(pieces: Iterable[Piece]) -> Iterator[Piece]:
    for piece in pieces:
        yield piece
        if isinstance(piece, Only):
            yield from _all(piece.pieces)
