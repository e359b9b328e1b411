"""libical, the C library behind the calendars of GNOME, KDE and Cyrus: it parses, checks a message against the tables
of iTIP, and says itself what a message is to what is held: new, an update, out of sequence, obsolete."""

from __future__ import annotations

import ctypes
from datetime import UTC, datetime
from typing import Any

from tests.calendars.held import Held, bare

TAKEN = ("REQUEST-NEW", "REQUEST-UPDATE", "REQUEST-RESCHEDULE", "CANCEL-ALL", "CANCEL-EVENT")


class _Time(ctypes.Structure):
    _fields_ = (
        *((name, ctypes.c_int) for name in ("year", "month", "day", "hour", "minute", "second", "date", "daylight")),
        ("zone", ctypes.c_void_p),
    )


def _function(library: ctypes.CDLL, name: str, answers: Any, *takes: Any) -> Any:
    function = library[name]
    function.restype, function.argtypes = answers, takes
    return function


class Library:
    """Raises OSError where it is not installed."""

    def __init__(self) -> None:
        ical, sets = ctypes.CDLL("libical.so.3"), ctypes.CDLL("libicalss.so.3")
        text, thing, number = ctypes.c_char_p, ctypes.c_void_p, ctypes.c_int
        self.parse = _function(ical, "icalparser_parse_string", thing, text)
        self.errors = _function(ical, "icalcomponent_count_errors", number, thing)
        self.check = _function(ical, "icalrestriction_check", number, thing)
        self.written = _function(ical, "icalcomponent_as_ical_string", text, thing)
        self.first = _function(ical, "icalcomponent_get_first_real_component", thing, thing)
        self.uid = _function(ical, "icalcomponent_get_uid", text, thing)
        self.summary = _function(ical, "icalcomponent_get_summary", text, thing)
        self.location = _function(ical, "icalcomponent_get_location", text, thing)
        self.sequence = _function(ical, "icalcomponent_get_sequence", number, thing)
        self.status = _function(ical, "icalcomponent_get_status", number, thing)
        self.start = _function(ical, "icalcomponent_get_dtstart", _Time, thing)
        self.end = _function(ical, "icalcomponent_get_dtend", _Time, thing)
        self.utc = _function(ical, "icaltimezone_get_utc_timezone", thing)()
        self.convert = _function(ical, "icaltime_convert_to_zone", _Time, _Time, thing)
        self.first_property = _function(ical, "icalcomponent_get_first_property", thing, thing, number)
        self.next_property = _function(ical, "icalcomponent_get_next_property", thing, thing, number)
        self.kind = _function(ical, "icalproperty_string_to_kind", number, text)
        self.value = _function(ical, "icalproperty_get_value_as_string", text, thing)
        self.parameter = _function(ical, "icalproperty_get_parameter_as_string", text, thing, text)
        self.set_parameter = _function(ical, "icalproperty_set_parameter_from_string", None, thing, text, text)
        self.word = _function(ical, "icalproperty_enum_to_string", text, number)
        self.status_word = _function(ical, "icalproperty_status_to_string", text, number)
        self.classify = _function(sets, "icalclassify", number, thing, thing, text)


class Libical:
    def __init__(self, library: Library, owner: str) -> None:
        self._lib, self._owner = library, owner
        self._held: dict[str, int] = {}

    def take(self, message: bytes) -> None:
        lib, whole = self._lib, self._lib.parse(message)
        assert whole
        assert lib.errors(whole) == 0
        assert lib.check(whole), lib.written(whole).decode()
        assert b"X-LIC-ERROR" not in lib.written(whole)
        uid = lib.uid(lib.first(whole)).decode()
        said = lib.word(lib.classify(whole, self._held.get(uid), self._owner.encode())).decode()
        if said in TAKEN:
            self._held[uid] = whole

    def accept(self, uid: str, who: str) -> None:
        for one in self._properties(self._lib.first(self._held[uid]), b"ATTENDEE"):
            if bare(self._lib.value(one).decode()) == who:
                self._lib.set_parameter(one, b"PARTSTAT", b"ACCEPTED")

    def shows(self) -> dict[str, Held]:
        return {uid: self._shown(whole) for uid, whole in self._held.items()}

    def _shown(self, whole: int) -> Held:
        lib, event = self._lib, self._lib.first(whole)
        [organiser] = self._properties(event, b"ORGANIZER")
        return Held(
            uid=lib.uid(event).decode(),
            starts_at=self._instant(lib.start(event)),
            ends_at=self._instant(lib.end(event)),
            title=lib.summary(event).decode(),
            place=lib.location(event).decode(),
            status=lib.status_word(lib.status(event)).decode(),
            sequence=lib.sequence(event),
            organiser=bare(lib.value(organiser).decode()),
            answers=tuple(
                (bare(lib.value(one).decode()), (lib.parameter(one, b"PARTSTAT") or b"NEEDS-ACTION").decode())
                for one in self._properties(event, b"ATTENDEE")
            ),
        )

    def _properties(self, component: int, name: bytes) -> list[int]:
        found, kind = list[int](), self._lib.kind(name)
        one = self._lib.first_property(component, kind)
        while one:
            found.append(one)
            one = self._lib.next_property(component, kind)
        return found

    def _instant(self, time: _Time) -> datetime:
        """By the rules in the file."""
        assert time.zone
        at = self._lib.convert(time, self._lib.utc)
        return datetime(at.year, at.month, at.day, at.hour, at.minute, at.second, tzinfo=UTC)
