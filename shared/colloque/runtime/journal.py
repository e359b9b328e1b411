"""The journal: one line for each (message, step), which is inbox, outbox and trace at once (journal.md §3).

A line as it is stored (`LineRecord`): `_id` <cause>/<step> · n (its epoch is the counter's) · story, cause, message
(type), digest, step, scope (edition) · at, took_ms · outcome done | refused | parked · reason · answer · outputs ·
parcels [{topic, partition, seq, id, type, subject, body}] · trace {partition, seq}. Topics are written without
« colloque. »."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from hashlib import blake2b
from typing import Any, NamedTuple
from zlib import crc32

from colloque.contracts.fact import Fact
from colloque.contracts.registration import ContactChanged
from colloque.runtime.bus.port import PARTITIONS
from colloque.runtime.store.port import Counter, LineRecord

CONTACTS, TRACES = "contacts", "traces"


class Cause(NamedTuple):
    """What a message is handled as: the same id twice is the same message. `story` is the first cause of the chain."""

    id: str
    story: str

    @staticmethod
    def first(id: str) -> Cause:
        return Cause(id, id)


def partition(key: str) -> int:
    return crc32(key.encode()) % PARTITIONS


def fact_id(room: str, line: str, place: int) -> str:
    """From the line and the place in it, never from n: after a restore other lines get the same numbers. The room too:
    two rooms may handle one fact with steps of the same name."""
    return blake2b(f"{room}/{line}/{place}".encode(), digest_size=12).hexdigest()


def parcels_of(room: str, line: str, facts: Sequence[Fact]) -> list[dict[str, Any]]:
    """What must leave, not yet numbered. A contact leaves as a notice without a body: what is sent is the contact as it
    stands when it is sent."""
    parcels = []
    for place, fact in enumerate(facts):
        notice = isinstance(fact, ContactChanged)
        parcels.append(
            {
                "topic": CONTACTS if notice else room,
                "partition": partition(fact.subject),
                "seq": 0,
                "id": fact_id(room, line, place),
                "type": fact.type,
                "subject": fact.subject,
                "body": None if notice else fact.model_dump_json(exclude_none=True),
            }
        )
    return parcels


def number(lines: Sequence[LineRecord], known: Counter) -> tuple[Counter, dict[str, int]]:
    """Gives n to each line and seq to each parcel, from the counter that the same commit writes: their order is the
    order of commits. Answers the counter after it, and the ends that moved."""
    n, moved = known.n, dict[str, int]()

    def next_of(topic: str, where: int) -> int:
        stream = f"{topic}/{where}"
        moved[stream] = moved.get(stream, known.ends.get(stream, 0)) + 1
        return moved[stream]

    for line in lines:
        n += 1
        line["n"] = n
        for parcel in line["parcels"]:
            parcel["seq"] = next_of(parcel["topic"], parcel["partition"])
        line["trace"]["seq"] = next_of(TRACES, line["trace"]["partition"])
    return replace(known, n=n, ends={**known.ends, **moved}), moved


def scope_of(*things: Any) -> str | None:
    """The edition that a message, a fact or a document concerns: the first of them that names one."""
    for thing in things:
        if edition := getattr(thing, "edition", None):
            return str(edition)
        if frame := getattr(thing, "frame", None):
            return scope_of(frame)
    return None


def digest_of(type_name: str, body: bytes) -> str:
    return blake2b(type_name.encode() + b"\0" + body, digest_size=12).hexdigest()


def bare(line: Mapping[str, Any], room: str, epoch: int) -> dict[str, Any]:
    """A line as it travels on the trace stream: what it sent by name only, and nothing that only answers its caller."""
    return {
        "id": line["_id"],
        "n": line["n"],
        "room": room,
        "epoch": epoch,
        **{
            name: line[name]
            for name in ("story", "cause", "message", "step", "scope", "at", "took_ms", "outcome", "reason", "outputs")
        },
        "parcels": [{k: p[k] for k in ("id", "type", "topic", "subject")} for p in line["parcels"]],
    }
