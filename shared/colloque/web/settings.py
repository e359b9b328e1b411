"""What the web needs to be told, read once by whoever starts a process and handed on."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

Network = IPv4Network | IPv6Network
MIN_KEY = 16


def _listed(value: Any) -> Any:
    """`newest,older` as an environment variable gives it."""
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


def _long_enough(keys: tuple[str, ...]) -> tuple[str, ...]:
    if any(len(key) < MIN_KEY for key in keys):
        raise ValueError(f"a key has at least {MIN_KEY} characters")
    return keys


def _networks(value: Any) -> Any:
    return tuple(ip_network(one) if isinstance(one, str) else one for one in _listed(value))


Keys = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_listed), AfterValidator(_long_enough), Field(min_length=1)]
"""Newest first. To rotate: put a new one in front, take the last one away once nothing signed with it is in use."""


class WebSettings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="COLLOQUE_", frozen=True, extra="ignore", hide_input_in_errors=True)

    base_url: Annotated[str, Field(pattern=r"^https?://[^/\s]+/?$")] = "http://127.0.0.1:8000"
    house_name: str = "Colloque"
    secret_keys: Keys
    link_keys: Keys
    data_keys: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_listed)] = ()
    min_fill_seconds: float = 2.0
    """Nobody reads and fills a form faster. 0 for tests and the demo."""
    form_burst: int = 60
    """Forms that one address may send at once; a town hall's visitors share one. 0: without limit."""
    forms_per_minute: float = 30.0
    api_burst: int = 1000
    """Calls that one token may make at once. 0: without limit."""
    api_calls_per_minute: float = 1200.0
    wrong_token_burst: int = 20
    """Wrong tokens that one address may show at once, before none of its tokens is looked at. 0: without limit."""
    wrong_tokens_per_minute: float = 6.0
    trusted_proxies: Annotated[tuple[Network, ...], NoDecode, BeforeValidator(_networks)] = ()
    """Whose `X-Forwarded-For` is believed."""
    contact_email: str = ""
    """Whom pages of no edition name as contact."""
    mail_host: str = ""
    """The right side of what is named for ever (entries of calendars, mails); the address of the site may move."""

    @property
    def https(self) -> bool:
        return self.base_url.startswith("https://")

    @property
    def host(self) -> str:
        return urlsplit(self.base_url).hostname or "localhost"

    @property
    def lasting_host(self) -> str:
        return self.mail_host or self.host

    @property
    def lasting_key(self) -> bytes:
        """The one that a new key in front does not change: what must give the same id before and after."""
        return self.secret_keys[-1].encode()[:64]

    def cookie(self, name: str) -> str:
        """`__Host-` needs https; on plain loopback the name stands alone."""
        return f"__Host-{name}" if self.https else name
