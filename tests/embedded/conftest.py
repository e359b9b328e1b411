from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from colloque_embedded.servers import Folder, Ports, Servers


@pytest.fixture
async def servers(tmp_path: Path) -> AsyncIterator[Servers]:
    async with Servers(Folder(tmp_path / "var"), Ports.free()) as servers:
        yield servers
