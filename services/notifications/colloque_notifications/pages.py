"""The console's mails: what was sent, what was not, and why."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from colloque.runtime.desk import Desk
from colloque.runtime.journal import Cause
from colloque.web.api import Asker, Doors
from colloque.web.forms import Filled, Form
from colloque.web.site import Site, console_lang
from colloque_notifications.commands import SendAgain
from colloque_notifications.domain.again import MOST
from colloque_notifications.reads import MailReads
from colloque_notifications.words import GROUPS, OF_SPEAKERS, REASONS, STATES, TEMPLATES, trouble

Group = Literal["failed", "waiting", "suppressed", "sent"]


class AgainForm(Form):
    """The button that sends a mail again."""


class Asked(BaseModel):
    """Nothing of it says anything of anybody."""

    model_config = ConfigDict(extra="ignore")

    state: Group | Literal[""] = ""
    template: str = Field(default="", max_length=60)
    before: int = Field(default=0, ge=0, le=2**53)


def build_pages(site: Site, desk: Desk, doors: Doors, reads: MailReads) -> APIRouter:
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

    async def shown(request: Request, edition: str, id: str, caller: Asker, form: Filled[AgainForm]) -> Response:
        known = await reads.edition(edition)
        one = await reads.mail(edition, id)
        again, repeating = await reads.again(one)
        return site.page(
            request,
            "mail.html",
            console_lang(request),
            status=form.status if form.errors else 200,
            caller=caller,
            edition=known.frame,
            current="mails",
            mail=one,
            address=(await reads.masked_addresses([one]))[one.person],
            again=again,
            repeating=repeating,
            most=MOST,
            form=form,
            **_WORDS,
        )

    @pages.get("/console/{edition}/mails/{id}", dependencies=[doors.console("desk")])
    async def mail(request: Request, edition: str, id: str, caller: Asker) -> Response:
        return await shown(request, edition, id, caller, site.blank(request, AgainForm, console_lang(request)))

    @pages.post("/console/{edition}/mails/{id}", dependencies=[doors.console("desk")])
    async def send_again(request: Request, edition: str, id: str, caller: Asker) -> Response:
        """A new mail, in the story of the one that it says again."""
        form = await site.form(request, AgainForm, console_lang(request))
        if form.value is None:
            return await shown(request, edition, id, caller, form)
        command = SendAgain(edition=edition, mail=id, by=caller.organiser)
        answer = await desk.do(command, Cause(form.cause.id, (await reads.mail(edition, id)).story))
        assert isinstance(answer, dict)
        return site.go(f"/console/{edition}/mails/{answer['mail']}")

    return pages


_WORDS: dict[str, Any] = {
    "states": STATES,
    "templates": TEMPLATES,
    "reasons": REASONS,
    "groups": GROUPS,
    "trouble": trouble,
    "of_speakers": OF_SPEAKERS,
}
