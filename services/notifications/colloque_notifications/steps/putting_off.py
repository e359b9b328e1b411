"""An edition is put off, called off, or on again: those who speak in it are told, and nothing of it stays in their
calendars meanwhile."""

from __future__ import annotations

from collections.abc import Sequence

from colloque.contracts.fact import SessionFrame
from colloque.contracts.scheduling import EditionFact
from colloque.runtime.work import Answer, Work
from colloque_notifications.commands import TellSpeakersOfEdition
from colloque_notifications.domain.invite import Invite, Telling
from colloque_notifications.domain.known import KnownEdition, KnownProgramme
from colloque_notifications.steps.speakers import SLICE, tell_each


async def tell_speakers_of_edition(fact: EditionFact, work: Work) -> Answer:
    sessions = sorted({invite.session for invite in await work.find(Invite, edition=fact.subject)})
    return await _tell_of_edition(work, fact.subject, sessions)


async def tell_more_speakers_of_edition(command: TellSpeakersOfEdition, work: Work) -> Answer:
    """As the edition stands now."""
    return await _tell_of_edition(work, command.edition, command.sessions)


async def _tell_of_edition(work: Work, edition: str, sessions: Sequence[str]) -> Answer:
    known, programme = await work.get(KnownEdition, edition), await work.get(KnownProgramme, edition)
    if known is None:
        return None
    now, later = sessions[:SLICE], sessions[SLICE:]
    off = known.off

    def told_of(invite: Invite) -> tuple[Invite, Telling | None]:
        return invite.put_off(off) if off else invite.resumed(_on_again(invite.session, known, programme))

    told = await tell_each(work, edition, now, told_of, known.reason)
    if later:
        work.wake(work.now, TellSpeakersOfEdition(edition=edition, sessions=tuple(later)))
    return told


def _on_again(session: str, edition: KnownEdition, programme: KnownProgramme | None) -> SessionFrame | None:
    one = programme.sessions.get(session) if programme else None
    return one.standing if one and (one.off or edition.has_day_of(one.frame)) else None
