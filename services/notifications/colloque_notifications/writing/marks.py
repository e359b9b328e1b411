"""Marks that a template leaves in the Markdown: holes that are filled in per person, and blocks shown only to some.

They are letters and digits (a hole survives Markdown, HTML, URLs) or characters of Unicode's private use, which words
from outside cannot hold (`clean`)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from string import punctuation
from typing import Any

WHEN, WHEN_END, BREAK = "\ue000", "\ue001", "\ue002"
HOLE = re.compile(r"hole8([a-z]+)8eloh")

_UNWANTED = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ue000-\uf8ff]+")
_MARKDOWN = {ord(character): f"&#{ord(character)};" for character in punctuation}


class Mark(str):
    """Goes into the Markdown as it is."""

    __slots__ = ()

    def __html__(self) -> str:
        return self


def hole(name: str) -> Mark:
    return Mark(f"hole8{name}8eloh")


def filled(words: str, values: Mapping[str, str]) -> str:
    """Plain words with their holes filled in."""
    return HOLE.sub(lambda found: values[found.group(1)], words)


def when(*names: str) -> Mark:
    """At the beginning of a block (paragraph, heading, row, item): it is there only if one of these is shown."""
    return Mark(f"{WHEN}{','.join(names)}{WHEN_END}")


LINE_BREAK = Mark(BREAK)


def clean(words: str) -> str:
    """One line, without what is invisible: no header, part or mark can be made of it."""
    return _UNWANTED.sub(" ", words)


def literal(value: Any) -> Any:
    """Whatever a template writes is words, never markup: `*`, `[`, `<`, `|` mean themselves."""
    if hasattr(value, "__html__"):
        return value
    return Mark(clean(str(value)).replace("hole8", "hole 8").translate(_MARKDOWN))


def condition(names: Iterable[str]) -> str:
    return f"<!--?{','.join(names)}-->"


END = "<!--/-->"
