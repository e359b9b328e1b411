"""How often, and from where."""

from __future__ import annotations

import pytest
from starlette.requests import Request

from colloque.web.limits import Buckets, TooMany, client_address
from tests.web.house import settings


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
