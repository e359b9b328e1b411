"""Calendar files as the programs of people and of organisers read them."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from icalendar import Calendar

from colloque_embedded.story.inbox import Mail


class Entry(NamedTuple):
    """A session as it stands in somebody's calendar."""

    sequence: int
    status: str
    starts: datetime
    place: str


def entries(calendar: bytes) -> dict[str, Entry]:
    """By UID."""
    return {
        str(one["uid"]): Entry(
            one.decoded("sequence"), str(one["status"]), one.decoded("dtstart"), str(one["location"])
        )
        for one in Calendar.from_ical(calendar).walk("VEVENT")
    }


def session_of(uid: str) -> str:
    return uid.partition(".")[0]


def invitation(mail: Mail) -> bytes:
    """The part that a mail program offers to answer; the same file hangs on the mail for those that do not."""
    parts = [part for part in mail.message.walk() if part.get_content_type() == "text/calendar"]
    [shown] = [part for part in parts if not part.get_filename()]
    content = shown.get_payload(decode=True)
    assert isinstance(content, bytes)
    assert shown.get_param("method") == str(Calendar.from_ical(content)["method"])
    return content
