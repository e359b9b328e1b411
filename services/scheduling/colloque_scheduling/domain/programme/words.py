"""The shapes that what an organiser writes must have: identifiers, texts in several languages, instants."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Annotated, Literal, TypeAlias, TypeVar, get_args

from pydantic import (
    AfterValidator,
    AwareDatetime,
    Field,
    JsonValue,
    NaiveDatetime,
    PlainSerializer,
    StringConstraints,
    WithJsonSchema,
)

D = TypeVar("D", bound=date)

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$")]
"""An identifier its owner chooses: it stands in addresses and is never used again for something else."""

Reference = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
"""What another room calls somebody or something."""


CONTROLS = r"\x00-\x08\x0b-\x1f\x7f-\x9f"
CONTROL = re.compile(f"[{CONTROLS}]")
"""Signs that no keyboard writes: all that control but line ends and tabs."""


def _printable(text: str) -> str:
    if CONTROL.search(text):
        raise ValueError("there are signs in it that no keyboard writes")
    return text


def _one_line(text: str) -> str:
    """No-break spaces are meant and stay."""
    return re.sub(r"[ \t\n]+", " ", _printable(text)).strip()


_SOME: dict[str, JsonValue] = {"pattern": rf"^[^{CONTROLS}]*[^{CONTROLS}\s][^{CONTROLS}]*$"}
"""Said to whoever reads the API's description, where it is more than a length."""

Line = Annotated[
    str,
    StringConstraints(min_length=1, max_length=300),
    AfterValidator(_one_line),
    Field(min_length=1, json_schema_extra=_SOME),
]
Words = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=8_000),
    AfterValidator(_printable),
    Field(json_schema_extra=_SOME),
]
Short = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=60),
    AfterValidator(_one_line),
    Field(json_schema_extra={"pattern": rf"^[^{CONTROLS}]*$"}),
]
"""May be empty."""
Locale: TypeAlias = Literal["fr", "en"]
LOCALES: tuple[str, ...] = get_args(Locale)


def _in_french_too(texts: dict[str, str]) -> dict[str, str]:
    if strange := sorted(texts.keys() - set(LOCALES)):
        raise ValueError(f"{strange[0]!r} is no language of the house: {', '.join(LOCALES)}")
    if texts and "fr" not in texts:
        raise ValueError("the French text is missing: French is always there")
    return texts


_IN_FRENCH_TOO: dict[str, JsonValue] = {
    "propertyNames": {"enum": [*LOCALES]},
    "anyOf": [{"required": ["fr"]}, {"maxProperties": 0}],
}
Title = Annotated[dict[str, Line], AfterValidator(_in_french_too), Field(json_schema_extra=_IN_FRENCH_TOO)]
Name = Annotated[Title, Field(min_length=1, json_schema_extra={**_IN_FRENCH_TOO, "minProperties": 1})]
"""A title that is there."""
Text = Annotated[dict[str, Words], AfterValidator(_in_french_too), Field(json_schema_extra=_IN_FRENCH_TOO)]

YEARS = range(1900, 2200)


def _of_our_times(at: D) -> D:
    """Far from where calendars end, so that zones and durations can be reckoned with."""
    if at.year not in YEARS:
        raise ValueError(f"a year from {YEARS[0]} to {YEARS[-1]}")
    return at


Day = Annotated[date, AfterValidator(_of_our_times)]
WallTime = Annotated[
    NaiveDatetime,
    AfterValidator(_of_our_times),
    PlainSerializer(lambda wall: wall.isoformat(timespec="minutes"), return_type=str),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": r"^(19|20|21)\d\d-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?$",
            "examples": ["2018-09-13T11:00"],
        }
    ),
]
"""What a clock shows. Kept as text: a database takes every datetime for an instant."""
Instant = Annotated[AwareDatetime, AfterValidator(_of_our_times), AfterValidator(lambda at: at.astimezone(UTC))]
"""Given with an offset, kept in UTC."""


def utc(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ")
