"""Facts of the scheduling room: when and where?"""

from __future__ import annotations

from typing import Literal

from colloque.contracts.fact import EditionFrame, EditionId, Fact, SessionChange, TrackFrame


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
    type: Literal["edition.postponed.v1"] = "edition.postponed.v1"


class EditionCancelled(EditionFact):
    type: Literal["edition.cancelled.v1"] = "edition.cancelled.v1"


class EditionClosed(EditionFact):
    type: Literal["edition.closed.v1"] = "edition.closed.v1"


class ProgrammeReleased(Fact):
    """Release `n` of an edition's programme, whole, as one fact: whoever reacts sees a swap as one thing."""

    type: Literal["programme.released.v1"] = "programme.released.v1"
    edition: EditionId
    n: int
    tracks: tuple[TrackFrame, ...]
    changes: tuple[SessionChange, ...]
