"""`python -m tests.browser FOLDER PORT`: the same town, to be looked at; its addresses stand in FOLDER/town.json."""

import asyncio
import json
import sys
from pathlib import Path

from colloque_embedded.story import HouseProcess
from tests.browser.town import BEGINS, SETTINGS, Town


async def main(folder: str, port: str) -> None:
    house = HouseProcess(Path(folder), int(port), at=BEGINS, settings=SETTINGS)
    house.start()
    await house.ready()
    town = await Town(house).settle()
    found = {"pages": town.pages, "console": town.console, "cookies": town.cookies}
    (Path(folder) / "town.json").write_text(json.dumps(found, indent=1, ensure_ascii=False))
    print(f"settled: {house.url}", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
