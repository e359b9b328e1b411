"""What rooms tell each other about their streams: a pulse says where they end, an ask what is missing."""

from __future__ import annotations

import logging
from typing import TypeVar

import orjson
from pydantic import NonNegativeInt, PositiveInt, ValidationError

from colloque.contracts.fact import Frozen
from colloque.runtime.bus.port import ASKS, PULSES, Delivery, Letter

log = logging.getLogger(__name__)


class Pulse(Frozen):
    """« My streams end at these numbers. » `ends`: "<topic>/<partition>" → seq."""

    source: str
    epoch: PositiveInt
    ends: dict[str, NonNegativeInt]

    def letter(self) -> Letter:
        return Letter(PULSES, 0, self.source, orjson.dumps(self.model_dump()), ())


class Ask(Frozen):
    """« Send me these streams again from here. » `first`: "<topic>/<partition>" → seq, all of `epoch`; `n`: the line
    at the source before which nothing of it can be; `by`: the process that asks."""

    source: str
    by: str
    epoch: PositiveInt
    first: dict[str, PositiveInt]
    n: NonNegativeInt

    def letter(self) -> Letter:
        return Letter(ASKS, 0, self.source, orjson.dumps(self.model_dump()), ())


S = TypeVar("S", Pulse, Ask)


def heard(kind: type[S], delivery: Delivery) -> S | None:
    """None if it cannot be read: whoever sent it will say it again."""
    try:
        return kind.model_validate(orjson.loads(delivery.body))
    except (ValidationError, orjson.JSONDecodeError):
        log.warning("unreadable %s at %s/%d", kind.__name__.lower(), delivery.topic, delivery.offset)
        return None
