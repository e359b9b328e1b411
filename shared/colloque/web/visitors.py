"""A form belongs to whoever was shown it: a random cookie, and a token signed for it.

token = nonce.issued.signature, the signature made with the keys, the cookie and the form's purpose. The nonce is the
message's idempotency key: the same page sent twice is one message."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from enum import Enum
from hashlib import blake2b
from hmac import compare_digest

from starlette.requests import Request
from starlette.responses import Response

from colloque.runtime.journal import Cause
from colloque.runtime.work import keyed_id
from colloque.web.settings import WebSettings

LASTS = timedelta(hours=24)
COOKIE_LASTS = timedelta(days=30)
_SHAPE = re.compile(r"[A-Za-z0-9_-]{22}")
_TOKEN = re.compile(r"([A-Za-z0-9_-]{16})\.([0-9a-f]{1,12})\.([0-9a-f]{32})")


class Held(Enum):
    GOOD = "good"
    STRANGE = "token_missing"
    OLD = "token_old"
    QUICK = "too_quick"


class Visitors:
    def __init__(self, settings: WebSettings, chance: Callable[[int], str] = secrets.token_urlsafe) -> None:
        self.cookie = settings.cookie("visitor")
        self._https, self._keys = settings.https, [key.encode()[:64] for key in settings.secret_keys]
        self._lasting, self._chance, self._min = (
            settings.lasting_key,
            chance,
            timedelta(seconds=settings.min_fill_seconds),
        )

    def of(self, request: Request) -> str | None:
        value = request.cookies.get(self.cookie, "")
        return value if _SHAPE.fullmatch(value) else None

    def met(self, request: Request) -> str:
        """The visitor of this request; a new one gets the cookie with the response (`welcome`)."""
        known: str | None = self.of(request) or getattr(request.state, "visitor", None)
        if known is None:
            known = request.state.visitor = self._chance(16)
        return known

    def welcome(self, request: Request, response: Response) -> None:
        new: str | None = getattr(request.state, "visitor", None)
        if new is not None:
            response.set_cookie(
                self.cookie,
                new,
                max_age=int(COOKIE_LASTS.total_seconds()),
                path="/",
                secure=self._https,
                httponly=True,
                samesite="lax",
            )

    def token(self, visitor: str, purpose: str, now: datetime) -> str:
        nonce, issued = self._chance(12), f"{int(now.timestamp() * 1000):x}"
        return f"{nonce}.{issued}.{_signature(self._keys[0], visitor, purpose, nonce, issued)}"

    def holds(self, visitor: str | None, purpose: str, token: str, now: datetime) -> Held:
        match = _TOKEN.fullmatch(token)
        if visitor is None or match is None:
            return Held.STRANGE
        nonce, issued, signature = match.groups()
        # Every key is tried, so that the time taken tells nothing about which.
        good = [compare_digest(_signature(key, visitor, purpose, nonce, issued), signature) for key in self._keys]
        if not any(good):
            return Held.STRANGE
        # Another process's clock may be a little ahead of ours.
        age = timedelta(milliseconds=max(0.0, now.timestamp() * 1000 - int(issued, 16)))
        return Held.OLD if age > LASTS else Held.QUICK if age < self._min else Held.GOOD

    def cause(self, visitor: str, token: str) -> Cause:
        return Cause.first(keyed_id(self._lasting, "form", visitor, token.partition(".")[0]))


def _signature(key: bytes, visitor: str, purpose: str, nonce: str, issued: str) -> str:
    words = f"{visitor}\0{purpose}\0{nonce}\0{issued}".encode()
    return blake2b(words, digest_size=16, key=key, person=b"colloque.form").hexdigest()
