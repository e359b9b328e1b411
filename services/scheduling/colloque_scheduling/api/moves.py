"""Moving sessions of the draft: one at a time, two in each other's place; tried out before it is done."""

from __future__ import annotations

from asyncio import gather

from fastapi import APIRouter, Response
from pydantic import ConfigDict

from colloque.runtime.desk import Desk
from colloque.web.api import Asker, Doors
from colloque_scheduling.api.meanwhile import IfMatch, expected, showing_current, tag
from colloque_scheduling.api.views import Conflict, Given, SessionView
from colloque_scheduling.commands.draft import MoveSession, SwapSessions
from colloque_scheduling.domain.programme.moves import moved, swapped
from colloque_scheduling.domain.programme.slot import WallSlot
from colloque_scheduling.domain.programme.words import Slug
from colloque_scheduling.reads import a_draft, a_session, a_session_and_its_draft, an_edition, clashes_of


class Move(Given):
    """What is not said stays."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"room": "audito"}]},
    )

    room: Slug | None = None
    slot: WallSlot | None = None


class Swap(Given):
    """Two sessions that have hours."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"a": "s06", "b": "s09"}]})

    a: Slug
    b: Slug


class MoveView(SessionView):
    """The session as it is once moved. `conflicts`: what would refuse it, when it is only tried."""

    conflicts: tuple[Conflict, ...] = ()


class SwapView(Given):
    """Both sessions as they are once swapped. `conflicts`: what would refuse it, when it is only tried."""

    sessions: tuple[SessionView, ...]
    conflicts: tuple[Conflict, ...] = ()


def move_routes(api: APIRouter, desk: Desk, doors: Doors) -> None:
    edits = [doors.api("programme")]

    @api.post("/api/editions/{edition}/sessions/swap", tags=["programme"], dependencies=edits)
    async def swap_sessions(edition: Slug, both: Swap, caller: Asker, dry_run: bool = False) -> SwapView:
        """Put two sessions in each other's hours and rooms, as one thing: neither half need fit alone. With `dry_run`
        nothing is changed and every conflict is listed."""
        if dry_run:
            return await tried_swap(edition, both)
        await desk.do(SwapSessions(edition=edition, a=both.a, b=both.b), caller.cause)
        draft = await a_draft(desk, edition)
        return SwapView(
            sessions=tuple([SessionView.of(await a_session(desk, edition, key), draft) for key in (both.a, both.b)])
        )

    @api.post("/api/editions/{edition}/sessions/{session}/move", tags=["programme"], dependencies=edits)
    async def move_session(
        edition: Slug,
        session: Slug,
        to: Move,
        *,
        caller: Asker,
        response: Response,
        dry_run: bool = False,
        if_match: IfMatch = None,
    ) -> MoveView:
        """Move a session to another room, other hours, or both; what should be looked at comes with the answer. With
        `dry_run` nothing is changed and every conflict is listed."""
        if dry_run:
            return await tried_move(edition, session, to)
        async with showing_current(desk, edition, session):
            command = MoveSession(
                edition=edition, session=session, room=to.room, slot=to.slot, expected=expected(if_match)
            )
            await desk.do(command, caller.cause)
        view = SessionView.of(*await a_session_and_its_draft(desk, edition, session))
        response.headers["etag"] = tag(view.version)
        return MoveView(**dict(view))

    async def tried_move(edition: str, session: str, to: Move) -> MoveView:
        frame, (known, draft) = await gather(an_edition(desk, edition), a_session_and_its_draft(desk, edition, session))
        after = moved(known, frame.must_move(), draft, to.room, to.slot).document
        conflicts = [Conflict.of(one) for one in await clashes_of(desk, [after])]
        return MoveView(**dict(SessionView.of(after, draft)), conflicts=tuple(conflicts))

    async def tried_swap(edition: str, both: Swap) -> SwapView:
        frame, draft, *known = await gather(
            an_edition(desk, edition),
            a_draft(desk, edition),
            a_session(desk, edition, both.a),
            a_session(desk, edition, both.b),
        )
        after = [change.document for change in swapped(known[0], known[1], frame.must_move(), draft)]
        return SwapView(
            sessions=tuple(SessionView.of(one, draft) for one in after),
            conflicts=tuple(Conflict.of(one) for one in await clashes_of(desk, after)),
        )
