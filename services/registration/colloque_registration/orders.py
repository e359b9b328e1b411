"""What an operator asks of the room from a command line. It goes over the desk like everything else, so the other
rooms hear of it."""

from __future__ import annotations

import argparse
from datetime import timedelta
from uuid import uuid4

from colloque.runtime.desk import Desk
from colloque.runtime.journal import Cause
from colloque.web.rights import ROLES, Organiser, hashed
from colloque.web.serve import Order
from colloque_registration.commands import GrantRole, IssueToken, RevokeRole, RevokeToken
from colloque_registration.domain.people import Person, UnknownPerson, own_key
from colloque_registration.tokens import new_token


def _organiser_words(parser: argparse.ArgumentParser) -> None:
    what = parser.add_subparsers(dest="what", required=True)
    grant = what.add_parser("grant", help="give somebody a role")
    revoke = what.add_parser("revoke", help="take it back, and end their sessions")
    for sub in (grant, revoke):
        sub.add_argument("--email", required=True)
        sub.add_argument("--role", required=True, choices=ROLES)
        sub.add_argument("--scope", default="house", help="house, series:<id> or edition:<id>")
    grant.add_argument("--given", required=True, help="given name")
    grant.add_argument("--family", required=True, help="family name")
    grant.add_argument("--locale", default="fr", choices=("fr", "en"))
    show = what.add_parser("show", help="what somebody may do")
    show.add_argument("--email", required=True)


def _token_words(parser: argparse.ArgumentParser) -> None:
    what = parser.add_subparsers(dest="what", required=True)
    issue = what.add_parser("issue", help="a token for the API, shown this once")
    issue.add_argument("--email", required=True, help="whose it is: an organiser's")
    issue.add_argument("--role", required=True, choices=ROLES)
    issue.add_argument("--scope", required=True, help="house, series:<id> or edition:<id>")
    issue.add_argument("--days", type=int, default=0, help="how long it is good; for ever when not said")
    revoke = what.add_parser("revoke", help="end one, by its name")
    revoke.add_argument("token")


async def _person(desk: Desk, email: str) -> Person:
    found = await desk.reads.find(Person, key=own_key(email))
    if not found:
        raise UnknownPerson("nobody is known by that address: grant them a role first")
    return found[0]


async def organiser(desk: Desk, given: argparse.Namespace) -> None:
    cause = Cause.first(uuid4().hex)
    match given.what:
        case "grant":
            command = GrantRole(
                email=given.email,
                given=given.given,
                family=given.family,
                locale=given.locale,
                role=given.role,
                scope=given.scope,
            )
            print(f"{await desk.do(command, cause)} is {given.role} of {given.scope}.")
        case "revoke":
            person = await _person(desk, given.email)
            await desk.do(RevokeRole(organiser=person.id, role=given.role, scope=given.scope), cause)
            print(f"{person.id} is no longer {given.role} of {given.scope}.")
        case "show":
            person = await _person(desk, given.email)
            known = await desk.reads.get(Organiser, person.id)
            for grant in known.grants if known else ():
                print(f"{person.id}  {grant.role}  {grant.scope}")


async def token(desk: Desk, given: argparse.Namespace) -> None:
    cause = Cause.first(uuid4().hex)
    match given.what:
        case "issue":
            person, secret = await _person(desk, given.email), new_token()
            until = desk.clock.now() + timedelta(days=given.days) if given.days else None
            command = IssueToken(
                organiser=person.id,
                role=given.role,
                scope=given.scope,
                hash=hashed(secret),
                expires_at=until,
            )
            name = await desk.do(command, cause)
            print(f"{secret}\nIts name is {name}; it is not shown again.")
        case "revoke":
            await desk.do(RevokeToken(token=given.token), cause)
            print(f"{given.token} is no longer good.")


ORDERS = (
    Order("organiser", "give and take back roles", _organiser_words, organiser),
    Order("token", "make and end tokens for the API", _token_words, token),
)
