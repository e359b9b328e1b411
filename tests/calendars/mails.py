"""Every calendar that leaves the house in any of its tests is looked at: its bytes, where it stands in its mail, who is
asked, and whether what follows upon it only goes on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
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
            for event in lint(_body(part), method=str(part["Content-Type"].params["method"])):
                if before := published.get((event["UID"], to)):
                    monotonic([before], [event])
                published[event["UID"], to] = event
    for (uid, _), events in told.items():
        _only_goes_on(uid, events)


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
