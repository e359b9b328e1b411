"""Moving what is programmed: to another hour or room, two of them in each other's place, and never over somebody else's
change."""

from __future__ import annotations

from colloque.runtime.refusal import Invalid, Refusal
from colloque.runtime.work import Change

from .draft import Draft
from .edition import Edition
from .patch import patched
from .session import Session, SessionPlan
from .slot import WallSlot
from .words import Slug


class ChangedMeanwhile(Refusal):
    """Somebody has saved it since it was read: look at what they did, and say again what you want of it."""

    status = 412


class SwapWithItself(Invalid):
    pass


class NothingToSwap(Refusal):
    """Both must stand in the programme, with hours and a room."""


def must_be(session: Session, expected: int | None) -> Session:
    """Of the version that whoever changes it has read, where they say so."""
    if expected is not None and session.version != expected:
        raise ChangedMeanwhile(
            f"{session.key} has been changed since: it is at version {session.version}, not {expected}.",
            objects=(session.name,),
        )
    return session


def moved(
    session: Session, edition: Edition, draft: Draft, room: Slug | None, slot: WallSlot | None
) -> Change[Session]:
    """What is not said stays. Hours are said whole: a new hour has no fold of the old one."""
    told: SessionPlan = patched(SessionPlan, session, {} if room is None else {"room": room})
    return session.rewritten(edition, draft, told.model_copy(update={"slot": slot}) if slot else told)


def swapped(one: Session, other: Session, edition: Edition, draft: Draft) -> tuple[Change[Session], Change[Session]]:
    """Each gets the other's hours and rooms, in one go: neither half need fit alone."""
    if one.id == other.id:
        raise SwapWithItself("A session is not swapped with itself.", objects=(one.name,), field="b")
    for session in (one, other):
        if not session.stands:
            raise NothingToSwap(f"{session.key} has no hours to swap.", objects=(session.name,))
    return _in_place_of(one, other, edition, draft), _in_place_of(other, one, edition, draft)


def _in_place_of(session: Session, other: Session, edition: Edition, draft: Draft) -> Change[Session]:
    place = {"slot": other.slot, "room": other.room, "overflow": other.overflow}
    return session.rewritten(edition, draft, patched(SessionPlan, session, {}).model_copy(update=place))
