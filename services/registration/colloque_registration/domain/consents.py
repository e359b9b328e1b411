"""The consent ledger: what somebody has agreed to, when, on which text; nothing is ever struck out."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Literal, TypeAlias, get_args

from colloque.contracts.fact import Frozen

Purpose: TypeAlias = Literal["newsletter", "image", "directory"]
PURPOSES: tuple[Purpose, ...] = get_args(Purpose)
TEXT_VERSION = "1"
"""Of what the form says about each purpose: raised when a text changes its meaning."""


class Consent(Frozen):
    purpose: Purpose
    given_at: datetime
    withdrawn_at: datetime | None = None
    text_version: str
    channel: str


class Ledger(Frozen):
    entries: tuple[Consent, ...] = ()

    @staticmethod
    def of(purposes: Iterable[Purpose], at: datetime, text_version: str, channel: str) -> Ledger:
        ledger = Ledger()
        for purpose in purposes:
            ledger = ledger.give(purpose, at, text_version, channel)
        return ledger

    def last(self, purpose: Purpose) -> Consent | None:
        return next((one for one in reversed(self.entries) if one.purpose == purpose), None)

    def standing(self, purpose: Purpose) -> Consent | None:
        last = self.last(purpose)
        return last if last is not None and last.withdrawn_at is None else None

    @property
    def purposes(self) -> tuple[Purpose, ...]:
        return tuple(purpose for purpose in PURPOSES if self.standing(purpose))

    def give(self, purpose: Purpose, at: datetime, text_version: str, channel: str) -> Ledger:
        if self.standing(purpose):
            return self
        entry = Consent(purpose=purpose, given_at=at, text_version=text_version, channel=channel)
        return Ledger(entries=(*self.entries, entry))

    def withdraw(self, purpose: Purpose, at: datetime) -> Ledger:
        standing = self.standing(purpose)
        if standing is None:
            return self
        over = standing.model_copy(update={"withdrawn_at": at})
        return Ledger(entries=tuple(over if one is standing else one for one in self.entries))
