"""What people type, and what it becomes."""

from __future__ import annotations

import unicodedata
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError
from starlette.requests import Request
from starlette.types import Message

from colloque.runtime.clock import MovedClock
from colloque.web.answers import Email, Line, Lines, Phone
from colloque.web.bodies import Unreadable, read_fields
from colloque.web.site import Site
from tests.web.house import settings

line, lines = TypeAdapter(Line), TypeAdapter(Lines)
email, phone = TypeAdapter(Email), TypeAdapter(Phone)
SITE = Site("colloque.web", settings(), MovedClock())


def request(body: bytes) -> Request:
    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    headers = [(b"content-type", b"application/x-www-form-urlencoded"), (b"content-length", str(len(body)).encode())]
    return Request({"type": "http", "method": "POST", "path": "/", "headers": headers}, receive)


@given(st.text(max_size=150))
def test_a_line_is_one_line_and_stays_what_it_became(typed: str) -> None:
    kept = line.validate_python(typed)

    assert not any(unicodedata.category(sign) in ("Cc", "Zl", "Zp") for sign in kept)
    assert line.validate_python(kept) == kept


@given(st.text(max_size=150))
def test_several_lines_keep_their_breaks_and_nothing_that_controls(typed: str) -> None:
    kept = lines.validate_python(typed)
    assert not {sign for sign in kept if unicodedata.category(sign) == "Cc"} - {"\n", "\t"}
    assert lines.validate_python("a\r\nb\rc") == "a\nb\nc"


@given(st.dictionaries(st.text(min_size=1, max_size=20), st.text(max_size=50), max_size=10))
async def test_what_a_browser_sends_is_what_is_read(fields: dict[str, str]) -> None:
    body = urlencode(fields).encode()
    if any("\0" in name + value for name, value in fields.items()):
        with pytest.raises(Unreadable):
            await read_fields(request(body))
    else:
        assert await read_fields(request(body)) == {name: [value] for name, value in fields.items()}


@given(st.binary(max_size=300))
async def test_whatever_comes_is_read_or_refused(body: bytes) -> None:
    try:
        fields = await read_fields(request(body))
    except Unreadable:
        return
    assert all("\0" not in name for name in fields)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (" amina.diallo@Example.ORG ", "amina.diallo@example.org"),
        ("o'brien+nec@exemple.fr", "o'brien+nec@exemple.fr"),
        ("léa@exemple.fr", "léa@exemple.fr"),
    ],
)
def test_an_address_is_kept_as_it_can_be_written_to(typed: str, kept: str) -> None:
    assert email.validate_python(typed) == kept


@pytest.mark.parametrize(
    ("typed", "kind"),
    [
        ("amina", "email_at"),
        ("@exemple.fr", "email_at"),
        ("amina@", "email_end"),
        ("amina@exemple", "email_end"),
        ("amina@exemple.", "email_end"),
        ("amina diallo@exemple.fr", "email_shape"),
        ("amina@exemple..fr", "email_shape"),
        ("amina@exemple.fr\nBcc: x@y.fr", "email_shape"),
        ("x" * 250 + "@exemple.fr", "string_too_long"),
    ],
)
def test_an_address_nobody_can_write_to_is_told_why(typed: str, kind: str) -> None:
    with pytest.raises(ValidationError) as refused:
        email.validate_python(typed)
    assert [error["type"] for error in refused.value.errors()] == [kind]


@pytest.mark.parametrize("typed", ["02 61 91 00 18", "+33 (0)2-61-91-00-18", "02.61.91.00.18"])
def test_a_telephone_number_may_be_written_in_many_ways(typed: str) -> None:
    assert phone.validate_python(typed) == typed


@pytest.mark.parametrize("typed", ["zero two", "12345", "0" * 16, "02 61 91 00 18; DROP"])
def test_what_cannot_be_dialled_is_no_number(typed: str) -> None:
    with pytest.raises(ValidationError):
        phone.validate_python(typed)


@pytest.mark.parametrize("url", ["https://evil.example/", "//evil.example/", "/\\evil.example", "evil", "javascript:x"])
def test_after_a_form_nobody_is_sent_elsewhere(url: str) -> None:
    with pytest.raises(ValueError, match="own origin"):
        SITE.go(url)
