"""What an operator asks from a command line."""

from __future__ import annotations

import argparse

import pytest

from colloque.web.rights import ApiToken, NoSuchScope, Organiser, hashed
from colloque_registration.domain.people import UnknownPerson
from colloque_registration.orders import ORDERS
from tests.registration.house import House, house


async def order(here: House, *words: str) -> None:
    parser = argparse.ArgumentParser()
    named = parser.add_subparsers(dest="word")
    for one in ORDERS:
        one.arguments(named.add_parser(one.name))
    given = parser.parse_args(words)
    await next(one.work for one in ORDERS if one.name == given.word)(here.desk, given)


LEA = ("--email", "lea.martin@example.org")
NAMES = ("--given", "Léa", "--family", "Martin")


async def test_the_first_organiser_and_their_token(capsys: pytest.CaptureFixture[str]) -> None:
    async with house() as here:
        await order(here, "organiser", "grant", *LEA, *NAMES, "--role", "owner")
        organiser = capsys.readouterr().out.split()[0]
        assert here.get(Organiser, organiser).grants[0].role == "owner"

        await order(here, "token", "issue", *LEA, "--role", "owner", "--scope", "house", "--days", "30")
        secret, name = capsys.readouterr().out.splitlines()
        token = here.get(ApiToken, hashed(secret))
        assert token.token in name
        assert secret.startswith("colloque_")
        assert not token.good(here.clock.at.replace(month=8))
        assert [one["type"] for one in here.facts()] == [
            "contact.changed.v1",
            "organiser.granted.v1",
            "token.issued.v1",
        ]

        await order(here, "token", "revoke", token.token)
        assert not here.get(ApiToken, hashed(secret)).good(here.clock.at)

        await order(here, "organiser", "show", *LEA)
        assert "owner  house" in capsys.readouterr().out
        await order(here, "organiser", "revoke", *LEA, "--role", "owner")
        assert here.get(Organiser, organiser).grants == ()


async def test_a_token_for_nobody_is_refused_in_words() -> None:
    async with house() as here:
        with pytest.raises(UnknownPerson, match="grant them a role first"):
            await order(here, "token", "issue", *LEA, "--role", "owner", "--scope", "house")


async def test_a_role_on_nothing_is_refused() -> None:
    async with house() as here:
        with pytest.raises(NoSuchScope):
            await order(here, "organiser", "grant", *LEA, *NAMES, "--role", "owner", "--scope", "edition:nec-2018")
