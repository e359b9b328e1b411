"""Sessions of the draft, and who speaks in them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Path, Response
from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from colloque.runtime.desk import Desk
from colloque.runtime.refusal import NotFound
from colloque.web.api import Asker, Doors
from colloque_scheduling.api.editions import Why
from colloque_scheduling.api.meanwhile import IfMatch, expected, showing_current, tag
from colloque_scheduling.api.views import AssignmentView, Given, Named, Patch, SessionView
from colloque_scheduling.commands.draft import AmendSession, Assign, CancelSession, DropSession, PutSession, Unassign
from colloque_scheduling.domain.programme.assignment import ROOM_PROVISIONS, Assignment, Need, Role
from colloque_scheduling.domain.programme.clash import cautions
from colloque_scheduling.domain.programme.session import SessionPlan
from colloque_scheduling.domain.programme.words import Instant, Reference, Slug
from colloque_scheduling.reads import a_draft, a_session_and_its_draft, the_sessions

EXAMPLE: JsonDict = {
    "title": {"fr": "Reconnaître un commun numérique", "en": "Recognising a digital commons"},
    "format": "workshop",
    "tracks": ["communs"],
    "room": "atelier3",
    "slot": {"starts_at": "2018-09-13T11:00", "ends_at": "2018-09-13T12:30"},
    "seats": 180,
    "booking": "required",
}


class GivenSession(SessionPlan):
    """`slot` is the clock on the wall, in the edition's zone unless it says another."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [EXAMPLE]})


class NewSession(SessionPlan):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"id": "s04", **EXAMPLE}]})

    id: Named


class NewAssignment(Given):
    """`access_needs` by kind; only what must be provided is kept of it. `invite`: ask them by mail at once, to be
    answered by `until`, where it is said."""

    session: Slug
    person: Reference
    role: Role
    access_needs: Annotated[tuple[Need, ...], Field(max_length=5)] = ()
    invite: bool = False
    until: Instant | None = None

    def assignment(self) -> Assignment:
        provisions = sorted({ROOM_PROVISIONS[need] for need in self.access_needs if need in ROOM_PROVISIONS})
        return Assignment(person=self.person, role=self.role, provisions=tuple(provisions))


AssignmentId = Annotated[str, Path(pattern=r"^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?\.[A-Za-z0-9_-]{1,64}\.[a-z]{1,20}$")]
"""`<session>.<person>.<role>`"""


class NoSuchAssignment(NotFound):
    pass


def session_routes(api: APIRouter, desk: Desk, doors: Doors) -> None:
    edits, looks = [doors.api("programme")], [doors.api("viewer")]

    async def view(edition: str, key: str, response: Response) -> SessionView:
        shown = SessionView.of(*await a_session_and_its_draft(desk, edition, key))
        response.headers["etag"] = tag(shown.version)
        return shown

    @api.get("/api/editions/{edition}/sessions", tags=["programme"], dependencies=looks)
    async def list_sessions(edition: Slug) -> list[SessionView]:
        """The sessions of the draft, by hour."""
        draft = await a_draft(desk, edition)
        return [SessionView.of(one, draft) for one in await the_sessions(desk, edition)]

    @api.post("/api/editions/{edition}/sessions", status_code=201, tags=["programme"], dependencies=edits)
    async def add_session(edition: Slug, session: NewSession, caller: Asker, response: Response) -> SessionView:
        """Add a session. Refused when its room or its people are taken at that time, and by the rules of its format."""
        await desk.do(
            PutSession(edition=edition, session=session.id, plan=_plan(session), new=True),
            caller.cause,
        )
        return await view(edition, session.id, response)

    @api.get("/api/editions/{edition}/sessions/{session}", tags=["programme"], dependencies=looks)
    async def read_session(edition: Slug, session: Slug, response: Response) -> SessionView:
        """A session of the draft."""
        return await view(edition, session, response)

    @api.put("/api/editions/{edition}/sessions/{session}", tags=["programme"], dependencies=edits)
    async def put_session(
        edition: Slug,
        session: Slug,
        plan: GivenSession,
        *,
        caller: Asker,
        response: Response,
        if_match: IfMatch = None,
    ) -> SessionView:
        """Add a session, or say it anew; its people stay."""
        async with showing_current(desk, edition, session):
            command = PutSession(edition=edition, session=session, plan=_plan(plan), expected=expected(if_match))
            await desk.do(command, caller.cause)
        return await view(edition, session, response)

    @api.patch("/api/editions/{edition}/sessions/{session}", tags=["programme"], dependencies=edits)
    async def amend_session(
        edition: Slug,
        session: Slug,
        changes: Annotated[Patch, Body(examples=[{"room": "audito"}])],
        *,
        caller: Asker,
        response: Response,
        if_match: IfMatch = None,
    ) -> SessionView:
        """Change a session by a merge patch (RFC 7396): what is named is replaced, null takes it away."""
        async with showing_current(desk, edition, session):
            command = AmendSession(edition=edition, session=session, changes=changes, expected=expected(if_match))
            await desk.do(command, caller.cause)
        return await view(edition, session, response)

    @api.post("/api/editions/{edition}/sessions/{session}/cancel", tags=["programme"], dependencies=edits)
    async def cancel_session(
        edition: Slug,
        session: Slug,
        *,
        caller: Asker,
        response: Response,
        why: Why | None = None,
        if_match: IfMatch = None,
    ) -> SessionView:
        """Cancel a session: the next release says so to those who have it in their calendars."""
        reason = why.reason if why else {}
        async with showing_current(desk, edition, session):
            command = CancelSession(edition=edition, session=session, reason=reason, expected=expected(if_match))
            await desk.do(command, caller.cause)
        return await view(edition, session, response)

    @api.delete("/api/editions/{edition}/sessions/{session}", status_code=204, tags=["programme"], dependencies=edits)
    async def drop_session(edition: Slug, session: Slug, caller: Asker) -> Response:
        """Take a session out that has never been released."""
        await desk.do(DropSession(edition=edition, session=session), caller.cause)
        return Response(status_code=204)

    # ---- people
    @api.get("/api/editions/{edition}/assignments", tags=["programme"], dependencies=looks)
    async def list_assignments(edition: Slug) -> list[AssignmentView]:
        """Who does what where, and how their invitation stands."""
        await a_draft(desk, edition)
        return [
            AssignmentView.of(session, one) for session in await the_sessions(desk, edition) for one in session.people
        ]

    @api.post("/api/editions/{edition}/assignments", status_code=201, tags=["programme"], dependencies=edits)
    async def assign(edition: Slug, assignment: NewAssignment, caller: Asker) -> AssignmentView:
        """Put somebody in a session. Refused when they are elsewhere at that time; saying it twice changes nothing."""
        one = assignment.assignment()
        command = Assign(
            edition=edition,
            session=assignment.session,
            assignment=one,
            invite=assignment.invite,
            until=assignment.until,
        )
        await desk.do(command, caller.cause)
        return await assigned(edition, assignment.session, one.key)

    @api.get("/api/editions/{edition}/assignments/{assignment}", tags=["programme"], dependencies=looks)
    async def read_assignment(edition: Slug, assignment: AssignmentId) -> AssignmentView:
        """One of them, by `<session>.<person>.<role>`."""
        session, _, key = assignment.partition(".")
        return await assigned(edition, session, key)

    @api.delete(
        "/api/editions/{edition}/assignments/{assignment}", status_code=204, tags=["programme"], dependencies=edits
    )
    async def unassign(edition: Slug, assignment: AssignmentId, caller: Asker) -> Response:
        """Take somebody out of a session."""
        session, _, key = assignment.partition(".")
        await desk.do(Unassign(edition=edition, session=session, assignment=key), caller.cause)
        return Response(status_code=204)

    async def assigned(edition: str, key: str, person_and_role: str) -> AssignmentView:
        session, draft = await a_session_and_its_draft(desk, edition, key)
        one = next((one for one in session.people if one.key == person_and_role), None)
        if one is None:
            raise NoSuchAssignment("Nobody has that role in that session.", objects=(f"session/{key}",))
        return AssignmentView.of(session, one, cautions(session, draft))


def _plan(given: SessionPlan) -> SessionPlan:
    return SessionPlan(**{name: getattr(given, name) for name in SessionPlan.model_fields})
