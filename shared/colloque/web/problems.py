"""What is answered when the answer is no, or when we broke: problem details (RFC 9457) to programs, a page to people."""

from __future__ import annotations

import logging
import secrets
import traceback
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from colloque.contracts.fact import EditionFrame
from colloque.runtime.refusal import Invalid, NotFound, Refusal, TryAgain
from colloque.runtime.store.port import Down
from colloque.web.api import SignIn
from colloque.web.forms import Filled
from colloque.web.i18n import Lang
from colloque.web.site import Site, Words, lang_for
from colloque.web.words import ALWAYS, BY_STATUS

log = logging.getLogger("colloque.web")
MEDIA_TYPE = "application/problem+json"
REFRESH = 20


class Problem(BaseModel):
    """RFC 9457. `objects`: references of what the rule met; `field`: the input it is about."""

    type: str
    title: str
    status: int
    detail: str = ""
    objects: list[str] = []
    field: str | None = None
    errors: list[dict[str, Any]] = []
    story: str | None = None


def _documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    titles = {401: "Nobody known asks", 403: "Not with this role", 404: "No such thing", 409: "A rule says no",
              413: "Too large", 422: "Not what is asked for", 429: "Too many at once", 503: "Come again"}  # fmt: skip
    content = {MEDIA_TYPE: {"schema": Problem.model_json_schema()}}
    return {status: {"description": titles[status], "content": content} for status in statuses}


RESPONSES = _documented(401, 403, 404, 409, 413, 422, 429, 503)
"""For every route of the API."""


def install(app: FastAPI, site: Site) -> None:
    """Once for each application, with the site of the house (a room's own words are found through its router)."""

    async def refused(request: Request, refusal: Exception) -> Response:
        return await answer(request, _refusal_of(refusal), site)

    for kind in (Refusal, Down, RequestValidationError, HTTPException):
        app.add_exception_handler(kind, refused)
    app.add_middleware(_Guard, site=site)


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
    headers = dict(getattr(refusal, "headers", {}))
    retry = getattr(refusal, "retry_after", None)
    if retry is not None:
        headers["retry-after"] = str(retry)
    if for_programs(request):
        if isinstance(refusal, SignIn):
            headers["www-authenticate"] = 'Bearer realm="colloque"'
        return problem(here, refusal, headers)
    if isinstance(refusal, SignIn):
        return RedirectResponse("/console/sign-in", 303)
    if isinstance(refusal, Unacceptable) and refusal.in_path:
        refusal = NotFound("there is no such page")
    return await _page(request, refusal, here, headers)


def for_programs(request: Request) -> bool:
    return request.url.path.startswith("/api/")


def type_of(site: Site, slug: str) -> str:
    return f"{site.settings.base_url.rstrip('/')}/problems/{slug}"


def problem(site: Site, refusal: Refusal, headers: Mapping[str, str] | None = None) -> Response:
    said = Problem(
        type=type_of(site, refusal.slug),
        title=refusal.slug.replace("-", " ").capitalize(),
        status=refusal.status,
        detail=refusal.detail,
        objects=list(refusal.objects),
        field=refusal.field,
        errors=getattr(refusal, "errors", []),
    )
    return JSONResponse(
        said.model_dump(exclude_defaults=True), refusal.status, headers=dict(headers or {}), media_type=MEDIA_TYPE
    )


def words_for(site: Site, refusal: Refusal) -> Words:
    """The room's words, the house's for this refusal, the house's for its status."""
    slug, status = refusal.slug, refusal.status
    return site.words.get(slug) or ALWAYS.get(slug) or BY_STATUS.get(status) or BY_STATUS[status // 100 * 100]


async def _page(request: Request, refusal: Refusal, site: Site, headers: dict[str, str]) -> Response:
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
        edition=await _edition(request, site),
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
    id = request.path_params.get("edition")
    if site.edition_of is None or not id:
        return None
    try:
        return await site.edition_of(id)
    except (Down, Refusal):
        return None


class Broken(Refusal):
    """We broke. It has been written down."""

    status = 500


class _Guard:
    """What nobody foresaw: logged with its story and without anything a person gave (an error's own words may hold it),
    and answered 500 without details."""

    def __init__(self, app: ASGIApp, site: Site) -> None:
        self.app, self.site = app, site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, watched)
        except Exception as error:  # noqa: BLE001 - the last place where anything can still be answered
            request = Request(scope)
            story = getattr(request.state, "story", None) or secrets.token_hex(8)
            request.state.story = story
            log.error(
                "unexpected %s\n%s",
                type(error).__name__,
                "".join(traceback.format_tb(error.__traceback__)),
                extra={"story": story, "error": type(error).__name__},
            )
            if not started:
                response = await self._answer(request, story)
                await response(scope, receive, send)

    async def _answer(self, request: Request, story: str) -> Response:
        here: Site = getattr(request.state, "site", None) or self.site
        broken = Broken("something broke; it has been written down", story=story)
        if for_programs(request):
            said = Problem(
                type=type_of(here, broken.slug), title="Broken", status=500, detail=broken.detail, story=story
            )
            return JSONResponse(said.model_dump(exclude_defaults=True), 500, media_type=MEDIA_TYPE)
        return await _page(request, broken, here, {})
