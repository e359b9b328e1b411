"""No fact can hold a name, an address or words of a person: each field that can hold text was looked at, and why it
cannot be personal stands here. A new text field fails until somebody has looked at it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args, get_origin

from pydantic import BaseModel

from colloque.contracts import FACTS
from colloque.contracts.registration import Contact
from colloque.contracts.traces import TraceLine

REVIEWED = {
    "the id of something, made by a room or chosen by the organiser for a public page": {
        "*.subject", "*.edition", "RegistrationConfirmed.sessions", "RegistrationConfirmed.without",
        "RegistrationAmended.sessions", "RegistrationAmended.added", "RegistrationAmended.freed",
        "RegistrationAmended.without", "RegistrationCancelled.freed", "SessionChange.session", "TrackFrame.id",
        "SessionFrame.id", "SessionFrame.tracks", "RoomFrame.id", "EditionFrame.series", "TokenIssued.token",
        "TokenRevoked.token", "MessageFact.about", "Output.ref", "TraceLine.id", "TraceLine.story",
        "TraceLine.cause", "TraceLine.scope", "TraceLine.parcels", "TraceLine.parcels:", "SpeakerFact.session",
        "SeatsChanged.session",
        "AgendaChanged.sessions", "AgendaChanged.released", "AgendaChanged.clashes", "ChangedSession.session",
    },
    "a person's reference: what it stands for is in colloque.contacts only": {"*.person"},
    "random, and good for nothing without the room's key": {"SignInRequested.nonce"},
    "the hash of a random token": {"TokenIssued.hash", "TokenRevoked.hash"},
    "one word of a short list of ours": {
        "RegistrationSubmitted.channel", "RegistrationRepeated.state", "RegistrationCancelled.held",
        "OrganiserGranted.role", "OrganiserRevoked.role", "OrganiserGranted.scope", "OrganiserRevoked.scope",
        "TokenIssued.role", "TokenIssued.scope", "SignInRequested.locale", "TrackFrame.look", "SessionFrame.format",
        "SessionFrame.booking", "SessionFrame.state", "EditionFrame.locales", "EditionFrame.tz", "Slot.tz",
        "MessageFact.template", "MessageSuppressed.reason", "Output.kind", "Output.type", "Output.media_type",
        "Output.licence", "Output.visibility", "Output.sha256", "SpeakerFact.role", "SpeakerConfirmed.by",
        "SpeakerDeclined.by", "SpeakerWithdrawn.by",
    },
    "a name in our code: a room, a type of message, a step, a kind of error": {
        "RoomOpened.steps", "RoomOpened.steps:", "TraceLine.room", "TraceLine.message", "TraceLine.step",
        "TraceLine.reason",
    },
    "what an organiser or operator writes to say why, told to name nobody": {
        "Output.why", "PlaceOffered.reason",
    },
    "what the organiser publishes of an edition, on its first page": {
        "EditionFrame.code", "EditionFrame.title", "EditionFrame.title:", "EditionFrame.tagline",
        "EditionFrame.tagline:", "EditionFrame.first_time_question", "EditionFrame.first_time_question:",
        "EditionFrame.contact_email", "EditionFrame.contact_phone", "Venue.name", "Venue.address",
        "Venue.municipality", "Venue.access", "Venue.access:",
    },
    "what the organiser publishes of the programme": {
        "TrackFrame.title", "TrackFrame.title:", "TrackFrame.subtitle", "TrackFrame.subtitle:", "SessionFrame.title",
        "SessionFrame.title:", "SessionFrame.abstract", "SessionFrame.abstract:", "RoomFrame.name",
        "SessionFrame.reason", "SessionFrame.reason:",
        "EditionPostponed.reason", "EditionPostponed.reason:", "EditionCancelled.reason", "EditionCancelled.reason:",
        "SpeakerFact.title", "SpeakerFact.title:",
    },
}  # fmt: skip
"""Why → fields. `*`: in whatever class. A field of a dict stands there for its values, with a colon for its keys."""


def text_fields(model: type[BaseModel]) -> Iterator[str]:
    """Every field that can hold text, under the class that declares it."""
    for name, field in model.model_fields.items():
        owner = next(cls for cls in reversed(model.__mro__) if name in getattr(cls, "__annotations__", {}))
        where = "*" if name in ("subject", "edition", "person") else owner.__name__
        yield from (f"{where}.{name}{suffix}" for suffix in _holds_text(field.annotation))
        yield from _inside(field.annotation)


def _holds_text(annotation: Any) -> Iterator[str]:
    if annotation is str or annotation is Any or annotation is bytes:
        yield ""
    elif get_origin(annotation) is dict:
        key, value = get_args(annotation)
        yield from (":" for _ in _holds_text(key))
        yield from _holds_text(value)
    else:
        for argument in get_args(annotation):
            if not isinstance(argument, str):
                yield from _holds_text(argument)


def _inside(annotation: Any) -> Iterator[str]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield from text_fields(annotation)
    for argument in get_args(annotation):
        if not isinstance(argument, str):
            yield from _inside(argument)


def test_every_field_of_a_fact_that_can_hold_text_was_looked_at() -> None:
    messages: list[type[BaseModel]] = [TraceLine, *(fact for fact in FACTS.values() if fact is not Contact)]
    found = {field for message in messages for field in text_fields(message)}
    assert found == {field for fields in REVIEWED.values() for field in fields}


def test_a_field_for_a_name_would_be_found() -> None:
    class Leaky(BaseModel):
        number: int
        notes: list[dict[str, str | None]]

    assert set(text_fields(Leaky)) == {"Leaky.notes", "Leaky.notes:"}


def test_only_the_contact_is_personal_and_it_travels_by_itself() -> None:
    assert [name for name, fact in FACTS.items() if fact.personal] == ["contact.v1"]
