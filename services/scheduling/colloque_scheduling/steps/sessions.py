"""Sessions: each change is checked against the few sessions it could clash with."""

from __future__ import annotations

from typing import Self

from colloque.runtime.refusal import NotFound
from colloque.runtime.work import Answer, Change, Key, Read, Work
from colloque_scheduling.commands.draft import (
    AboutSession,
    AmendSession,
    CancelSession,
    DropSession,
    MoveSession,
    PutSession,
    SwapSessions,
)
from colloque_scheduling.domain.programme.clash import must_not_clash
from colloque_scheduling.domain.programme.draft import Draft
from colloque_scheduling.domain.programme.edition import Edition
from colloque_scheduling.domain.programme.moves import moved, must_be, swapped
from colloque_scheduling.domain.programme.release import Programme
from colloque_scheduling.domain.programme.session import AlreadyReleased, Session
from colloque_scheduling.steps.editions import AlreadyThere, NoSuchEdition, the_edition
from colloque_scheduling.steps.speaking import let_go


class NoSuchSession(NotFound):
    @classmethod
    def named(cls, key: str) -> Self:
        return cls(f"The draft has no session {key!r}.", objects=(f"session/{key}",))


async def open_draft(work: Work, edition: str, *besides: Read) -> tuple[Edition, Draft]:
    """`besides`: what the step will ask for next, read on the same way."""
    await work.ahead((Edition, edition), (Draft, edition), *besides)
    found = await the_edition(work, edition)
    draft = await work.get(Draft, edition)
    if draft is None:
        raise NoSuchEdition(f"The edition {edition!r} has no draft.", objects=(f"edition/{edition}",))
    return found.must_move(), draft


async def put_session(command: PutSession, work: Work) -> Answer:
    edition, draft = await open_draft(work, command.edition, _key(command))
    known = await work.get(Session, f"{edition.id}/{command.session}")
    if known is None:
        if command.expected is not None:
            raise NoSuchSession.named(command.session)
        return await settle(work, draft, None, Session.plan(edition, draft, command.session, command.plan))
    if command.new:
        raise AlreadyThere("There is a session of that name.", objects=(known.name,))
    return await settle(work, draft, known, must_be(known, command.expected).rewritten(edition, draft, command.plan))


async def amend_session(command: AmendSession, work: Work) -> Answer:
    edition, draft = await open_draft(work, command.edition, _key(command))
    known = must_be(await the_session(work, edition.id, command.session), command.expected)
    return await settle(work, draft, known, known.amended(edition, draft, command.changes))


async def move_session(command: MoveSession, work: Work) -> Answer:
    edition, draft = await open_draft(work, command.edition, _key(command))
    known = must_be(await the_session(work, edition.id, command.session), command.expected)
    return await settle(work, draft, known, moved(known, edition, draft, command.room, command.slot))


async def swap_sessions(command: SwapSessions, work: Work) -> Answer:
    keys = [(Session, f"{command.edition}/{key}") for key in (command.a, command.b)]
    edition, draft = await open_draft(work, command.edition, *keys)
    expected = command.expected or (None, None)
    one, other = [
        must_be(await the_session(work, edition.id, key), version)
        for key, version in zip((command.a, command.b), expected, strict=True)
    ]
    both = [change.document for change in swapped(one, other, edition, draft)]
    must_not_clash(both, await holders(work, *both))
    for after in both:
        work.keep(Change(after))
    work.keep(draft.touched())
    return [after.key for after in both]


async def cancel_session(command: CancelSession, work: Work) -> Answer:
    edition, draft = await open_draft(work, command.edition, _key(command))
    known = must_be(await the_session(work, edition.id, command.session), command.expected)
    after = await let_go(work, edition, draft, known, known.cancelled(command.reason).document)
    return await settle(work, draft, known, Change(after))


async def drop_session(command: DropSession, work: Work) -> Answer:
    edition, draft = await open_draft(work, command.edition, _key(command))
    known = must_be(await the_session(work, edition.id, command.session), command.expected)
    programme = await work.hold(Programme, edition.id)
    if programme is not None and programme.session(known.key):
        raise AlreadyReleased("It has been released: cancel it, so that people hear of it.", objects=(known.name,))
    await let_go(work, edition, draft, known, known)
    work.keep(Change(known, gone=True))
    work.keep(draft.touched(added=-1))
    return known.key


def _key(command: AboutSession) -> Key:
    return Session, f"{command.edition}/{command.session}"


async def the_session(work: Work, edition: str, key: str) -> Session:
    found = await work.get(Session, f"{edition}/{key}")
    if found is None:
        raise NoSuchSession.named(key)
    return found


async def settle(work: Work, draft: Draft, before: Session | None, change: Change[Session]) -> Answer:
    after = change.document
    if after is not before:
        must_not_clash([after], await holders(work, after))
        work.keep(change)
        work.keep(draft.touched(added=0 if before else 1))
    return after.key


async def holders(work: Work, *moved: Session) -> list[Session]:
    """Whoever holds something of what these hold."""
    holds = dict.fromkeys(hold for one in moved for hold in one.holds)
    found = await work.each(Session, "holds", holds) if holds else []
    return list({one.id: one for holders in found for one in holders}.values())
