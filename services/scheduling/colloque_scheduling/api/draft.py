"""The draft of a programme as a whole, its tracks and its rooms."""

from __future__ import annotations

from fastapi import APIRouter, Response
from pydantic import ConfigDict

from colloque.runtime.desk import Desk
from colloque.runtime.refusal import NotFound
from colloque.web.api import Asker, Doors
from colloque_scheduling.api.views import Conflict, DraftView, Named, SessionView
from colloque_scheduling.commands.draft import DropRoom, DropTrack, PutRoom, PutTrack
from colloque_scheduling.domain.programme.clash import all_clashes
from colloque_scheduling.domain.programme.draft import Room, RoomPlan, Track, TrackPlan
from colloque_scheduling.domain.programme.published import unreleased
from colloque_scheduling.domain.programme.words import Slug
from colloque_scheduling.reads import a_draft, a_programme, the_sessions


class NewTrack(TrackPlan):
    model_config = ConfigDict(extra="forbid")
    id: Named


class NewRoom(RoomPlan):
    model_config = ConfigDict(extra="forbid")
    id: Named


class NoSuchTrack(NotFound):
    pass


class NoSuchRoom(NotFound):
    pass


def draft_routes(api: APIRouter, desk: Desk, doors: Doors) -> None:
    edits, looks = [doors.api("programme")], [doors.api("viewer")]

    @api.get("/api/editions/{edition}/draft", tags=["programme"], dependencies=looks)
    async def read_draft(edition: Slug) -> DraftView:
        """What is being prepared: with what contradicts itself, what to look at, and what the next release changes."""
        draft = await a_draft(desk, edition)
        sessions = await the_sessions(desk, edition)
        programme = await a_programme(desk, edition)
        views = tuple(SessionView.of(one, draft) for one in sessions)
        changes = unreleased(sessions, draft, programme.sessions)
        return DraftView(
            edition=edition,
            version=draft.version,
            released=draft.released,
            tracks=draft.tracks,
            rooms=draft.rooms,
            sessions=views,
            conflicts=tuple(Conflict.of(one) for one in all_clashes(sessions)),
            warnings=tuple(warning for one in views for warning in one.warnings),
            changed=tuple(change.session for change in changes),
        )

    # ---- tracks
    @api.get("/api/editions/{edition}/tracks", tags=["programme"], dependencies=looks)
    async def list_tracks(edition: Slug) -> list[Track]:
        """The tracks, in order."""
        return list((await a_draft(desk, edition)).tracks)

    @api.post("/api/editions/{edition}/tracks", status_code=201, tags=["programme"], dependencies=edits)
    async def add_track(edition: Slug, track: NewTrack, caller: Asker) -> Track:
        """Add a track."""
        await desk.do(PutTrack(edition=edition, track=_track(track.id, track), new=True), caller.cause)
        return await the_track(edition, track.id)

    @api.put("/api/editions/{edition}/tracks/{track}", tags=["programme"], dependencies=edits)
    async def put_track(edition: Slug, track: Slug, plan: TrackPlan, caller: Asker) -> Track:
        """Add a track, or say it anew."""
        await desk.do(PutTrack(edition=edition, track=_track(track, plan)), caller.cause)
        return await the_track(edition, track)

    @api.delete("/api/editions/{edition}/tracks/{track}", status_code=204, tags=["programme"], dependencies=edits)
    async def drop_track(edition: Slug, track: Slug, caller: Asker) -> Response:
        """Take a track out that no session names."""
        await desk.do(DropTrack(edition=edition, track=track), caller.cause)
        return Response(status_code=204)

    async def the_track(edition: str, id: str) -> Track:
        found = next((one for one in (await a_draft(desk, edition)).tracks if one.id == id), None)
        if found is None:
            raise NoSuchTrack(f"The edition has no track {id!r}.", objects=(f"track/{id}",))
        return found

    # ---- rooms
    @api.get("/api/editions/{edition}/rooms", tags=["programme"], dependencies=looks)
    async def list_rooms(edition: Slug) -> list[Room]:
        """The rooms."""
        return list((await a_draft(desk, edition)).rooms)

    @api.post("/api/editions/{edition}/rooms", status_code=201, tags=["programme"], dependencies=edits)
    async def add_room(edition: Slug, room: NewRoom, caller: Asker) -> Room:
        """Add a room."""
        await desk.do(PutRoom(edition=edition, room=_room(room.id, room), new=True), caller.cause)
        return await the_room(edition, room.id)

    @api.put("/api/editions/{edition}/rooms/{room}", tags=["programme"], dependencies=edits)
    async def put_room(edition: Slug, room: Slug, plan: RoomPlan, caller: Asker) -> Room:
        """Add a room, or say it anew: it must still hold the sessions it has."""
        await desk.do(PutRoom(edition=edition, room=_room(room, plan)), caller.cause)
        return await the_room(edition, room)

    @api.delete("/api/editions/{edition}/rooms/{room}", status_code=204, tags=["programme"], dependencies=edits)
    async def drop_room(edition: Slug, room: Slug, caller: Asker) -> Response:
        """Take a room out that no session is in."""
        await desk.do(DropRoom(edition=edition, room=room), caller.cause)
        return Response(status_code=204)

    async def the_room(edition: str, id: str) -> Room:
        found = next((one for one in (await a_draft(desk, edition)).rooms if one.id == id), None)
        if found is None:
            raise NoSuchRoom(f"The edition has no room {id!r}.", objects=(f"room/{id}",))
        return found


def _track(id: str, plan: TrackPlan) -> Track:
    return Track(id=id, **{name: getattr(plan, name) for name in TrackPlan.model_fields})


def _room(id: str, plan: RoomPlan) -> Room:
    return Room(id=id, **{name: getattr(plan, name) for name in RoomPlan.model_fields})
