"""What two sessions may not share at one time, and what an organiser should know and may overrule."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from operator import itemgetter

from colloque.contracts.fact import Frozen
from colloque.runtime.refusal import Refusal

from .draft import Draft
from .session import Session
from .words import utc


class RoomDoubleBooked(Refusal):
    pass


class SpeakerDoubleBooked(Refusal):
    pass


class Caution(Frozen):
    """A rule that warns and never blocks. Names nobody: what a person needs is theirs to tell."""

    rule: str
    detail: str
    objects: tuple[str, ...] = ()


def clashes(moved: Sequence[Session], around: Iterable[Session]) -> Iterator[Refusal]:
    """Between the moved ones, and of each of them with those around (whatever these say of a moved one is outdated).
    Only those who hold the same thing on the same day are compared."""
    outdated = {one.id for one in moved}
    others = [other for other in around if other.id not in outdated]
    met = _by_hold(others)
    for one in moved:
        for place in sorted({place for hold in one.holds for place in met[hold]}):
            yield from _between(one, others[place])
    among = _by_hold(moved)
    for place, one in enumerate(moved):
        for later in sorted({later for hold in one.holds for later in among[hold] if later > place}):
            yield from _between(one, moved[later])


def _by_hold(sessions: Sequence[Session]) -> dict[str, list[int]]:
    """Who holds what, by their places in the row."""
    holders: dict[str, list[int]] = defaultdict(list)
    for place, session in enumerate(sessions):
        for hold in session.holds:
            holders[hold].append(place)
    return holders


def all_clashes(sessions: Iterable[Session]) -> list[Refusal]:
    """Every clash of a whole draft, each once: of those who hold the same thing on the same day, only who begins before
    another has ended is compared with it."""
    by_hold: dict[str, list[tuple[datetime, datetime, Session]]] = defaultdict(list)
    for session in sessions:
        time = session.time if session.holds else None
        if time is not None:
            for hold in session.holds:
                by_hold[hold].append((time.starts_at, time.ends_at, session))
    pairs: dict[tuple[str, str], tuple[Session, Session]] = {}
    for holders in by_hold.values():
        holders.sort(key=itemgetter(0, 1))
        for place, (_, ends_at, one) in enumerate(holders):
            for starts_at, _, other in islice(holders, place + 1, None):
                if starts_at >= ends_at:
                    break
                first, second = sorted((one, other), key=lambda session: session.id)
                pairs[first.id, second.id] = first, second
    return [clash for _, (one, other) in sorted(pairs.items()) for clash in _between(one, other)]


def must_not_clash(moved: Sequence[Session], around: Iterable[Session]) -> None:
    for clash in clashes(moved, around):
        raise clash


def _between(one: Session, other: Session) -> Iterator[Refusal]:
    mine, theirs = one.time, other.time
    if not (one.stands and other.stands and mine and theirs and mine.overlaps(theirs)):
        return
    hours = f"{utc(theirs.starts_at)} to {utc(theirs.ends_at)}"
    both = (one.name, _name_for(one, other))
    if one.edition == other.edition:
        for room in sorted({*one.rooms} & {*other.rooms}):
            yield RoomDoubleBooked(
                f"{other.key} has the room {room} from {hours}.", objects=(f"room/{room}", *both), field="room"
            )
    for person in sorted({*one.busy} & {*other.busy}):
        yield SpeakerDoubleBooked(
            f"That person is in {other.key} from {hours}.", objects=(f"person/{person}", *both), field="person"
        )


def _name_for(one: Session, other: Session) -> str:
    return other.name if other.edition == one.edition else f"edition/{other.edition}/{other.name}"


def cautions(session: Session, draft: Draft) -> list[Caution]:
    """What the people of a session need of its room and it does not have."""
    if not session.stands or session.room is None:
        return []
    room = draft.room(session.room)
    needed = {provision for one in session.people if one.live for provision in one.provisions}
    found = []
    if "step_free" in needed and not room.step_free:
        found.append(
            ("room-not-step-free", f"{room.name} is not step-free, and somebody in {session.key} needs it to be.")
        )
    if "induction_loop" in needed and not room.induction_loop:
        found.append(
            (
                "room-without-induction-loop",
                f"{room.name} has no induction loop, and somebody in {session.key} needs one.",
            )
        )
    return [Caution(rule=rule, detail=detail, objects=(session.name, f"room/{room.id}")) for rule, detail in found]
