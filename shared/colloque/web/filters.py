"""What templates write values with, bound to a language."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from markupsafe import Markup

from colloque.web import french
from colloque.web.i18n import DEFAULT, Lang, written


def _rank(value: int, lang: Lang) -> str:
    """Of a person: « 1re », « 2e », with what stands above the line there."""
    if lang != "fr":
        return french.ordinal(value, lang)
    return Markup("{}<sup>{}</sup>").format(value, "re" if value == 1 else "e")


def filters(lang: Lang) -> dict[str, Callable[..., Any]]:
    """Bound to a language. `texts|text` picks it, with French (and its typography) where it is not said."""
    return {
        "text": lambda texts: written(texts, lang),
        "said_in": lambda texts: lang if texts.get(lang) else DEFAULT,
        "day": lambda value: french.day(value, lang),
        "weekday": lambda value: french.weekday(value, lang),
        "weekday_short": lambda value: french.weekday_short(value, lang),
        "date": lambda value: french.plain_date(value, lang),
        "day_month": lambda value: french.day_month(value, lang),
        "date_range": lambda pair: french.date_range(pair[0], pair[1], lang),
        "date_range_parts": lambda pair: french.date_range_parts(pair[0], pair[1], lang),
        "hour": lambda instant, tz: french.hour(instant, tz, lang),
        "moment": lambda instant, tz: french.moment(instant, tz, lang),
        "full_moment": lambda instant, tz: french.full_moment(instant, tz, lang),
        "local_day": french.local_day,
        "hours": lambda slot: french.hours(slot, lang),
        "when": lambda slot: french.when(slot, lang),
        "number": lambda value: french.number(value, lang),
        "percent": lambda points: french.percent(points, lang),
        "ordinal": lambda value: french.ordinal(value, lang),
        "rank": lambda value: _rank(value, lang),
        "tel": lambda number: re.sub(r"[^+0-9]", "", number),
    }
