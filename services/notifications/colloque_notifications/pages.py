"""The console's mails: what was sent, what was not, and why."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from colloque.web.api import Asker, Doors
from colloque.web.site import Site, console_lang
from colloque_notifications.reads import MailReads
from colloque_notifications.words import GROUPS, REASONS, STATES, TEMPLATES, trouble

Group = Literal["failed", "waiting", "suppressed", "sent"]


class Asked(BaseModel):
    """Nothing of it says anything of anybody."""

    model_config = ConfigDict(extra="ignore")

    state: Group | Literal[""] = ""
    template: str = Field(default="", max_length=60)
    before: int = Field(default=0, ge=0, le=2**53)


def build_pages(site: Site, doors: Doors, reads: MailReads) -> APIRouter:
    pages = site.router()

    @pages.get("/console/{edition}/mails", dependencies=[doors.console("desk")])
    async def mails(request: Request, edition: str, caller: Asker, asked: Annotated[Asked, Query()]) -> Response:
        known = await reads.edition(edition)
        template = asked.template if asked.template in TEMPLATES else ""
        page = await reads.page(edition, group=asked.state, template=template, before=asked.before)
        return site.page(
            request,
            "mails.html",
            console_lang(request),
            caller=caller,
            edition=known.frame,
            current="mails",
            mails=page.mails,
            book=page.book,
            older=page.older,
            asked=asked,
            template=template,
            addresses=await reads.masked_addresses(page.mails),
            **_WORDS,
        )

    @pages.get("/console/{edition}/mails/{id}", dependencies=[doors.console("desk")])
    async def mail(request: Request, edition: str, id: str, caller: Asker) -> Response:
        known = await reads.edition(edition)
        one = await reads.mail(edition, id)
        return site.page(
            request,
            "mail.html",
            console_lang(request),
            caller=caller,
            edition=known.frame,
            current="mails",
            mail=one,
            address=(await reads.masked_addresses([one]))[one.person],
            **_WORDS,
        )

    return pages


_WORDS: dict[str, Any] = {
    "states": STATES,
    "templates": TEMPLATES,
    "reasons": REASONS,
    "groups": GROUPS,
    "trouble": trouble,
}
