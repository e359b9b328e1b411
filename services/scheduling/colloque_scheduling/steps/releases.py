"""A release: the draft as it stands becomes the programme, and everybody hears of the difference as one fact."""

from __future__ import annotations

from colloque.runtime.work import Answer, Find, Work
from colloque_scheduling.commands.draft import ReleaseProgramme
from colloque_scheduling.domain.programme.clash import all_clashes
from colloque_scheduling.domain.programme.release import Programme, release
from colloque_scheduling.domain.programme.session import Session
from colloque_scheduling.steps.sessions import open_draft


async def release_programme(command: ReleaseProgramme, work: Work) -> Answer:
    all_sessions = Find.by(Session, {"edition": command.edition})
    edition, draft = await open_draft(work, command.edition, (Programme, command.edition), all_sessions)
    sessions = await work.find(Session, edition=edition.id)
    programme = await work.get(Programme, edition.id) or Programme(id=edition.id)
    for clash in all_clashes(sessions):
        raise clash
    made, standing, drafted, shown = release(edition, draft, sessions, programme, work.now, expected=command.n)
    work.keep(made)
    work.keep(standing)
    work.keep(drafted)
    work.keep(shown)
    return made.document.n
