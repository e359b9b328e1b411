"""Speakers and their answers, for those who make the programme: who was asked when, who has not answered, and what
to do about it. Whatever a person will be written of has a page of its own that says so before the button."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, ClassVar, Literal

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from colloque.runtime.desk import Desk
from colloque.runtime.work import Command
from colloque.web.api import Asker, Caller, Doors
from colloque.web.asking import refusal_of
from colloque.web.forms import Filled, Form, Lines
from colloque.web.i18n import N_
from colloque.web.site import Site, console_lang, no_such_page
from colloque_scheduling import wording
from colloque_scheduling.commands.draft import Assign
from colloque_scheduling.commands.speakers import InviteSpeakers, RecordAnswer, RemindSpeaker
from colloque_scheduling.domain.programme.assignment import Answer
from colloque_scheduling.domain.programme.edition import Edition
from colloque_scheduling.domain.programme.invitation import A_WHILE
from colloque_scheduling.domain.programme.person import Person
from colloque_scheduling.domain.programme.slot import zone
from colloque_scheduling.reads import an_edition
from colloque_scheduling.speakers import Speaker, a_speaker, the_speakers

Group = Literal["to_invite", "silent", "coming", "out"]
GROUPS: dict[Group, str] = {
    "to_invite": N_("À inviter"),
    "silent": N_("Sans réponse"),
    "coming": N_("Ont dit oui"),
    "out": N_("Ne viennent pas"),
}


class Shown(BaseModel):
    """Which part of the list: nothing of it says anything of anybody."""

    model_config = ConfigDict(extra="ignore")

    group: Group | Literal[""] = ""


class InviteForm(Form):
    """The day is counted to its end, on the edition's clock."""

    until: date | None = None

    labels: ClassVar[Mapping[str, str]] = {"until": N_("Réponse attendue jusqu'au")}
    words: ClassVar[Mapping[str, Mapping[str, str]]] = {
        "until": {"*": N_("Écrivez un jour à venir, par exemple 2018-09-05.")}
    }


class RemindForm(Form):
    pass


class AnswerForm(Form):
    answer: Literal["confirmed", "declined", "withdrawn"]
    message: Lines = ""

    labels: ClassVar[Mapping[str, str]] = {"answer": N_("Ce qu'on vous a répondu"), "message": N_("Note pour l'équipe")}
    words: ClassVar[Mapping[str, Mapping[str, str]]] = {"answer": {"*": N_("Choisissez une réponse.")}}


def speaker_pages(pages: APIRouter, desk: Desk, site: Site, doors: Doors) -> None:
    looks, edits = [doors.console("viewer")], [doors.console("programme")]

    async def names(speakers: Sequence[Speaker]) -> dict[str, str]:
        ids = list(dict.fromkeys(one.assignment.person for one in speakers))
        return {one.id: one.name for one in await desk.reads.all(Person, ids) if one and one.name}

    async def the_list(
        request: Request, edition: str, caller: Caller, group: str = "", form: Filled[InviteForm] | None = None
    ) -> Response:
        e, every = await an_edition(desk, edition), await the_speakers(desk, edition)
        by_group = {one: [speaker for speaker in every if group_of(speaker) == one] for one in GROUPS}
        lang = console_lang(request)
        return site.page(
            request,
            "speakers.html",
            lang,
            status=form.status if form else 200,
            **_common(e, caller),
            group=group,
            groups=GROUPS,
            by_group=by_group,
            every=every,
            rows=next((rows for key, rows in by_group.items() if key == group), every),
            names=await names(every),
            lately=site.clock.now() - A_WHILE,
            wrong=form,
            invite=form or site.blank(request, InviteForm, lang),
            remind=RemindForm,
        )

    async def one_page(
        request: Request, edition: str, caller: Caller, assignment: str, wrong: Filled[Any] | None = None
    ) -> Response:
        e, speaker = await an_edition(desk, edition), await a_speaker(desk, f"{edition}/{assignment}")
        if speaker is None:
            no_such_page("nobody has that role in that session")
        lang = console_lang(request)
        blank = site.blank(request, AnswerForm, lang)
        return site.page(
            request,
            "speaker.html",
            lang,
            status=wrong.status if wrong else 200,
            **_common(e, caller),
            one=speaker,
            called=(await names([speaker])).get(speaker.assignment.person, ""),
            here=f"/console/{edition}/speakers/{assignment}",
            lately=site.clock.now() - A_WHILE,
            wrong=wrong,
            answer=wrong if wrong and wrong.kind is AnswerForm else blank,
            invite=wrong if wrong and wrong.kind is InviteForm else site.blank(request, InviteForm, lang),
            remind=site.blank(request, RemindForm, lang),
        )

    async def done(form: Filled[Any], command: Command) -> bool:
        refusal = await refusal_of(desk, command, form.cause)
        if refusal is not None:
            form.refuse(refusal)
        return refusal is None

    # ---- looking
    @pages.get("/console/{edition}/speakers", dependencies=looks)
    async def speakers(request: Request, edition: str, caller: Asker, shown: Shown = Query()) -> Response:
        return await the_list(request, edition, caller, shown.group)

    @pages.get("/console/{edition}/speakers/{assignment}", dependencies=edits)
    async def speaker(request: Request, edition: str, assignment: str, caller: Asker) -> Response:
        return await one_page(request, edition, caller, assignment)

    # ---- acting
    @pages.post("/console/{edition}/speakers/invite", dependencies=edits)
    async def invite_all(request: Request, edition: str, caller: Asker) -> Response:
        form = await site.form(request, InviteForm, console_lang(request))
        if form.value is not None:
            until = _end_of(form.value.until, await an_edition(desk, edition))
            if await done(form, InviteSpeakers(edition=edition, until=until)):
                return site.go(f"/console/{edition}/speakers?group=silent")
        return await the_list(request, edition, caller, "to_invite", form)

    @pages.post("/console/{edition}/speakers/{assignment}/invite", dependencies=edits)
    async def invite_one(request: Request, edition: str, assignment: str, caller: Asker) -> Response:
        form = await site.form(request, InviteForm, console_lang(request))
        speaker = await a_speaker(desk, f"{edition}/{assignment}") or no_such_page()
        if form.value is not None:
            until = _end_of(form.value.until, await an_edition(desk, edition))
            anew = speaker.assignment.model_copy(update={"state": Answer.INVITED})
            command: Command = InviteSpeakers(edition=edition, assignments=(speaker.id,), until=until)
            if not speaker.assignment.live:
                command = Assign(
                    edition=edition, session=speaker.session.key, assignment=anew, invite=True, until=until
                )
            if await done(form, command):
                return site.go(f"/console/{edition}/speakers/{assignment}")
        return await one_page(request, edition, caller, assignment, form)

    @pages.post("/console/{edition}/speakers/{assignment}/remind", dependencies=edits)
    async def remind_one(request: Request, edition: str, assignment: str, caller: Asker) -> Response:
        form = await site.form(request, RemindForm, console_lang(request))
        if form.value is not None and await done(form, RemindSpeaker(assignment=f"{edition}/{assignment}")):
            return site.go(f"/console/{edition}/speakers?group=silent")
        return await one_page(request, edition, caller, assignment, form)

    @pages.post("/console/{edition}/speakers/{assignment}/answer", dependencies=edits)
    async def record_answer(request: Request, edition: str, assignment: str, caller: Asker) -> Response:
        form = await site.form(request, AnswerForm, console_lang(request))
        if form.value is not None:
            command = RecordAnswer(
                assignment=f"{edition}/{assignment}", answer=form.value.answer, message=form.value.message
            )
            if await done(form, command):
                return site.go(f"/console/{edition}/speakers/{assignment}")
        return await one_page(request, edition, caller, assignment, form)


def group_of(one: Speaker) -> Group:
    if one.assignment.state is Answer.CONFIRMED and not one.gone:
        return "coming"
    return "to_invite" if one.to_invite else "silent" if one.silent else "out"


def _common(e: Edition, caller: Caller) -> dict[str, Any]:
    return {
        **wording.IN_TEMPLATES,
        "answers": wording.ANSWERS,
        "edition": e.frame,
        "e": e,
        "caller": caller,
        "current": "speakers",
        "may_act": "programme" in caller.roles,
    }


def _end_of(day: date | None, edition: Edition) -> datetime | None:
    if day is None:
        return None
    return datetime.combine(day + timedelta(days=1), time(), zone(edition.tz)) - timedelta(minutes=1)
