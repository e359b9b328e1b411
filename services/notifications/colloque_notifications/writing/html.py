"""The HTML part: blocks in a shell of 560 px, its style written inline by css-inline."""

from __future__ import annotations

import re
from functools import cache
from html import escape
from importlib.resources import files

from css_inline import CSSInliner
from markdown_it.token import Token

from colloque_notifications.writing.markdown import only_links
from colloque_notifications.writing.marks import BREAK, END, condition

_INLINER = CSSInliner(keep_at_rules=True, keep_style_tags=False)
_WIDTH = 200


def page(tokens: list[Token], *, lang: str, title: str, preview: str, brand: str) -> str:
    """A whole document."""
    cut = next((i for i, token in enumerate(tokens) if token.type == "hr"), len(tokens))
    shell = _file("shell.html").substitute(
        lang=lang,
        title=escape(title),
        preview=escape(preview),
        brand=escape(brand),
        style=_file("mail.css").template,
        main=body(tokens[:cut]),
        foot=body(tokens[cut + 1 :]),
    )
    return folded(_INLINER.inline(shell))


@cache
def _file(name: str) -> _Template:
    return _Template((files(__package__) / name).read_text("utf-8"))


class _Template:
    """`[[name]]` in a text that is full of other brackets."""

    def __init__(self, template: str) -> None:
        self.template = template

    def substitute(self, **values: str) -> str:
        return re.sub(r"\[\[(\w+)\]\]", lambda found: values[found.group(1)], self.template)


def body(tokens: list[Token]) -> str:
    out: list[str] = []
    for i, token in enumerate(tokens):
        match token.type:
            case "inline":
                out.append(_inline(token, buttons=only_links(token)))
            case "when_open":
                out.append(condition(token.meta["names"]))
            case "when_close":
                out.append(END)
            case "paragraph_open":
                if not token.hidden:
                    out.append('<p class="acts">' if only_links(tokens[i + 1]) else "<p>")
            case "paragraph_close":
                out.append("" if token.hidden else "</p>\n")
            case _ if token.nesting > 0:
                out.append(f"<{token.tag}{_attributes(token)}>")
            case _ if token.nesting < 0:
                out.append(f"</{token.tag}>" + ("" if token.tag in ("td", "th") else "\n"))
            case other:
                raise ValueError(f"a mail has no {other}")
    return "".join(out)


def _attributes(token: Token) -> str:
    return "".join(f' {name}="{escape(str(value))}"' for name, value in token.attrs.items())


def _inline(inline: Token, *, buttons: bool) -> str:
    out: list[str] = []
    links = 0
    for child in inline.children or ():
        match child.type:
            case "text":
                out.append(escape(child.content).replace(BREAK, "<br>"))
            case "softbreak":
                out.append("\n")
            case "hardbreak":
                out.append("<br>")
            case "link_open":
                links += 1
                look = (' class="k"' if links == 1 else ' class="l"') if buttons else ""
                out.append(f'<a{look} href="{escape(str(child.attrs["href"]))}">')
            case _ if child.nesting > 0:
                out.append(f"<{child.tag}>")
            case _ if child.nesting < 0:
                out.append(f"</{child.tag}>")
            case other:
                raise ValueError(f"a mail has no {other}")
    return "".join(out)


def folded(html: str) -> str:
    """Lines that every mail server takes: broken at spaces, which mean the same to HTML as the end of a line."""
    return "\n".join(line for long in html.split("\n") for line in _broken(long))


def _broken(line: str) -> list[str]:
    lines: list[str] = []
    while len(line) > _WIDTH and (at := line.find(" ", _WIDTH)) > 0:
        lines.append(line[:at])
        line = line[at + 1 :]
    return [*lines, line]
