"""What the room answers to programs: mails by reference, without an address or a word of theirs."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from colloque.runtime.desk import Desk
from colloque.runtime.journal import Cause
from colloque.web.api import Asker, Doors
from colloque_notifications.commands import SendAgain
from colloque_notifications.domain.mail import Mail, State
from colloque_notifications.pages import Group
from colloque_notifications.reads import MailReads


class MailOut(BaseModel):
    id: str
    template: str
    person: str = Field(description="A reference; who it is only registration says")
    about: str = Field(description="What it tells of: a registration, an organiser")
    state: State
    queued_at: datetime
    settled_at: datetime | None
    due_at: datetime = Field(description="Of what is still to be sent: when")
    attempts: int
    status: int = Field(description="The reply code of the mail server, 0 where it gave none")
    reason: str = Field(description="Why it was not sent on purpose")
    first: str = Field(description="The mail that this one says again; empty for a first one")
    story: str = Field(description="Its trace: /api/traces/{story}")


class MailsOut(BaseModel):
    total: int
    states: dict[str, int]
    mails: list[MailOut]
    before: int | None = Field(description="Of the next page; null where there is none")


class AgainOut(BaseModel):
    mail: str = Field(description="The new mail")
    first: str = Field(description="The mail that it says again")
    times: int = Field(description="How often that was sent again by now")


class Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")

    state: Group | None = None
    template: str = Field(default="", max_length=60)
    before: int = Field(default=0, ge=0, le=2**53)


def build_api(desk: Desk, doors: Doors, reads: MailReads) -> APIRouter:
    api = doors.router()

    @api.get("/api/editions/{edition}/mails", dependencies=[doors.api("desk")], summary="The mails of an edition")
    async def mails(edition: str, asked: Annotated[Asked, Query()]) -> MailsOut:
        await reads.edition(edition)
        page = await reads.page(edition, group=asked.state or "", template=asked.template, before=asked.before)
        states = {state: page.book.of_state(state) for state in ("queued", "deferred", "sent", "failed", "suppressed")}
        return MailsOut(
            total=page.book.n, states=states, mails=[_out(mail) for mail in page.mails], before=page.older or None
        )

    @api.post(
        "/api/editions/{edition}/mails/{mail}/again", dependencies=[doors.api("desk")], summary="Send a mail again"
    )
    async def again(edition: str, mail: str, caller: Asker) -> AgainOut:
        """Written anew, to the address that is known now; refused while a later mail says what is so."""
        one = await reads.mail(edition, mail)
        command = SendAgain(edition=edition, mail=mail, by=caller.organiser)
        return AgainOut.model_validate(await desk.do(command, Cause(caller.cause.id, one.story)))

    return api


def _out(mail: Mail) -> MailOut:
    return MailOut(**{name: getattr(mail, name) for name in MailOut.model_fields})
