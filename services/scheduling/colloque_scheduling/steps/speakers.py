"""Those who speak: assigned, invited, reminded; what they answer, and what the clock says when they do not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from colloque.contracts.notifications import MessageFailed
from colloque.runtime.work import Answer as Answered
from colloque.runtime.work import Change, Read, Work
from colloque_scheduling.commands.draft import Assign, Unassign
from colloque_scheduling.commands.speakers import (
    AnswerInvitation,
    ExpireInvitation,
    GoOnInviting,
    InviteSpeakers,
    RecordAnswer,
    RemindSilentSpeaker,
    RemindSpeaker,
)
from colloque_scheduling.domain.programme.assignment import Answer
from colloque_scheduling.domain.programme.draft import Draft
from colloque_scheduling.domain.programme.edition import Edition
from colloque_scheduling.domain.programme.invitation import (
    A_WHILE,
    AnsweredAlready,
    By,
    Invitation,
    NoSuchInvitation,
    NotYetInvited,
    Stage,
    id_of,
    parts_of,
)
from colloque_scheduling.domain.programme.release import Programme
from colloque_scheduling.domain.programme.session import Session, Standing
from colloque_scheduling.domain.programme.states import State
from colloque_scheduling.steps.sessions import open_draft, settle, the_session
from colloque_scheduling.steps.speaking import Said, noted, quiet, show_cast, stage_of

SLICE = 50
"""So many are invited in one turn; whoever is left in the next."""


# ---- assigning
async def assign(command: Assign, work: Work) -> Answered:
    edition, draft = await open_draft(work, command.edition, (Session, f"{command.edition}/{command.session}"))
    known = await the_session(work, edition.id, command.session)
    change = known.assigned(command.assignment)
    after = change.document
    await settle(work, draft, known, change)
    if after is not known:
        before = await work.get(Invitation, id_of(after, command.assignment))
        if before is not None:
            work.keep(Change(before.anew()))
    if command.invite:
        stage = await stage_of(work, edition, draft)
        await _invite(work, stage, after, command.assignment.key, command.until or edition.speakers.answer_by)
    return after.key


async def unassign(command: Unassign, work: Work) -> Answered:
    """Who had confirmed hears of it; a link that is still out opens nothing any more."""
    edition, draft = await open_draft(work, command.edition, (Session, f"{command.edition}/{command.session}"))
    known = await the_session(work, edition.id, command.session)
    one, after = known.assignment(command.assignment), known
    if one.state is Answer.CONFIRMED:
        after = await noted(work, edition, draft, known, Said(one.key, Answer.WITHDRAWN, By.ORGANISER))
    after = after.unassigned(one.key).document
    invitation = await work.get(Invitation, id_of(known, one))
    if invitation is not None:
        work.keep(Change(invitation.anew()))
        quiet(work, invitation.id)
    await settle(work, draft, known, Change(after))
    await show_cast(work, edition, after)
    return after.key


# ---- asking
async def invite_speakers(command: InviteSpeakers, work: Work) -> Answered:
    """By name, each must be there to be invited; of everybody, those are who have not been yet."""
    edition, draft = await open_draft(work, command.edition)
    until = command.until or edition.speakers.answer_by
    if command.assignments is None:
        wanted = await _not_yet_invited(work, edition.id)
        return await _invite_some(work, edition, draft, wanted, until, work.cause)
    stage = await stage_of(work, edition, draft)
    for id in dict.fromkeys(command.assignments):
        of, session, key = parts_of(id)
        if of != edition.id:
            raise NoSuchInvitation("That is an assignment of another edition.", objects=(f"assignment/{id}",))
        await _invite(work, stage, await the_session(work, edition.id, session), key, until)
    return {"invited": len(set(command.assignments))}


async def go_on_inviting(command: GoOnInviting, work: Work) -> Answered:
    edition, draft = await open_draft(work, command.edition)
    return await _invite_some(work, edition, draft, command.assignments, command.until, command.batch)


async def _not_yet_invited(work: Work, edition: str) -> list[str]:
    waiting = [
        id_of(session, one)
        for session in await work.find(Session, edition=edition)
        if session.state is not Standing.CANCELLED
        for one in session.people
        if one.state is Answer.INVITED
    ]
    known = await work.all(Invitation, waiting)
    return [id for id, one in zip(waiting, known, strict=True) if one is None or one.sent_at is None]


async def _invite_some(  # noqa: PLR0917
    work: Work, edition: Edition, draft: Draft, ids: Sequence[str], until: datetime | None, batch: str
) -> Answered:
    """Whoever has answered, gone or been invited meanwhile is left out."""
    now, later = ids[:SLICE], ids[SLICE:]
    parts = {id: parts_of(id) for id in now}
    sessions: list[Read] = [(Session, f"{edition.id}/{session}") for _, session, _ in parts.values()]
    await work.ahead((Programme, edition.id), *sessions, *((Invitation, id) for id in now))
    stage = await stage_of(work, edition, draft)
    for id, (_, key, person) in parts.items():
        session = await work.hold(Session, f"{edition.id}/{key}")
        known = await work.get(Invitation, id)
        waits = session is not None and any(one.key == person and one.state is Answer.INVITED for one in session.people)
        if session is None or not waits or session.state is Standing.CANCELLED or (known and known.sent_at):
            continue
        await _invite(work, stage, session, person, until)
    if later:
        rest = GoOnInviting(edition=edition.id, batch=batch, assignments=tuple(later), until=until)
        work.wake(work.now, rest)
    return {"invited": len(ids)}


async def _invite(work: Work, stage: Stage, session: Session, key: str, until: datetime | None) -> None:
    one = session.assignment(key)
    known = await work.get(Invitation, id_of(session, one))
    invitation = work.keep(stage.invite(session, one, known, work.now, until))
    _set_alarms(work, stage.edition, invitation)


def _set_alarms(work: Work, edition: Edition, invitation: Invitation) -> None:
    reminder = invitation.next_reminder(edition)
    if reminder is not None:
        work.wake(reminder, RemindSilentSpeaker(assignment=invitation.id))
    else:
        work.let_sleep(RemindSilentSpeaker, invitation.id)
    if invitation.until is not None:
        work.wake(invitation.until, ExpireInvitation(assignment=invitation.id))


async def remind_speaker(command: RemindSpeaker, work: Work) -> Answered:
    edition, draft, session, invitation = await _theirs(work, command.assignment)
    session.must_stand()
    if not _silent(session, invitation):
        raise AnsweredAlready("They have answered already.", objects=(f"assignment/{invitation.id}",))
    _remind(work, await stage_of(work, edition, draft), session, invitation)
    return session.key


async def remind_silent_speaker(command: RemindSilentSpeaker, work: Work) -> Answered:
    edition, draft, session, invitation = await _theirs(work, command.assignment)
    if session.state is Standing.CANCELLED or not _silent(session, invitation):
        return "nobody is waited for"
    if edition.state is State.POSTPONED:
        work.wake(work.now + A_WHILE, command)
        return "nobody is asked for a day that will not be"
    _remind(work, await stage_of(work, edition, draft), session, invitation)
    return session.key


def _remind(work: Work, stage: Stage, session: Session, invitation: Invitation) -> None:
    _set_alarms(work, stage.edition, work.keep(stage.remind(session, invitation, work.now)))


# ---- answering
async def answer_invitation(command: AnswerInvitation, work: Work) -> Answered:
    """A link of an earlier generation is somebody else's by now, or nobody's."""
    edition, draft, session, invitation = await _theirs(work, command.assignment)
    if invitation.links != command.links:
        raise NoSuchInvitation("That link has been replaced.", objects=(f"assignment/{invitation.id}",))
    if command.answer != "withdrawn":
        invitation.in_time(work.now)
    said = Said(invitation.key, Answer(command.answer), By.SPEAKER, command.message)
    await _note(work, edition, draft, session, said)
    return command.answer


async def record_answer(command: RecordAnswer, work: Work) -> Answered:
    """Of anybody assigned, invited by mail or not."""
    of, name, key = parts_of(command.assignment)
    edition, draft = await open_draft(work, of, (Session, f"{of}/{name}"), (Invitation, command.assignment))
    session = await the_session(work, edition.id, name)
    said = Said(key, Answer(command.answer), By.ORGANISER, command.message)
    await _note(work, edition, draft, session, said)
    return command.answer


async def expire_invitation(command: ExpireInvitation, work: Work) -> Answered:
    edition, draft, session, invitation = await _theirs(work, command.assignment)
    if not _silent(session, invitation) or not invitation.late(work.now):
        return "nobody is waited for"
    await _note(work, edition, draft, session, Said(invitation.key, Answer.EXPIRED))
    return "expired"


async def _note(work: Work, edition: Edition, draft: Draft, session: Session, said: Said) -> None:
    await settle(work, draft, session, Change(await noted(work, edition, draft, session, said)))


async def note_undelivered(fact: MessageFailed, work: Work) -> Answered:
    """A mail that asks did not arrive: whoever waits for the answer should know."""
    if not fact.template.startswith("speaker_"):
        return None
    invitation = await work.get(Invitation, fact.about)
    if invitation is None or not invitation.waits:
        return None
    work.keep(Change(invitation.bounced(fact.status)))
    return invitation.id


async def _theirs(work: Work, id: str) -> tuple[Edition, Draft, Session, Invitation]:
    of, name, _ = parts_of(id)
    edition, draft = await open_draft(work, of, (Session, f"{of}/{name}"), (Invitation, id))
    session = await the_session(work, edition.id, name)
    invitation = await work.get(Invitation, id)
    if invitation is None:
        if any(id_of(session, one) == id for one in session.people):
            raise NotYetInvited("They have not been invited yet.", objects=(f"assignment/{id}",))
        raise NoSuchInvitation("There is no such invitation.", objects=(f"assignment/{id}",))
    return edition, draft, session, invitation


def _silent(session: Session, invitation: Invitation) -> bool:
    return any(one.key == invitation.key and one.state is Answer.INVITED for one in session.people)
