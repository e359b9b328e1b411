"""The console's session: a signed cookie, ended for everybody at once by raising the organiser's generation."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from itsdangerous import BadData, URLSafeSerializer
from starlette.requests import Request
from starlette.responses import Response

from colloque.runtime.clock import Clock
from colloque.web.forms import Form
from colloque.web.i18n import Lang
from colloque.web.settings import WebSettings

LASTS = timedelta(hours=12)


class SignOut(Form):
    """The button of the console's head: POST /console/sign-out."""


class SpeakLanguage(Form):
    """The other button of the console's head: POST /console/language."""

    lang: Lang = "fr"


@dataclass(frozen=True, slots=True)
class Session:
    organiser: str
    generation: int
    expires_at: datetime


class Sessions:
    def __init__(self, settings: WebSettings, clock: Clock) -> None:
        self._clock, self._https = clock, settings.https
        self.cookie = settings.cookie("console")
        self._signer = URLSafeSerializer(
            list(reversed(settings.secret_keys)),
            salt="colloque.console",
            signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256},
        )

    def open(self, response: Response, organiser: str, generation: int) -> None:
        until = int((self._clock.now() + LASTS).timestamp())
        value = str(self._signer.dumps([organiser, generation, until]))
        response.set_cookie(
            self.cookie,
            value,
            max_age=int(LASTS.total_seconds()),
            path="/",
            secure=self._https,
            httponly=True,
            samesite="lax",
        )

    def close(self, response: Response) -> None:
        response.delete_cookie(self.cookie, path="/", secure=self._https, httponly=True, samesite="lax")

    def read(self, request: Request) -> Session | None:
        """None for no session, a forged one or one that has run out. The generation is compared by the door."""
        value = request.cookies.get(self.cookie)
        if not value:
            return None
        try:
            organiser, generation, until = self._signer.loads(value)
        except BadData:
            return None
        now = self._clock.now()
        expires_at = datetime.fromtimestamp(until, now.tzinfo)
        return Session(organiser, generation, expires_at) if now < expires_at else None
