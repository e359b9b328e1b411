"""People as programs describe them, and those who run things: grants, tokens, signing in."""

from __future__ import annotations

from datetime import datetime, timedelta

from colloque.contracts.registration import (
    OrganiserGranted,
    OrganiserRevoked,
    SignInRequested,
    TokenIssued,
    TokenRevoked,
)
from colloque.contracts.traces import Output
from colloque.runtime.refusal import NotFound, Refusal
from colloque.runtime.work import Answer, Change, Document, Work
from colloque.web.rights import ApiToken, Grant, Organiser
from colloque_registration.commands import (
    DescribePerson,
    EnterConsole,
    GrantRole,
    IssueToken,
    NoteExport,
    RequestSignIn,
    RevokeRole,
    RevokeToken,
)
from colloque_registration.domain.people import Person, own_key

TO_SIGN_IN = timedelta(minutes=15)
BETWEEN_LINKS = timedelta(minutes=1)


class UnknownOrganiser(NotFound):
    """Nobody by that name runs anything here."""


class UnknownToken(NotFound):
    """There is no such token."""


class LinkUsed(Refusal):
    """It was good once, and has been used, or its time is over."""

    status = 410


class SignIn(Document):
    """Its id is the nonce; of each organiser only the last one is good."""

    lookups = ("organiser",)

    organiser: str
    asked_at: datetime
    expires_at: datetime


async def describe_person(command: DescribePerson, work: Work) -> Answer:
    """The same external id is the same person, and so is the same mailbox."""
    known = await work.find(Person, external=command.external) or await work.find(Person, key=own_key(command.email))
    if known:
        described = known[0].described(
            work.now,
            given=command.given,
            family=command.family,
            email=command.email,
            locale=command.locale,
            external=command.external,
        )
        return {"person": work.keep(described).id, "created": False}
    new = _stranger(command, work, external=(command.external,))
    return {"person": work.keep(new.introduced(work.now)).id, "created": True}


def _stranger(command: DescribePerson | GrantRole, work: Work, external: tuple[str, ...] = ()) -> Person:
    return Person(
        id=work.new_id(),
        key=own_key(command.email),
        given=command.given,
        family=command.family,
        email=command.email,
        locale=command.locale,
        external=external,
    )


async def grant_role(command: GrantRole, work: Work) -> Answer:
    Grant.of(command.role, command.scope)
    known = await work.find(Person, key=own_key(command.email))
    person = known[0] if known else work.keep(_stranger(command, work).introduced(work.now))
    organiser = await work.get(Organiser, person.id) or Organiser(id=person.id, version=-1)
    after = organiser.granted(command.role, command.scope, organiser.generation)
    fact = OrganiserGranted(
        subject=person.id, at=work.now, role=command.role, scope=command.scope, generation=after.generation
    )
    work.keep(Change(after, (fact,)))
    return person.id


async def revoke_role(command: RevokeRole, work: Work) -> Answer:
    """Every session of theirs ends: the console asks them to sign in again, with what they may still do."""
    organiser = await work.get(Organiser, command.organiser)
    if organiser is None or Grant(role=command.role, scope=command.scope) not in organiser.grants:
        raise UnknownOrganiser(f"no such grant on {command.scope}", objects=[f"organiser/{command.organiser}"])
    after = organiser.revoked(command.role, command.scope, organiser.generation + 1)
    fact = OrganiserRevoked(
        subject=organiser.id, at=work.now, role=command.role, scope=command.scope, generation=after.generation
    )
    work.keep(Change(after, (fact,)))
    return None


async def issue_token(command: IssueToken, work: Work) -> Answer:
    grant = Grant.of(command.role, command.scope)
    organiser = await work.hold(Organiser, command.organiser)
    if organiser is None:
        raise UnknownOrganiser(objects=[f"organiser/{command.organiser}"])
    fact = TokenIssued(
        subject=organiser.id,
        at=work.now,
        token=work.new_id(),
        hash=command.hash,
        role=grant.role,
        scope=grant.scope,
        expires_at=command.expires_at,
    )
    work.keep(Change(ApiToken.of(fact), (fact,)))
    return fact.token


async def revoke_token(command: RevokeToken, work: Work) -> Answer:
    known = await work.find(ApiToken, token=command.token)
    if not known:
        raise UnknownToken(objects=[f"token/{command.token}"])
    token = known[0]
    if token.revoked_at is None:
        fact = TokenRevoked(subject=token.organiser, at=work.now, token=token.token, hash=token.id)
        work.keep(Change(token.revoked(work.now), (fact,)))
    return None


async def request_sign_in(command: RequestSignIn, work: Work) -> Answer:
    """Says nothing of whether the address is known, nor whether a mail left: one a minute at most."""
    known = await work.find(Person, key=own_key(command.email))
    organiser = await work.get(Organiser, known[0].id) if known else None
    if organiser is None or not organiser.grants:
        return None
    earlier = await work.find(SignIn, organiser=organiser.id)
    if any(work.now - one.asked_at < BETWEEN_LINKS for one in earlier):
        return None
    for one in earlier:
        work.keep(Change(one, gone=True))
    until = work.now + TO_SIGN_IN
    link = SignIn(id=work.new_id(), organiser=organiser.id, asked_at=work.now, expires_at=until)
    fact = SignInRequested(
        subject=organiser.id,
        at=work.now,
        nonce=link.id,
        generation=organiser.generation,
        expires_at=until,
        locale=command.locale,
    )
    work.keep(Change(link, (fact,)))
    return None


async def enter_console(command: EnterConsole, work: Work) -> Answer:
    link = await work.get(SignIn, command.nonce)
    if link is None or work.now >= link.expires_at:
        raise LinkUsed("this link was good once, for 15 minutes")
    work.keep(Change(link, gone=True))
    organiser = await work.hold(Organiser, link.organiser)
    if organiser is None or not organiser.grants:
        raise LinkUsed("this link was good once, for 15 minutes")
    return {"organiser": organiser.id, "generation": organiser.generation}


async def note_export(command: NoteExport, work: Work) -> Answer:
    work.note(
        Output(
            kind="file",
            ref=f"export/{command.edition}/{command.purpose}/{command.by}",
            media_type="text/csv",
            sha256=command.sha256,
            size=command.size,
            visibility="organisers",
        )
    )
    return None
