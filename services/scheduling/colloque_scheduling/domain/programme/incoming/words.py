"""Words of strangers as lines and paragraphs that pages can show."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from colloque_scheduling.domain.programme.words import CONTROLS

_NO_WORDS = re.compile(rf"[{CONTROLS}\ud800-\udfff]")
"""Control signs, and halves of signs."""


def line(words: str) -> str:
    return re.sub(r"[ \t\r\n]+", " ", _printable(words)).strip()


def plain(words: str) -> str:
    """As the pages show it: no tags, no control signs, not too long."""
    if re.search(r"</?[a-zA-Z][^<>]*>", words):
        words = _Untagged(words).text
    lines = (re.sub(r"[ \t]+", " ", line).strip() for line in _printable(words).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()[:8_000].strip()


def _printable(words: str) -> str:
    return _NO_WORDS.sub("", words)


class _Untagged(HTMLParser):
    """The words between tags; what makes a paragraph in a browser makes one here."""

    def __init__(self, words: str) -> None:
        super().__init__()
        self.text = ""
        self.feed(words)
        self.close()

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - its signature
        if tag in ("br", "li", "tr"):
            self.text += "\n"

    def handle_endtag(self, tag: str) -> None:
        if tag in ("p", "div", "ul", "ol", "h1", "h2", "h3", "h4", "blockquote", "pre"):
            self.text += "\n\n"
