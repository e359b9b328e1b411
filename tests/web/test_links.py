"""Links in mails."""

from __future__ import annotations

from datetime import timedelta

import pytest

from colloque.web.links import PURPOSES, Link, LinkBroken, LinkExpired, Links, masked
from tests.web.house import NOW, settings

LATER = NOW + timedelta(hours=48)


def test_a_link_says_what_it_is_about_and_of_which_generation() -> None:
    links = Links(settings())
    link = links.read("confirm", links.mint("confirm", "r-1", 3, LATER), NOW)

    assert link == Link("r-1", 3, LATER)
    link.must_be(3)
    with pytest.raises(LinkBroken):
        link.must_be(4)


def test_a_link_is_good_until_its_end_and_not_one_second_more() -> None:
    links = Links(settings())
    token = links.mint("confirm", "r-1", 0, LATER)

    assert links.read("confirm", token, LATER - timedelta(seconds=1)).subject == "r-1"
    with pytest.raises(LinkExpired) as refused:
        links.read("confirm", token, LATER)
    assert refused.value.status == 410


@pytest.mark.parametrize("purpose", PURPOSES)
def test_a_link_of_one_purpose_opens_no_other(purpose: str) -> None:
    links = Links(settings())
    token = links.mint(purpose, "r-1", 0, LATER)

    for other in set(PURPOSES) - {purpose}:
        with pytest.raises(LinkBroken):
            links.read(other, token, NOW)


def test_an_altered_link_is_broken_wherever_it_was_altered() -> None:
    links = Links(settings())
    token = links.mint("confirm", "r-1", 0, LATER)

    for place, sign in enumerate(token[:-1]):
        altered = token[:place] + ("A" if sign != "A" else "B") + token[place + 1 :]
        with pytest.raises(LinkBroken):
            links.read("confirm", altered, NOW)
    for odd in ("", ".", token[:-1], token + "x", "é" * 30, "x" * 500, "\0"):
        with pytest.raises(LinkBroken):
            links.read("confirm", odd, NOW)


def test_a_link_of_the_older_key_holds_until_that_key_is_taken_away() -> None:
    old, new = "link-key-number-one", "link-key-number-two"
    token = Links(settings(link_keys=(old,))).mint("confirm", "r-1", 0, LATER)

    assert Links(settings(link_keys=(new, old))).read("confirm", token, NOW).subject == "r-1"
    with pytest.raises(LinkBroken):
        Links(settings(link_keys=(new,))).read("confirm", token, NOW)


def test_a_new_link_is_signed_with_the_newest_key() -> None:
    old, new = "link-key-number-one", "link-key-number-two"
    token = Links(settings(link_keys=(new, old))).mint("confirm", "r-1", 0, LATER)

    assert Links(settings(link_keys=(new,))).read("confirm", token, NOW).subject == "r-1"


def test_a_link_is_short() -> None:
    token = Links(settings()).mint("confirm", "abcdefghjkmnpqrstuvw", 12, LATER)
    assert len(token) < 110


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/fr/confirm/WyJyLTEi.x-y_z", "/fr/confirm/…"),
        ("/en/registration/abc/cancel", "/en/registration/…/cancel"),
        ("/fr/ticket/abc/calendar.ics", "/fr/ticket/…/calendar.ics"),
        ("/console/enter/abc?x=1", "/console/enter/…"),
        ("/fr/nec-2018/register?from=mail", "/fr/nec-2018/register"),
        ("/console/nec-2018/registrations/abc", "/console/nec-2018/registrations/abc"),
    ],
)
def test_a_log_never_shows_a_token(path: str, shown: str) -> None:
    assert masked(path) == shown
