"""A programme from outside, put into the draft slice by slice: each slice is a turn, and wakes the next."""

from __future__ import annotations

from pydantic import ValidationError

from colloque.runtime.refusal import Refusal
from colloque.runtime.work import Answer, Change, Work
from colloque_scheduling.commands.imports import BeginImport, ContinueImport
from colloque_scheduling.domain.programme.clash import clashes
from colloque_scheduling.domain.programme.importing import Import, ImportPart, part_of
from colloque_scheduling.domain.programme.incoming import Objection, Row, objection, seated
from colloque_scheduling.domain.programme.numbers import Numbers
from colloque_scheduling.domain.programme.origin import Origin
from colloque_scheduling.domain.programme.session import Session
from colloque_scheduling.steps.sessions import holders, open_draft


async def begin_import(command: BeginImport, work: Work) -> Answer:
    edition, draft = await open_draft(work, command.edition, (Numbers, command.edition))
    rows = [row for part in command.parts for row in part]
    for track in command.tracks:
        draft = draft.with_track(track).document
    for room in command.rooms:
        draft = draft.with_room(room).document
    work.keep(Change(draft))
    known = await work.get(Numbers, edition.id)
    numbers = (known or Numbers(id=edition.id)).brought({row.key: row.number for row in rows if row.number})
    if numbers.document is not known:
        work.keep(numbers)
    id = work.own_id()
    keys = tuple(row.key for row in rows)
    done = not command.parts
    job = Import(
        id=id,
        edition=edition.id,
        sessions=len(rows),
        parts=len(command.parts),
        coming=keys,
        state="done" if done else "running",
    )
    work.keep(Change(job))
    for n, part in enumerate(command.parts):
        work.keep(Change(ImportPart(id=work.claim(part_of(id, n)), rows=part)))
    if not done:
        work.wake(work.now, ContinueImport(job=id, part=0))
    return id


async def continue_import(command: ContinueImport, work: Work) -> Answer:
    """What has become impossible since it was looked at is left out and said; the rest goes on."""
    key = (ImportPart, part_of(command.job, command.part))
    await work.ahead((Import, command.job), key)
    job, part = await work.get(Import, command.job), await work.get(*key)
    if job is None or part is None:
        return None
    ids = [f"{job.edition}/{row.key}" for row in part.rows]
    reads = [(kind, id) for kind in (Session, Origin) for id in ids]
    edition, draft = await open_draft(work, job.edition, *reads)
    known = {one.key: one for one in await work.all(Session, ids) if one}
    seats: list[tuple[Row, Session]] = []
    left_out: list[Objection] = []
    for row in part.rows:
        try:
            seats.append((row, seated(edition, draft, known.get(row.key), row)))
        except (Refusal, ValidationError) as no:
            left_out.append(objection(no, row.key))
    coming = set(job.coming)
    around = [
        one
        for one in await holders(work, *(one for _, one in seats))
        if one.key not in coming or one.edition != job.edition
    ]
    added = 0
    kept: list[Session] = []
    for row, one in seats:
        clash = next(clashes([one], [*around, *kept]), None)
        if clash is not None:
            left_out.append(objection(clash, row.key))
            continue
        kept.append(one)
        if one is not known.get(row.key):
            work.keep(Change(one))
            added += row.key not in known
        work.keep(Change(row.origin))
    work.keep(draft.touched(added=added))
    last = command.part + 1 >= job.parts
    work.keep(job.went_on(part.rows, tuple(left_out), last=last))
    work.keep(Change(part, gone=True))
    if not last:
        work.wake(work.now, ContinueImport(job=job.id, part=command.part + 1))
    return len(kept)
