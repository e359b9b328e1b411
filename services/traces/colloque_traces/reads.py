"""What pages and the API show: chains, the latest stories, what an edition has produced."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import NamedTuple

from colloque.contracts import ROOMS
from colloque.contracts.fact import EditionFrame
from colloque.runtime.desk import Desk
from colloque.runtime.refusal import NotFound
from colloque_traces.domain.chain import Chain, Seen, chain
from colloque_traces.domain.ledger import Edition, Life, Sheaf, Stuck, begins, dossier, known, seen
from colloque_traces.domain.produced import Produced
from colloque_traces.domain.story import Story

PAGE = 25
"""Stories on a page of the list."""
LOOKS = 20
"""How often a page looks further back for its stories."""


class Glimpse(NamedTuple):
    """A story by itself."""

    story: Story
    chain: Chain


class Dossier(NamedTuple):
    """Stories that are read as one, in order of time, and the chain they make."""

    stories: tuple[Story, ...]
    chain: Chain

    @property
    def editions(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(edition for story in self.stories for edition in story.editions))


class Latest(NamedTuple):
    glimpses: tuple[Glimpse, ...]
    total: int
    older: int | None
    """Where the next page begins, if there is one."""


class Ledger:
    def __init__(self, desk: Desk) -> None:
        self._reads = desk.reads

    async def edition(self, edition: str) -> Edition:
        found = await self._reads.glance(Edition, edition)
        if found is None:
            raise NotFound(f"there is no edition {edition}")
        return found

    async def frame(self, edition: str) -> EditionFrame:
        return (await self.edition(edition)).frame

    async def frame_if_known(self, edition: str) -> EditionFrame | None:
        found = await self._reads.glance(Edition, edition)
        return found.frame if found else None

    async def series_of(self, edition: str) -> str | None:
        found = await self._reads.glance(Edition, edition)
        return found.frame.series if found else None

    async def dossier(self, name: str) -> Dossier:
        """`name`: of a story, or of what a story is about (a registration)."""
        lives = await self._lives()
        told = await self._told([name], lives)
        about = Story.of(name, told[name]).about if name in told else name
        if about is not None:
            others = [one for one in await self._stories_about(about) if one not in told]
            told |= await self._told(others, lives)
        if not told:
            raise NotFound(f"there is no story {name}")
        stories = sorted((Story.of(id, lines) for id, lines in told.items()), key=lambda one: (one.at, one.id))
        made = chain((one for lines in told.values() for one in lines), known(lives.values()))
        return Dossier(tuple(stories), made)

    async def latest(self, edition: str, before: int | None = None) -> Latest:
        """The latest stories that began in an edition, before a sheaf; on the page, what is missing comes first."""
        produced = await self._reads.get(Produced, edition)
        if produced is None:
            return Latest((), 0, None)
        high = produced.sheaves if before is None else min(produced.sheaves, before - 1)
        begun: list[str] = []
        for _ in range(LOOKS):
            low = max(1, high - PAGE + 1)
            if high < 1 or len(begun) >= PAGE:
                break
            for sheaf in await self._reads.window(Sheaf, scope=edition, low=low, high=high, reverse=True):
                if len(begun) < PAGE:
                    begun += reversed(sheaf.begun)
                    high = sheaf.n - 1
        glimpses = await self._glimpses(begun)
        glimpses.sort(key=lambda one: not one.chain.missing)
        return Latest(tuple(glimpses), produced.stories, high + 1 if high >= 1 else None)

    async def stuck(self, edition: str) -> tuple[list[Glimpse], int]:
        """Stories in which something lies parked, or a mail was refused for good: the oldest, and how many."""
        found = await self._reads.find(Stuck, edition=edition)
        names = list(dict.fromkeys(one.story for one in sorted(found, key=lambda one: (one.at, one.id))))
        return await self._glimpses(names[:PAGE]), len(names)

    async def produced(self, edition: str) -> Produced:
        return await self._reads.glance(Produced, edition) or Produced(id=edition)

    async def _glimpses(self, stories: Iterable[str]) -> list[Glimpse]:
        lives = await self._lives()
        table = known(lives.values())
        told = await self._told(dict.fromkeys(stories), lives)
        return [Glimpse(Story.of(id, lines), chain(lines, table)) for id, lines in told.items()]

    async def _told(self, stories: Iterable[str], lives: dict[str, Life]) -> dict[str, list[Seen]]:
        """Story → its lines; without those of which nothing is kept."""
        names = list(stories)
        found = await asyncio.gather(*(self._reads.find(Sheaf, stories=name) for name in names))
        told = {
            name: seen((line for sheaf in sheaves for line in sheaf.lines(name)), lives)
            for name, sheaves in zip(names, found, strict=True)
        }
        return {name: lines for name, lines in told.items() if lines}

    async def _stories_about(self, about: str) -> list[str]:
        sheaves = await self._reads.find(Sheaf, abouts=about)
        lines = (line for sheaf in sheaves for story in sheaf.begun for line in sheaf.lines(story))
        return list(dict.fromkeys(line.story for line in lines if begins(line) and dossier(line) == about))

    async def _lives(self) -> dict[str, Life]:
        found = await self._reads.glance_all(Life, ROOMS)
        return {life.id: life for life in found if life is not None}
