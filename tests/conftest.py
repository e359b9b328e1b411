"""Which tests run side by side (`make test`): those that share a house, a server or a file's fixtures stay together,
and the longest begin first."""

from __future__ import annotations

from pathlib import Path

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

TOGETHER = ("stories", "adapters", "embedded")
"""Folders whose tests share what is dear to start."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    items.sort(key=lambda item: item.path.relative_to(here).parts[0] != "stories")


class ByHouse(LoadScopeScheduling):  # type: ignore[misc]  # xdist comes without types
    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        folder = file.split("/")[1]
        return folder if folder in TOGETHER else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByHouse:
    return ByHouse(config, log)
