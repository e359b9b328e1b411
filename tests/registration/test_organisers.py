"""Who runs things: grants, tokens, signing in; and people as programs describe them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from colloque.web.rights import ApiToken, NoSuchScope, Organiser, hashed
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
from colloque_registration.domain.people import KnownContact, Person
from colloque_registration.steps.organisers import LinkUsed, UnknownOrganiser
from tests.registration.house import House, house
from tests.registration.nec18 import NADIA

LEA = GrantRole(email="lea.martin@example.org", given="Léa", family="Martin", role="owner", scope="house")


async def granted(here: House, grant: GrantRole = LEA) -> str:
    organiser = await here.do(grant)
    assert isinstance(organiser, str)
    return organiser


async def test_the_first_organiser_is_made_by_a_grant_and_told_to_the_other_rooms() -> None:
    async with house() as here:
        lea = await granted(here)
        assert [grant.scope for grant in here.get(Organiser, lea).grants] == ["house"]
        assert [one["type"] for one in here.facts()] == ["contact.changed.v1", "organiser.granted.v1"]
        assert here.facts("organiser.granted.v1")[0]["subject"] == lea


async def test_an_organiser_who_registers_is_the_same_person() -> None:
    async with house() as here:
        lea = await granted(here, LEA.model_copy(update={"email": NADIA.email, "given": "Nadia", "family": "Benali"}))
        assert (await here.register(NADIA)).person == lea


async def test_a_grant_is_taken_back_and_every_session_ends() -> None:
    async with house() as here:
        lea = await granted(here)
        await here.do(RevokeRole(organiser=lea, role="owner", scope="house"))
        assert here.get(Organiser, lea).grants == ()
        assert here.get(Organiser, lea).generation == 1
        with pytest.raises(UnknownOrganiser):
            await here.do(RevokeRole(organiser=lea, role="owner", scope="house"))


async def test_only_a_house_can_be_owned() -> None:
    async with house() as here:
        with pytest.raises(NoSuchScope):
            await here.do(LEA.model_copy(update={"scope": "edition:nec-2018"}))


async def test_of_a_token_only_the_hash_is_kept_and_told() -> None:
    async with house() as here:
        lea = await granted(here)
        token = "clq_something-random"
        name = await here.do(IssueToken(organiser=lea, role="organiser", scope="edition:nec-2018", hash=hashed(token)))
        assert here.get(ApiToken, hashed(token)).token == name
        assert here.facts("token.issued.v1")[0]["hash"] == hashed(token)
        assert token not in repr([*here.store.every(), *here.store.written])
        await here.do(RevokeToken(token=str(name)))
        await here.do(RevokeToken(token=str(name)))
        assert not here.get(ApiToken, hashed(token)).good(here.clock.now())
        assert len(here.facts("token.revoked.v1")) == 1


async def test_nobody_unknown_is_given_a_token() -> None:
    async with house() as here:
        with pytest.raises(UnknownOrganiser):
            await here.do(IssueToken(organiser="nobody", role="viewer", scope="house", hash=hashed("x")))


async def test_a_link_to_the_console_is_good_once() -> None:
    async with house() as here:
        lea = await granted(here)
        assert await here.do(RequestSignIn(email="LEA.martin@example.org")) is None
        [told] = here.facts("sign_in.requested.v1")
        assert await here.do(EnterConsole(nonce=told["nonce"])) == {"organiser": lea, "generation": 0}
        with pytest.raises(LinkUsed):
            await here.do(EnterConsole(nonce=told["nonce"]))


async def test_a_link_to_the_console_is_good_for_a_quarter_of_an_hour() -> None:
    async with house() as here:
        await granted(here)
        await here.do(RequestSignIn(email=LEA.email))
        here.clock.at += timedelta(minutes=15)
        with pytest.raises(LinkUsed):
            await here.do(EnterConsole(nonce=here.facts("sign_in.requested.v1")[0]["nonce"]))


async def test_an_unknown_address_gets_the_same_answer_and_no_link() -> None:
    async with house() as here:
        await granted(here)
        await here.register(NADIA)
        assert await here.do(RequestSignIn(email="stranger@example.org")) is None
        assert await here.do(RequestSignIn(email=NADIA.email)) is None
        assert here.facts("sign_in.requested.v1") == []


async def test_links_asked_for_over_and_over_do_not_bomb_a_mailbox_and_only_the_last_is_good() -> None:
    async with house() as here:
        await granted(here)
        for _ in range(20):
            await here.do(RequestSignIn(email=LEA.email))
        assert len(here.facts("sign_in.requested.v1")) == 1
        here.clock.at += timedelta(minutes=1)
        await here.do(RequestSignIn(email=LEA.email))
        first, second = (one["nonce"] for one in here.facts("sign_in.requested.v1"))
        with pytest.raises(LinkUsed):
            await here.do(EnterConsole(nonce=first))
        await here.do(EnterConsole(nonce=second))


KENJI = DescribePerson(external="kenji-sato", given="健二", family="佐藤", email="kenji.sato@example.org", locale="en")


async def test_the_same_external_id_is_the_same_person() -> None:
    async with house() as here:
        first, second = await here.do(KENJI), await here.do(KENJI)
        assert isinstance(first, dict)
        assert first == {"person": first["person"], "created": True}
        assert second == {"person": first["person"], "created": False}
        assert len(here.facts("contact.changed.v1")) == 1


async def test_a_contact_that_changes_is_told_with_a_higher_revision() -> None:
    async with house() as here:
        described = await here.do(KENJI)
        await here.do(KENJI.model_copy(update={"email": "k.sato@example.org"}))
        assert isinstance(described, dict)
        person = here.get(Person, described["person"])
        assert (person.email, person.revision) == ("k.sato@example.org", 2)
        assert len(here.facts("contact.changed.v1")) == 2


async def test_whoever_has_registered_already_is_recognised_by_their_mailbox() -> None:
    async with house() as here:
        nadia = await here.register(NADIA)
        known = await here.do(
            DescribePerson(external="nadia-benali", given="Nadia", family="Benali", email=NADIA.email)
        )
        assert known == {"person": nadia.person, "created": False}


async def test_two_people_cannot_have_one_mailbox() -> None:
    async with house() as here:
        await here.do(KENJI)
        await here.do(DescribePerson(external="awa-ndiaye", given="Awa", family="Ndiaye", email="awa@example.org"))
        with pytest.raises(KnownContact):
            await here.do(KENJI.model_copy(update={"email": "awa@example.org"}))


async def test_no_external_id_stands_in_the_journal() -> None:
    async with house() as here:
        await here.do(KENJI)
        assert "kenji" not in repr(here.store.written).casefold()


async def test_an_export_is_in_the_trace_with_its_hash_and_who_took_it() -> None:
    async with house() as here:
        await here.do(NoteExport(edition="nec-2018", purpose="badges", by="lea", rows=3, sha256="00" * 32, size=120))
        [output] = here.store.written[-1]["outputs"]
        assert (output["kind"], output["ref"]) == ("file", "export/nec-2018/badges/lea")
        assert here.store.written[-1]["scope"] == "nec-2018"
