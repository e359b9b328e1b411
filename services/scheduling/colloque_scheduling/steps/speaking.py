"""What follows of an answer, whoever gives it: in the session, in its invitation, on the public pages."""

from __future__ import annotations

from typing import NamedTuple

from colloque.runtime.work import Change, Work
from colloque_scheduling.commands.speakers import ExpireInvitation, RemindSilentSpeaker
from colloque_scheduling.domain.programme.assignment import Answer
from colloque_scheduling.domain.programme.draft import Draft
from colloque_scheduling.domain.programme.edition import Edition
from colloque_scheduling.domain.programme.invitation import By, Invitation, Stage, begun, id_of, recast
from colloque_scheduling.domain.programme.person import Person
from colloque_scheduling.domain.programme.release import Programme
from colloque_scheduling.domain.programme.session import Session
from colloque_scheduling.steps.numbering import number


class Said(NamedTuple):
    """`key`: `<person>.<role>`."""

    key: str
    answer: Answer
    by: By | None = None
    message: str = ""


async def noted(
    work: Work,
    edition: Edition,
    draft: Draft,
    session: Session,
    said: Said,
) -> Session:
    """The session with that answer, which is still to be kept."""
    key = said.key
    after = session.answered(key, said.answer).document
    one = after.assignment(key)
    invitation = await work.get(Invitation, id_of(session, one)) or begun(session, one)
    stage = await stage_of(work, edition, draft)
    work.keep(stage.answer(after, invitation, said.answer, work.now, by=said.by, message=said.message))
    quiet(work, invitation.id)
    await show_cast(work, edition, after)
    return after


async def stage_of(work: Work, edition: Edition, draft: Draft) -> Stage:
    return Stage(edition, draft, await work.get(Programme, edition.id))


def quiet(work: Work, invitation: str) -> None:
    """Nobody waits for that answer any more."""
    work.let_sleep(RemindSilentSpeaker, invitation)
    work.let_sleep(ExpireInvitation, invitation)


async def show_cast(work: Work, edition: Edition, session: Session) -> None:
    """Who speaks in a released session is public as soon as they say so, and no longer than they do."""
    programme = await work.get(Programme, edition.id)
    if programme is None:
        return
    confirmed = [one.person for one in session.people if one.state is Answer.CONFIRMED]
    people = [one for one in await work.all(Person, confirmed) if one]
    after = recast(programme, session, {one.id: one.name for one in people})
    if after is not programme:
        work.keep(Change(after))
        work.keep(Change(edition.becomes()))
        await number(work, edition.id, people=confirmed)


async def let_go(work: Work, edition: Edition, draft: Draft, before: Session, after: Session) -> Session:
    """The people of a session that goes before any release has had it: no release will tell them."""
    programme = await work.hold(Programme, edition.id)
    if programme is not None and programme.session(before.key):
        return after
    for one in before.people:
        if one.state is Answer.CONFIRMED:
            after = await noted(work, edition, draft, after, Said(one.key, Answer.WITHDRAWN, By.ORGANISER))
        else:
            quiet(work, id_of(before, one))
    return after
