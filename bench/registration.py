"""(a) Complete registrations a second, and what one costs over all processes, on one contended edition; beside a bare
FastAPI application that inserts one document into the same database."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

from bench.people import Crowd, Post
from bench.stage import Stage, edition


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))] if values else 0.0


async def measure(stage: Stage, token: str, name: str, people: int, at_once: int = 32, warm: int = 100) -> dict[str, Any]:
    ids = await edition(stage, token, name, places=100_000)
    # One session of each moment: nobody is in two rooms at once.
    crowd = Crowd(stage.ports.web, name, ids[::6], Post(stage.mailbox))
    watching = asyncio.create_task(crowd.post.watch())
    try:
        await crowd.rush(range(warm), at_once)
        await stage.at_rest()
        crowd.seconds.clear()
        before, counted = stage.cpu(), await stage.status()
        took = await crowd.rush(range(warm, warm + people), at_once)
        await stage.at_rest()
        after, now = stage.cpu(), await stage.status()
    finally:
        watching.cancel()
    cost = {part: (after[part] - before[part]) / people * 1000 for part in after}
    return {
        "rate": people / took,
        "cpu_ms": sum(cost.values()),
        "parts": cost,
        "seconds": crowd.seconds,
        "rooms": {room: _spent(counted[room], now[room], people) for room in now},
    }


def _spent(before: dict[str, Any], after: dict[str, Any], people: int) -> dict[str, Any]:
    def grown(what: str) -> Counter[str]:
        return Counter(after[what]) - Counter(before[what])

    turns = grown("turns")
    size = sum(int(n) * times for n, times in turns.items()) / max(1, turns.total())
    trips = {kind: round(times / people, 2) for kind, times in grown("trips").items()}
    return {"turns": round(turns.total() / people, 3), "size": round(size, 1), "trips": trips, "counts": dict(grown("counts"))}


def told(result: dict[str, Any]) -> str:
    lines = [f"{result['rate']:.1f} a second, {result['cpu_ms']:.1f} ms each: {_parts(result['parts'])}"]
    for what, values in sorted(result["seconds"].items()):
        lines.append(f"  {what:28} p50 {percentile(values, 0.5) * 1e3:7.1f} ms   p99 {percentile(values, 0.99) * 1e3:7.1f} ms")
    for room, spent in result["rooms"].items():
        trips = sum(spent["trips"].values())
        lines.append(f"  {room}: {spent['turns']} turns of {spent['size']}, {trips:.2f} trips {spent['trips']} {spent['counts']}")
    return "\n".join(lines)


def _parts(parts: dict[str, float]) -> str:
    return ", ".join(f"{name} {value:.2f}" for name, value in parts.items())
