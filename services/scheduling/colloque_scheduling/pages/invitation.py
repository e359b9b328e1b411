"""The page behind a speaker's link: it shows and asks; the button decides. Whatever has become of the invitation since,
it says so, and what can still be done."""

from __future__ import annotations

from asyncio import gather
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

from fastapi import APIRouter, Request
from starlette.responses import Response

from colloque.contracts.fact import SessionFrame
from colloque.runtime.desk import Desk
from colloque.web.asking import refusal_of
from colloque.web.forms import Filled, Form, Lines
from colloque.web.i18n import N_, Lang
from colloque.web.links import LinkBroken, Links
from colloque.web.site import Site
from colloque_scheduling import wording
from colloque_scheduling.commands.speakers import AnswerInvitation
from colloque_scheduling.domain.programme.assignment import Answer, Assignment
from colloque_scheduling.domain.programme.draft import Draft
from colloque_scheduling.domain.programme.edition import Edition
from colloque_scheduling.domain.programme.invitation import Invitation, as_known, parts_of
from colloque_scheduling.domain.programme.release import Programme
from colloque_scheduling.domain.programme.session import Session, Standing
from colloque_scheduling.domain.programme.states import OVER

Stand = Literal["asked", "late", "confirmed", "declined", "withdrawn", "expired", "off", "over", "replaced"]
GONE: frozenset[Stand] = frozenset({"late", "expired", "off", "over", "replaced"})
"""Nothing can be answered any more: the page says so with its status, too."""


class AnswerForm(Form):
    answer: Literal["confirmed", "declined", "withdrawn"]
    message: Lines = ""

    labels: ClassVar[Mapping[str, str]] = {"answer": N_("Votre réponse"), "message": N_("Un mot pour l'équipe")}
    words: ClassVar[Mapping[str, Mapping[str, str]]] = {
        "answer": {"*": N_("Appuyez sur « Oui » ou sur « Non ».")},
    }


@dataclass(frozen=True, slots=True)
class Asked:
    """What the link leads to, as it stands. `frame`: the session as people may know it, None without hours."""

    edition: Edition
    stand: Stand
    session: Session | None = None
    one: Assignment | None = None
    invitation: Invitation | None = None
    frame: SessionFrame | None = None


def invitation_pages(pages: APIRouter, desk: Desk, site: Site) -> None:
    links = Links(site.settings)

    async def asked(id: str, generation: int) -> Asked:
        of, key, person = parts_of(id)
        edition, session, draft, programme, invitation = await gather(
            desk.reads.get(Edition, of),
            desk.reads.get(Session, f"{of}/{key}"),
            desk.reads.get(Draft, of),
            desk.reads.glance(Programme, of),
            desk.reads.get(Invitation, id),
        )
        if edition is None or draft is None:
            raise LinkBroken("there is no such edition any more")
        one = next((one for one in session.people if one.key == person), None) if session else None
        if session is None or one is None or invitation is None or invitation.links != generation:
            return Asked(edition, "over" if edition.state in OVER else "replaced")
        frame, _ = as_known(session, draft, programme)
        late = invitation.late(site.clock.now())
        return Asked(edition, _stand(edition, session, one, late=late), session, one, invitation, frame)

    def page(request: Request, lang: Lang, what: Asked, form: Filled[AnswerForm] | None = None) -> Response:
        status = form.status if form is not None else 410 if what.stand in GONE else 200
        return site.page(
            request,
            "invitation.html",
            lang,
            status=status,
            personal=True,
            edition=what.edition.frame if what.edition.public else None,
            e=what.edition,
            what=what,
            here=request.url.path,
            form=form or site.blank(request, AnswerForm, lang),
            **wording.IN_TEMPLATES,
        )

    @pages.get("/{lang}/invitation/{token}")
    async def invitation(request: Request, lang: Lang, token: str) -> Response:
        link = links.read("invitation", token, site.clock.now())
        return page(request, lang, await asked(link.subject, link.generation))

    @pages.post("/{lang}/invitation/{token}")
    async def answered(request: Request, lang: Lang, token: str) -> Response:
        form = await site.form(request, AnswerForm, lang)
        link = links.read("invitation", token, site.clock.now())
        if form.value is None:
            what = await asked(link.subject, link.generation)
            if what.stand in ("asked", "confirmed"):
                return page(request, lang, what, form)
            return site.go(request.url.path)
        command = AnswerInvitation(
            assignment=link.subject,
            links=link.generation,
            answer=form.value.answer,
            message=form.value.message,
        )
        await refusal_of(desk, command, form.cause)  # the page says what stands in the way
        return site.go(request.url.path)


def _stand(edition: Edition, session: Session, one: Assignment, *, late: bool) -> Stand:
    if edition.state in OVER:
        return "over"
    if session.state is Standing.CANCELLED:
        return "off"
    match one.state:
        case Answer.INVITED:
            return "late" if late else "asked"
        case Answer.CONFIRMED:
            return "confirmed"
        case Answer.DECLINED:
            return "declined"
        case Answer.EXPIRED:
            return "expired"
        case Answer.WITHDRAWN:
            return "withdrawn"
