"""The only home of facts: one class per fact, past tense, versioned type, no personal data."""

from colloque.contracts import notifications, registration, scheduling, traces
from colloque.contracts.fact import CONTACTS, TRACES, Fact

ROOMS = ("registration", "scheduling", "notifications", "traces")
"""Every room of the house. Its facts travel on `colloque.<room>`."""

BY_ROOM: dict[str, tuple[type[Fact], ...]] = {
    "registration": (
        registration.RegistrationSubmitted,
        registration.RegistrationRepeated,
        registration.RegistrationConfirmed,
        registration.RegistrationWaitlisted,
        registration.PlaceOffered,
        registration.OfferShortened,
        registration.OfferExpired,
        registration.RegistrationAmended,
        registration.RegistrationCancelled,
        registration.RegistrationExpired,
        registration.PlacesChanged,
        registration.SeatsChanged,
        registration.AgendaChanged,
        registration.OrganiserGranted,
        registration.OrganiserRevoked,
        registration.SignInRequested,
        registration.TokenIssued,
        registration.TokenRevoked,
        registration.ContactChanged,
        registration.Contact,
    ),
    "scheduling": (
        scheduling.EditionAnnounced,
        scheduling.EditionOpened,
        scheduling.EditionAmended,
        scheduling.RegistrationClosed,
        scheduling.EditionPostponed,
        scheduling.EditionCancelled,
        scheduling.EditionClosed,
        scheduling.ProgrammeReleased,
        scheduling.SpeakerInvited,
        scheduling.SpeakerReminded,
        scheduling.SpeakerConfirmed,
        scheduling.SpeakerDeclined,
        scheduling.SpeakerExpired,
        scheduling.SpeakerWithdrawn,
    ),
    "notifications": (
        notifications.MessageSent,
        notifications.MessageFailed,
        notifications.MessageSuppressed,
    ),
    "traces": (traces.RoomOpened,),
}
"""Who says what. `room.opened.v1` is said by every room, each on its own topic."""

FACTS: dict[str, type[Fact]] = {fact.model_fields["type"].default: fact for facts in BY_ROOM.values() for fact in facts}
"""Every type of fact that anybody of the house can say."""


def topic(room: str) -> str:
    return f"colloque.{room}"


TOPICS = (*(topic(room) for room in ROOMS), CONTACTS, TRACES)
"""Every topic that carries numbered streams."""

__all__ = ["BY_ROOM", "CONTACTS", "FACTS", "ROOMS", "TOPICS", "TRACES", "Fact", "topic"]
