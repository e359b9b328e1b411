"""What the programme's room says of those who speak, and of a release that moves them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from colloque.contracts.fact import RoomFrame, SessionChange, SessionFrame, Slot
from colloque.contracts.registration import OrganiserGranted
from colloque.contracts.scheduling import (
    EditionAnnounced,
    EditionCancelled,
    EditionPostponed,
    ProgrammeReleased,
    SpeakerConfirmed,
    SpeakerDeclined,
    SpeakerInvited,
    SpeakerReminded,
    SpeakerWithdrawn,
)
from tests.notifications.house import FRAME, NOW, SESSIONS, TRACKS

BY_ID = {one.id: one for one in SESSIONS}
JUNE = datetime(2018, 6, 14, 16, tzinfo=UTC)


def _speaker(session: str, more: dict[str, Any]) -> dict[str, Any]:
    person, role = more.pop("person", "nadia"), more.pop("role", "speaker")
    frame = BY_ID.get(session)
    return {
        "subject": f"nec-2018/{session}.{person}.{role}",
        "at": JUNE,
        "edition": "nec-2018",
        "session": session,
        "person": person,
        "role": role,
        "frame": FRAME,
        "title": frame.title if frame else {"fr": "Sans heure"},
        "now": frame,
        "release": 1,
    } | more


def invited(session: str = "s13", **more: Any) -> SpeakerInvited:
    return SpeakerInvited(**_speaker(session, {"until": datetime(2018, 9, 5, 16, tzinfo=UTC)} | more))


def reminded(session: str = "s13", **more: Any) -> SpeakerReminded:
    return SpeakerReminded(**_speaker(session, {"until": datetime(2018, 9, 5, 16, tzinfo=UTC)} | more))


def confirms(session: str = "s13", **more: Any) -> SpeakerConfirmed:
    return SpeakerConfirmed(**_speaker(session, {"by": "speaker"} | more))


def declines(session: str = "s13", **more: Any) -> SpeakerDeclined:
    return SpeakerDeclined(**_speaker(session, {"by": "speaker"} | more))


def withdraws(session: str = "s13", **more: Any) -> SpeakerWithdrawn:
    return SpeakerWithdrawn(**_speaker(session, {"by": "speaker"} | more))


WHY = {"fr": "Le bâtiment est fermé.", "en": "The building is closed."}


def postponed(**frame: Any) -> EditionPostponed:
    return EditionPostponed(subject="nec-2018", at=NOW, frame=FRAME.model_copy(update=frame), reason=WHY)


def called_off() -> EditionCancelled:
    return EditionCancelled(subject="nec-2018", at=NOW, frame=FRAME, reason=WHY)


def announced(**frame: Any) -> EditionAnnounced:
    return EditionAnnounced(subject="nec-2018", at=NOW, frame=FRAME.model_copy(update=frame))


def granted(
    person: str, role: str = "programme", scope: str = "edition:nec-2018", generation: int = 1
) -> OrganiserGranted:
    return OrganiserGranted(subject=person, at=JUNE, role=role, scope=scope, generation=generation)


def later(frame: SessionFrame, hours: int = 2) -> SessionFrame:
    slot = Slot(
        starts_at=frame.slot.starts_at + timedelta(hours=hours),
        ends_at=frame.slot.ends_at + timedelta(hours=hours),
        tz=frame.slot.tz,
    )
    return frame.model_copy(update={"slot": slot, "revision": frame.revision + 1})


def elsewhere(frame: SessionFrame) -> SessionFrame:
    room = RoomFrame(id="audito", name="Auditorium", capacity=500)
    return frame.model_copy(update={"room": room, "revision": frame.revision + 1})


def off(frame: SessionFrame) -> SessionFrame:
    return frame.model_copy(update={"state": "cancelled", "revision": frame.revision + 1})


def release(n: int, *frames: SessionFrame, gone: tuple[SessionFrame, ...] = ()) -> ProgrammeReleased:
    changes = [SessionChange(session=one.id, previous=BY_ID.get(one.id), current=one) for one in frames]
    changes += [SessionChange(session=one.id, previous=one, current=None) for one in gone]
    return ProgrammeReleased(subject="nec-2018", at=NOW, edition="nec-2018", n=n, tracks=TRACKS, changes=tuple(changes))
