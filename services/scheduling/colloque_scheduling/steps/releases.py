"""A release: the draft as it stands becomes the programme, and everybody hears of the difference as one fact. And the
way back: the draft says again what a release said."""

from __future__ import annotations

from colloque.runtime.work import Answer, Change, Find, Work
from colloque_scheduling.commands.draft import ReleaseProgramme, RestoreRelease
from colloque_scheduling.domain.programme.clash import all_clashes, must_not_clash
from colloque_scheduling.domain.programme.history import NoSuchRelease, said
from colloque_scheduling.domain.programme.numbers import Numbers
from colloque_scheduling.domain.programme.release import Programme, Release, release
from colloque_scheduling.domain.programme.restore import restored
from colloque_scheduling.domain.programme.session import Session
from colloque_scheduling.steps.numbering import number
from colloque_scheduling.steps.sessions import holders, open_draft


async def release_programme(command: ReleaseProgramme, work: Work) -> Answer:
    all_sessions, numbers = Find.by(Session, {"edition": command.edition}), (Numbers, command.edition)
    edition, draft = await open_draft(work, command.edition, (Programme, command.edition), numbers, all_sessions)
    sessions = await work.find(Session, edition=edition.id)
    programme = await work.get(Programme, edition.id) or Programme(id=edition.id)
    for clash in all_clashes(sessions):
        raise clash
    made, standing, drafted, shown = release(edition, draft, sessions, programme, work.now, expected=command.n)
    work.keep(made)
    work.keep(standing)
    work.keep(drafted)
    work.keep(shown)
    await number(
        work,
        edition.id,
        sessions=[one.frame.id for one in standing.document.sessions],
        rooms=[one.frame.room.id for one in standing.document.sessions],
        people=[one.person for session in sessions for one in session.people],
    )
    return made.document.n


async def restore_release(command: RestoreRelease, work: Work) -> Answer:
    of_edition = {"edition": command.edition}
    ahead = (Programme, command.edition), Find.by(Session, of_edition), Find.by(Release, of_edition)
    edition, draft = await open_draft(work, command.edition, *ahead)
    sessions = await work.find(Session, edition=edition.id)
    releases = sorted(await work.find(Release, edition=edition.id), key=lambda one: one.n)
    if command.n not in range(1, len(releases) + 1):
        raise NoSuchRelease(f"There is no release {command.n} of that programme.", objects=(f"release/{command.n}",))
    programme = await work.get(Programme, edition.id) or Programme(id=edition.id)
    after = restored(edition, draft, sessions, said(releases[: command.n]), programme)
    must_not_clash(after.sessions, await holders(work, *after.sessions))
    for session in after.sessions:
        work.keep(Change(session))
    work.keep(Change(after.draft))
    return after.model_dump(mode="json", include={"again", "cancelled", "set_aside"}) | {"changed": list(after.changed)}
