"""Those who speak, as pages and programs list them: the session, who is assigned, and what passed between."""

from __future__ import annotations

from asyncio import gather
from collections.abc import Sequence
from dataclasses import dataclass

from colloque.runtime.desk import Desk
from colloque_scheduling.domain.programme.assignment import Answer, Assignment
from colloque_scheduling.domain.programme.invitation import Invitation, id_of, parts_of
from colloque_scheduling.domain.programme.session import Session, Standing
from colloque_scheduling.reads import the_sessions


@dataclass(frozen=True, slots=True)
class Speaker:
    session: Session
    assignment: Assignment
    invitation: Invitation | None

    @property
    def id(self) -> str:
        return id_of(self.session, self.assignment)

    @property
    def short(self) -> str:
        """Its id within the edition."""
        return f"{self.session.key}.{self.assignment.key}"

    @property
    def invited(self) -> bool:
        return self.invitation is not None and self.invitation.sent_at is not None

    @property
    def gone(self) -> bool:
        """The session is cancelled: nobody is waited for."""
        return self.session.state is Standing.CANCELLED

    @property
    def to_invite(self) -> bool:
        return self.assignment.state is Answer.INVITED and not self.invited and not self.gone

    @property
    def silent(self) -> bool:
        return self.assignment.state is Answer.INVITED and self.invited and not self.gone


async def the_speakers(desk: Desk, edition: str) -> list[Speaker]:
    """By hour of their session, those without one last."""
    sessions, invitations = await gather(the_sessions(desk, edition), desk.reads.find(Invitation, edition=edition))
    return _joined(sessions, invitations)


async def a_speaker(desk: Desk, id: str) -> Speaker | None:
    edition, key, person = parts_of(id)
    session, invitation = await gather(desk.reads.get(Session, f"{edition}/{key}"), desk.reads.get(Invitation, id))
    if session is None:
        return None
    found = _joined([session], [invitation] if invitation else [])
    return next((one for one in found if one.assignment.key == person), None)


def _joined(sessions: Sequence[Session], invitations: Sequence[Invitation]) -> list[Speaker]:
    known = {one.id: one for one in invitations}
    return [Speaker(session, one, known.get(id_of(session, one))) for session in sessions for one in session.people]
