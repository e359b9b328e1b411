"""Which reader a file needs; and what no reader takes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from typing import Literal, get_args

from colloque.runtime.refusal import Invalid, Refusal
from colloque_scheduling.domain.programme.draft import MOST_SESSIONS
from colloque_scheduling.domain.programme.incoming import Event, TooManySessions
from colloque_scheduling.imports.calendar import read_calendar
from colloque_scheduling.imports.schedule_json import read_json
from colloque_scheduling.imports.schedule_xml import read_xml
from colloque_scheduling.imports.unreadable import UnreadableFile

LARGEST = 8 * 1024 * 1024
"""Bytes of a file."""

FileFormat = Literal["xml", "json", "ics"]
_READERS: Mapping[str, Callable[[bytes], Iterable[Event]]] = {
    "xml": read_xml,
    "json": read_json,
    "ics": read_calendar,
}
_TYPES = {
    "application/xml": "xml",
    "text/xml": "xml",
    "application/vnd.c3voc.schedule+xml": "xml",
    "application/json": "json",
    "text/calendar": "ics",
}


class UnknownFormat(Refusal):
    """Say what it is: by its content type, or with `format`."""

    status = 415


def read(body: bytes, format: FileFormat | None, content_type: str) -> list[Event]:  # noqa: A002 - a query parameter's name
    """No more of them than a programme may have: a file that goes on is not read to its end."""
    named = format or _TYPES.get(content_type.partition(";")[0].strip().lower())
    if named is None:
        raise UnknownFormat(f"A programme is read from {', '.join(get_args(FileFormat))}.", field="format")
    if not body.strip():
        raise Invalid("The file is empty.")
    try:
        events = list(islice(_READERS[named](body), MOST_SESSIONS + 1))
    except UnreadableFile:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError, RecursionError) as odd:
        # The readers look at what strangers wrote: whatever does not fit there is theirs, not a bug of ours.
        raise UnreadableFile(f"It is no {named} of a programme: {type(odd).__name__}.") from odd
    if len(events) > MOST_SESSIONS:
        raise TooManySessions(f"There are more than {MOST_SESSIONS} sessions in it.")
    return events
