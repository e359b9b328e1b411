"""Documents as the database holds them, and back.

An instant is kept in whole milliseconds (the protocol knows no finer ones) and comes back in UTC. What the protocol has
no type for is kept as text that pydantic reads back: dates, times, decimals; an enumeration as its value; a set as a
sorted list. The same holds for the values of questions, so days are found and ordered like days."""

from __future__ import annotations

from datetime import UTC, date, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

from bson.codec_options import CodecOptions, TypeRegistry

from colloque.runtime.store.port import Counter, D, Mark
from colloque.runtime.work import Document

Sheet = dict[str, Any]


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, Decimal | UUID):
        return str(value)
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, frozenset | set):
        return sorted(value)
    raise TypeError(f"a document cannot keep a {type(value).__name__}")


CODEC: CodecOptions[Sheet] = CodecOptions(
    tz_aware=True, tzinfo=UTC, type_registry=TypeRegistry(fallback_encoder=_plain)
)
"""UTC itself: the protocol's own zone of that name is another object, and the standard library asks for this one."""


def sheet_of(document: Document) -> Sheet:
    sheet = document.model_dump()
    sheet["_id"] = sheet.pop("id")
    return sheet


def document_of(kind: type[D], sheet: Sheet) -> D:
    sheet["id"] = sheet.pop("_id")
    return kind.model_validate(sheet)


def counter_of(sheet: Sheet) -> Counter:
    return Counter(
        epoch=sheet["epoch"],
        turn=sheet["turn"],
        n=sheet["n"],
        ends=sheet["ends"],
        marks={stream: Mark(*mark) for stream, mark in sheet["marks"].items()},
        parked=sheet["parked"],
        next_by=sheet["next_by"],
        next_until=sheet["next_until"],
    )
