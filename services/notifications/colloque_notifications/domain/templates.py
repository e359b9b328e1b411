"""Which mails there are."""

from __future__ import annotations

from typing import NamedTuple


class Template(NamedTuple):
    """`wording` rises when the words change their meaning. `calendar`, `ticket`: what it carries."""

    wording: int = 1
    calendar: bool = False
    ticket: bool = False


TEMPLATES = {
    "confirm_address": Template(),
    "registration_confirmed": Template(calendar=True, ticket=True),
    "registration_waitlisted": Template(wording=2),
    "place_offered": Template(),
    "offer_shortened": Template(),
    "offer_expired": Template(),
    "registration_amended": Template(calendar=True),
    "registration_cancelled": Template(wording=2, calendar=True),
    "programme_changed_digest": Template(calendar=True),
    "registration_known": Template(),
    "speaker_invited": Template(),
    "speaker_reminded": Template(),
    "speaker_calendar": Template(calendar=True),
    "speaker_withdrawn": Template(),
    "programme_changed_speaker": Template(calendar=True),
    "edition_changed_speaker": Template(),
    "team_speaker_left": Template(),
    "sign_in": Template(),
}
"""Each has its folder in `mails/`: `subject.<locale>.txt` and `body.<locale>.md`."""


def calendar_ref(mail: str) -> str:
    return f"mail/{mail}/calendar"


def ticket_ref(mail: str) -> str:
    return f"mail/{mail}/ticket"
