"""A browser without JavaScript: it follows links, keeps cookies, and sends forms as they stand on the page."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode

import httpx

from tests.registration.house import House

BASE = "http://127.0.0.1:8000"


@dataclass
class FormOnPage:
    action: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    disabled: set[str] = field(default_factory=set)
    button: str = ""

    def value(self, name: str) -> list[str]:
        return [value for key, value in self.fields if key == name]


class _Forms(HTMLParser):
    """What a browser would send: checked and selected things, never disabled ones."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[FormOnPage] = []
        self._form: FormOnPage | None = None
        self._select, self._options = "", list[tuple[str, bool]]()
        self._in_button = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        a = dict(attrs)
        if tag == "form":
            self._form = FormOnPage(a.get("action") or "")
            self.forms.append(self._form)
        if self._form is None:
            return
        name, value = a.get("name") or "", a.get("value") or ""
        if tag == "input" and name:
            self._form.names.add(name)
            kind = a.get("type", "text")
            if "disabled" in a:
                self._form.disabled.add(value)
            elif kind not in ("radio", "checkbox") or "checked" in a:
                self._form.fields.append((name, value))
        elif tag == "select":
            self._select, self._options = name, []
        elif tag == "option" and self._select:
            self._options.append((value, "selected" in a))
        elif tag == "button":
            self._in_button = True

    def handle_data(self, data: str) -> None:
        if self._in_button and self._form is not None:
            self._form.button += re.sub(r"\s+", " ", data.replace("’", "'"))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "button":
            self._in_button = False
        elif tag == "select" and self._form is not None:
            chosen = [value for value, on in self._options if on] or [value for value, _ in self._options[:1]]
            self._form.names.add(self._select)
            self._form.fields += [(self._select, value) for value in chosen]
            self._select = ""


class Page:
    def __init__(self, response: httpx.Response) -> None:
        self.status, self.html, self.headers = response.status_code, response.text, response.headers
        self.path = response.url.path
        parser = _Forms()
        parser.feed(self.html)
        self.forms = parser.forms

    @property
    def text(self) -> str:
        """As it is read: without tags, spaces as one."""
        bare = re.sub(r"<[^>]+>", " ", re.sub(r"<(style|title)\b.*?</\1>", " ", self.html, flags=re.DOTALL))
        for entity, sign in (("&#39;", "'"), ("&amp;", "&"), ("&#34;", '"'), ("&lt;", "<"), ("&gt;", ">")):
            bare = bare.replace(entity, sign)
        return re.sub(r"\s+", " ", bare.replace("’", "'"))

    def form(self, having: str) -> FormOnPage:
        """The one with this field, or whose button or address says so."""
        return next(
            one for one in self.forms if having in one.names or having in one.button or one.action.endswith(having)
        )

    def error(self, name: str) -> str:
        found = re.search(rf'<p class="err" id="{name}-e">(.*?)</p>', self.html, re.DOTALL)
        return re.sub(r"\s+", " ", found.group(1)).replace("’", "'") if found else ""


class Browser:
    def __init__(self, house: House, address: str = "192.0.2.7") -> None:
        transport = httpx.ASGITransport(house.app, client=(address, 4000))
        self.client = httpx.AsyncClient(transport=transport, base_url=BASE, follow_redirects=True)

    async def get(self, path: str) -> Page:
        return Page(await self.client.get(path))

    async def send(self, page: Page, having: str, **said: Any) -> Page:
        """The form as it stands, with what is said put in place of what stood there."""
        return Page(await self.post(page, having, **said))

    async def post(self, page: Page, having: str, **said: Any) -> httpx.Response:
        form = page.form(having)
        fields = [(name, value) for name, value in form.fields if name not in said]
        for name, value in said.items():
            fields += [(name, one) for one in ([value] if isinstance(value, str) else value)]
        return await self.raw(form.action or page.path, urlencode(fields))

    async def raw(self, path: str, body: str | bytes) -> httpx.Response:
        headers = {"content-type": "application/x-www-form-urlencoded"}
        return await self.client.post(path, content=body, headers=headers)
