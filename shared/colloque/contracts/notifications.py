"""Facts of the notifications room: who is told?"""

from __future__ import annotations

from typing import Literal

from colloque.contracts.fact import EditionId, Fact, PersonRef


class MessageFact(Fact):
    """Subject: the mail. `about` is what it tells of (a registration, an organiser …)."""

    template: str
    person: PersonRef
    about: str
    edition: EditionId | None = None


class MessageSent(MessageFact):
    type: Literal["message.sent.v1"] = "message.sent.v1"


class MessageFailed(MessageFact):
    """Refused for good. `status` is SMTP's reply code; its words may name an address and stay in the room."""

    type: Literal["message.failed.v1"] = "message.failed.v1"
    status: int


class MessageSuppressed(MessageFact):
    """Not sent on purpose: `reason` is `erased`, `superseded` …"""

    type: Literal["message.suppressed.v1"] = "message.suppressed.v1"
    reason: str
