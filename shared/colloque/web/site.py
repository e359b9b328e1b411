"""A room's pages: its templates over the house's, one Jinja2 environment a language, compiled once."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import partial
from hashlib import blake2b
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple, NoReturn, TypeVar
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends
from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from colloque.contracts.fact import EditionFrame
from colloque.runtime.clock import Clock
from colloque.runtime.refusal import NotFound
from colloque.web import french
from colloque.web.assets import Assets
from colloque.web.forms import HONEYPOT, MESSAGES, TOKEN, TOP, Filled, Form, read_fields, typed_of
from colloque.web.i18n import DEFAULT, LANGS, Lang, lang_of, preferred, text, translations
from colloque.web.limits import Buckets, client_address
from colloque.web.sessions import SignOut, SpeakLanguage
from colloque.web.settings import WebSettings
from colloque.web.visitors import Held, Visitors

F = TypeVar("F", bound=Form)
EditionOf = Callable[[str], Awaitable[EditionFrame | None]]
LANG_COOKIE = "lang"
_KEPT_PAGES = 128


class Words(NamedTuple):
    """What a page says when the domain said no: msgids, filled in from the refusal's context. `beside` stands at the
    field, where it is shorter."""

    title: str
    why: str = ""
    what: str = ""
    beside: str = ""


class Choice(NamedTuple):
    """One answer of a question. `label` and `hint` are words already in the page's language."""

    value: str
    label: str
    hint: str = ""
    disabled: bool = False
    other: bool = False
    """The one that opens what stands below it (`f.on_behalf`)."""


def no_such_page(detail: str = "there is no such page") -> NoReturn:
    raise NotFound(detail)


class View:
    """What the templates of the house ask of the request."""

    def __init__(self, site: Site, request: Request, lang: Lang) -> None:
        self._site, self._request, self.lang = site, request, lang

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

    @property
    def absolute(self) -> str:
        return self._site.settings.base_url.rstrip("/")

    def token(self, form: type[Form]) -> str:
        """For a button that is a form of its own."""
        return self._site.token(self._request, form)


class Site:
    def __init__(
        self,
        package: str,
        settings: WebSettings,
        clock: Clock,
        *,
        words: Mapping[str, Words] | None = None,
        edition_of: EditionOf | None = None,
        buckets: Buckets | None = None,
    ) -> None:
        """`words`: refusal slug → its words. `edition_of` lets error pages show the edition's head and contact."""
        self.package, self.settings, self.clock = package, settings, clock
        self.words, self.edition_of = dict(words or {}), edition_of
        self.visitors = Visitors(settings)
        self.buckets = buckets or Buckets(settings.form_burst, settings.forms_per_minute)
        self.assets = Assets.of("colloque.web")
        packages = ("colloque.web", package) if package != "colloque.web" else ("colloque.web",)
        self._catalogues = translations(*packages)
        self._kept: OrderedDict[tuple[str, str, str], bytes] = OrderedDict()
        self._print = _fingerprint(packages)
        loader = ChoiceLoader([PackageLoader(one) for one in reversed(packages) if _has_templates(one)])
        self._environments: dict[Lang, Environment] = {lang: self._environment(lang, loader) for lang in LANGS}

    def _environment(self, lang: Lang, loader: ChoiceLoader) -> Environment:
        env = Environment(
            loader=loader,
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
        )
        env.policies["ext.i18n.trimmed"] = True
        env.install_gettext_translations(self._catalogues[lang], newstyle=True)  # type: ignore[attr-defined]
        env.globals.update(
            lang=lang,
            langs=LANGS,
            house=self.settings.house_name,
            house_email=self.settings.contact_email,
            css=self.assets.url("colloque.css"),
            icon=self.assets.url("icone.svg"),
            choice=Choice,
            honeypot=HONEYPOT,
            token_field=TOKEN,
            TOP=TOP,
        )
        env.filters.update(filters(lang))
        env.filters["words"] = partial(self.say, lang)
        return env

    # ---- routes
    def router(self) -> APIRouter:
        """For pages: `{lang}` and `{edition}` in its paths take only what can be one, so that order does not matter."""
        return PagesRouter(
            dependencies=[Depends(self._here)], include_in_schema=False, default_response_class=HTMLResponse
        )

    async def _here(self, request: Request) -> None:
        request.state.site = self

    # ---- words
    def say(self, lang: str, message: str, **values: Any) -> str:
        """A msgid in this language, its `%(name)s` filled in."""
        said = self._catalogues[lang_of(lang) or DEFAULT].gettext(message)
        return said % values if values else said.replace("%%", "%")

    # ---- pages
    def page(
        self,
        request: Request,
        name: str,
        lang: Lang,
        *,
        status: int = 200,
        etag: str | None = None,
        headers: Mapping[str, str] | None = None,
        **context: Any,
    ) -> Response:
        """With `etag` (of what it shows), a public page that anybody may keep and ask about; without, a personal one."""
        if etag is not None and (kept := self.kept(request, lang, etag)) is not None:
            return kept
        view = View(self, request, lang)
        whole = {
            "sign_out": SignOut,
            "speak": SpeakLanguage,
            "edition": None,
            "current": "",
            "caller": None,
            "form": None,
            "view": view,
            **context,
        }
        body = self._environments[lang].get_template(name).render(whole).encode()
        response = HTMLResponse(body, status, dict(headers or {}))
        response.headers["content-language"] = lang
        if etag is None or status != 200:
            self.visitors.welcome(request, response)
            return response
        self._keep(self._page_key(request, lang, etag), body)
        return self._tagged(response, etag, lang)

    def kept(self, request: Request, lang: Lang, etag: str) -> Response | None:
        """The page as it was last made for this tag, or « you have it already »: ask before gathering what it needs."""
        if self._etag(etag, lang) in request.headers.get("if-none-match", ""):
            return self._tagged(Response(status_code=304), etag, lang)
        key = self._page_key(request, lang, etag)
        body = self._kept.get(key)
        if body is None:
            return None
        self._kept.move_to_end(key)
        response = HTMLResponse(body)
        response.headers["content-language"] = lang
        return self._tagged(response, etag, lang)

    def render(self, name: str, lang: Lang, **context: Any) -> str:
        """A template that is no page: part of one, or a text."""
        return self._environments[lang].get_template(name).render(context)

    def go(self, url: str) -> Response:
        """After a form: see there (303). Only to ourselves."""
        parts = urlsplit(url)
        if parts.scheme or parts.netloc or not url.startswith("/") or url.startswith(("//", "/\\")):
            raise ValueError("a redirect stays on our own origin")
        return RedirectResponse(url, 303)

    def _page_key(self, request: Request, lang: Lang, etag: str) -> tuple[str, str, str]:
        return (f"{request.url.path}?{request.url.query}", lang, etag)

    def _keep(self, key: tuple[str, str, str], body: bytes) -> None:
        self._kept[key] = body
        if len(self._kept) > _KEPT_PAGES:
            self._kept.popitem(last=False)

    def _etag(self, etag: str, lang: str) -> str:
        return f'W/"{blake2b(f"{self._print}/{lang}/{etag}".encode(), digest_size=9).hexdigest()}"'

    def _tagged(self, response: Response, etag: str, lang: str) -> Response:
        response.headers["etag"] = self._etag(etag, lang)
        response.headers["cache-control"] = "public, no-cache"
        return response

    # ---- forms
    def token(self, request: Request, kind: type[Form]) -> str:
        return self.visitors.token(self.visitors.met(request), kind.purpose(), self.clock.now())

    def blank(
        self, request: Request, kind: type[F], lang: Lang, values: Mapping[str, Any] | BaseModel | None = None
    ) -> Filled[F]:
        """The form as it is first shown, with what is known already."""
        return self._filled(request, kind, lang, self.token(request, kind), typed_of(values))

    async def form(self, request: Request, kind: type[F], lang: Lang) -> Filled[F]:
        """The form as it came. Raises TooMany, TooLarge, Unreadable; everything else is said in its `errors`."""
        fields = await read_fields(request)
        token = next(iter(fields.get(TOKEN, ())), "")
        now = self.clock.now()
        held = self.visitors.holds(self.visitors.of(request), kind.purpose(), token, now)
        if held not in (Held.GOOD, Held.QUICK):
            token = self.token(request, kind)
        form = self._filled(request, kind, lang, token, fields)
        request.state.filled = form
        request.state.story = form.cause.story
        self.buckets.take(client_address(request, self.settings.trusted_proxies), now.timestamp())
        if held is not Held.GOOD:
            form.wrong(TOP, self.say(lang, MESSAGES[held.value]), 403 if held is Held.STRANGE else 422)
        elif any(fields.get(HONEYPOT, ())):
            form.wrong(TOP, self.say(lang, MESSAGES["honeypot"]))
        else:
            form.read()
        return form

    def _filled(
        self, request: Request, kind: type[F], lang: Lang, token: str, typed: Mapping[str, list[str]]
    ) -> Filled[F]:
        cause = self.visitors.cause(self.visitors.met(request), token)
        form = Filled(kind, partial(self.say, lang), token, cause, typed)
        form.words = self.words
        return form


class PagesRouter(APIRouter):
    def add_api_route(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        options.setdefault("response_model", None)
        super().add_api_route(_narrowed(path), endpoint, **options)


def _narrowed(path: str) -> str:
    return path.replace("{lang}", "{lang:lang}").replace("{edition}", "{edition:edition}")


def console_lang(request: Request) -> Lang:
    """The console speaks the organiser's language."""
    return lang_of(request.cookies.get(LANG_COOKIE)) or DEFAULT


def lang_for(request: Request) -> Lang:
    """Of a page that is not where its language is known: an error, the front door."""
    in_path = re.match(r"/(fr|en)(?:/|$)", request.url.path)
    if in_path:
        return lang_of(in_path.group(1)) or DEFAULT
    if request.url.path.startswith("/console"):
        return console_lang(request)
    return preferred(request.headers.get("accept-language"))


def filters(lang: Lang) -> dict[str, Callable[..., Any]]:
    """Bound to a language. `texts|text` picks it, with French where it is not said."""
    return {
        "text": lambda texts: text(texts, lang),
        "said_in": lambda texts: lang if texts.get(lang) else DEFAULT,
        "day": lambda value: french.day(value, lang),
        "weekday": lambda value: french.weekday(value, lang),
        "weekday_short": lambda value: french.weekday_short(value, lang),
        "date": lambda value: french.plain_date(value, lang),
        "day_month": lambda value: french.day_month(value, lang),
        "date_range": lambda pair: french.date_range(pair[0], pair[1], lang),
        "hour": lambda instant, tz: french.hour(instant, tz, lang),
        "moment": lambda instant, tz: french.moment(instant, tz, lang),
        "full_moment": lambda instant, tz: french.full_moment(instant, tz, lang),
        "local_day": french.local_day,
        "hours": lambda slot: french.hours(slot, lang),
        "when": lambda slot: french.when(slot, lang),
        "number": lambda value: french.number(value, lang),
        "percent": lambda points: french.percent(points, lang),
        "ordinal": lambda value: french.ordinal(value, lang),
        "tel": lambda number: re.sub(r"[^+0-9]", "", number),
    }


def _has_templates(package: str) -> bool:
    return (files(package) / "templates").is_dir()


def _fingerprint(packages: Iterable[str]) -> str:
    """Changes when a template, a catalogue or a stylesheet does: so does every ETag then."""
    seen = blake2b(digest_size=8)
    for package in packages:
        root = Path(str(files(package)))
        for part in ("templates", "locale", "static"):
            for path in sorted((root / part).rglob("*")) if (root / part).is_dir() else ():
                if path.is_file():
                    seen.update(path.name.encode() + path.read_bytes())
    return seen.hexdigest()
