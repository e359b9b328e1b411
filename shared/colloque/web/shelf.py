"""Public pages as they were last made, and the tags by which browsers ask whether they still hold."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from hashlib import blake2b
from importlib.resources import files
from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

_ROOM = 128


class Shelf:
    def __init__(self, packages: Iterable[str], room: int = _ROOM) -> None:
        self._pages: OrderedDict[tuple[str, str], bytes] = OrderedDict()
        self._print, self._room = _fingerprint(packages), room

    def find(self, request: Request, lang: str, etag: str) -> Response | None:
        tag = self._tag(lang, etag)
        if tag in request.headers.get("if-none-match", ""):
            return _tagged(Response(status_code=304), tag, lang)
        key = (_url(request), tag)
        body = self._pages.get(key)
        if body is None:
            return None
        self._pages.move_to_end(key)
        return _tagged(HTMLResponse(body), tag, lang)

    def put(self, request: Request, lang: str, etag: str, response: Response) -> Response:
        tag = self._tag(lang, etag)
        self._pages[_url(request), tag] = bytes(response.body)
        if len(self._pages) > self._room:
            self._pages.popitem(last=False)
        if tag in request.headers.get("if-none-match", ""):
            return _tagged(Response(status_code=304), tag, lang)
        return _tagged(response, tag, lang)

    def _tag(self, lang: str, etag: str) -> str:
        return f'W/"{blake2b(f"{self._print}/{lang}/{etag}".encode(), digest_size=9).hexdigest()}"'


def _url(request: Request) -> str:
    return f"{request.url.path}?{request.url.query}"


def _tagged(response: Response, tag: str, lang: str) -> Response:
    response.headers["etag"] = tag
    response.headers["cache-control"] = "public, no-cache"
    response.headers["content-language"] = lang
    return response


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
