"""How often, and from where."""

from __future__ import annotations

from datetime import timedelta

import pytest
from starlette.requests import Request

from colloque.web.limits import Buckets, TooMany, client_address
from tests.web.house import open_house, settings


def test_a_bucket_fills_again_with_time() -> None:
    buckets = Buckets(burst=2, per_minute=60)
    for _ in range(2):
        buckets.take("a", 0.0)
    with pytest.raises(TooMany) as refused:
        buckets.take("a", 0.25)
    assert refused.value.retry_after == 1

    buckets.take("a", 1.0)
    with pytest.raises(TooMany):
        buckets.take("a", 1.0)


def test_a_clock_set_back_neither_fills_nor_empties() -> None:
    buckets = Buckets(burst=1, per_minute=60)
    buckets.take("a", 100.0)
    with pytest.raises(TooMany):
        buckets.take("a", 0.0)


def test_a_thousand_addresses_take_no_more_room_than_allowed() -> None:
    buckets = Buckets(burst=1, per_minute=1, room=100)
    for n in range(1000):
        buckets.take(f"10.0.{n // 256}.{n % 256}", 0.0)
    assert len(buckets) == 100


def test_no_burst_is_no_limit() -> None:
    buckets = Buckets(burst=0, per_minute=0)
    for _ in range(1000):
        buckets.take("a", 0.0)
    assert len(buckets) == 0


@pytest.mark.parametrize(
    ("peer", "forwarded", "trusted", "seen"),
    [
        ("192.0.2.7", "", "", "192.0.2.7"),
        ("192.0.2.7", "203.0.113.9", "", "192.0.2.7"),
        ("192.0.2.7", "203.0.113.9", "10.0.0.0/8", "192.0.2.7"),
        ("10.0.0.2", "203.0.113.9", "10.0.0.0/8", "203.0.113.9"),
        ("10.0.0.2", "6.6.6.6, 203.0.113.9, 10.0.0.1", "10.0.0.0/8", "203.0.113.9"),
        ("10.0.0.2", "nonsense", "10.0.0.0/8", "10.0.0.2"),
        ("10.0.0.2", "", "10.0.0.0/8", "10.0.0.2"),
        ("2001:db8:1:2:3:4:5:6", "", "", "2001:db8:1:2::"),
        ("::ffff:192.0.2.7", "", "", "192.0.2.7"),
    ],
)
def test_who_is_asking_is_the_nearest_address_that_is_no_proxy_of_ours(
    peer: str, forwarded: str, trusted: str, seen: str
) -> None:
    headers = [(b"x-forwarded-for", forwarded.encode())] if forwarded else []
    request = Request({"type": "http", "method": "GET", "path": "/", "headers": headers, "client": (peer, 1)})

    assert client_address(request, settings(trusted_proxies=trusted).trusted_proxies) == seen


NOTES = "/api/editions/nec-2018/notes"
BODY = {"email": "amina@example.org", "given": "Amina"}


async def test_a_token_that_calls_too_often_is_told_when_to_come_again_and_others_are_served() -> None:
    async with open_house(api_burst=3, api_calls_per_minute=30) as house, house.browser() as client:
        await house.grant("p-bo", "desk", "house")
        one, other = (
            await house.token("p-bo", "desk", "house", "one"),
            await house.token("p-bo", "desk", "house", "two"),
        )
        for _ in range(3):
            assert (await client.post(NOTES, json=BODY, headers=one)).status_code == 201

        refused = await client.post(NOTES, json=BODY, headers=one)

        assert (refused.status_code, refused.headers["retry-after"]) == (429, "2")
        assert refused.headers["content-type"] == "application/problem+json"
        assert refused.json()["type"].endswith("/problems/too-many")
        assert (await client.post(NOTES, json=BODY, headers=other)).status_code == 201
        house.clock.set(house.clock.now() + timedelta(seconds=2))
        assert (await client.post(NOTES, json=BODY, headers=one)).status_code == 201
        assert (await client.post(NOTES, json=BODY, headers=one)).status_code == 429


async def test_whoever_guesses_tokens_is_stopped_even_before_a_right_one() -> None:
    async with open_house(wrong_token_burst=3, wrong_tokens_per_minute=6) as house:
        await house.grant("p-bo", "desk", "house")
        right = await house.token("p-bo", "desk", "house", "right")
        async with house.browser() as guesser, house.browser("198.51.100.9") as elsewhere:
            for n in range(3):
                wrong = await guesser.post(NOTES, json=BODY, headers={"authorization": f"Bearer guess-{n}"})
                assert wrong.status_code == 401

            for headers in ({"authorization": "Bearer guess-3"}, right):
                refused = await guesser.post(NOTES, json=BODY, headers=headers)
                assert (refused.status_code, refused.headers["retry-after"]) == (429, "10")
            assert (await elsewhere.post(NOTES, json=BODY, headers=right)).status_code == 201
            house.clock.set(house.clock.now() + timedelta(seconds=10))
            assert (await guesser.post(NOTES, json=BODY, headers=right)).status_code == 201


async def test_a_token_that_is_not_known_yet_may_be_tried_until_it_is() -> None:
    async with open_house(wrong_token_burst=2, wrong_tokens_per_minute=0) as house, house.browser() as client:
        await house.grant("p-bo", "desk", "house")
        for _ in range(20):
            fresh = await client.post(NOTES, json=BODY, headers={"authorization": "Bearer fresh"})
            assert fresh.status_code == 401
        heard = await house.token("p-bo", "desk", "house", "fresh")
        house.desk.reads._glanced.clear()
        assert (await client.post(NOTES, json=BODY, headers=heard)).status_code == 201


async def test_a_right_token_never_counts_as_a_guess() -> None:
    async with open_house(wrong_token_burst=1, wrong_tokens_per_minute=0) as house, house.browser() as client:
        await house.grant("p-bo", "desk", "house")
        right = await house.token("p-bo", "desk", "house", "right")
        for _ in range(20):
            assert (await client.post(NOTES, json=BODY, headers=right)).status_code == 201
