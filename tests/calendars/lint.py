"""What no reader of calendars refuses and every one of them deserves: the bytes themselves (RFC 5545, RFC 5546)."""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache

OURS = frozenset(
    (
        *("UID", "DTSTAMP", "LAST-MODIFIED", "SEQUENCE", "ORGANIZER", "ATTENDEE", "DTSTART", "DTEND"),
        *("SUMMARY", "LOCATION", "DESCRIPTION", "URL", "STATUS", "TRANSP", "CATEGORIES"),
    )
)
"""What an entry of ours may say: anything else has slipped in."""
NEEDED = ("DTSTAMP", "DTSTART", "DTEND", "SEQUENCE", "SUMMARY", "STATUS")
STATUSES = ("CONFIRMED", "CANCELLED", "TENTATIVE")
ANSWERS = ("NEEDS-ACTION", "ACCEPTED", "DECLINED", "TENTATIVE", "DELEGATED")
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_TORN = re.compile(rb"\r\n[ \t]?[\x80-\xbf]")
_PROPERTY = re.compile(r'([A-Z-]+)((?:;[A-Z-]+=(?:"[^"]*"|[^",;:]*))*):(.*)')
_TEXT = ("SUMMARY", "LOCATION", "DESCRIPTION")
_BARE = re.compile(r"(?<!\\)(?:\\\\)*[;,]")


class Lint(AssertionError):
    pass


def lint(calendar: bytes, *, method: str | None, attendees: frozenset[str] = frozenset()) -> list[dict[str, str]]:
    """Raises Lint at the first fault. Answers each event's properties as written, parameters included in the name."""
    _bytes(calendar)
    lines = re.sub(r"\r\n[ \t]", "", calendar.decode()).split("\r\n")[:-1]
    _need(lines[0] == "BEGIN:VCALENDAR", "no VCALENDAR")
    entries = _components(lines, "VEVENT")
    first = next((i for i, line in enumerate(lines) if i and line.startswith("BEGIN:")), len(lines))
    head = dict(_split(line) for line in lines[1:first])
    _need(head.get("VERSION") == "2.0" and bool(head.get("PRODID")), "no version or maker")
    _need(head.get("METHOD") == method, f"METHOD is {head.get('METHOD')}, not {method}")
    _need("UID" not in head, "a UID on the calendar itself")
    zones = frozenset(line[5:] for zone in _components(lines, "VTIMEZONE") for line in zone if line.startswith("TZID:"))
    events = [_event(entry, zones, attendees, method) for entry in entries]
    uids = [event["UID"] for event in events]
    _need(len(set(uids)) == len(uids), "the same UID for two entries")
    return events


def _bytes(calendar: bytes) -> None:
    _need(not calendar.startswith(b"\xef\xbb\xbf"), "a byte order mark")
    _need(calendar.endswith(b"END:VCALENDAR\r\n"), "something after the end, or no end")
    _need(
        calendar.count(b"\n") == calendar.count(b"\r\n") == calendar.count(b"\r"), "a line that does not end with CRLF"
    )
    longest = max(calendar.split(b"\r\n"), key=len)
    _need(len(longest) <= 75, f"{len(longest)} octets in a line: {longest[:40]!r}")
    _need(not _TORN.search(calendar), "a fold inside a character")
    _need(not _CONTROL.search(calendar), "a control character")
    try:
        calendar.decode()
    except UnicodeDecodeError as error:
        raise Lint(f"no UTF-8: {error}") from None


def _event(lines: list[str], zones: frozenset[str], attendees: frozenset[str], method: str | None) -> dict[str, str]:
    uids = [line for line in lines if line.startswith("UID:")]
    _need(len(uids) == 1, "no UID, or two")
    others = tuple(line for line in lines if not line.startswith("UID:"))
    return {"UID": uids[0][4:], **_without_uid(others, zones, attendees, method)}


@lru_cache(4096)
def _without_uid(
    lines: tuple[str, ...], zones: frozenset[str], attendees: frozenset[str], method: str | None
) -> dict[str, str]:
    """What hundreds of people are told alike. A feed (no METHOD) invites nobody and has no organiser."""
    event: dict[str, str] = {}
    asked = list[str]()
    for line in lines:
        name, value = _split(line)
        bare = name.split(";")[0]
        _need(bare in OURS, f"{bare} is nothing of ours")
        if bare == "ATTENDEE":
            asked.append(value)
            answer = re.search(r";PARTSTAT=([^;]*)", name)
            _need(answer is None or answer[1] in ANSWERS, f"{name} is no answer")
            continue
        _need(name not in event, f"{name} twice")
        event[name] = value
        _need(bare not in _TEXT or not _BARE.search(value), f"{bare} is not escaped: {value}")
        if bare in ("DTSTART", "DTEND"):
            _moment(name, value, zones)
    known = [name.split(";")[0] for name in event]
    for needed in (*NEEDED, *(["ORGANIZER"] if method else [])):
        _need(known.count(needed) == 1, f"no {needed}, or two")
    _need(event["SEQUENCE"].isdecimal(), "SEQUENCE is no number")
    _need(event["STATUS"] in STATUSES, f"{event['STATUS']} is no status")
    if method == "CANCEL":
        _need(event["STATUS"] == "CANCELLED", "a cancellation of what is on")
        _need(event["SEQUENCE"] != "0", "a cancellation without a SEQUENCE step")
    starts, ends = (next(event[name] for name in event if name.startswith(which)) for which in ("DTSTART", "DTEND"))
    _need(starts < ends, f"it ends at {ends}, having begun at {starts}")
    organisers = [value for name, value in event.items() if name.startswith("ORGANIZER")]
    _need(all(one.startswith("mailto:") for one in organisers), "the organiser is no mailto:")
    _need(sorted(asked) == sorted(attendees), f"attendees are {sorted(asked)}, not {sorted(attendees)}")
    return event


def _moment(name: str, value: str, zones: frozenset[str]) -> None:
    zone = name.partition(";TZID=")[2]
    _need(bool(zone) != value.endswith("Z"), f"{name}:{value} is of no zone, or of two")
    _need(not zone or zone in zones, f"{name}: no VTIMEZONE for it")
    try:
        datetime.strptime(value.removesuffix("Z"), "%Y%m%dT%H%M%S")  # noqa: DTZ007 - only whether there is such a moment
    except ValueError:
        raise Lint(f"{name}:{value} never is") from None


def monotonic(earlier: list[dict[str, str]], later: list[dict[str, str]]) -> None:
    """Of the same UID, what comes later never has a lower SEQUENCE or DTSTAMP."""
    known = {event["UID"]: event for event in earlier}
    for event in later:
        if before := known.get(event["UID"]):
            _need(int(event["SEQUENCE"]) >= int(before["SEQUENCE"]), f"{event['UID']}: SEQUENCE goes back")
            _need(event["DTSTAMP"] >= before["DTSTAMP"], f"{event['UID']}: DTSTAMP goes back")


def _components(lines: list[str], name: str) -> list[list[str]]:
    starts = [i for i, line in enumerate(lines) if line == f"BEGIN:{name}"]
    return [lines[start + 1 : lines.index(f"END:{name}", start)] for start in starts]


def _split(line: str) -> tuple[str, str]:
    """At the colon that ends the name and its parameters."""
    match = _PROPERTY.fullmatch(line)
    if match is None:
        raise Lint(f"no property: {line!r}")
    return match[1] + match[2], match[3]


def _need(held: bool, fault: str) -> None:
    if not held:
        raise Lint(fault)
