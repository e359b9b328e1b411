"""What pages and the API show: chains, the latest stories, what an edition has produced."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import NamedTuple

from colloque.contracts import ROOMS
from colloque.contracts.fact import EditionFrame
from colloque.runtime.desk import Desk
from colloque.runtime.refusal import NotFound
from colloque_traces.domain.chain import Chain, Known, chain
from colloque_traces.domain.ledger import Edition, Entry, Life, Story, Stuck, known, seen
from colloque_traces.domain.produced import Produced

PAGE = 25
"""Stories on a page of the list."""


class Dossier(NamedTuple):
    """Stories that are read as one, in order of time, and the chain they make."""

    stories: tuple[Story, ...]
    chain: Chain

    @property
    def editions(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(edition for story in self.stories for edition in story.editions))


class Glimpse(NamedTuple):
    """A story as a row of the list."""

    story: Story
    chain: Chain


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
        story = await self._reads.get(Story, name)
        about = story.about if story else name
        stories = await self._reads.find(Story, about=about) if about else []
        if story is not None and story.id not in {one.id for one in stories}:
            stories.append(story)
        if not stories:
            raise NotFound(f"there is no story {name}")
        stories.sort(key=lambda one: (one.at, one.id))
        lives = await self._lives()
        made = await self._chain([one.id for one in stories], lives, known(lives.values()))
        return Dossier(tuple(stories), made)

    async def latest(self, edition: str, before: int | None = None) -> Latest:
        """The latest stories of an edition, before a number; on the page, what is missing comes first."""
        produced = await self._reads.get(Produced, edition)
        total = produced.stories if produced else 0
        high = min(total, before - 1) if before is not None else total
        low = max(1, high - PAGE + 1)
        stories = await self._reads.window(Story, edition=edition, low=low, high=high, reverse=True) if high > 0 else []
        glimpses = await self._glimpses(stories)
        glimpses.sort(key=lambda one: not one.chain.missing)
        return Latest(tuple(glimpses), total, low if low > 1 else None)

    async def stuck(self, edition: str) -> tuple[list[Glimpse], int]:
        """Stories in which something lies parked, or a mail was refused for good: the oldest, and how many."""
        found = await self._reads.find(Stuck, edition=edition)
        names = list(dict.fromkeys(one.story for one in sorted(found, key=lambda one: (one.at, one.id))))
        oldest = await self._reads.all(Story, names[:PAGE])
        return await self._glimpses(one for one in oldest if one is not None), len(names)

    async def produced(self, edition: str) -> Produced:
        return await self._reads.glance(Produced, edition) or Produced(id=edition)

    async def _glimpses(self, stories: Iterable[Story]) -> list[Glimpse]:
        stories = list(stories)
        lives = await self._lives()
        table = known(lives.values())
        chains = await asyncio.gather(*(self._chain([story.id], lives, table) for story in stories))
        return [Glimpse(story, made) for story, made in zip(stories, chains, strict=True)]

    async def _chain(self, stories: Iterable[str], lives: dict[str, Life], table: Known) -> Chain:
        found = await asyncio.gather(*(self._reads.find(Entry, story=story) for story in stories))
        return chain(seen((entry for entries in found for entry in entries), lives), table)

    async def _lives(self) -> dict[str, Life]:
        found = await self._reads.glance_all(Life, ROOMS)
        return {life.id: life for life in found if life is not None}
