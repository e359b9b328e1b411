"""Those who speak: asked by mail, and kept in step by their calendars. A release tells exactly those whose entry it
moves, a handful of sessions a turn."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from colloque.contracts.fact import SessionFrame
from colloque.contracts.scheduling import (
    ProgrammeReleased,
    SpeakerConfirmed,
    SpeakerFact,
    SpeakerInvited,
    SpeakerReminded,
    SpeakerWithdrawn,
)
from colloque.runtime.work import Answer, Change, Work
from colloque_notifications.commands import TellSpeakers
from colloque_notifications.domain.invite import Invite, Telling
from colloque_notifications.domain.known import KnownEdition, KnownProgramme
from colloque_notifications.steps.tell import Letter, queue

SLICE = 40
"""Sessions whose speakers are told in one turn."""


async def ask_speaker(fact: SpeakerInvited, work: Work) -> Answer:
    await _learn(fact, work)
    return await queue(_asking("speaker_invited", fact), work)


async def ask_again(fact: SpeakerReminded, work: Work) -> Answer:
    await _learn(fact, work)
    return await queue(_asking("speaker_reminded", fact), work)


async def put_into_calendar(fact: SpeakerConfirmed, work: Work) -> Answer:
    await _learn(fact, work)
    invite = await _invite(fact, work)
    frame = _latest(fact, await work.get(KnownProgramme, fact.edition))
    known = await work.get(KnownEdition, fact.edition)
    after, telling = invite.confirmed(fact.subject, fact.links, frame, known.off if known else None)
    return await _settle(work, after, telling, fact.title)


async def take_out_of_calendar(fact: SpeakerWithdrawn, work: Work) -> Answer:
    await _learn(fact, work)
    invite = await _invite(fact, work)
    after, telling = invite.withdrawn(fact.subject)
    return None if after is invite else await _settle(work, after, telling, fact.title)


async def tell_speakers_of_release(fact: ProgrammeReleased, work: Work) -> Answer:
    changes = {change.session: change.current for change in fact.changes}
    return await _tell(work, fact.edition, fact.n, changes)


async def tell_more_speakers(command: TellSpeakers, work: Work) -> Answer:
    """As the programme stands now: a later release has told the rest of it, or will."""
    known = await work.get(KnownProgramme, command.edition)
    sessions = known.sessions if known else {}
    changes = {id: None if sessions[id].withdrawn else sessions[id].frame for id in command.sessions if id in sessions}
    return await _tell(work, command.edition, command.n, changes)


async def _tell(work: Work, edition: str, n: int, changes: Mapping[str, SessionFrame | None]) -> Answer:
    """While the edition is off nothing of it is in a calendar; what was released meanwhile is told when it is on."""
    known = await work.get(KnownEdition, edition)
    if known is not None and known.off:
        return 0
    now, later = list(changes)[:SLICE], list(changes)[SLICE:]
    told = await tell_each(work, edition, now, lambda invite: invite.released(changes[invite.session]))
    if later:
        work.wake(work.now, TellSpeakers(edition=edition, n=n, sessions=tuple(later)))
    return told


async def tell_each(
    work: Work,
    edition: str,
    sessions: Sequence[str],
    told_of: Callable[[Invite], tuple[Invite, Telling | None]],
    reason: Mapping[str, str] | None = None,
) -> int:
    told = 0
    for invites in await work.each(Invite, "of", [f"{edition}/{id}" for id in sessions]):
        for invite in invites:
            after, telling = told_of(invite)
            if after is not invite:
                title = telling.frame.title if telling and telling.frame else {}
                await _settle(work, after, telling, title, reason)
                told += telling is not None
    return told


async def _settle(
    work: Work,
    after: Invite,
    telling: Telling | None,
    title: Mapping[str, str],
    reason: Mapping[str, str] | None = None,
) -> Answer:
    work.keep(Change(after))
    return await queue(_letter(after, telling, title, work.now, reason), work) if telling else None


async def _invite(fact: SpeakerFact, work: Work) -> Invite:
    known = await work.get(Invite, f"{fact.edition}/{fact.session}/{fact.person}")
    return known or Invite.begun(fact.edition, fact.session, fact.person)


def _latest(fact: SpeakerFact, programme: KnownProgramme | None) -> SessionFrame | None:
    """Facts of speakers and of the programme travel side by side: the later release counts."""
    known = programme.sessions.get(fact.session) if programme else None
    if programme is None or known is None or programme.n < fact.release:
        return fact.now
    return None if known.withdrawn else known.frame


async def _learn(fact: SpeakerFact, work: Work) -> None:
    """Speakers are asked before the public hears of an edition: then this is the first that is known of it."""
    if await work.get(KnownEdition, fact.edition) is None:
        work.keep(Change(KnownEdition(id=fact.edition, frame=fact.frame, state="draft")))


# ---- letters
def _asking(template: str, fact: SpeakerInvited | SpeakerReminded) -> Letter:
    return Letter(
        template,
        fact.person,
        fact.subject,
        fact.edition,
        {
            **_of_session(fact.now, fact.title),
            "links": fact.links,
            "roles": [fact.role],
            "until": fact.until.isoformat() if fact.until else None,
        },
        useful_until=fact.until,
        lane=f"speaker/{fact.subject}",
    )


def _letter(
    invite: Invite, telling: Telling, title: Mapping[str, str], now: datetime, reason: Mapping[str, str] | None
) -> Letter:
    """All that is said of one entry arrives in order. One mail a session, however many a release changes. `stamp`: the
    entry's, also where the same is sent again: a calendar then knows that it has been asked this before."""
    return Letter(
        telling.template,
        invite.person,
        telling.about,
        invite.edition,
        {
            **_of_session(telling.frame, title),
            "before": _plain(telling.before),
            "news": telling.changed,
            "session": invite.session,
            "links": next((part.links for part in invite.parts if part.assignment == telling.about), 0),
            "roles": [part.role for part in invite.parts],
            "method": telling.method,
            "sequence": invite.sequence,
            "stamp": now.isoformat(),
            **({"reason": dict(reason)} if reason else {}),
        },
        lane=f"invite/{invite.id}",
        apart=invite.session,
        calendar=telling.method is not None,
    )


def _of_session(frame: SessionFrame | None, title: Mapping[str, str]) -> dict[str, Any]:
    return {"title": dict(title), "frame": _plain(frame)}


def _plain(frame: SessionFrame | None) -> dict[str, Any] | None:
    return frame.model_dump(mode="json") if frame else None
