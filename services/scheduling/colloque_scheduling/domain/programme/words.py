"""The shapes that what an organiser writes must have: identifiers, texts in several languages, instants."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal, TypeAlias, get_args

from pydantic import AfterValidator, AwareDatetime, Field, StringConstraints

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$")]
"""An identifier its owner chooses: it stands in addresses and is never used again for something else."""

Reference = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
"""What another room calls somebody or something."""

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=8_000)]
Locale: TypeAlias = Literal["fr", "en"]
LOCALES: tuple[str, ...] = get_args(Locale)


def _in_french_too(texts: dict[str, str]) -> dict[str, str]:
    if strange := sorted(texts.keys() - set(LOCALES)):
        raise ValueError(f"{strange[0]!r} is no language of the house: {', '.join(LOCALES)}")
    if texts and "fr" not in texts:
        raise ValueError("the French text is missing: French is always there")
    return texts


Title = Annotated[dict[str, Line], AfterValidator(_in_french_too)]
Name = Annotated[Title, Field(min_length=1)]
"""A title that is there."""
Text = Annotated[dict[str, Words], AfterValidator(_in_french_too)]

Instant = Annotated[AwareDatetime, AfterValidator(lambda at: at.astimezone(UTC))]
"""Given with an offset, kept in UTC."""


def utc(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ")
