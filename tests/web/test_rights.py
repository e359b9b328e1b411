"""Who may do what."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from colloque.web.links import Links
from colloque.web.rights import ROLES, Grant, NoSuchRole, NoSuchScope, Organiser, anywhere, may
from tests.web.house import hidden, open_house

NOTES = "/api/editions/nec-2018/notes"
BODY = {"email": "amina@example.org", "given": "Amina"}
DESK = "/console/nec-2018/registrations"

SCOPES = ("house", "series:nec", "series:other", "edition:nec-2018", "edition:other-2019")
REACHES = {  # scope → does it reach (nec-2018 of nec, other-2019 of other, the house itself)?
    "house": (True, True, True),
    "series:nec": (True, False, False),
    "series:other": (False, True, False),
    "edition:nec-2018": (True, False, False),
    "edition:other-2019": (False, True, False),
}
WHERE = (("nec-2018", "nec"), ("other-2019", "other"), (None, None))
STANDS_FOR = {
    ("owner", "owner"), ("owner", "organiser"), ("owner", "programme"), ("owner", "desk"), ("owner", "viewer"),
    ("organiser", "organiser"), ("organiser", "programme"), ("organiser", "desk"), ("organiser", "viewer"),
    ("programme", "programme"), ("programme", "viewer"), ("desk", "desk"), ("desk", "viewer"), ("viewer", "viewer"),
}  # fmt: skip

roles = st.sampled_from(ROLES)
grants = st.builds(lambda role, scope: Grant(role=role, scope=scope), roles, st.sampled_from(SCOPES))


@given(held=grants, asked=roles, place=st.integers(0, 2))
def test_one_grant_allows_its_roles_where_its_scope_reaches_and_nothing_else(
    held: Grant, asked: str, place: int
) -> None:
    edition, series = WHERE[place]
    expected = (held.role, asked) in STANDS_FOR and REACHES[held.scope][place]

    assert may([held], asked, edition, series) is expected


@given(held=st.lists(grants, max_size=5), asked=roles, place=st.integers(0, 2))
def test_several_grants_allow_what_any_of_them_does(held: list[Grant], asked: str, place: int) -> None:
    edition, series = WHERE[place]

    assert may(held, asked, edition, series) is any(may([one], asked, edition, series) for one in held)
    assert not may(held, asked, edition, series) or anywhere(held, asked)


@given(held=st.lists(grants, max_size=4), taken=grants)
def test_a_grant_given_and_taken_leaves_the_others(held: list[Grant], taken: Grant) -> None:
    organiser = Organiser(id="p-1")
    for one in (*held, taken):
        organiser = organiser.granted(one.role, one.scope, 1)
    after = organiser.revoked(taken.role, taken.scope, 2)

    assert set(after.grants) == set(held) - {taken}
    assert set(after.scopes) == {grant.scope for grant in after.grants}
    assert after.generation == 2


def test_an_unknown_series_reaches_nothing() -> None:
    assert not may([Grant(role="organiser", scope="series:nec")], "viewer", "nec-2018", None)


@pytest.mark.parametrize(
    ("role", "scope", "refusal"),
    [
        ("king", "house", NoSuchRole),
        ("desk", "edition:", NoSuchScope),
        ("desk", "nec-2018", NoSuchScope),
        ("desk", "*", NoSuchScope),
        ("owner", "edition:nec-2018", NoSuchScope),
    ],
)
def test_a_grant_that_means_nothing_is_refused(role: str, scope: str, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        Grant.of(role, scope)


async def test_without_a_token_or_with_a_strange_one_the_api_says_who_are_you() -> None:
    async with open_house() as house, house.browser() as client:
        for headers in ({}, {"authorization": "Bearer nonsense"}, {"authorization": "Basic YTpi"}):
            answer = await client.post(NOTES, json=BODY, headers=headers)
            assert (answer.status_code, answer.json()["type"]) == (401, "http://127.0.0.1:8000/problems/sign-in")
            assert answer.headers["www-authenticate"].startswith("Bearer")
        assert house.notes == []


async def test_a_token_does_what_both_its_organiser_and_itself_may() -> None:
    async with open_house() as house, house.browser() as client:
        await house.grant("p-lea", "organiser", "edition:nec-2018")
        await house.grant("p-eve", "viewer", "house")
        wide = await house.token("p-lea", "organiser", "house", "wide")
        narrow = await house.token("p-lea", "viewer", "edition:nec-2018", "narrow")
        elsewhere = await house.token("p-lea", "organiser", "edition:other-2019", "elsewhere")
        above = await house.token("p-eve", "owner", "house", "above")

        answers = [await client.post(NOTES, json=BODY, headers=one) for one in (wide, narrow, elsewhere, above)]
        assert [answer.status_code for answer in answers] == [201, 403, 403, 403]
        assert answers[1].json()["objects"] == ["edition/nec-2018"]
        other = await client.post("/api/editions/other-2019/notes", json=BODY, headers=wide)
        assert other.status_code == 403


async def test_a_token_that_has_run_out_is_none() -> None:
    async with open_house() as house, house.browser() as client:
        await house.grant("p-lea", "desk", "house")
        until = house.clock.now() + timedelta(days=1)
        token = await house.token("p-lea", "desk", "house", "shown", until)

        assert (await client.post(NOTES, json=BODY, headers=token)).status_code == 201
        house.clock.set(until)
        assert (await client.post(NOTES, json=BODY, headers=token)).status_code == 401


async def test_a_call_repeated_with_its_key_is_one_message_and_another_body_is_told_so() -> None:
    async with open_house() as house, house.browser() as client:
        await house.grant("p-lea", "desk", "house")
        await house.grant("p-eve", "desk", "house")
        mine = {**await house.token("p-lea", "desk", "house", "mine"), "idempotency-key": "k1"}
        theirs = {**await house.token("p-eve", "desk", "house", "theirs"), "idempotency-key": "k1"}

        first, again = [await client.post(NOTES, json=BODY, headers=mine) for _ in range(2)]
        other = await client.post(NOTES, json={**BODY, "given": "Bintou"}, headers=mine)
        stranger = await client.post(NOTES, json=BODY, headers=theirs)

        assert first.json() == again.json() != stranger.json()
        assert (other.status_code, other.json()["type"].rsplit("/", 1)[1]) == (422, "other-payload")
        assert len(house.notes) == 2


async def test_a_key_that_is_none_is_refused() -> None:
    async with open_house() as house, house.browser() as client:
        await house.grant("p-lea", "desk", "house")
        token = await house.token("p-lea", "desk", "house", "shown")
        for key in ("a b", "x" * 201, ""):
            answer = await client.post(NOTES, json=BODY, headers={**token, "idempotency-key": key})
            assert answer.status_code == 422


async def test_a_stranger_is_shown_where_to_sign_in() -> None:
    async with open_house() as house, house.browser() as browser:
        answer = await browser.get(DESK)
        assert (answer.status_code, answer.headers["location"]) == (303, "/console/sign-in")


async def test_a_session_opens_what_its_organiser_may_see() -> None:
    async with open_house() as house, house.browser() as browser:
        await house.grant("p-lea", "desk", "series:nec")
        house.sign_in(browser, "p-lea")

        page = await browser.get(DESK)
        assert page.status_code == 200
        assert "<p>desk viewer</p>" in page.text
        assert (await browser.get("/console/other-2019/registrations")).status_code == 403
        assert (await browser.get("/console")).status_code == 200


async def test_a_role_that_does_not_cover_the_page_is_told_so() -> None:
    async with open_house() as house, house.browser() as browser:
        await house.grant("p-prog", "programme", "house")
        house.sign_in(browser, "p-prog")

        refused = await browser.get(DESK)
        assert refused.status_code == 403
        assert "Cette page demande un autre rôle" in refused.text


async def test_raising_the_generation_ends_every_session_within_a_second() -> None:
    async with open_house() as house, house.browser() as browser:
        await house.grant("p-lea", "desk", "house", generation=1)
        await house.grant("p-lea", "viewer", "house", generation=1)
        house.sign_in(browser, "p-lea", generation=1)
        assert (await browser.get(DESK)).status_code == 200

        await house.revoke("p-lea", "viewer", "house", generation=2)
        await asyncio.sleep(1.05)  # what is only looked at may be a second old
        assert (await browser.get(DESK)).status_code == 303


async def test_a_session_of_an_organiser_nobody_knows_opens_nothing() -> None:
    async with open_house() as house, house.browser() as browser:
        house.sign_in(browser, "p-nobody", generation=0)
        assert (await browser.get(DESK)).status_code == 303


async def test_a_session_ends_after_twelve_hours_and_cannot_be_forged() -> None:
    async with open_house() as house, house.browser() as browser:
        await house.grant("p-lea", "desk", "house")
        house.sign_in(browser, "p-lea")
        value = browser.cookies["console"]
        house.clock.set(house.clock.now() + timedelta(hours=12, seconds=1))
        assert (await browser.get(DESK)).status_code == 303

        for forged in (value[:-2] + "AA", value.split(".")[0], "WyJwLWxlYSIsMSw5OTk5OTk5OTk5XQ.x"):
            browser.cookies.clear()
            browser.cookies.set("console", forged)
            assert (await browser.get(DESK)).status_code == 303


async def test_a_link_of_a_mail_is_no_session_though_both_are_signed() -> None:
    same = ("secret-key-number-one",)
    async with open_house(link_keys=same) as house, house.browser() as browser:
        await house.grant("p-lea", "desk", "house")
        link = Links(house.settings).mint("sign-in", "p-lea", 1, house.clock.now() + timedelta(days=1))
        browser.cookies.set("console", link)
        assert (await browser.get(DESK)).status_code == 303


async def test_the_head_speaks_another_language_when_asked() -> None:
    async with open_house() as house, house.browser() as browser:
        await house.grant("p-lea", "desk", "house")
        house.sign_in(browser, "p-lea")
        french = await browser.get(DESK)
        asked = await browser.post("/console/language", data={**hidden(french, "/console/language"), "lang": "en"})
        english = await browser.get(DESK)

        assert (asked.status_code, asked.headers["location"]) == (303, "/console")
        assert ('lang="fr"' in french.text.split("<head>")[0], 'lang="en"' in english.text.split("<head>")[0]) == (
            True,
            True,
        )
        assert "Sign out" in english.text
