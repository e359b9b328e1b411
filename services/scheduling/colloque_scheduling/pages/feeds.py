"""What calendars and other programs read of the released programme. Each is made once for a version of its edition and
a language; its tag is made of what is in it, byte for byte."""

from __future__ import annotations

from asyncio import gather, to_thread
from collections import OrderedDict
from collections.abc import Callable, Mapping
from email.utils import format_datetime
from hashlib import blake2b
from typing import NamedTuple

from fastapi import APIRouter, Request
from starlette.responses import Response

from colloque.runtime.desk import Desk
from colloque.web.i18n import Lang
from colloque.web.shelf import Page, answer, headers_of, packed, takes_gzip
from colloque.web.site import Site, no_such_page
from colloque_scheduling.domain.programme.edition import Edition
from colloque_scheduling.domain.programme.numbers import Numbers
from colloque_scheduling.feeds.calendar import calendar
from colloque_scheduling.feeds.plain import programme_json
from colloque_scheduling.feeds.schedule import schedule_json, schedule_xml
from colloque_scheduling.feeds.telling import Source
from colloque_scheduling.reads import Shelf, the_origins

ROOM = 64
"""Feeds kept as they were last made."""


class Kind(NamedTuple):
    media_type: str
    make: Callable[[Source, str], bytes]


KINDS: Mapping[str, Kind] = {
    "programme.ics": Kind("text/calendar; charset=utf-8", calendar),
    "programme.json": Kind("application/json", programme_json),
    "schedule.xml": Kind("application/xml", schedule_xml),
    "schedule.json": Kind("application/json", schedule_json),
}


class Feed(NamedTuple):
    version: int
    released: str
    page: Page
    tag: str


class Feeds:
    def __init__(self, desk: Desk, site: Site, shelf: Shelf) -> None:
        self._desk, self._settings, self._shelf = desk, site.settings, shelf
        self._made: OrderedDict[tuple[str, str, str], Feed] = OrderedDict()

    async def of(self, edition: Edition, lang: str, name: str) -> Feed:
        key = (edition.id, lang, name)
        known = self._made.get(key)
        if known is None or known.version != edition.version:
            known = self._made[key] = await self._make(edition, lang, name)
        self._made.move_to_end(key)
        if len(self._made) > ROOM:
            self._made.popitem(last=False)
        return known

    async def _make(self, edition: Edition, lang: str, name: str) -> Feed:
        source = await self._source(edition)
        if source.programme.at is None:
            no_such_page("no programme has been released")
        plain = await to_thread(KINDS[name].make, source, lang)
        tag = blake2b(plain, digest_size=12).hexdigest()
        released = format_datetime(source.programme.at, usegmt=True)
        return Feed(edition.version, released, packed(plain), tag)

    async def _source(self, edition: Edition) -> Source:
        programme, numbers, origins = await gather(
            self._shelf.programme(edition),
            self._desk.reads.get(Numbers, edition.id),
            the_origins(self._desk, edition.id),
        )
        return Source(
            edition=edition,
            programme=programme,
            numbers=numbers or Numbers(id=edition.id),
            origins=origins,
            names=programme.names,
            base_url=self._settings.base_url,
            host=self._settings.lasting_host,
        )


def feeds(pages: APIRouter, desk: Desk, site: Site, shelf: Shelf) -> None:
    made = Feeds(desk, site, shelf)

    def serve(name: str) -> None:
        @pages.get(f"/{{lang}}/{{edition}}/{name}", name=name)
        async def feed(request: Request, lang: Lang, edition: str) -> Response:
            return _answer(request, lang, name, await made.of(await shelf.edition(edition), lang, name))

    for name in KINDS:
        serve(name)


def _answer(request: Request, lang: str, name: str, feed: Feed) -> Response:
    """`If-Modified-Since` alone is not asked: an answer that comes too often is never wrong, and people's answers
    change a feed between two releases."""
    tag = f'"{feed.tag}-gz"' if takes_gzip(request) else f'"{feed.tag}"'
    headers = headers_of(tag, lang) | {"last-modified": feed.released, "access-control-allow-origin": "*"}
    if _has(request, tag):
        return Response(status_code=304, headers=headers)
    return answer(request, feed.page, headers, KINDS[name].media_type)


def _has(request: Request, tag: str) -> bool:
    """RFC 9110 §13.1.2, compared weakly: a proxy may have weakened what it passed on."""
    asked = (one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(","))
    return any(one in (tag, "*") for one in asked)
