"""What a process is told before it starts."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from colloque.web.settings import WebSettings


def test_keys_are_listed_newest_first_and_the_last_one_lasts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLLOQUE_SECRET_KEYS", "newer-key-0123456789, older-key-0123456789")
    monkeypatch.setenv("COLLOQUE_LINK_KEYS", "link-key-0123456789")
    told = WebSettings()

    assert told.secret_keys == ("newer-key-0123456789", "older-key-0123456789")
    assert told.lasting_key == b"older-key-0123456789"


@pytest.mark.parametrize("keys", ["", "short", "long-enough-0123456789,short"])
def test_without_good_keys_nothing_starts_and_no_key_is_repeated(monkeypatch: pytest.MonkeyPatch, keys: str) -> None:
    monkeypatch.setenv("COLLOQUE_SECRET_KEYS", keys)
    monkeypatch.setenv("COLLOQUE_LINK_KEYS", "link-key-0123456789")
    with pytest.raises(ValidationError) as refused:
        WebSettings()
    assert "0123456789" not in str(refused.value)
