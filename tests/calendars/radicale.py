"""A CalDAV server (Radicale) with a client of the plainest kind: what came is put there, and what the server finds for
a stretch of time is what is shown."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self
from xml.etree import ElementTree as ET

import httpx
import icalendar

from colloque_embedded.servers.ports import several_free_ports
from tests.calendars.held import Held
from tests.calendars.shelves import by_icalendar

_QUERY = """<?xml version="1.0" encoding="utf-8"?>
<c:calendar-query xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav">
 <d:prop><c:calendar-data/></d:prop>
 <c:filter><c:comp-filter name="VCALENDAR"><c:comp-filter name="VEVENT">
  <c:time-range start="{start:%Y%m%dT%H%M%SZ}" end="{end:%Y%m%dT%H%M%SZ}"/>
 </c:comp-filter></c:comp-filter></c:filter>
</c:calendar-query>"""
_DATA = "{urn:ietf:params:xml:ns:caldav}calendar-data"
ALL_TIME = datetime(2018, 1, 1, tzinfo=UTC), datetime(2020, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


class Server:
    def __init__(self, folder: Path) -> None:
        [port] = several_free_ports(1)
        self.url = f"http://127.0.0.1:{port}"
        command = (
            *(sys.executable, "-m", "radicale", "--config", "", "--auth-type=none", "--logging-level=warning"),
            *(f"--server-hosts=127.0.0.1:{port}", f"--storage-filesystem-folder={folder}"),
        )
        self._log = (folder / "log").open("wb")
        self._process = subprocess.Popen(command, stdout=self._log, stderr=subprocess.STDOUT)

    def __enter__(self) -> Self:
        until = time.monotonic() + 20
        while True:
            try:
                httpx.get(f"{self.url}/.web/", timeout=2)
            except httpx.TransportError:
                assert time.monotonic() < until, "the server does not answer"
                assert self._process.poll() is None, "the server has ended"
                time.sleep(0.05)
            else:
                return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(timeout=10)
        self._log.close()


class CalDav:
    """`PUT` and `REPORT` (RFC 4791). A stored entry has no METHOD: that is of messages."""

    def __init__(self, server: Server, owner: str) -> None:
        self._web = httpx.Client(base_url=f"{server.url}/{owner}/agenda/", auth=(owner, "any"), timeout=10)
        self._web.request("MKCALENDAR", "").raise_for_status()
        self._tags: dict[str, str] = {}
        self._last: dict[str, tuple[int, datetime]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._web.close()

    def take(self, message: bytes) -> None:
        came = by_icalendar(message)
        uid, later = came.entry.uid, (came.entry.sequence, came.stamp)
        known = self._last.get(uid)
        if (known is None and came.method == "CANCEL") or (known is not None and later <= known):
            return
        self._last[uid] = later
        self._put(uid, re.sub(rb"^METHOD:.*\r\n", b"", message, flags=re.MULTILINE))

    def accept(self, uid: str, who: str) -> None:
        whole = icalendar.Calendar.from_ical(self._get(uid))
        attendee = whole.walk("VEVENT")[0]["attendee"]
        assert isinstance(attendee, icalendar.vCalAddress)
        assert attendee.lower() == f"mailto:{who}"
        attendee.params["PARTSTAT"] = "ACCEPTED"
        self._put(uid, whole.to_ical())

    def shows(self) -> dict[str, Held]:
        """Each found from its first minute to its last, and neither before nor after, by the server's own reckoning."""
        found = {held.uid: held for held in self._between(*ALL_TIME)}
        for uid, held in found.items():
            for start, there in (
                (held.starts_at - MINUTE, False),
                (held.starts_at, True),
                (held.ends_at - MINUTE, True),
                (held.ends_at, False),
            ):
                assert (uid in {one.uid for one in self._between(start, start + MINUTE)}) is there, (uid, start)
        return found

    def _between(self, start: datetime, end: datetime) -> list[Held]:
        answer = self._web.request("REPORT", "", content=_QUERY.format(start=start, end=end), headers={"depth": "1"})
        assert answer.status_code == 207, answer.text
        kept = [one.text or "" for one in ET.fromstring(answer.text).iter(_DATA)]  # noqa: S314 - our own server
        return [by_icalendar(_as_message(one)).entry for one in kept]

    def _get(self, uid: str) -> bytes:
        return self._web.get(f"{uid}.ics").raise_for_status().content

    def _put(self, uid: str, body: bytes) -> None:
        condition = {"if-match": self._tags[uid]} if uid in self._tags else {"if-none-match": "*"}
        headers = {"content-type": "text/calendar; charset=utf-8", **condition}
        answer = self._web.put(f"{uid}.ics", content=body, headers=headers)
        assert answer.status_code in (201, 204), answer.text
        self._tags[uid] = answer.headers["etag"]


def _as_message(kept: str) -> bytes:
    """Our readers are of messages."""
    return re.sub(r"^(VERSION:2\.0\r?\n)", r"\1METHOD:REQUEST\r\n", kept, count=1, flags=re.MULTILINE).encode()
