"""Dates, hours and numbers as people read them: CLDR where it knows, what it does not know (« 1er mai », « 9 h 30 »,
« 13 et 14 septembre ») here. Everything takes the locale; English is European."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal, format_percent

from colloque.contracts.fact import Slot

NB = "\u00a0"
NARROW = "\u202f"
_CLDR = {"fr": "fr", "en": "en_GB"}


def day(value: date, locale: str = "fr") -> str:
    """« jeudi 17 mars 2022 »"""
    return _dated(value, "EEEE d MMMM y", locale)


def weekday(value: date, locale: str = "fr") -> str:
    """« jeudi 17 mars »"""
    return _dated(value, "EEEE d MMMM", locale)


def weekday_short(value: date, locale: str = "fr") -> str:
    """« jeudi 17 »"""
    return _dated(value, "EEEE d", locale)


def plain_date(value: date, locale: str = "fr") -> str:
    """« 17 mars 2022 »"""
    return _dated(value, "d MMMM y", locale)


def day_month(value: date, locale: str = "fr") -> str:
    """« 17 mars »"""
    return _dated(value, "d MMMM", locale)


@lru_cache(4096)
def _dated(value: date, pattern: str, locale: str) -> str:
    value = date(value.year, value.month, value.day)
    if locale == "fr" and value.day == 1:
        pattern = re.sub(r"\bd\b", "'1er'", pattern)
    text = str(format_date(value, pattern, locale=_CLDR[locale]))
    # The number stays with its month or its weekday, wherever the line breaks.
    return re.sub(r"(?<=\d|r) (?=[^\W\d])|(?<=\w) (?=\d{1,2}$|1er$)", NB, text)


def date_range(first: date, last: date, locale: str = "fr") -> str:
    """« 13 et 14 septembre 2018 », « du 30 mai au 2 juin 2018 », « 17 mars 2022 »."""
    if first == last:
        return plain_date(first, locale)
    if (first.year, first.month) == (last.year, last.month):
        start = _dated(first, "d", locale)
    elif first.year == last.year:
        start = day_month(first, locale)
    else:
        start = plain_date(first, locale)
    end = plain_date(last, locale)
    if last - first == timedelta(days=1):
        return f"{start} et {end}" if locale == "fr" else f"{start} and {end}"
    return f"du {start} au {end}" if locale == "fr" else f"{start} to {end}"


def date_range_parts(first: date, last: date, locale: str = "fr") -> tuple[str, str]:
    """The same in two lines: (« 13 et 14 », « septembre 2018 »), (« du 30 mai », « au 2 juin 2018 »)."""
    whole = date_range(first, last, locale)
    months = _dated(last, "MMMM y", locale)
    if (first.year, first.month) == (last.year, last.month):
        return whole.removesuffix(months).rstrip(f" {NB}"), months
    joint = re.search(r" (?=et |and |au |to )", whole)
    return (whole[: joint.start()], whole[joint.end() :]) if joint else (whole, "")


def _local(instant: datetime, tz: str) -> datetime:
    return instant.astimezone(ZoneInfo(tz))


def hour(instant: datetime, tz: str, locale: str = "fr") -> str:
    """« 9 h 30 », « 18 h », “9:30 am”, “6 pm”"""
    at = _local(instant, tz)
    if locale == "fr":
        return f"{at.hour}{NB}h{NB}{at.minute:02}" if at.minute else f"{at.hour}{NB}h"
    return str(format_datetime(at, "h:mm a" if at.minute else "h a", locale=_CLDR[locale])).replace(" ", NB)


def local_day(instant: datetime, tz: str) -> date:
    """The day on that zone's calendar."""
    return _local(instant, tz).date()


def moment(instant: datetime, tz: str, locale: str = "fr") -> str:
    """« lundi 10 septembre à 14 h 05 »"""
    joint = f" à{NB}" if locale == "fr" else " at "
    return weekday(local_day(instant, tz), locale) + joint + hour(instant, tz, locale)


def full_moment(instant: datetime, tz: str, locale: str = "fr") -> str:
    """« lundi 10 septembre 2018 à 14 h 05 »"""
    joint = f" à{NB}" if locale == "fr" else " at "
    return day(local_day(instant, tz), locale) + joint + hour(instant, tz, locale)


def hours(slot: Slot, locale: str = "fr") -> str:
    """« 9 h 30 à 11 h »"""
    joint = f" à{NB}" if locale == "fr" else " to "
    return hour(slot.starts_at, slot.tz, locale) + joint + hour(slot.ends_at, slot.tz, locale)


def when(slot: Slot, locale: str = "fr") -> str:
    """« jeudi 13 septembre, 9 h 30 à 11 h »"""
    return f"{weekday(local_day(slot.starts_at, slot.tz), locale)}, {hours(slot, locale)}"


def city_of(tz: str) -> str:
    """« Europe/Paris » → « Paris »"""
    return tz.rpartition("/")[2].replace("_", " ")


def number(value: float, locale: str = "fr") -> str:
    """« 1 800 »"""
    return str(format_decimal(value, locale=_CLDR[locale]))


def percent(points: float, locale: str = "fr") -> str:
    """63 → « 63 % »"""
    return str(format_percent(points / 100, locale=_CLDR[locale]))


def ordinal(value: int, locale: str = "fr") -> str:
    """« 1er », « 3e »; “1st”, “3rd”"""
    if locale == "fr":
        return "1er" if value == 1 else f"{value}e"
    suffix = "th" if 10 <= value % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(value % 10, "th")
    return f"{value}{suffix}"


_RULES = (
    (re.compile(r"(?<=\w)'(?=[\w«%])"), "’"),
    (re.compile(r"«[ \u00a0\u202f]?"), f"«{NB}"),
    (re.compile(r"[ \u00a0\u202f]?»"), f"{NB}»"),
    (re.compile(r" :(?=[\s<]|$)"), f"{NB}:"),
    (re.compile(r" (?=%(?:[\s<,.;)]|$))"), NB),
    (re.compile(r" (?=[;!?](?:[\s<)»]|$))"), NARROW),
    (re.compile(r"(?<=\d) h (?=\d\d\b)"), f"{NB}h{NB}"),
    (re.compile(r"(?<=\d) (?=(?:h|s|min|kB|ko|Mo)\b)"), NB),
    (re.compile(r"(?<=\d) (?=\d{3}\b)"), NARROW),
)


def typeset(text: str) -> str:
    """Plain typing → French typography: no-break spaces, « ’ »."""
    for pattern, put in _RULES:
        text = pattern.sub(put, text)
    return text


typeset_once = lru_cache(4096)(typeset)
"""For what organisers wrote: the same few titles on page after page."""
