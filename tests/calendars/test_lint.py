"""The lint of bytes: what passes it, and that it finds a fault of each kind."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest

from colloque_notifications.domain.known import KnownSession
from colloque_notifications.writing.agenda import Agendas, Course, Place
from tests.calendars.lint import Lint, lint, monotonic
from tests.calendars.mails import lint_crowd, lint_mails
from tests.notifications.house import (
    FRAME,
    NOW,
    RELEASED_2,
    SESSIONS,
    agenda_changed,
    amended,
    confirmed,
    house,
    parsed,
)
from tests.notifications.speaking import BY_ID, confirms, later, release
from tests.scheduling.shared import SHARED, needs_shared

SAMPLES = SHARED.parent / "tools" / "cal" / "samples"
PLACE = Place("https://nec.colloque.example", "colloque.example", "nec18@colloque.example", "Colloque")


def agenda() -> bytes:
    known = [KnownSession(frame=frame, changed_at=datetime(2018, 6, 18, 10, tzinfo=UTC)) for frame in SESSIONS]
    return Agendas(FRAME, "fr", PLACE).calendar("nadia", known, Course(0, NOW))


# ---- one file
@pytest.mark.parametrize(
    ("fault", "broken"),
    [
        ("CRLF", lambda body: body.replace(b"\r\n", b"\n", 5)),
        ("octets", lambda body: body.replace(b"\r\n ", b"")),
        ("fold inside a character", lambda body: body.replace("é".encode(), b"\xc3\r\n \xa9", 1)),
        ("not escaped", lambda body: body.replace(b"\\;", b";")),
        ("not escaped", lambda body: body.replace(b"\\,", b",")),
        ("METHOD", lambda body: body.replace(b"METHOD:PUBLISH\r\n", b"")),
        ("METHOD", lambda body: body.replace(b"METHOD:PUBLISH", b"METHOD:REQUEST")),
        ("no VTIMEZONE", lambda body: body.replace(b"TZID:Europe/Paris", b"TZID:Europe/Rome")),
        ("no VTIMEZONE", lambda body: re.sub(rb"(?s)BEGIN:VTIMEZONE.*END:VTIMEZONE\r\n", b"", body)),
        ("no zone", lambda body: body.replace(b"DTSTART;TZID=Europe/Paris:2018", b"DTSTART:2018", 1)),
        ("mailto", lambda body: body.replace(b"mailto:", b"")),
        ("attendees", lambda body: body.replace(b"STATUS:", b"ATTENDEE:mailto:x@example.org\r\nSTATUS:", 1)),
        ("control character", lambda body: body.replace(b"STATUS:", b"COMMENT:\x07\r\nSTATUS:", 1)),
        ("STATUS twice", lambda body: body.replace(b"STATUS:", b"STATUS:TENTATIVE\r\nSTATUS:", 1)),
        ("no SEQUENCE", lambda body: body.replace(b"SEQUENCE:0\r\n", b"", 1)),
        ("SEQUENCE is no number", lambda body: body.replace(b"SEQUENCE:0", b"SEQUENCE:-1", 1)),
        ("a UID on the calendar", lambda body: body.replace(b"VERSION:2.0", b"VERSION:2.0\r\nUID:x", 1)),
        ("the same UID", lambda body: body.replace(b"UID:s02", b"UID:s01", 1)),
        ("something after", lambda body: body + b"X\r\n"),
        ("byte order", lambda body: b"\xef\xbb\xbf" + body),
    ],
)
def test_a_fault_that_was_planted_in_a_file_is_found(fault: str, broken: Callable[[bytes], bytes]) -> None:
    lint(agenda(), method="PUBLISH")
    assert broken(agenda()) != agenda()
    with pytest.raises(Lint, match=fault):
        lint(broken(agenda()), method="PUBLISH")


def test_a_sequence_or_a_moment_that_goes_back_is_found() -> None:
    told = lint(agenda(), method="PUBLISH")
    for name, value in (("SEQUENCE", "3"), ("DTSTAMP", "20990101T000000Z")):
        with pytest.raises(Lint, match=name):
            monotonic([event | {name: value} for event in told], told)


UNSEEN = {
    "bad_geo_value": "nothing of ours says where on earth it is",
    "bad_vtimezone_us_rules": "a wrong rule is found by reckoning, in the matrix",
    "bad_vtimezone_wrong_offset": "as above",
}
ASKED = frozenset({"mailto:zoe@example.net"})


def only_ours(sample: Path) -> tuple[bytes, str]:
    """The samples say two things that ours never do; the method is what its file is named for."""
    method = next((word.upper() for word in ("cancel", "reply") if word in sample.stem), "REQUEST")
    return re.sub(rb"(GEO|CLASS):.*\r?\n", b"", sample.read_bytes()), method


@needs_shared
def test_samples_with_one_defect_each_are_found_and_good_ones_pass() -> None:
    found, passed = set[str](), set[str]()
    for sample in SAMPLES.glob("*.ics"):
        body, method = only_ours(sample)
        try:
            lint(body, method=method, attendees=ASKED)
            passed.add(sample.stem)
        except Lint:
            found.add(sample.stem)
    assert len(found) > 35
    assert {name for name in passed if name.startswith("bad_")} == set(UNSEEN)
    assert {"good_request0", "good_request1_moved", "good_request_utc", "good_cancel2"} <= passed


# ---- what stands in mails, one after the other
async def invitations() -> list[EmailMessage]:
    async with house() as one:
        return [*await one.send(confirms()), *await one.send(release(2, later(BY_ID["s13"])))]


def changed(mail: EmailMessage, how: Callable[[bytes], bytes], *, files: bool = True) -> EmailMessage:
    other = parsed(mail.as_bytes())
    for part in other.walk():
        if "calendar" in part.get_content_type() or (files and part.get_content_type() == "application/ics"):
            body = part.get_payload(decode=True)
            assert isinstance(body, bytes)
            assert how(body) != body
            part.set_payload(b64encode(how(body)).decode())
    return other


@pytest.mark.parametrize(
    ("fault", "how"),
    [
        ("SEQUENCE", lambda body: body.replace(b"SEQUENCE:1", b"SEQUENCE:0")),
        ("DTSTAMP", lambda body: re.sub(rb"DTSTAMP:\d{4}", b"DTSTAMP:2017", body)),
        ("METHOD", lambda body: body.replace(b"METHOD:REQUEST", b"METHOD:CANCEL")),
        ("more than one organiser", lambda body: body.replace(b"mailto:nec18@", b"mailto:nec19@")),
        ("sender's domain", lambda body: body.replace(b"nec18@colloque.example", b"nec18@elsewhere.example")),
        ("attendees", lambda body: body.replace(b"mailto:nadia.benali@", b"mailto:nadia@")),
        ("attendees", lambda body: body.replace(b"STATUS:", b"ATTENDEE:mailto:eve@example.org\r\nSTATUS:")),
    ],
)
async def test_a_fault_that_was_planted_in_an_update_is_found(fault: str, how: Callable[[bytes], bytes]) -> None:
    first, second = await invitations()
    lint_mails([first, second])
    with pytest.raises(Lint, match=fault):
        lint_mails([first, changed(second, how)])


async def test_a_file_that_is_not_the_invitation_beside_it_is_found() -> None:
    first, _ = await invitations()
    with pytest.raises(Lint, match="the file is not the invitation"):
        lint_mails([changed(first, lambda body: body.replace(b"Atelier 3", b"Atelier 4"), files=False)])


async def test_an_agenda_that_goes_back_is_found() -> None:
    async with house() as one:
        mails = [*await one.send(confirmed()), *await one.send(amended())]
        await one.hear(RELEASED_2)
        mails += await one.send(agenda_changed())
        raws = [mail.message for mail in one.mailer.box]
    lint_mails(mails)
    with pytest.raises(Lint, match="goes back"):
        lint_mails(mails[::-1])
    assert lint_crowd(raws) == 3
    with pytest.raises(Lint, match="goes back"):
        lint_crowd(raws[::-1])
