"""RFC 9457: how a program is told no."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from colloque.runtime.refusal import Refusal

MEDIA_TYPE = "application/problem+json"


class Problem(BaseModel):
    """RFC 9457. `objects`: references of what the rule met; `field`: the input it is about; `current`: what stands,
    where somebody else has changed it meanwhile."""

    type: str
    title: str
    status: int
    detail: str = ""
    objects: list[str] = []
    field: str | None = None
    errors: list[dict[str, Any]] = []
    story: str | None = None
    current: dict[str, Any] | None = None


def _documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    titles = {
        400: "Unreadable",
        401: "Nobody known asks",
        403: "Not with this role",
        404: "No such thing",
        409: "A rule says no",
        412: "Changed meanwhile",
        413: "Too large",
        422: "Not what is asked for",
        429: "Too many at once",
        503: "Come again",
    }
    content = {MEDIA_TYPE: {"schema": Problem.model_json_schema()}}
    return {status: {"description": titles[status], "content": content} for status in statuses}


RESPONSES = _documented(400, 401, 403, 404, 409, 412, 413, 422, 429, 503)
"""For every route of the API."""


def for_programs(request: Request) -> bool:
    return request.url.path.startswith("/api/")


def type_of(base_url: str, slug: str) -> str:
    return f"{base_url.rstrip('/')}/problems/{slug}"


def problem(base_url: str, refusal: Refusal, headers: Mapping[str, str] | None = None) -> Response:
    said = Problem(
        type=type_of(base_url, refusal.slug),
        title=refusal.slug.replace("-", " ").capitalize(),
        status=refusal.status,
        detail=refusal.detail,
        objects=list(refusal.objects),
        field=refusal.field,
        errors=getattr(refusal, "errors", []),
        story=refusal.context.get("story"),
        current=refusal.context.get("current"),
    )
    return JSONResponse(
        said.model_dump(exclude_defaults=True), refusal.status, headers=dict(headers or {}), media_type=MEDIA_TYPE
    )
