"""A parcel's envelope: CloudEvents 1.0 in Kafka's binary mode, and its place in the stream (epoch, seq, n)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import orjson

from colloque.contracts.registration import Contact
from colloque.runtime.bus.port import Delivery, Letter
from colloque.runtime.journal import CONTACTS, TRACES, bare
from colloque.runtime.message import Parcel
from colloque.runtime.store.port import LineRecord, Mark

PREFIX, SOURCE, LINE = "colloque.", "/colloque/", "line"

Header = tuple[str, bytes]
Wanted = Callable[[str, int, int], bool]
"""Whether the parcel of this topic, partition and seq is to be sent."""


def everything(_topic: str, _partition: int, _seq: int) -> bool:
    return True


class Franking:
    """Puts the parcels of lines in envelopes. What all envelopes of a room have in common is made once."""

    def __init__(self, room: str, epoch: int) -> None:
        self.room, self.epoch = room, epoch
        self._common: tuple[Header, ...] = (
            ("ce_specversion", b"1.0"),
            ("ce_source", f"{SOURCE}{room}".encode()),
            ("content-type", b"application/json"),
            ("epoch", b"%d" % epoch),
        )
        self._of_type: dict[str, tuple[Header, ...]] = {}

    def letters(self, line: LineRecord, contacts: Mapping[str, Contact], wanted: Wanted) -> Iterator[Letter]:
        """`contacts`: the people of its notices as they stand now."""
        shared: tuple[Header, ...] = ()
        for parcel in (*line["parcels"], self._trace(line)):
            topic, where, seq = parcel["topic"], parcel["partition"], parcel["seq"]
            if not wanted(topic, where, seq):
                continue
            shared = shared or self._of_line(line)
            kind, subject = parcel["type"], parcel["subject"]
            if topic == CONTACTS:
                contact = contacts[subject]
                kind, body = contact.type, contact.model_dump_json().encode()
            elif topic == TRACES and kind == LINE:
                body = orjson.dumps(bare(line, self.room, self.epoch))
            else:
                body = parcel["body"].encode()
            own = (("ce_id", parcel["id"].encode()), ("ce_subject", subject.encode()), ("seq", b"%d" % seq))
            yield Letter(PREFIX + topic, where, subject, body, (*shared, *self._for(kind), *own))

    @staticmethod
    def _trace(line: LineRecord) -> dict[str, Any]:
        return {**line["trace"], "topic": TRACES, "id": line["_id"], "type": LINE, "subject": line["story"]}

    def _of_line(self, line: LineRecord) -> tuple[Header, ...]:
        headers = (
            *self._common,
            ("ce_time", line["at"].isoformat().encode()),
            ("ce_story", line["story"].encode()),
            ("ce_cause", line["cause"].encode()),
            ("n", b"%d" % line["n"]),
        )
        traceparent = line.get("traceparent")
        return (*headers, ("traceparent", traceparent.encode())) if traceparent else headers

    def _for(self, kind: str) -> tuple[Header, ...]:
        if kind not in self._of_type:
            self._of_type[kind] = ("ce_type", kind.encode()), ("ce_dataschema", f"/api/schemas/{kind}".encode())
        return self._of_type[kind]


class Garbled(Exception):
    """Not one of our envelopes."""


def place_of(delivery: Delivery) -> tuple[str, Mark]:
    """From which room, and where it stands in its stream."""
    headers = delivery.headers
    try:
        source = headers["ce_source"].decode()
        place = Mark(int(headers["epoch"]), int(headers["seq"]), int(headers["n"]))
    except (KeyError, ValueError) as error:
        raise Garbled(str(error)) from error
    if not source.startswith(SOURCE) or min(place) < 1:
        raise Garbled(f"{source} {place}")
    return source[len(SOURCE) :], place


def opened(delivery: Delivery, source: str, place: Mark) -> Parcel:
    headers = delivery.headers
    traceparent = headers.get("traceparent")
    try:
        return Parcel(
            source,
            delivery.topic[len(PREFIX) :],
            delivery.partition,
            *place,
            headers["ce_id"].decode(),
            headers["ce_type"].decode(),
            headers["ce_subject"].decode(),
            headers["ce_story"].decode(),
            delivery.body,
            traceparent.decode() if traceparent else None,
            delivery.offset,
        )
    except (KeyError, ValueError) as error:
        raise Garbled(str(error)) from error
