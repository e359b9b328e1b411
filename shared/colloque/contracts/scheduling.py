"""Facts of the scheduling room: when and where?"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from colloque.contracts.fact import (
    EditionFrame,
    EditionId,
    Fact,
    PersonRef,
    SessionChange,
    SessionFrame,
    SessionId,
    Texts,
    TrackFrame,
)


class EditionFact(Fact):
    """Subject: the edition. Carries the whole frame as it stands, so that a reader needs no earlier fact."""

    frame: EditionFrame


class EditionAnnounced(EditionFact):
    type: Literal["edition.announced.v1"] = "edition.announced.v1"


class EditionOpened(EditionFact):
    """Registration is open."""

    type: Literal["edition.opened.v1"] = "edition.opened.v1"


class EditionAmended(EditionFact):
    """Its frame changed (capacity, dates, contact …) and its state did not."""

    type: Literal["edition.amended.v1"] = "edition.amended.v1"


class RegistrationClosed(EditionFact):
    type: Literal["edition.registration_closed.v1"] = "edition.registration_closed.v1"


class EditionPostponed(EditionFact):
    """Not on its dates. `reason`: why, where that is said."""

    type: Literal["edition.postponed.v1"] = "edition.postponed.v1"
    reason: Texts | None = None


class EditionCancelled(EditionFact):
    """Never. `reason`: why, where that is said."""

    type: Literal["edition.cancelled.v1"] = "edition.cancelled.v1"
    reason: Texts | None = None


class EditionClosed(EditionFact):
    type: Literal["edition.closed.v1"] = "edition.closed.v1"


class ProgrammeReleased(Fact):
    """Release `n` of an edition's programme, whole, as one fact: whoever reacts sees a swap as one thing."""

    type: Literal["programme.released.v1"] = "programme.released.v1"
    edition: EditionId
    n: int
    tracks: tuple[TrackFrame, ...]
    changes: tuple[SessionChange, ...]


class SpeakerFact(Fact):
    """Subject: the assignment, `<edition>/<session>.<person>.<role>`, which is the subject of its mailed link
    (`invitation`) too; `links` is the generation that link is valid for. `frame` is the edition as it stands, and `now`
    the session: as release number `release` fixed it, or (0) as it stands in the draft; none while it has no hours.
    So a reader needs no earlier fact."""

    edition: EditionId
    session: SessionId
    person: PersonRef
    role: str
    links: int = 0
    frame: EditionFrame
    title: Texts
    now: SessionFrame | None = None
    release: int = 0


class SpeakerInvited(SpeakerFact):
    """Asked by mail whether they will come, with a link to answer by; after `until` it is too late."""

    type: Literal["speaker.invited.v1"] = "speaker.invited.v1"
    until: datetime | None = None


class SpeakerReminded(SpeakerFact):
    """Asked once more: they have not answered."""

    type: Literal["speaker.reminded.v1"] = "speaker.reminded.v1"
    until: datetime | None = None


class SpeakerConfirmed(SpeakerFact):
    """They will come, and are public from now on. `by`: who said so, `speaker` or `organiser`."""

    type: Literal["speaker.confirmed.v1"] = "speaker.confirmed.v1"
    by: str


class SpeakerDeclined(SpeakerFact):
    type: Literal["speaker.declined.v1"] = "speaker.declined.v1"
    by: str


class SpeakerExpired(SpeakerFact):
    """No answer came in time."""

    type: Literal["speaker.expired.v1"] = "speaker.expired.v1"


class SpeakerWithdrawn(SpeakerFact):
    """They had confirmed, and will not come: what they hold in their calendar goes."""

    type: Literal["speaker.withdrawn.v1"] = "speaker.withdrawn.v1"
    by: str
