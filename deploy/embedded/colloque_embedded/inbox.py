"""`/dev/mail`: what the mail sink has received, as pages and as JSON. For the embedded house alone.

An address is looked for by POST, so that none stands in a URL or an access log.
"""

from __future__ import annotations

import re
from base64 import b64encode
from contextlib import suppress
from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Form, HTTPException, Query
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, PlainTextResponse, Response
from jinja2 import Environment, PackageLoader, StrictUndefined
from pydantic import BaseModel, ConfigDict, Field

from colloque.web.assets import Assets
from colloque_embedded import letter
from colloque_embedded.letter import Letter, Part
from colloque_embedded.mailbox import Mailbox, Received

ROOT = "/dev/mail"
A_PAGE = 50

_PAGES = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
# A mail's page may run nothing, load nothing from elsewhere and see nothing of ours; its links open beside it.
_MAIL_PAGE = _PAGES | {
    "Content-Security-Policy": (
        "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; "
        "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
    ),
    "X-Frame-Options": "SAMEORIGIN",
    "Content-Type": "text/html; charset=utf-8",
}
_PICTURES = ("image/png", "image/jpeg", "image/gif")


class Ask(BaseModel):
    """`wait`: seconds to stay for the first one, when there is none yet. `whole`: each as it came, for whoever has a
    mail reader of their own."""

    model_config = ConfigDict(frozen=True)

    after: int = Field(default=0, ge=0)
    to: str = ""
    limit: int = Field(default=100, ge=1, le=1000)
    wait: float = Field(default=0, ge=0, le=30)
    whole: bool = False


def inbox(mailbox: Mailbox) -> APIRouter:
    router = APIRouter(prefix=ROOT, include_in_schema=False)
    pages = Environment(
        loader=PackageLoader("colloque_embedded"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    pages.filters.update(moment=_moment, octets=_octets)
    assets = Assets.of("colloque.web")
    pages.globals.update(style=assets.url("colloque.css"), icon=assets.url("icone.svg"))

    def page(name: str, **context: Any) -> HTMLResponse:
        return HTMLResponse(pages.get_template(name).render(root=ROOT, **context), headers=_PAGES)

    def mail(n: int) -> Received:
        found = mailbox.find(n)
        if found is None:
            raise HTTPException(404, "there is no such mail")
        return found

    def opened(n: int) -> tuple[Received, Letter]:
        received = mail(n)
        return received, letter.read(mailbox.raw(received))

    def listed(to: str, before: int | None) -> HTMLResponse:
        found = [mail for mail in mailbox.since(to=to) if before is None or mail.n < before]
        newest = found[: -A_PAGE - 1 : -1]
        rows = [(mail, letter.subject(mailbox.raw(mail))) for mail in newest]
        older = newest[-1].n if len(found) > A_PAGE else None
        return page("inbox.html", rows=rows, to=to, total=len(mailbox.mails), matching=len(found), older=older)

    @router.get("")
    def newest(before: Annotated[int | None, Query(ge=1)] = None) -> HTMLResponse:
        return listed("", before)

    @router.post("")
    def search(to: Annotated[str, Form()] = "", before: Annotated[int | None, Form(ge=1)] = None) -> HTMLResponse:
        return listed(to.strip(), before)

    @router.get("/{n}")
    def read(n: int) -> HTMLResponse:
        received, content = opened(n)
        return page("mail.html", mail=received, letter=content)

    @router.get("/{n}/page")
    def show(n: int) -> Response:
        _, content = opened(n)
        return Response(_framed(content), headers=_MAIL_PAGE)

    @router.get("/{n}/raw")
    def source(n: int) -> Response:
        return PlainTextResponse(mailbox.raw(mail(n)), headers=_PAGES)

    @router.get("/{n}/parts/{number}")
    def part(n: int, number: int) -> Response:
        _, content = opened(n)
        if not 1 <= number <= len(content.parts):
            raise HTTPException(404, "that mail has no such part")
        return _part(content.parts[number - 1])

    @router.get("/api/mails")
    def since(
        after: Annotated[int, Query(ge=0)] = 0, limit: Annotated[int, Query(ge=1, le=1000)] = 100
    ) -> dict[str, Any]:
        return _answer(mailbox, Ask(after=after, limit=limit))

    @router.post("/api/mails")
    async def ask(asked: Ask) -> dict[str, Any]:
        with suppress(TimeoutError):
            await mailbox.arrival(asked.to, after=asked.after, within=asked.wait)
        return await run_in_threadpool(_answer, mailbox, asked)

    @router.get("/api/mails/{n}")
    def one(n: int) -> dict[str, Any]:
        received, content = opened(n)
        return _summary(received, content) | {
            "headers": content.headers,
            "text": content.text,
            "html": content.page,
            "parts": [_described(part, n, number) for number, part in enumerate(content.parts, 1)],
        }

    @router.get("/api/mails/{n}/raw")
    def bytes_of(n: int) -> Response:
        return Response(mailbox.raw(mail(n)), media_type="message/rfc822", headers=_PAGES)

    return router


def _answer(mailbox: Mailbox, asked: Ask) -> dict[str, Any]:
    """`next` is where to go on from: past everything looked at, wanted or not."""
    found = mailbox.since(asked.after, asked.to)
    given = found[: asked.limit]
    done = len(given) == len(found)
    return {
        "mails": [
            _untouched(mail, mailbox.raw(mail)) if asked.whole else _summary(mail, letter.read(mailbox.raw(mail)))
            for mail in given
        ],
        "next": max(asked.after, len(mailbox.mails)) if done else given[-1].n,
    }


def _summary(mail: Received, content: Letter) -> dict[str, Any]:
    return {
        "n": mail.n,
        "at": mail.at,
        "sender": mail.sender,
        "recipients": mail.recipients,
        "subject": content.subject,
        "message_id": content.message_id,
        "links": content.links,
    }


def _untouched(mail: Received, raw: bytes) -> dict[str, Any]:
    return {"n": mail.n, "at": mail.at, "recipients": mail.recipients, "source": b64encode(raw).decode()}


def _described(part: Part, n: int, number: int) -> dict[str, Any]:
    return {
        "name": part.name,
        "media_type": part.media_type,
        "size": len(part.content),
        "url": f"{ROOT}/{n}/parts/{number}",
    }


def _framed(content: Letter) -> str:
    """Pictures that travel in the mail are put into its page, which may fetch nothing; links leave the frame."""
    shown = content.page
    for part in content.parts:
        if part.content_id and part.media_type in _PICTURES:
            picture = f"data:{part.media_type};base64,{b64encode(part.content).decode()}"
            shown = shown.replace(f"cid:{part.content_id}", picture)
    with_target, changed = re.subn(r"(<head[^>]*>)", r'\1<base target="_blank">', shown, count=1, flags=re.IGNORECASE)
    return with_target if changed else f'<base target="_blank">{shown}'


def _part(part: Part) -> Response:
    headers = _PAGES | {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(part.name, safe='')}"}
    if part.media_type in _PICTURES:
        headers = _PAGES
    return Response(part.content, media_type=part.media_type, headers=headers)


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%d/%m/%Y %H:%M:%S UTC")


def _octets(size: int) -> str:
    return f"{size / 1000:.1f} ko".replace(".", ",") if size >= 1000 else f"{size} octets"
