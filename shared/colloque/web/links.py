"""Links in mails: signed, not stored (architecture.md §7.1). What revokes them is the subject's generation."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from itsdangerous import BadData, URLSafeSerializer

from colloque.runtime.refusal import Refusal
from colloque.web.settings import WebSettings

PURPOSES = ("confirm", "registration", "ticket", "invitation", "offer", "sign-in")
_MAX = 400


class LinkBroken(Refusal):
    """Cut off, altered, of another purpose or revoked: all the same to whoever asks."""

    status = 404


class LinkExpired(Refusal):
    status = 410


@dataclass(frozen=True, slots=True)
class Link:
    subject: str
    generation: int
    expires_at: datetime

    def must_be(self, generation: int) -> None:
        """Raising the subject's generation revokes every link that went out before."""
        if self.generation != generation:
            raise LinkBroken("this link has been replaced by a newer one")


class Links:
    def __init__(self, settings: WebSettings) -> None:
        # itsdangerous signs with the last of its keys and reads with any.
        self._signers = {purpose: _signer(settings.link_keys, purpose) for purpose in PURPOSES}

    def mint(self, purpose: str, subject: str, generation: int, expires_at: datetime) -> str:
        token = self._signers[purpose].dumps([subject, generation, int(expires_at.timestamp())])
        return str(token)

    def read(self, purpose: str, token: str, now: datetime) -> Link:
        """Raises LinkBroken or LinkExpired. The generation is still to be compared: `link.must_be(…)`."""
        if len(token) > _MAX:
            raise LinkBroken("this link is not one of ours")
        try:
            payload: Any = self._signers[purpose].loads(token)
        except BadData:
            raise LinkBroken("this link is cut off or altered") from None
        subject, generation, until = payload
        expires_at = datetime.fromtimestamp(until, now.tzinfo)
        if now >= expires_at:
            raise LinkExpired("this link has expired", until=expires_at)
        return Link(subject, generation, expires_at)


def _signer(keys: tuple[str, ...], purpose: str) -> URLSafeSerializer:
    return URLSafeSerializer(
        list(reversed(keys)),
        salt=f"colloque.link.{purpose}",
        serializer_kwargs={"separators": (",", ":")},
        signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256},
    )


_TOKEN = re.compile(
    r"(/(?:(?:fr|en)/(?:confirm|registration|ticket|invitation|offer|unsubscribe)|console/enter)/)[^/?#]+"
)


def masked(path: str) -> str:
    """For logs: without the token, and without the query."""
    return _TOKEN.sub(r"\1…", path.partition("?")[0])


def carries_token(path: str) -> bool:
    return _TOKEN.match(path) is not None
