"""Two who save the same thing: whoever comes second is told, and shown what the first has made of it (RFC 9110 §13)."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Header

from colloque.runtime.desk import Desk
from colloque.runtime.refusal import Invalid
from colloque_scheduling.api.views import SessionView
from colloque_scheduling.domain.programme.moves import ChangedMeanwhile
from colloque_scheduling.reads import a_session_and_its_draft

IfMatch = Annotated[
    str | None,
    Header(
        alias="If-Match",
        max_length=40,
        json_schema_extra={"pattern": r'^("\d{1,9}"|\*)$'},
        description="The `ETag` it was read with: refused (412, with what stands) when somebody has saved it since.",
    ),
]
_TAG = re.compile(r'"(\d{1,9})"')


def tag(version: int) -> str:
    return f'"{version}"'


def expected(if_match: str | None) -> int | None:
    if if_match is None or if_match.strip() == "*":
        return None
    known = _TAG.fullmatch(if_match.strip())
    if known is None:
        raise Invalid('An If-Match is an ETag of this session, such as "3".', field="If-Match")
    return int(known[1])


@asynccontextmanager
async def showing_current(desk: Desk, edition: str, session: str) -> AsyncIterator[None]:
    """The problem holds the session as it stands."""
    try:
        yield
    except ChangedMeanwhile as refusal:
        stands = SessionView.of(*await a_session_and_its_draft(desk, edition, session))
        refusal.context["current"] = stands.model_dump(mode="json")
        refusal.context["headers"] = {"etag": tag(stands.version)}
        raise
