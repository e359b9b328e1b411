"""Tracks and rooms: what sessions belong to and where they are held."""

from __future__ import annotations

from collections.abc import Iterable

from colloque.runtime.work import Answer, Change, Work
from colloque_scheduling.commands.draft import DropRoom, DropTrack, PutRoom, PutTrack
from colloque_scheduling.domain.programme.draft import Draft
from colloque_scheduling.domain.programme.session import Session
from colloque_scheduling.steps.editions import AlreadyThere, the_edition
from colloque_scheduling.steps.sessions import open_draft


async def put_track(command: PutTrack, work: Work) -> Answer:
    _, draft = await open_draft(work, command.edition)
    if command.new and any(one.id == command.track.id for one in draft.tracks):
        raise AlreadyThere("There is a track of that name.", objects=(f"track/{command.track.id}",))
    return _settle(work, draft, draft.with_track(command.track), command.track.id)


async def drop_track(command: DropTrack, work: Work) -> Answer:
    _, draft = await open_draft(work, command.edition)
    named_by = (one.key for one in await _sessions(work, command.edition) if command.track in one.tracks)
    return _settle(work, draft, draft.without_track(command.track, named_by), command.track)


async def put_room(command: PutRoom, work: Work) -> Answer:
    """A room that holds less must still hold the sessions it has."""
    _, draft = await open_draft(work, command.edition)
    known = next((one for one in draft.rooms if one.id == command.room.id), None)
    if command.new and known:
        raise AlreadyThere("There is a room of that name.", objects=(f"room/{command.room.id}",))
    change = draft.with_room(command.room)
    if known and command.room.capacity < known.capacity:
        edition = await the_edition(work, command.edition)
        for session in await _sessions(work, command.edition):
            if session.stands and command.room.id in session.rooms:
                session.fitted(edition, change.document)
    return _settle(work, draft, change, command.room.id)


async def drop_room(command: DropRoom, work: Work) -> Answer:
    _, draft = await open_draft(work, command.edition)
    named_by = (one.key for one in await _sessions(work, command.edition) if command.room in one.rooms)
    return _settle(work, draft, draft.without_room(command.room, named_by), command.room)


async def _sessions(work: Work, edition: str) -> Iterable[Session]:
    return await work.find(Session, edition=edition)


def _settle(work: Work, before: Draft, change: Change[Draft], id: str) -> Answer:
    if change.document is not before:
        work.keep(change)
    return id
