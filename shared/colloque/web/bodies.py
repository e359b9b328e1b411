"""The body of a form, bounded before anything looks at it."""

from __future__ import annotations

from urllib.parse import parse_qsl

from starlette.requests import Request

from colloque.runtime.refusal import Refusal

MAX_BODY = 64 * 1024
MAX_FIELDS = 200


class TooLarge(Refusal):
    status = 413


class Unreadable(Refusal):
    """Not what a browser sends."""

    status = 400


async def read_body(request: Request, limit: int = MAX_BODY) -> bytes:
    declared = request.headers.get("content-length", "0")
    if not declared.isdigit() or int(declared) > limit:
        raise TooLarge(f"more than {limit // 1024} kB")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise TooLarge(f"more than {limit // 1024} kB")
    return bytes(body)


async def read_fields(request: Request, limit: int = MAX_BODY) -> dict[str, list[str]]:
    """urlencoded, bounded, strict UTF-8. Whatever is odd is refused as a whole, before anything looks at it."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise Unreadable("a form is sent as application/x-www-form-urlencoded")
    body = await read_body(request, limit)
    try:
        pairs = parse_qsl(
            body.decode("ascii"), keep_blank_values=True, encoding="utf-8", errors="strict", max_num_fields=MAX_FIELDS
        )
    except ValueError:
        raise Unreadable("not UTF-8, or too many fields") from None
    fields: dict[str, list[str]] = {}
    for name, value in pairs:
        if "\0" in name or "\0" in value:
            raise Unreadable("a NUL")
        fields.setdefault(name, []).append(value)
    return fields
