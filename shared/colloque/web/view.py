"""What the templates of the house ask of a request."""

from __future__ import annotations

import re
from collections.abc import Callable

from starlette.requests import Request

from colloque.web.forms import Form
from colloque.web.i18n import LANGS, Lang


class View:
    def __init__(self, request: Request, lang: Lang, base_url: str, mint: Callable[[Request, type[Form]], str]) -> None:
        self._request, self.lang, self.absolute, self._mint = request, lang, base_url.rstrip("/"), mint

    @property
    def path(self) -> str:
        return self._request.url.path

    @property
    def others(self) -> list[tuple[Lang, str, str]]:
        """(language, its name for itself, this page in it), when the language stands in the path."""
        if not re.match(rf"/{self.lang}(?:/|$)", self.path):
            return []
        query = f"?{self._request.url.query}" if self._request.url.query else ""
        rest = self.path[1 + len(self.lang) :]
        return [(other, name, f"/{other}{rest}{query}") for other, name in LANGS.items() if other != self.lang]

    def token(self, form: type[Form]) -> str:
        """For a button that is a form of its own."""
        return self._mint(self._request, form)
