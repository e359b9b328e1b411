"""What no reader of calendars refuses and every one of them deserves: the bytes themselves (RFC 5545, RFC 5546)."""

from __future__ import annotations

import re


class Lint(AssertionError):
    pass


def lint(calendar: bytes, *, method: str | None, attendees: frozenset[str] = frozenset()) -> list[dict[str, str]]:
    """Raises Lint at the first fault. Answers each event's properties as written, parameters included in the name."""
    _need(not calendar.startswith(b"\xef\xbb\xbf"), "a byte order mark")
    _need(calendar.endswith(b"END:VCALENDAR\r\n"), "something after the end, or no end")
    _need(
        calendar.count(b"\n") == calendar.count(b"\r\n") == calendar.count(b"\r"), "a line that does not end with CRLF"
    )
    for line in calendar.split(b"\r\n"):
        _need(len(line) <= 75, f"{len(line)} octets in a line: {line[:40]!r}")
        try:
            line.decode()
        except UnicodeDecodeError:
            raise Lint(f"a fold inside a character: {line!r}") from None
        _need(not re.search(rb"[\x00-\x08\x0b-\x1f\x7f]", line), f"a control character: {line!r}")
    lines = re.sub(r"\r\n[ \t]", "", calendar.decode()).split("\r\n")[:-1]
    _need(lines[0] == "BEGIN:VCALENDAR", "no VCALENDAR")
    events = _components(lines, "VEVENT")
    head = dict(_split(line) for line in lines[: lines.index("BEGIN:VTIMEZONE")] if ":" in line)
    _need(head.get("VERSION") == "2.0" and bool(head.get("PRODID")), "no version or maker")
    _need(head.get("METHOD") == method, f"METHOD is {head.get('METHOD')}, not {method}")
    _need("UID" not in head, "a UID on the calendar itself")
    zones = {dict(_split(one) for one in zone)["TZID"] for zone in _components(lines, "VTIMEZONE")}
    return [_event(event, zones, attendees, organised=method is not None) for event in events]


def _event(lines: list[str], zones: set[str], attendees: frozenset[str], *, organised: bool) -> dict[str, str]:
    """A feed (no METHOD) invites nobody and has no organiser."""
    event: dict[str, str] = {}
    asked: set[str] = set()
    for line in lines:
        name, value = _split(line)
        if name.startswith("ATTENDEE"):
            asked.add(value)
            continue
        _need(name not in event, f"{name} twice")
        event[name] = value
        if name.split(";")[0] in ("SUMMARY", "LOCATION", "DESCRIPTION", "COMMENT"):
            _need(not re.search(r"(?<!\\)(?:\\\\)*[;,]", value), f"{name} is not escaped: {value}")
        if ";TZID=" in name:
            _need(name.split(";TZID=")[1] in zones, f"{name}: no VTIMEZONE for it")
    bare = {name.split(";")[0] for name in event}
    for needed in ("UID", "DTSTAMP", "DTSTART", "DTEND", "SEQUENCE", "SUMMARY", "STATUS", *(["ORGANIZER"] * organised)):
        _need(needed in bare, f"no {needed}")
    _need(event["SEQUENCE"].isdecimal(), "SEQUENCE is no number")
    organisers = [value for name, value in event.items() if name.startswith("ORGANIZER")]
    _need(all(one.startswith("mailto:") for one in organisers), "the organiser is no mailto:")
    _need(asked == attendees, f"attendees are {sorted(asked)}, not {sorted(attendees)}")
    return event


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
    match = re.match(r'((?:[^":]|"[^"]*")*):(.*)', line)
    _need(match is not None, f"no property: {line!r}")
    assert match is not None
    return match.group(1), match.group(2)


def _need(held: bool, fault: str) -> None:
    if not held:
        raise Lint(fault)
