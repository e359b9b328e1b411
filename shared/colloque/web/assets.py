"""The few files that pages ask for, read once. A file's hash is in its name, so that it may be kept for ever."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from importlib.resources import files

from starlette.requests import Request
from starlette.responses import Response

from colloque.runtime.refusal import NotFound

TYPES = {"css": "text/css; charset=utf-8", "svg": "image/svg+xml", "js": "text/javascript; charset=utf-8"}


@dataclass(frozen=True, slots=True)
class Asset:
    url: str
    media_type: str
    plain: bytes
    zipped: bytes


class Assets:
    def __init__(self, by_name: dict[str, Asset]) -> None:
        self._by_name = by_name
        self._by_file = {asset.url.rsplit("/", 1)[1]: asset for asset in by_name.values()}

    @staticmethod
    @lru_cache
    def of(package: str) -> Assets:
        found = {}
        for path in (files(package) / "static").iterdir():
            stem, _, ending = path.name.rpartition(".")
            if ending in TYPES:
                body = path.read_bytes()
                print_ = blake2b(body, digest_size=6).hexdigest()
                url = f"/static/{stem}.{print_}.{ending}"
                found[path.name] = Asset(url, TYPES[ending], body, gzip.compress(body, 9, mtime=0))
        return Assets(found)

    def url(self, name: str) -> str:
        return self._by_name[name].url

    def answer(self, request: Request, file: str) -> Response:
        asset = self._by_file.get(file)
        if asset is None:
            raise NotFound("there is no such file")
        headers = {"cache-control": "public, max-age=31536000, immutable", "vary": "accept-encoding"}
        if "gzip" in request.headers.get("accept-encoding", ""):
            return Response(asset.zipped, headers={**headers, "content-encoding": "gzip"}, media_type=asset.media_type)
        return Response(asset.plain, headers=headers, media_type=asset.media_type)
