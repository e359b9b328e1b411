"""The text part, from the same blocks: what somebody would type, with the links written out."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import TextWrapper

from markdown_it.token import Token

from colloque_notifications.writing.markdown import end_of
from colloque_notifications.writing.marks import BREAK, END, HOLE, condition

WIDTH = 74
LABELS = 14
_KEPT = {"\u00a0": "\ue003", "\u202f": "\ue004"}
"""TextWrapper would break a line at a no-break space: another character stands for it meanwhile."""


def page(tokens: list[Token], lang: str) -> str:
    return "".join(_Text(lang).blocks(tokens)).strip("\n") + "\n"


class _Text:
    def __init__(self, lang: str) -> None:
        self.colon = "\u00a0:" if lang == "fr" else ":"

    def blocks(self, tokens: list[Token]) -> Iterator[str]:
        i = 0
        while i < len(tokens):
            token = tokens[i]
            end = end_of(tokens, i) if token.nesting > 0 else i
            inside = tokens[i + 1 : end]
            match token.type:
                case "when_open":
                    yield condition(token.meta["names"]) + "".join(self.blocks(inside)) + END
                case "heading_open":
                    yield "\n" + self.heading(inside[0], token.tag) + "\n"
                case "paragraph_open":
                    yield "\n" + self.paragraph(inside[0])
                case "table_open":
                    yield "\n" + "".join(self.rows(inside, self.label_width(inside)))
                case "bullet_list_open" | "ordered_list_open":
                    yield "\n" + "".join(self.items(inside, token.type == "ordered_list_open"))
                case "hr":
                    yield "\n-- \n" + "".join(self.blocks(tokens[i + 1 :])).lstrip("\n")
                    return
                case other:
                    raise ValueError(f"a mail has no {other}")
            i = end + 1

    def heading(self, inline: Token, tag: str) -> str:
        words = self.words(inline)
        if tag == "h1":
            return words
        shouted = words.upper()
        for hole in HOLE.finditer(words):
            shouted = shouted[: hole.start()] + hole.group() + shouted[hole.end() :]
        return shouted

    def paragraph(self, inline: Token) -> str:
        """A link stands on a line of its own after its words, and what follows it begins anew."""
        out, said = list[str](), ""
        for words, url in runs(inline):
            if url is None:
                said = words if not out else words.lstrip(" .,;")
            else:
                out.append(wrapped(f"{said}{words}{self.colon}") + f"{url}\n")
                said = ""
        if said.strip():
            out.append(wrapped(said))
        return "".join(out)

    def words(self, inline: Token) -> str:
        return "".join(words if url is None else f"{words}{self.colon} {url}" for words, url in runs(inline))

    def label_width(self, rows: list[Token]) -> int:
        labels = [self.words(rows[i + 1]) for i, token in enumerate(rows) if token.tag == "th" and token.nesting > 0]
        return min(LABELS, max(map(len, labels), default=0))

    def rows(self, tokens: list[Token], width: int) -> Iterator[str]:
        i = 0
        while i < len(tokens):
            end = end_of(tokens, i)
            if tokens[i].type == "when_open":
                yield condition(tokens[i].meta["names"]) + "".join(self.rows(tokens[i + 1 : end], width)) + END
            else:
                label, *cells = [self.words(token) for token in tokens[i:end] if token.type == "inline"]
                yield wrapped("\n".join(cells), f"  {label:<{width}}  ", " " * (width + 4))
            i = end + 1

    def items(self, tokens: list[Token], ordered: bool) -> Iterator[str]:
        i, n = 0, 0
        while i < len(tokens):
            end = end_of(tokens, i)
            if tokens[i].type == "when_open":
                yield condition(tokens[i].meta["names"]) + "".join(self.items(tokens[i + 1 : end], False)) + END
            else:
                n += 1
                first = f"  {n}. " if ordered else "  - "
                words = "\n".join(self.words(token) for token in tokens[i:end] if token.type == "inline")
                yield wrapped(words, first, " " * len(first))
            i = end + 1


def runs(inline: Token) -> Iterator[tuple[str, str | None]]:
    """(words, None) and (a link's words, its address), in order."""
    words, url = "", None
    for child in inline.children or ():
        if child.type == "link_open":
            if words.strip():
                yield words, None
            words, url = "", str(child.attrs["href"])
        elif child.type == "link_close":
            yield words, url
            words, url = "", None
        elif child.type == "softbreak":
            words += " "
        elif child.type == "hardbreak":
            words += "\n"
        else:
            words += child.content.replace(BREAK, "\n")
    if words.strip():
        yield words, None


def wrapped(words: str, first: str = "", rest: str = "") -> str:
    for kept, stand_in in _KEPT.items():
        words, first = words.replace(kept, stand_in), first.replace(kept, stand_in)
    lines = list[str]()
    for line in words.split("\n"):
        wrapper = TextWrapper(
            WIDTH,
            initial_indent=rest if lines else first,
            subsequent_indent=rest,
            break_long_words=False,
            break_on_hyphens=False,
        )
        lines += wrapper.wrap(line) or [first.rstrip()]
    said = "\n".join(lines) + "\n"
    for kept, stand_in in _KEPT.items():
        said = said.replace(stand_in, kept)
    return said
