"""When is the house at rest? (journal.md §8). Read from the rooms' own `/status`, not remembered from pulses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Status = Mapping[str, Any]
"""One room's, as `Engine.status` gives it."""


def together(replicas: Sequence[Status]) -> Status:
    """One room's, as all its processes know it."""
    return {
        **replicas[0],
        "holds": sorted({job for one in replicas for job in one["holds"]}),
        "relayed": max((one["relayed"] for one in replicas if one["relayed"] is not None), default=None),
        "waiting": sum(one["waiting"] for one in replicas),
        "busy": any(one["busy"] for one in replicas),
    }


def unrest(rooms: Mapping[str, Status]) -> str | None:
    """What keeps these rooms from rest: the first thing found, or None. Ask twice: at rest is who says so twice in a
    row with the same `numbers`."""
    for name, room in rooms.items():
        if room["waiting"] or room["busy"]:
            return f"{name}: {room['waiting']} messages wait"
        if room["relayed"] is None:
            return f"{name}: nobody here sends its lines"
        if room["relayed"] != room["n"]:
            return f"{name}: {room['relayed']} of {room['n']} lines have left"
        if room["mails_due"]:
            return f"{name}: mails are to be sent"
        if room["timers_due"]:
            return f"{name}: timers are due"
        if lag := _lag(room, rooms):
            return f"{name}: {lag}"
    return None


def _lag(room: Status, rooms: Mapping[str, Status]) -> str | None:
    """The first stream that it hears and has not handled to the end."""
    for source, status in rooms.items():
        for where, end in status["ends"].items():
            topic = where.partition("/")[0]
            if topic in room["hears"] and source != room["name"]:
                mark = room["marks"].get(f"{source}/{where}", (status["epoch"], 0))
                if tuple(mark[:2]) != (status["epoch"], end):
                    return f"{source}/{where} is at {mark[1]} of {end}"
    return None


def numbers(rooms: Mapping[str, Status]) -> dict[str, tuple[int, int]]:
    return {name: (room["epoch"], room["n"]) for name, room in rooms.items()}
