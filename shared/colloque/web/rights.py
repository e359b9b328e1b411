"""Who may do what. Registration owns organisers and tokens; every other room keeps these same documents from facts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256

from colloque.contracts.fact import Frozen
from colloque.contracts.registration import OrganiserGranted, OrganiserRevoked, TokenIssued, TokenRevoked
from colloque.runtime.refusal import Refusal
from colloque.runtime.work import Answer, Change, Document, Steps, Work

COVERS: dict[str, frozenset[str]] = {
    "owner": frozenset(("owner", "organiser", "programme", "desk", "viewer")),
    "organiser": frozenset(("organiser", "programme", "desk", "viewer")),
    "programme": frozenset(("programme", "viewer")),
    "desk": frozenset(("desk", "viewer")),
    "viewer": frozenset(("viewer",)),
}
"""Role → the roles it can stand in for. `programme` and `desk` do not cover each other: who edits the programme has no
business with access needs."""
ROLES = tuple(COVERS)
HOUSE = "house"


class NotAllowed(Refusal):
    status = 403


class NoSuchRole(Refusal):
    status = 422


class NoSuchScope(Refusal):
    status = 422


class Grant(Frozen):
    """`scope`: `house`, `series:<id>` or `edition:<id>`."""

    role: str
    scope: str

    @staticmethod
    def of(role: str, scope: str) -> Grant:
        if role not in COVERS:
            raise NoSuchRole(f"there is no role {role!r}", field="role")
        kind, _, id = scope.partition(":")
        if scope != HOUSE and not (kind in ("series", "edition") and id):
            raise NoSuchScope("a scope is house, series:<id> or edition:<id>", field="scope")
        if role == "owner" and scope != HOUSE:
            raise NoSuchScope("an owner owns the house", field="scope")
        return Grant(role=role, scope=scope)

    def allows(self, role: str, edition: str | None, series: str | None) -> bool:
        """On this edition (of this series); on the whole house where there is neither."""
        if role not in COVERS.get(self.role, ()):
            return False
        return (
            self.scope == HOUSE
            or (edition is not None and self.scope == f"edition:{edition}")
            or (series is not None and self.scope == f"series:{series}")
        )


class Organiser(Document):
    """`id`: the person. `generation` is raised to end every session of theirs. `scopes`: where they have
    any grant, to be found by."""

    lookups = ("scopes",)

    generation: int = 0
    grants: tuple[Grant, ...] = ()
    scopes: tuple[str, ...] = ()

    def granted(self, role: str, scope: str, generation: int) -> Organiser:
        grant = Grant(role=role, scope=scope)
        grants = self.grants if grant in self.grants else (*self.grants, grant)
        return self._with(grants, generation)

    def revoked(self, role: str, scope: str, generation: int) -> Organiser:
        return self._with(tuple(one for one in self.grants if one != Grant(role=role, scope=scope)), generation)

    def _with(self, grants: tuple[Grant, ...], generation: int) -> Organiser:
        scopes = tuple(dict.fromkeys(grant.scope for grant in grants))
        return self.becomes(grants=grants, scopes=scopes, generation=max(self.generation, generation))


class ApiToken(Document):
    """`id`: the SHA-256 of what its holder shows; `token`: what it is called. It narrows what its organiser may do."""

    lookups = ("token", "organiser")

    token: str
    organiser: str
    grant: Grant
    expires_at: datetime | None = None
    revoked_at: datetime | None = None

    @staticmethod
    def of(fact: TokenIssued) -> ApiToken:
        grant = Grant(role=fact.role, scope=fact.scope)
        return ApiToken(id=fact.hash, token=fact.token, organiser=fact.subject, grant=grant, expires_at=fact.expires_at)

    def revoked(self, at: datetime) -> ApiToken:
        return self.becomes(revoked_at=self.revoked_at or at)

    def good(self, now: datetime) -> bool:
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


def hashed(token: str) -> str:
    """What is kept of a token. Tokens are random, so a plain hash is enough."""
    return sha256(token.encode()).hexdigest()


def may(grants: Iterable[Grant], role: str, edition: str | None = None, series: str | None = None) -> bool:
    return any(grant.allows(role, edition, series) for grant in grants)


def anywhere(grants: Iterable[Grant], role: str) -> bool:
    """On some edition, series or the house."""
    return any(role in COVERS.get(grant.role, ()) for grant in grants)


async def keep_grant(fact: OrganiserGranted, work: Work) -> Answer:
    organiser = await work.get(Organiser, fact.subject)
    known = organiser or Organiser(id=fact.subject, version=-1)
    work.keep(Change(known.granted(fact.role, fact.scope, fact.generation)))
    return None


async def drop_grant(fact: OrganiserRevoked, work: Work) -> Answer:
    organiser = await work.get(Organiser, fact.subject)
    known = organiser or Organiser(id=fact.subject, version=-1)
    work.keep(Change(known.revoked(fact.role, fact.scope, fact.generation)))
    return None


async def keep_token(fact: TokenIssued, work: Work) -> Answer:
    if await work.get(ApiToken, fact.hash) is None:
        work.keep(Change(ApiToken.of(fact)))
    return None


async def drop_token(fact: TokenRevoked, work: Work) -> Answer:
    token = await work.get(ApiToken, fact.hash)
    if token is not None:
        work.keep(Change(token.revoked(fact.at)))
    return None


RIGHTS_STEPS = (
    Steps()
    .on(OrganiserGranted, keep_grant)
    .on(OrganiserRevoked, drop_grant)
    .on(TokenIssued, keep_token)
    .on(TokenRevoked, drop_token)
)
"""Joined to its own table by every room but registration, which keeps them in the steps of its commands."""
RIGHTS_KINDS: tuple[type[Document], ...] = (Organiser, ApiToken)
