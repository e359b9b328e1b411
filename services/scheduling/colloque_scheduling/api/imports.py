"""Programmes from outside."""

from __future__ import annotations

from asyncio import gather, to_thread
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel

from colloque.runtime.desk import Desk
from colloque.runtime.refusal import NotFound
from colloque.web.api import Asker, Doors
from colloque.web.bodies import read_body
from colloque_scheduling.commands.imports import BeginImport
from colloque_scheduling.domain.programme.draft import Room, Track
from colloque_scheduling.domain.programme.importing import Import
from colloque_scheduling.domain.programme.incoming import ImportRefused, Incoming, Objection, incoming, slices
from colloque_scheduling.domain.programme.words import Slug
from colloque_scheduling.feeds.telling import slug_prefix
from colloque_scheduling.imports.reading import LARGEST, FileFormat, read
from colloque_scheduling.reads import a_draft, an_edition, the_origins, the_sessions


class NoSuchImport(NotFound):
    pass


class ImportPreview(BaseModel):
    """What an import would make. `problems`: what speaks against it; it is refused while there are any."""

    sessions: int
    new: int
    changed: int
    same: int
    tracks: tuple[Track, ...]
    rooms: tuple[Room, ...]
    problems: tuple[Objection, ...]

    @classmethod
    def of(cls, found: Incoming) -> ImportPreview:
        return cls(
            sessions=len(found.rows) + found.same,
            new=found.new,
            changed=len(found.rows) - found.new,
            same=found.same,
            tracks=found.tracks,
            rooms=found.rooms,
            problems=found.objections,
        )


class ImportView(BaseModel):
    """An import under way, or done. `left_out`: what became impossible while it went on."""

    id: str
    state: Literal["running", "done"]
    sessions: int
    handled: int
    left_out: tuple[Objection, ...]

    @classmethod
    def of(cls, job: Import) -> ImportView:
        return cls(id=job.id, state=job.state, sessions=job.sessions, handled=job.handled, left_out=job.left_out)


BODY = {
    "requestBody": {
        "required": True,
        "content": {
            kind: {"schema": {"type": "string", "format": "binary"}}
            for kind in ("application/xml", "application/json", "text/calendar")
        },
    }
}


def import_routes(api: APIRouter, desk: Desk, doors: Doors) -> None:
    edits, looks = [doors.api("programme")], [doors.api("viewer")]

    async def found_in(request: Request, edition: str, format: FileFormat | None) -> Incoming:  # noqa: A002 - as the query says
        frame, draft = await an_edition(desk, edition), await a_draft(desk, edition)
        frame.must_move()
        body = await read_body(request, LARGEST)
        content_type = request.headers.get("content-type", "")
        sessions, origins = await gather(the_sessions(desk, edition), the_origins(desk, edition))

        def looked_at() -> Incoming:
            events = read(body, format, content_type)
            return incoming(frame, draft, sessions, origins=origins, events=events, prefix=slug_prefix(edition))

        return await to_thread(looked_at)

    @api.post(
        "/api/editions/{edition}/imports",
        status_code=202,
        tags=["programme"],
        dependencies=edits,
        responses={200: {"model": ImportPreview, "description": "With `dry_run`"}, 202: {"model": ImportView}},
        openapi_extra=BODY,
        response_model=None,
    )
    async def import_programme(
        request: Request,
        edition: Slug,
        *,
        caller: Asker,
        response: Response,
        format: Annotated[FileFormat | None, Query(description="Where the content type does not say it.")] = None,  # noqa: A002 - as the query says
        dry_run: bool = False,
    ) -> ImportView | ImportPreview:
        """Read a programme from a file (schedule.xml, frab's or pretalx's JSON, a calendar) into the draft: tracks,
        rooms and sessions, new or said anew. People are named as the file names them and are nobody's account. With
        `dry_run` nothing is changed. Sessions arrive slice by slice: the answer says where to look."""
        found = await found_in(request, edition, format)
        if dry_run:
            response.status_code = 200
            return ImportPreview.of(found)
        if found.objections:
            raise ImportRefused(found.objections)
        command = BeginImport(edition=edition, tracks=found.tracks, rooms=found.rooms, parts=tuple(slices(found.rows)))
        id = str(await desk.do(command, caller.cause))
        response.headers["location"] = f"/api/editions/{edition}/imports/{id}"
        return await view(edition, id)

    @api.get("/api/editions/{edition}/imports/{job}", tags=["programme"], dependencies=looks)
    async def read_import(edition: Slug, job: Annotated[str, Path(max_length=80)]) -> ImportView:
        """How far an import has come."""
        return await view(edition, job)

    async def view(edition: str, id: str) -> ImportView:
        job = await desk.reads.get(Import, id)
        if job is None or job.edition != edition:
            raise NoSuchImport("There is no such import.", objects=(f"edition/{edition}",))
        return ImportView.of(job)
