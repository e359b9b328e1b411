"""What is answered when the answer is no, or when we broke: problem details to programs, a page to people."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.convertors import CONVERTOR_TYPES
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from colloque.contracts.fact import EditionFrame
from colloque.runtime.refusal import Invalid, NotFound, Refusal, TryAgain
from colloque.runtime.store.port import Down
from colloque.web.api import SignIn
from colloque.web.forms import Filled
from colloque.web.guard import Guard
from colloque.web.i18n import Lang
from colloque.web.problem_details import for_programs, problem
from colloque.web.site import Site, Words, lang_for
from colloque.web.words import ALWAYS, BY_STATUS

REFRESH = 20
_IN_PATH = re.compile(rf"/(?:{CONVERTOR_TYPES['lang'].regex})/(?P<edition>{CONVERTOR_TYPES['edition'].regex})(?:/|$)")


def install(app: FastAPI, site: Site) -> None:
    """Once for each application, with the site of the house (a room's own words are found through its router)."""

    async def refused(request: Request, refusal: Exception) -> Response:
        return await answer(request, _refusal_of(refusal), site)

    for kind in (Refusal, Down, RequestValidationError, HTTPException):
        app.add_exception_handler(kind, refused)
    app.add_middleware(Guard, answer=partial(answer, site=site))


def _refusal_of(error: Exception) -> Refusal:
    if isinstance(error, Refusal):
        return error
    if isinstance(error, Down):
        return TryAgain("the database is out of reach")
    if isinstance(error, RequestValidationError):
        return Unacceptable(error.errors())
    if isinstance(error, HTTPException):
        return _by_status(error)
    raise error


class Unacceptable(Invalid):
    """What was sent has not the shape asked for: see `errors`. (What was given is not repeated.)"""

    def __init__(self, errors: Sequence[Mapping[str, Any]]) -> None:
        first = [str(part) for part in errors[0]["loc"]] if errors else []
        super().__init__(
            "; ".join(f"{'.'.join(str(part) for part in error['loc'])}: {error['msg']}" for error in errors[:5]),
            field=".".join(first[1:]) or None,
        )
        self.errors = [{"field": ".".join(str(part) for part in e["loc"][1:]), "kind": e["type"]} for e in errors[:50]]
        self.in_path = bool(first) and first[0] == "path"


class HttpRefusal(Refusal):
    """The framework's own no: an unknown path, a method not offered."""

    def __init__(self, status: int, detail: str, headers: Mapping[str, str] | None) -> None:
        super().__init__(detail)
        self.status = status  # type: ignore[misc]
        self.headers = dict(headers or {})

    @property
    def slug(self) -> str:
        return {405: "method-not-allowed", 413: "too-large", 400: "unreadable"}.get(self.status, "refused")


def _by_status(error: HTTPException) -> Refusal:
    return (
        NotFound("there is no such page")
        if error.status_code == 404
        else HttpRefusal(error.status_code, str(error.detail), error.headers)
    )


async def answer(request: Request, refusal: Refusal, site: Site) -> Response:
    here: Site = getattr(request.state, "site", None) or site
    headers = dict(getattr(refusal, "headers", refusal.context.get("headers", {})))
    if refusal.status == 405:
        headers["Allow"] = ", ".join(sorted(_offered(request.app.routes, request.url.path)))
    retry = getattr(refusal, "retry_after", None)
    if retry is not None:
        headers["retry-after"] = str(retry)
    if for_programs(request):
        if isinstance(refusal, SignIn):
            headers["www-authenticate"] = 'Bearer realm="colloque"'
        return problem(here.settings.base_url, refusal, headers)
    if isinstance(refusal, SignIn):
        return RedirectResponse("/console/sign-in", 303)
    if isinstance(refusal, Unacceptable) and refusal.in_path:
        refusal = NotFound("there is no such page")
    return await _page(request, refusal, here, site, headers)


def _offered(routes: Iterable[Any], path: str) -> set[str]:
    """The framework names the methods of one route; several may share a path."""
    offered: set[str] = set()
    for route in routes:
        if (inside := getattr(route, "original_router", None)) is not None:
            offered |= _offered(inside.routes, path)
        elif (shape := getattr(route, "path_regex", None)) is not None and shape.match(path):
            offered |= set(getattr(route, "methods", None) or ())
    return offered


def words_for(site: Site, refusal: Refusal) -> Words:
    """The room's words, the house's for this refusal, the house's for its status."""
    slug, status = refusal.slug, refusal.status
    return site.words.get(slug) or ALWAYS.get(slug) or BY_STATUS.get(status) or BY_STATUS[status // 100 * 100]


async def _page(request: Request, refusal: Refusal, site: Site, house: Site, headers: dict[str, str]) -> Response:
    lang = lang_for(request)
    filled: Filled[Any] | None = getattr(request.state, "filled", None)
    passing = refusal.status in (429, 503)
    stopped = request.query_params.get("stop") == "1"
    again = passing and request.method == "GET" and not stopped
    if again and refusal.status == 503:
        headers["refresh"] = str(REFRESH)
    return site.page(
        request,
        "error.html" if not request.url.path.startswith("/console") else "console_error.html",
        lang,
        status=refusal.status,
        headers=headers,
        edition=await _edition(request, house if site.edition_of is None else site),
        caller=getattr(request.state, "caller", None),
        code=refusal.status,
        said=_said(site, lang, words_for(site, refusal), refusal),
        refreshing=again and refusal.status == 503,
        passing=passing,
        retry=request.url.path if request.method == "GET" else "",
        resend=filled if passing and filled is not None else None,
        story=getattr(request.state, "story", ""),
    )


def _said(site: Site, lang: Lang, words: Words, refusal: Refusal) -> Words:
    values = {name: value for name, value in refusal.context.items() if isinstance(value, str | int | float)}
    try:
        return Words(*(site.say(lang, part, **values) if part else "" for part in words))
    except KeyError:
        # A refusal without what its words speak of still gets an answer.
        return Words(*(site.say(lang, part) if part else "" for part in BY_STATUS[409]))


async def _edition(request: Request, site: Site) -> EditionFrame | None:
    """The one of the path, also where no route has taken it apart."""
    id = request.path_params.get("edition")
    if id is None and (found := _IN_PATH.match(request.url.path)):
        id = found["edition"]
    if site.edition_of is None or not id:
        return None
    try:
        return await site.edition_of(id)
    except (Down, Refusal):
        return None
