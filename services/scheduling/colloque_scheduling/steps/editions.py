"""Series and editions: planned, announced, opened, closed, put off, called off; and what the clock does by itself."""

from __future__ import annotations

from datetime import datetime

from colloque.runtime.refusal import NotFound, Refusal
from colloque.runtime.work import Answer, Change, Work
from colloque_scheduling.commands.editions import (
    AboutEdition,
    AmendEdition,
    AnnounceEdition,
    BeginEdition,
    CancelEdition,
    CloseEdition,
    CloseRegistration,
    OpenRegistration,
    PlanEdition,
    PostponeEdition,
    PutSeries,
)
from colloque_scheduling.domain.programme.draft import Draft
from colloque_scheduling.domain.programme.edition import Edition
from colloque_scheduling.domain.programme.front import FRONT, Front
from colloque_scheduling.domain.programme.release import Programme
from colloque_scheduling.domain.programme.series import Series
from colloque_scheduling.domain.programme.session import Session
from colloque_scheduling.domain.programme.states import State


class AlreadyThere(Refusal):
    pass


class NoSuchSeries(NotFound):
    pass


class NoSuchEdition(NotFound):
    pass


async def the_edition(work: Work, id: str) -> Edition:
    found = await work.hold(Edition, id)
    if found is None:
        raise NoSuchEdition(f"There is no edition {id!r}.", objects=(f"edition/{id}",))
    return found


async def put_series(command: PutSeries, work: Work) -> Answer:
    known = await work.get(Series, command.series)
    if known is None:
        work.keep(Series.begin(command.series, command.plan))
    elif command.new:
        raise AlreadyThere("There is a series of that name.", objects=(f"series/{command.series}",))
    else:
        work.keep(known.rewrite(command.plan))
    return command.series


async def plan_edition(command: PlanEdition, work: Work) -> Answer:
    if await work.get(Edition, command.edition) is not None:
        raise AlreadyThere("There is an edition of that name.", objects=(f"edition/{command.edition}",))
    await _the_series(work, command.plan.series)
    edition = work.keep(Edition.plan(command.edition, command.plan))
    await _put_on_front(work, edition)
    work.keep(Change(Draft(id=command.edition)))
    work.keep(Change(Programme(id=command.edition)))
    return command.edition


async def amend_edition(command: AmendEdition, work: Work) -> Answer:
    edition = await the_edition(work, command.edition)
    change = edition.amended(command.changes, work.now)
    after = change.document
    await _the_series(work, after.series)
    if (after.starts_on, after.ends_on, after.tz) != (edition.starts_on, edition.ends_on, edition.tz):
        draft = await work.hold(Draft, edition.id)
        for session in await work.find(Session, edition=edition.id):
            if draft is not None and session.stands:
                session.fitted(after, draft)
    return await _settle(work, edition, change)


async def announce_edition(command: AnnounceEdition, work: Work) -> Answer:
    edition = await the_edition(work, command.edition)
    return await _settle(work, edition, edition.announce(work.now))


async def open_registration(command: OpenRegistration, work: Work) -> Answer:
    edition = await the_edition(work, command.edition)
    return await _settle(work, edition, edition.open(work.now))


async def close_registration(command: CloseRegistration, work: Work) -> Answer:
    edition = await the_edition(work, command.edition)
    return await _settle(work, edition, edition.close_registration(work.now))


async def postpone_edition(command: PostponeEdition, work: Work) -> Answer:
    edition = await the_edition(work, command.edition)
    return await _settle(work, edition, edition.postpone(work.now, command.reason))


async def cancel_edition(command: CancelEdition, work: Work) -> Answer:
    edition = await the_edition(work, command.edition)
    return await _settle(work, edition, edition.cancel(work.now, command.reason))


async def begin_edition(command: BeginEdition, work: Work) -> Answer:
    edition = await the_edition(work, command.edition)
    return await _settle(work, edition, edition.begin(work.now))


async def close_edition(command: CloseEdition, work: Work) -> Answer:
    edition = await the_edition(work, command.edition)
    return await _settle(work, edition, edition.close(work.now))


async def _the_series(work: Work, id: str) -> None:
    if await work.hold(Series, id) is None:
        raise NoSuchSeries(f"There is no series {id!r}.", objects=(f"series/{id}",), field="series")


async def _settle(work: Work, before: Edition, change: Change[Edition]) -> Answer:
    if change.document is not before:
        after = work.keep(change)
        await _put_on_front(work, after)
        _set_alarms(work, after)
    return {"edition": before.id, "state": str(change.document.state)}


async def _put_on_front(work: Work, edition: Edition) -> None:
    known = await work.get(Front, FRONT)
    front = (known or Front(id=FRONT)).with_edition(edition)
    if front.document is not known:
        work.keep(front)


BEFORE_OPENING = (State.ANNOUNCED,)
BEFORE_CLOSING = (State.ANNOUNCED, State.OPEN)
BEFORE_BEGINNING = (*BEFORE_CLOSING, State.CLOSED_REGISTRATION)
BEFORE_THE_END = (*BEFORE_BEGINNING, State.RUNNING)


def _set_alarms(work: Work, edition: Edition) -> None:
    """Opening by itself is asked for (`opens_by_itself`): somebody should see the form before the public does.
    Closing, beginning and ending need nobody."""
    opens_at = edition.opens_at if edition.opens_by_itself else None
    alarms: tuple[tuple[tuple[State, ...], datetime | None, type[AboutEdition]], ...] = (
        (BEFORE_OPENING, opens_at, OpenRegistration),
        (BEFORE_CLOSING, edition.closes_at, CloseRegistration),
        (BEFORE_BEGINNING, edition.begins_at, BeginEdition),
        (BEFORE_THE_END, edition.over_at, CloseEdition),
    )
    for states, at, command in alarms:
        if at is not None and edition.state in states:
            work.wake(at, command(edition=edition.id))
        else:
            work.let_sleep(command, edition.id)
