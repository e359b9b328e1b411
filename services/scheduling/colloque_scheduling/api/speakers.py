"""Those who speak: inviting them, reminding them, noting what they said."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from colloque.runtime.desk import Desk
from colloque.web.api import Asker, Doors
from colloque_scheduling.api.sessions import AssignmentId, NoSuchAssignment
from colloque_scheduling.api.views import Given
from colloque_scheduling.commands.speakers import MOST, InviteSpeakers, Message, RecordAnswer, RemindSpeaker
from colloque_scheduling.domain.programme.assignment import Answer, Role
from colloque_scheduling.domain.programme.invitation import By
from colloque_scheduling.domain.programme.words import Instant, Slug
from colloque_scheduling.reads import a_draft
from colloque_scheduling.speakers import Speaker, a_speaker, the_speakers


class Invited(BaseModel):
    invited: int = Field(description="How many are asked by mail: all at once, or one lot after the other")


class NewInvitations(Given):
    """Without `assignments`: everybody who is assigned and has not been invited yet. Answers are awaited until `until`,
    else as the edition says (`speakers.answer_by`), else for as long as it takes."""

    assignments: Annotated[tuple[AssignmentId, ...], Field(min_length=1, max_length=MOST)] | None = None
    until: Instant | None = None


class NewInvitation(Given):
    until: Instant | None = None


class GivenAnswer(Given):
    """`withdrawn` is what somebody says who had confirmed."""

    answer: Literal["confirmed", "declined", "withdrawn"]
    message: Message = ""


class InvitationView(BaseModel):
    """`id` is the assignment's. `invited_at` is null until a mail has asked; `undelivered` is what a mail server said
    that would not take it, else 0."""

    id: str
    session: str
    person: str
    role: Role
    state: Answer
    invited_at: Instant | None = None
    until: Instant | None = None
    reminders: int = 0
    answered_at: Instant | None = None
    answered_by: By | None = None
    message: str = ""
    undelivered: int = 0

    @classmethod
    def of(cls, one: Speaker) -> InvitationView:
        known = one.invitation
        told = {}
        if known is not None:
            told = {
                "invited_at": known.sent_at,
                "until": known.until,
                "reminders": known.reminded,
                "answered_at": known.answered_at,
                "answered_by": known.answered_by,
                "message": known.message,
                "undelivered": known.undelivered,
            }
        return cls.model_validate(
            {
                "id": one.short,
                "session": one.session.key,
                "person": one.assignment.person,
                "role": one.assignment.role,
                "state": one.assignment.state,
                **told,
            }
        )


def speaker_routes(api: APIRouter, desk: Desk, doors: Doors) -> None:
    edits = [doors.api("programme")]

    async def view(edition: str, assignment: str) -> InvitationView:
        found = await a_speaker(desk, f"{edition}/{assignment}")
        if found is None:
            raise NoSuchAssignment("Nobody has that role in that session.", objects=(f"assignment/{assignment}",))
        return InvitationView.of(found)

    @api.get("/api/editions/{edition}/invitations", tags=["speakers"], dependencies=edits)
    async def list_invitations(
        edition: Slug, state: Annotated[Answer | None, Query(description="Only those who stand there")] = None
    ) -> list[InvitationView]:
        """Everybody who is assigned, by hour of their session: who was asked when, who has answered what."""
        await a_draft(desk, edition)
        return [
            InvitationView.of(one)
            for one in await the_speakers(desk, edition)
            if state is None or one.assignment.state is state
        ]

    @api.post("/api/editions/{edition}/invitations", tags=["speakers"], dependencies=edits)
    async def invite_speakers(edition: Slug, caller: Asker, asked: NewInvitations | None = None) -> Invited:
        """Ask people by mail whether they will come. Refused when one of those named has been asked already."""
        named = asked.assignments if asked else None
        command = InviteSpeakers(
            edition=edition,
            assignments=tuple(f"{edition}/{one}" for one in named) if named else None,
            until=asked.until if asked else None,
        )
        return Invited.model_validate(await desk.do(command, caller.cause))

    @api.post("/api/editions/{edition}/assignments/{assignment}/invite", tags=["speakers"], dependencies=edits)
    async def invite_speaker(
        edition: Slug, assignment: AssignmentId, caller: Asker, asked: NewInvitation | None = None
    ) -> InvitationView:
        """Ask one of them."""
        until = asked.until if asked else None
        await desk.do(
            InviteSpeakers(edition=edition, assignments=(f"{edition}/{assignment}",), until=until), caller.cause
        )
        return await view(edition, assignment)

    @api.post("/api/editions/{edition}/assignments/{assignment}/remind", tags=["speakers"], dependencies=edits)
    async def remind_speaker(edition: Slug, assignment: AssignmentId, caller: Asker) -> InvitationView:
        """Ask somebody again who has not answered; at most once a day."""
        await desk.do(RemindSpeaker(assignment=f"{edition}/{assignment}"), caller.cause)
        return await view(edition, assignment)

    @api.post("/api/editions/{edition}/assignments/{assignment}/answer", tags=["speakers"], dependencies=edits)
    async def record_answer(
        edition: Slug, assignment: AssignmentId, given: GivenAnswer, caller: Asker
    ) -> InvitationView:
        """Note what somebody said otherwise than by their link. It counts as theirs."""
        command = RecordAnswer(assignment=f"{edition}/{assignment}", answer=given.answer, message=given.message)
        await desk.do(command, caller.cause)
        return await view(edition, assignment)
