"""A room's pages: its templates over the house's, one Jinja2 environment a language, compiled once."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from importlib.resources import files
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
from colloque.web.assets import Assets
from colloque.web.compiled import COMPILED
from colloque.web.filters import filters
from colloque.web.forms import FILLED_UNSEEN, HONEYPOT, MESSAGES, TOKEN, TOP, Filled, Form, read_fields, typed_of
from colloque.web.i18n import DEFAULT, LANGS, Lang, lang_of, preferred, translations
from colloque.web.late_route import LateRoute
from colloque.web.limits import Buckets, client_address
from colloque.web.sessions import SignOut, SpeakLanguage
from colloque.web.settings import WebSettings
from colloque.web.shelf import Shelf
from colloque.web.view import View
from colloque.web.visitors import Held, Visitors

F = TypeVar("F", bound=Form)
EditionOf = Callable[[str], Awaitable[EditionFrame | None]]
LANG_COOKIE = "lang"


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
        self._shelf = Shelf(packages)
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
            bytecode_cache=COMPILED[self.package, lang],
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
        )
        env.filters.update(filters(lang))
        env.filters["words"] = partial(self.say, lang)
        return env

    # ---- routes
    def router(self) -> APIRouter:
        """For pages: `{lang}` and `{edition}` in its paths take only what can be one, so that order does not matter."""
        return PagesRouter(
            dependencies=[Depends(self._here)],
            include_in_schema=False,
            default_response_class=HTMLResponse,
            route_class=LateRoute,
        )

    async def _here(self, request: Request) -> None:
        request.state.site = self

    # ---- words
    def say(self, lang: str, message: str, /, **values: Any) -> str:
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
        """With `etag` (of what it shows), a public page that anybody may keep; without, a personal one."""
        if etag is not None and status == 200 and (kept := self.kept(request, lang, etag)) is not None:
            return kept
        view = View(request, lang, self.settings.base_url, self.token)
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
        if etag is not None and status == 200:
            return self._shelf.put(request, lang, etag, body)
        response = HTMLResponse(body, status, dict(headers or {}))
        response.headers["content-language"] = lang
        self.visitors.welcome(request, response)
        return response

    def kept(self, request: Request, lang: Lang, etag: str) -> Response | None:
        """The page as it was last made for this tag, or « you have it already »: ask before gathering what it needs."""
        return self._shelf.find(request, lang, etag)

    def render(self, name: str, lang: Lang, **context: Any) -> str:
        """A template that is part of a page, for rooms that keep such parts."""
        return self._environments[lang].get_template(name).render(context)

    def go(self, url: str) -> Response:
        """After a form: see there (303). Only to ourselves."""
        parts = urlsplit(url)
        if parts.scheme or parts.netloc or not url.startswith("/") or url.startswith(("//", "/\\")):
            raise ValueError("a redirect stays on our own origin")
        return RedirectResponse(url, 303)

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
        fields = await read_fields(request, kind.most)
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
            form.wrong(TOP, form.say(MESSAGES[held.value]), 403 if held is Held.STRANGE else 422)
        elif any(fields.get(HONEYPOT, ())):
            form.wrong(TOP, form.say(FILLED_UNSEEN))
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


def _has_templates(package: str) -> bool:
    return (files(package) / "templates").is_dir()
