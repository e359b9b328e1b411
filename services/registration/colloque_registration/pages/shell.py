"""Pages that thousands are shown, alike but for a few words: rendered once, and filled in for each."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from colloque.web.i18n import Lang
from colloque.web.site import Site

Make = Callable[[Mapping[str, str]], Response]
"""The page with these words in its holes (already safe in HTML)."""
_HOLE = re.compile(rb"~hole-([a-z]+)~")
_MOST = 200


class Shell(NamedTuple):
    print_: tuple[object, ...]
    parts: tuple[bytes, ...]
    """Text and names of holes, in turn."""


class Shells:
    def __init__(self, site: Site) -> None:
        self._site = site
        self._kept: dict[tuple[str, ...], Shell] = {}

    def holds(self, lang: Lang, key: tuple[str, ...], print_: tuple[object, ...]) -> bool:
        """The page as it would be now."""
        kept = self._kept.get((*key, lang))
        return kept is not None and kept.print_ == print_

    def show(
        self,
        request: Request,
        lang: Lang,
        key: tuple[str, ...],
        print_: tuple[object, ...],
        *,
        holes: Mapping[str, str],
        make: Make,
    ) -> Response:
        """`print_` is another one when the page would be another, the holes apart. What stands in the address more than
        once a page (its link to the other language) is a hole too: `address`."""
        if request.url.query:
            return make(holes)
        kept = self._kept.get((*key, lang))
        if kept is None or kept.print_ != print_:
            kept = self._made(print_, holes, make)
            if len(self._kept) >= _MOST:
                self._kept.clear()
            self._kept[(*key, lang)] = kept
        body = [part if place % 2 == 0 else holes[part.decode()].encode() for place, part in enumerate(kept.parts)]
        response = HTMLResponse(b"".join(body))
        response.headers["content-language"] = lang
        self._site.visitors.welcome(request, response)
        return response

    def _made(self, print_: tuple[object, ...], holes: Mapping[str, str], make: Make) -> Shell:
        page = bytes(make({name: f"~hole-{name}~" for name in holes}).body)
        if address := holes.get("address"):
            page = page.replace(address.encode(), b"~hole-address~")
        return Shell(print_, tuple(_HOLE.split(page)))
