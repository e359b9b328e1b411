"""One Markdown source, read into blocks that both parts of a mail are written from.

Of CommonMark with tables and strike-through. What is ours: a table's first column is a label and it has no head (an
empty first row is left out); a paragraph of nothing but links is a row of buttons; a rule begins the foot."""

from __future__ import annotations

from collections.abc import Iterator

from markdown_it import MarkdownIt
from markdown_it.token import Token

from colloque_notifications.writing.marks import WHEN, WHEN_END

_MD = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
_CONDITIONAL = {"paragraph_open", "heading_open", "list_item_open", "tr_open"}
_LISTS = {"table_open", "bullet_list_open", "ordered_list_open"}


def blocks(source: str) -> list[Token]:
    tokens = [token for token in _MD.parse(source) if token.type not in _UNWANTED]
    tokens = list(_without_empty_rows(tokens))
    _make_first_cells_labels(tokens)
    return list(_with_conditions(tokens))


_UNWANTED = {"thead_open", "thead_close", "tbody_open", "tbody_close"}


def end_of(tokens: list[Token], start: int) -> int:
    """Where the block that opens at `start` closes."""
    depth = 0
    for i in range(start, len(tokens)):
        depth += tokens[i].nesting
        if depth == 0:
            return i
    raise ValueError(f"{tokens[start].type} is never closed")


def _without_empty_rows(tokens: list[Token]) -> Iterator[Token]:
    i = 0
    while i < len(tokens):
        end = end_of(tokens, i) if tokens[i].type == "tr_open" else i
        row = tokens[i : end + 1]
        if tokens[i].type != "tr_open" or any(token.content for token in row if token.type == "inline"):
            yield from row
        i = end + 1


def _make_first_cells_labels(tokens: list[Token]) -> None:
    for i, token in enumerate(tokens):
        if token.type in ("th_open", "td_open"):
            label = tokens[i - 1].type == "tr_open"
            for one in (token, tokens[end_of(tokens, i)]):
                one.tag = "th" if label else "td"
                one.attrs = {"scope": "row"} if label and one is token else {}


def _with_conditions(tokens: list[Token]) -> Iterator[Token]:
    """`when(…)` at the beginning of a block becomes tokens around it. A table or list of which every part has its
    condition is there only if one of them is."""
    i = 0
    while i < len(tokens):
        token = tokens[i]
        if token.type in _CONDITIONAL | _LISTS:
            end = end_of(tokens, i)
            inside = tokens[i + 1 : end]
            names = _taken_from(inside) if token.type in _CONDITIONAL else None
            inner = list(_with_conditions(inside))
            if token.type in _LISTS:
                names = _of_all(inner)
            yield from _around(names, [token, *inner, tokens[end]])
            i = end + 1
        else:
            yield token
            i += 1


def _taken_from(inside: list[Token]) -> list[str] | None:
    first = next((token for token in inside if token.type == "inline"), None)
    if first is None or not first.children or not first.children[0].content.startswith(WHEN):
        return None
    names, _, rest = first.children[0].content[1:].partition(WHEN_END)
    first.children[0].content = rest
    first.content = first.content.partition(WHEN_END)[2]
    return names.split(",")


def _of_all(inner: list[Token]) -> list[str] | None:
    names, depth = list[str](), 0
    for token in inner:
        if depth == 0 and token.type == "when_open":
            names += token.meta["names"]
        elif depth == 0 and token.nesting > 0:
            return None
        depth += token.nesting
    return names or None


def _around(names: list[str] | None, tokens: list[Token]) -> Iterator[Token]:
    if names is None:
        yield from tokens
        return
    yield Token("when_open", "", 1, meta={"names": names})
    yield from tokens
    yield Token("when_close", "", -1)


def only_links(inline: Token) -> bool:
    """Nothing beside links: a row of buttons."""
    depth, links = 0, 0
    for child in inline.children or ():
        if child.type == "link_open":
            links += 1
        elif depth == 0 and child.type != "softbreak" and child.content.strip():
            return False
        depth += child.nesting
    return links > 0
