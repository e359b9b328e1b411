"""A small browser without scripts: it keeps cookies, follows redirects, and sends forms as they stand on the page."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import urlencode, urljoin, urlsplit

import httpx
from selectolax.lexbor import LexborHTMLParser, LexborNode

Said = str | Iterable[str]
"""What is put in a field: one value, or several for ticked boxes."""


class NoSuchForm(LookupError):
    pass


class NoSuchAnswer(LookupError):
    """The page offers no field or no choice of that name."""


def street(connections: int = 100) -> httpx.AsyncHTTPTransport:
    """Connections that many visitors share."""
    limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections, keepalive_expiry=60)
    return httpx.AsyncHTTPTransport(limits=limits, verify=False)


@dataclass
class PageForm:
    """`filled`: what a browser would send now. `offered`: for each name the values a person can choose, None where they
    may write what they like. `barred`: values that are shown and cannot be chosen."""

    action: str
    method: str
    filled: dict[str, list[str]] = field(default_factory=dict)
    offered: dict[str, set[str] | None] = field(default_factory=dict)
    barred: dict[str, set[str]] = field(default_factory=dict)
    buttons: list[str] = field(default_factory=list)

    def place_of(self, value: str) -> str:
        """The name of the question that shows this answer, barred or not."""
        for name in (*self.offered, *self.barred):
            if value in (self.offered.get(name) or ()) or value in self.barred.get(name, ()):
                return name
        raise NoSuchAnswer(f"the form does not show {value!r}")

    def fill(self, said: Mapping[str, Said], *, insist: bool = False) -> dict[str, list[str]]:
        """With what is said in place of what stands there; only what the page offers can be said. Whoever does `insist`
        sends what is barred too, as from a page that was opened before."""
        filled = dict(self.filled)
        for name, value in said.items():
            values = [value] if isinstance(value, str) else list(value)
            if name not in self.offered and not (insist and name in self.barred):
                raise NoSuchAnswer(f"the form has no field {name!r}")
            choices = self.offered.get(name, set())
            if choices is not None and insist:
                choices = choices | self.barred.get(name, set())
            if strange := [one for one in values if choices is not None and one not in choices]:
                raise NoSuchAnswer(f"{name!r} does not offer {strange[0]!r}")
            filled[name] = values
        return filled


class Page:
    def __init__(self, response: httpx.Response) -> None:
        self.status, self.url, self.headers = response.status_code, str(response.url), response.headers
        self.path = response.url.path
        self.content = response.content
        self.seconds = response.elapsed.total_seconds()

    @cached_property
    def html(self) -> str:
        return self.content.decode()

    @cached_property
    def tree(self) -> LexborHTMLParser:
        return LexborHTMLParser(self.html)

    @cached_property
    def text(self) -> str:
        """As it is read: spaces of any width as one, typographic apostrophes as typed ones."""
        tree = LexborHTMLParser(self.html)
        tree.strip_tags(["style", "script", "title", "template"])
        return plain(tree.body.text(separator=" ") if tree.body else "")

    @cached_property
    def title(self) -> str:
        found = self.tree.css_first("title")
        return plain(found.text()) if found else ""

    @cached_property
    def links(self) -> list[str]:
        """Where the page leads, each once, complete."""
        hrefs = (node.attributes.get("href") or "" for node in self.tree.css("a[href]"))
        return list(dict.fromkeys(urljoin(self.url, href) for href in hrefs))

    @cached_property
    def forms(self) -> list[PageForm]:
        return [_form(node) for node in self.tree.css("form")]

    def form(self, having: str = "") -> PageForm:
        """The one with a field or a button of that name, or sent to an address that ends so; without a word, the first
        that is posted."""
        for form in self.forms:
            if having in form.offered or any(having in button for button in form.buttons):
                return form
            if having and form.action.endswith(having):
                return form
        if not having and (posted := [form for form in self.forms if form.method == "post"]):
            return posted[0]
        raise NoSuchForm(f"{self.path} (status {self.status}) has no form with {having!r}")

    def error(self, name: str) -> str:
        """What is said beside a field."""
        found = self.tree.css_first(f"#{name}-e")
        return plain(found.text()) if found else ""


class Visitor:
    def __init__(self, url: str, transport: httpx.AsyncHTTPTransport | None = None, locale: str = "fr") -> None:
        self.locale = locale
        self._own = transport is None
        self._client = httpx.AsyncClient(
            base_url=url,
            transport=transport or street(4),
            headers={"accept-language": locale, "user-agent": "Visitor/1"},
            follow_redirects=True,
            timeout=60,
            trust_env=False,
        )
        self.asked: list[str] = []
        """Every address this visitor has been at."""

    async def get(self, address: str) -> Page:
        return self._page(await self._client.get(address))

    async def send(
        self,
        page: Page,
        having: str = "",
        answers: Mapping[str, Said] | None = None,
        *,
        insist: bool = False,
        follow: bool = True,
        **said: Said,
    ) -> Page:
        """Fill the form in (`answers`, and what is `said` by name), send it and go where that leads; or not `follow`:
        where it leads is its `location`."""
        form = page.form(having)
        pairs = [
            (name, value)
            for name, values in form.fill({**(answers or {}), **said}, insist=insist).items()
            for value in values
        ]
        response = await self._client.post(
            urljoin(page.url, form.action) if form.action else page.url,
            content=urlencode(pairs),
            headers={"content-type": "application/x-www-form-urlencoded"},
            follow_redirects=follow,
        )
        return self._page(response)

    def _page(self, response: httpx.Response) -> Page:
        self.asked += [str(one.url) for one in (*response.history, response)]
        return Page(response)

    @property
    def cookies(self) -> Mapping[str, str]:
        return dict(self._client.cookies)

    async def leave(self) -> None:
        """Only a street of one's own is closed behind one."""
        if self._own:
            await self._client.aclose()


def path_of(address: str) -> str:
    return urlsplit(address).path


def plain(text: str) -> str:
    return re.sub(r"\s+", " ", text.replace("’", "'")).strip()


def _form(node: LexborNode) -> PageForm:
    form = PageForm(node.attributes.get("action") or "", (node.attributes.get("method") or "get").lower())
    for one in node.css("input[name], select[name], textarea[name], button"):
        if "disabled" in one.attributes:
            form.barred.setdefault(one.attributes.get("name") or "", set()).add(one.attributes.get("value") or "")
            continue
        _READ.get(one.tag or "", _input)(form, one)
    return form


def _input(form: PageForm, node: LexborNode) -> None:
    name, value = node.attributes.get("name") or "", node.attributes.get("value") or ""
    if (node.attributes.get("type") or "text") not in ("radio", "checkbox"):
        form.offered[name] = None
        form.filled.setdefault(name, []).append(value)
        return
    choices = form.offered.setdefault(name, set())
    if choices is not None:
        choices.add(value)
    if "checked" in node.attributes:
        form.filled.setdefault(name, []).append(value)


def _select(form: PageForm, node: LexborNode) -> None:
    name, options = node.attributes.get("name") or "", node.css("option")
    values = [one.attributes.get("value") or "" for one in options if "disabled" not in one.attributes]
    chosen = [one.attributes.get("value") or "" for one in options if "selected" in one.attributes]
    form.offered[name] = set(values)
    form.filled[name] = chosen or values[:1]


def _textarea(form: PageForm, node: LexborNode) -> None:
    name = node.attributes.get("name") or ""
    form.offered[name], form.filled[name] = None, [node.text()]


def _button(form: PageForm, node: LexborNode) -> None:
    """One that says something is an answer to choose, and sent only when it is pressed."""
    form.buttons.append(plain(node.text()))
    if name := node.attributes.get("name"):
        choices = form.offered.setdefault(name, set())
        if choices is not None:
            choices.add(node.attributes.get("value") or "")


_READ = {"input": _input, "select": _select, "textarea": _textarea, "button": _button}
