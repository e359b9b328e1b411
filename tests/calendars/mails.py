"""Every calendar that leaves the house in any of its tests is looked at: its bytes, where it stands in its mail, who is
asked, and whether what follows upon it only goes on."""

from __future__ import annotations

import re
from base64 import b64decode
from collections import defaultdict
from collections.abc import Iterable
from email import message_from_bytes, policy
from email.message import EmailMessage
from itertools import pairwise

from tests.calendars.lint import Lint, lint, monotonic

Event = dict[str, str]


def lint_mails(mails: Iterable[EmailMessage]) -> None:
    """In the order in which they were taken."""
    told: dict[tuple[str, str], list[Event]] = defaultdict(list)
    published: dict[tuple[str, str], Event] = {}
    for mail in mails:
        parts = [part for part in mail.walk() if part.get_content_type() in ("text/calendar", "application/ics")]
        invites = [part for part in parts if not part.get_filename()]
        files = [part for part in parts if part.get_filename()]
        to = mail["To"].addresses[0].addr_spec
        for part in invites:
            event = _invited(mail, part, to)
            told[event["UID"], to].append(event)
        for part in files:
            if part.get_content_type() == "application/ics":
                _need([_body(part)] == [_body(one) for one in invites], "the file is not the invitation")
                continue
            _goes_on(published, lint(_body(part), method=str(part["Content-Type"].params["method"])), to)
    for (uid, _), events in told.items():
        _only_goes_on(uid, events)


def lint_crowd(mails: Iterable[bytes]) -> int:
    """The same for thousands: who is only sent an agenda is not worth a whole parser. Answers how many had a
    calendar."""
    invitations, published, count = list[EmailMessage](), dict[tuple[str, str], Event](), 0
    for raw in mails:
        if b"application/ics" in raw:
            invitations.append(parsed(raw))
            count += 1
        elif b"text/calendar" in raw:
            [to] = re.findall(rb"^To: ([^\r]+)", raw, re.MULTILINE)
            [(method, body)] = _FILE.findall(raw)
            _goes_on(published, lint(b64decode(body), method=method.decode()), to.decode())
            count += 1
    lint_mails(invitations)
    return count


_FILE = re.compile(
    rb'\r\nContent-Type: text/calendar; charset="utf-8"; method="([A-Z]+)"\r\n'
    rb"Content-Transfer-Encoding: base64\r\nContent-Disposition: [^\r]+\r\n\r\n([A-Za-z0-9+/=\r\n]+)\r\n--"
)


def parsed(raw: bytes) -> EmailMessage:
    mail = message_from_bytes(raw, policy=policy.default)
    assert isinstance(mail, EmailMessage)
    assert [defect for part in mail.walk() for defect in part.defects] == []
    return mail


def _goes_on(published: dict[tuple[str, str], Event], events: list[Event], to: str) -> None:
    for event in events:
        if before := published.get((event["UID"], to)):
            monotonic([before], [event])
        published[event["UID"], to] = event


def _invited(mail: EmailMessage, part: EmailMessage, to: str) -> Event:
    """The last of the alternatives in the first part of the whole, for one person and one entry (RFC 6047)."""
    first = next(iter(mail.iter_parts()))
    _need(mail.get_content_type() == "multipart/mixed", "an invitation stands in a multipart/mixed")
    _need(first.get_content_type() == "multipart/alternative", "whose first part is what there is to read")
    _need(list(first.iter_parts())[-1] is part, "and the calendar the last way to read it")
    events = lint(_body(part), method=part["Content-Type"].params["method"], attendees=frozenset({f"mailto:{to}"}))
    _need(len(events) == 1, "one entry a mail")
    sender = mail["From"].addresses[0].domain
    _need(_organiser(events[0]).endswith(f"@{sender}"), "the organiser is of the sender's domain")
    return events[0]


def _only_goes_on(uid: str, events: list[Event]) -> None:
    """What an organiser has sent again is the very same: whoever has answered it is not asked a second time."""
    news = [events[0], *(now for before, now in pairwise(events) if now != before)]
    numbers = [int(event["SEQUENCE"]) for event in news]
    _need(all(a < b for a, b in pairwise(numbers)), f"{uid}: SEQUENCE {numbers}")
    stamps = [event["DTSTAMP"] for event in events]
    _need(stamps == sorted(stamps), f"{uid}: DTSTAMP {stamps}")
    _need(len({_organiser(event) for event in events}) == 1, f"{uid}: more than one organiser")


def _organiser(event: Event) -> str:
    return next(value for name, value in event.items() if name.split(";")[0] == "ORGANIZER")


def _body(part: EmailMessage) -> bytes:
    body = part.get_payload(decode=True)
    assert isinstance(body, bytes)
    return body


def _need(held: bool, fault: str) -> None:
    if not held:
        raise Lint(fault)
