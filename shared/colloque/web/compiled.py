"""Templates compiled once a process and language, however many sites of a room are made in it."""

from __future__ import annotations

from collections import defaultdict
from types import CodeType

from jinja2 import BytecodeCache
from jinja2.bccache import Bucket

from colloque.web.i18n import Lang


class Compiled(BytecodeCache):
    """Code is kept as it is, for as long as the source reads the same."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._kept.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        if bucket.code is not None:
            self._kept[bucket.key, bucket.checksum] = bucket.code


COMPILED: defaultdict[tuple[str, Lang], Compiled] = defaultdict(Compiled)
"""By the site's package and language: Jinja2 fills in at once what a filter makes of constant words, so code is good
for one catalogue only."""
