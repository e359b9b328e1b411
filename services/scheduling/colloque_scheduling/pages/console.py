"""The edition as those who prepare it see it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date

from fastapi import APIRouter, Request
from starlette.responses import Response

from colloque.contracts.fact import Slot
from colloque.runtime.desk import Desk
from colloque.web.api import Asker, Doors
from colloque.web.site import Site, console_lang
from colloque_scheduling import wording
from colloque_scheduling.domain.programme.assignment import Role
from colloque_scheduling.domain.programme.clash import Caution, cautions
from colloque_scheduling.domain.programme.draft import Draft, Track
from colloque_scheduling.domain.programme.published import unreleased
from colloque_scheduling.domain.programme.session import Session
from colloque_scheduling.domain.programme.slot import local_days
from colloque_scheduling.drafts import Drafts
from colloque_scheduling.reads import a_programme, an_edition, the_releases

RECENT = 10
AT_ONCE = 200
"""Sessions listed here; of a larger programme the draft's own page shows one day at a time."""


@dataclass(frozen=True, slots=True)
class Row:
    """A session of the draft, with what there is to see about it."""

    session: Session
    time: Slot | None
    tracks: tuple[Track, ...]
    rooms: str
    cautions: tuple[Caution, ...]
    waiting: int
    changed: bool
    vacant: tuple[Role, ...]
    """Roles of which everybody asked is out again."""

    @property
    def to_look_at(self) -> bool:
        return bool(self.cautions or self.vacant)


def console_pages(pages: APIRouter, desk: Desk, site: Site, doors: Doors, drafts: Drafts) -> None:
    @pages.get("/console/{edition}", dependencies=[doors.console("viewer")])
    async def edition_desk(request: Request, edition: str, caller: Asker) -> Response:
        e = await an_edition(desk, edition)
        draft, sessions = await drafts.of(edition)
        programme = await a_programme(desk, edition)
        changes = unreleased(sessions, draft, programme.sessions)
        changed = {change.session for change in changes}
        rows = [_row(one, draft, one.key in changed) for one in sessions]
        by_day: dict[date | None, list[Row]] = {}
        for row in rows if len(rows) <= AT_ONCE else ():
            by_day.setdefault(local_days(row.time, e.tz)[0] if row.time else None, []).append(row)
        return site.page(
            request,
            "desk.html",
            console_lang(request),
            caller=caller,
            edition=e.frame,
            current="dashboard",
            e=e,
            draft=draft,
            programme=programme,
            rows=rows,
            by_day=by_day,
            of_track=Counter(track.id for row in rows for track in row.tracks),
            changed=changed,
            to_look_at=sum(row.to_look_at for row in rows),
            people=len({one.person for session in sessions for one in session.people}),
            waiting=sum(row.waiting for row in rows),
            releases=await the_releases(desk, edition, before=programme.n + 1, limit=RECENT) if programme.n else [],
            **wording.IN_TEMPLATES,
        )


def _row(session: Session, draft: Draft, changed: bool) -> Row:
    return Row(
        session=session,
        time=session.time,
        tracks=tuple(track for track in draft.tracks if track.id in session.tracks),
        rooms=", ".join(draft.room(room).name for room in session.rooms),
        cautions=tuple(cautions(session, draft)),
        waiting=sum(one.state == "invited" for one in session.people),
        changed=changed,
        vacant=session.vacant if session.stands else (),
    )
