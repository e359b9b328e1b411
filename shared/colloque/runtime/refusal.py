"""The answer is no. Not a failure: a refusal has a status and words of its own; anything else raised is a bug."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, ClassVar

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


class Refusal(Exception):
    """Raised by the domain. `objects` are references of what the rule met (`session/s04`), `field` the input beside
    which a page says it, `context` what a page's own words may need. None of them is personal."""

    status: ClassVar[int] = 409

    def __init__(
        self, detail: str = "", *, objects: Sequence[str] = (), field: str | None = None, **context: Any
    ) -> None:
        super().__init__(detail)
        self.detail, self.objects, self.field, self.context = detail, tuple(objects), field, context

    @property
    def slug(self) -> str:
        """`EditionFull` → `edition-full`: the last part of the problem's `type`."""
        return _HUMP.sub("-", type(self).__name__).lower()


class NotFound(Refusal):
    status = 404


class Invalid(Refusal):
    """What was given cannot be meant: see `field`."""

    status = 422


class OtherPayload(Refusal):
    """The same idempotency key came with another payload."""

    status = 422


class TryAgain(Refusal):
    """Nothing is lost and nothing is done: the database or the rush did not let us within two seconds."""

    status = 503
    retry_after = 2
