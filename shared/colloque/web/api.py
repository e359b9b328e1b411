"""Doors: what a caller must be allowed to do before a route runs. A route outside the public pages has exactly one."""

from __future__ import annotations

import re
import secrets
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from hmac import compare_digest
from typing import Annotated, Any, Literal, cast

from fastapi import APIRouter, Depends
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.requests import Request

from colloque.runtime.clock import Clock
from colloque.runtime.desk import Desk
from colloque.runtime.journal import Cause
from colloque.runtime.reads import Reads
from colloque.runtime.refusal import Invalid, Refusal
from colloque.runtime.work import keyed_id
from colloque.web.late_route import LateRoute
from colloque.web.limits import Buckets, client_address
from colloque.web.problem_details import RESPONSES
from colloque.web.rights import COVERS, ApiToken, Grant, NotAllowed, Organiser, anywhere, hashed, may
from colloque.web.sessions import Sessions
from colloque.web.settings import WebSettings

SeriesOf = Callable[[str], Awaitable[str | None]]
Scope = Literal["edition", "house", "any"]
_KEY = re.compile(r"[\x21-\x7e]{1,200}")
_IDEMPOTENCY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "The same key from the same caller is the same message: it is done once and answered alike.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"},
}
_bearer = HTTPBearer(auto_error=False, description="A token of `python -m colloque_registration token …`")


class SignIn(Refusal):
    """Nobody known asks: a program is told so, a person is shown where to sign in."""

    status = 401


@dataclass(slots=True)
class Caller:
    """Who asks, and what they may do. `grants` are the organiser's; a token's `narrowed` holds besides."""

    organiser: str
    grants: tuple[Grant, ...]
    narrowed: Grant | None = None
    key: tuple[bytes, str, str] | None = None
    """What a repeated message is known by: (secret, caller, Idempotency-Key)."""
    roles: frozenset[str] = frozenset()
    """On the edition of this request (or the house): for menus."""
    _cause: Cause | None = field(default=None, repr=False)

    @property
    def cause(self) -> Cause:
        """The same for the same key of the same caller, and while this request lasts."""
        if self._cause is None:
            id = keyed_id(self.key[0], "api", *self.key[1:]) if self.key else keyed_id(secrets.token_bytes(32), "call")
            self._cause = Cause.first(id)
        return self._cause

    def may(self, role: str, edition: str | None = None, series: str | None = None) -> bool:
        narrow = self.narrowed is None or self.narrowed.allows(role, edition, series)
        return narrow and may(self.grants, role, edition, series)

    def must(self, role: str, edition: str | None = None, series: str | None = None) -> None:
        if not self.may(role, edition, series):
            raise NotAllowed(f"this asks for the role {role}", objects=_objects(edition, series))

    def anywhere(self, role: str) -> bool:
        return anywhere(self.grants, role) and (self.narrowed is None or anywhere((self.narrowed,), role))


def _objects(edition: str | None, series: str | None) -> tuple[str, ...]:
    named = (("edition", edition), ("series", series))
    return tuple(f"{kind}/{id}" for kind, id in named if id)


@dataclass(frozen=True, eq=False)
class Door:
    """A FastAPI dependency that lets in who may, and says so to whoever reads the routes."""

    reads: Reads
    role: str
    scope: Scope
    series_of: SeriesOf
    clock: Clock
    secret: bytes

    async def admit(self, request: Request, organiser: str, narrowed: Grant | None, key: str | None) -> Caller:
        known = await self.reads.glance(Organiser, organiser)
        caller = Caller(organiser, known.grants if known else (), narrowed)
        if key is not None:
            caller.key = (self.secret, organiser, key)
        edition = request.path_params.get("edition")
        series = await self.series_of(edition) if edition else None
        caller.roles = frozenset(role for role in COVERS if caller.may(role, edition, series))
        allowed = caller.anywhere(self.role) if self.scope == "any" else caller.may(self.role, edition, series)
        if not allowed:
            raise NotAllowed(f"this asks for the role {self.role}", objects=_objects(edition, None))
        request.state.caller = caller
        return caller


class Pace:
    """How often a token may call, and how often an address may show a wrong one: for all doors of a room."""

    def __init__(self, settings: WebSettings) -> None:
        self._calls = Buckets(settings.api_burst, settings.api_calls_per_minute)
        self._wrong = Buckets(settings.wrong_token_burst, settings.wrong_tokens_per_minute)
        self._known_wrong: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._proxies = settings.trusted_proxies

    def before(self, request: Request, now: float) -> None:
        """Whoever has guessed too often is not told whether this one is right."""
        self._wrong.look(client_address(request, self._proxies), now)

    def wrong(self, request: Request, kept_as: str, now: float) -> None:
        """The same wrong one again is no new guess: a token that was made just now is not known everywhere yet, and
        one that has run out is tried for a while."""
        guess = client_address(request, self._proxies), kept_as
        if guess in self._known_wrong:
            self._calls.take(kept_as, now)
            return
        self._wrong.take(guess[0], now)
        self._known_wrong[guess] = None
        if len(self._known_wrong) > self._wrong.room:
            self._known_wrong.popitem(last=False)

    def called(self, token: str, now: float) -> None:
        self._calls.take(token, now)


@dataclass(frozen=True, eq=False)
class ApiDoor(Door):
    pace: Pace

    async def __call__(
        self, request: Request, shown: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
    ) -> None:
        if shown is None or shown.scheme.lower() != "bearer":
            raise SignIn("this asks for a bearer token")
        now = self.clock.now()
        self.pace.before(request, now.timestamp())
        kept_as = hashed(shown.credentials)
        token = await self.reads.glance(ApiToken, kept_as)
        if token is None or not compare_digest(token.id, kept_as) or not token.good(now):
            self.pace.wrong(request, kept_as, now.timestamp())
            raise SignIn("this token is unknown, revoked or has run out")
        self.pace.called(token.id, now.timestamp())
        key = request.headers.get("idempotency-key")
        if key is not None and not _KEY.fullmatch(key):
            raise Invalid("an Idempotency-Key is 1 to 200 visible ASCII characters", field="Idempotency-Key")
        caller = await self.admit(request, token.organiser, token.grant, f"{token.id}/{key}" if key else None)
        if key:
            request.state.story = caller.cause.story


@dataclass(frozen=True, eq=False)
class ConsoleDoor(Door):
    sessions: Sessions

    async def __call__(self, request: Request) -> None:
        session = self.sessions.read(request)
        if session is None:
            raise SignIn("nobody is signed in")
        known = await self.reads.glance(Organiser, session.organiser)
        if known is None or known.generation != session.generation:
            raise SignIn("this session has been ended")
        await self.admit(request, session.organiser, None, None)


def caller_of(request: Request) -> Caller:
    caller = getattr(request.state, "caller", None)
    if caller is None:
        raise LookupError(f"the route {request.url.path} asks for its caller and has no door")
    return cast(Caller, caller)


Asker = Annotated[Caller, Depends(caller_of)]
"""`caller: Asker` in a route that has a door."""


async def _no_series(_edition: str) -> None:
    return None


class _ApiRouter(APIRouter):
    """Says of every route that changes something that it may be sent twice."""

    def add_api_route(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        if set(options.get("methods") or ()) - {"GET"}:
            extra = dict(options.get("openapi_extra") or {})
            options["openapi_extra"] = {**extra, "parameters": [*extra.get("parameters", ()), _IDEMPOTENCY]}
        super().add_api_route(path, endpoint, **options)


class Doors:
    def __init__(self, desk: Desk, settings: WebSettings, series_of: SeriesOf | None = None) -> None:
        """`series_of`: an edition's series, as this room knows it."""
        self._reads, self._settings, self._clock = desk.reads, settings, desk.clock
        self._series_of = series_of or _no_series
        self.sessions = Sessions(settings, desk.clock)
        self._pace = Pace(settings)

    def api(self, role: str, scope: Scope | None = None) -> Any:
        """For `dependencies=[doors.api("programme")]`: a bearer token with this role. Without `scope`: on the edition
        of the path, else on the house; `any`: somewhere (the route asks the caller for the rest)."""
        _known(role)
        secret = self._settings.lasting_key
        return Depends(ApiDoor(self._reads, role, scope or "edition", self._series_of, self._clock, secret, self._pace))

    def console(self, role: str, scope: Scope | None = None) -> Any:
        """As `api`, for an organiser's session."""
        _known(role)
        secret = self._settings.lasting_key
        return Depends(
            ConsoleDoor(self._reads, role, scope or "edition", self._series_of, self._clock, secret, self.sessions)
        )

    def router(self) -> APIRouter:
        """For the API: every route of it says which problems it may answer with."""
        return _ApiRouter(responses=RESPONSES, route_class=LateRoute)


def _known(role: str) -> None:
    if role not in COVERS:
        raise ValueError(f"there is no role {role!r}")
