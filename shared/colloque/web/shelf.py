"""Public pages as they were last made, and the tags by which browsers ask whether they still hold."""

from __future__ import annotations

import gzip
from collections import OrderedDict
from collections.abc import Iterable
from hashlib import blake2b
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import Response

_ROOM = 128


class Page(NamedTuple):
    plain: bytes
    zipped: bytes


class Shelf:
    def __init__(self, packages: Iterable[str], room: int = _ROOM) -> None:
        self._pages: OrderedDict[tuple[str, str], Page] = OrderedDict()
        self._print, self._room = _fingerprint(packages), room

    def find(self, request: Request, lang: str, etag: str) -> Response | None:
        tag = self._tag(lang, etag)
        if _has(request, tag):
            return Response(status_code=304, headers=headers_of(tag, lang))
        key = (_url(request), tag)
        page = self._pages.get(key)
        if page is None:
            return None
        self._pages.move_to_end(key)
        return answer(request, page, headers_of(tag, lang))

    def put(self, request: Request, lang: str, etag: str, body: bytes) -> Response:
        tag = self._tag(lang, etag)
        page = self._pages[_url(request), tag] = packed(body)
        if len(self._pages) > self._room:
            self._pages.popitem(last=False)
        return answer(request, page, headers_of(tag, lang))

    def _tag(self, lang: str, etag: str) -> str:
        return f'W/"{blake2b(f"{self._print}/{lang}/{etag}".encode(), digest_size=9).hexdigest()}"'


def packed(body: bytes) -> Page:
    return Page(body, gzip.compress(body, 6, mtime=0))


def takes_gzip(request: Request) -> bool:
    return "gzip" in request.headers.get("accept-encoding", "")


def answer(request: Request, page: Page, headers: dict[str, str], media_type: str = "text/html") -> Response:
    # Nothing secret stands in what is public, so that packing it tells nobody anything.
    if takes_gzip(request):
        return Response(page.zipped, headers={**headers, "content-encoding": "gzip"}, media_type=media_type)
    return Response(page.plain, headers=headers, media_type=media_type)


def headers_of(tag: str, lang: str) -> dict[str, str]:
    return {"etag": tag, "cache-control": "public, no-cache", "content-language": lang, "vary": "accept-encoding"}


def _has(request: Request, tag: str) -> bool:
    return tag in request.headers.get("if-none-match", "")


def _url(request: Request) -> str:
    return f"{request.url.path}?{request.url.query}"


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
