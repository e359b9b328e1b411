"""Which tests run side by side (`make test`): those that share a house, a server or a file's fixtures stay together, and
the longest begin first."""

from __future__ import annotations

from pathlib import Path

import pytest

HERE = Path(__file__).parent
TOGETHER = ("stories", "adapters", "embedded")
"""Folders whose tests share what is dear to start."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        folder = item.path.relative_to(HERE).parts[0]
        item.add_marker(pytest.mark.xdist_group(folder if folder in TOGETHER else str(item.path)))
    items.sort(key=lambda item: item.path.relative_to(HERE).parts[0] != "stories")
