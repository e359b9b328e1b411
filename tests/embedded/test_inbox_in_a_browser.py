"""The inbox in a real browser, with the headers that the house puts on every answer."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest
import uvicorn
from axe_playwright_python.async_playwright import Axe
from fastapi import FastAPI, Request, Response
from playwright.async_api import Page, async_playwright

from colloque.web.assets import Assets
from colloque.web.headers import Headers
from colloque.web.settings import WebSettings
from colloque_embedded.inbox import inbox
from colloque_embedded.mailbox import Mailbox, MailboxWriter
from colloque_embedded.servers import Ports
from tests.embedded.test_inbox import confirmation

pytestmark = pytest.mark.browser


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[str]:
    app = FastAPI()
    app.include_router(inbox(Mailbox(tmp_path / "received")))

    @app.get("/static/{file}")
    async def static(request: Request, file: str) -> Response:
        return Assets.of("colloque.web").answer(request, file)

    @app.get("/r")
    async def confirm() -> str:
        return "the page behind the link"

    port = Ports.free().web
    writer = MailboxWriter(tmp_path / "received")
    for name in ("basile", "chloé", "amina"):
        to = f"{name}@example.org"
        writer.append("maison@example.org", [to], confirmation(to, link=f"http://127.0.0.1:{port}/r"))
    dressed = Headers(app, WebSettings(secret_keys=("s" * 20,), link_keys=("l" * 20,)))
    server = uvicorn.Server(uvicorn.Config(dressed, host="127.0.0.1", port=port, log_level="error", lifespan="off"))
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - the library says it by this flag alone
        await asyncio.sleep(0.02)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    with suppress(asyncio.CancelledError):
        await serving


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    async with async_playwright() as play:
        browser = await play.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield await browser.new_page()
        await browser.close()


async def test_a_person_finds_a_mail_and_follows_its_link(site: str, page: Page) -> None:
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    await page.goto(f"{site}/dev/mail")
    await page.get_by_label("Destinataire").fill("amina@")
    await page.get_by_role("button", name="Chercher").click()
    assert "amina" not in page.url
    [link] = await page.get_by_role("link", name="Votre inscription à NEC18 est confirmée").all()
    await link.click()
    frame = page.frame_locator("iframe")
    assert await frame.locator("img").evaluate("picture => picture.naturalWidth") == 1
    async with page.expect_popup() as opened:
        await frame.get_by_role("link", name="Confirmer").click()
    followed = await opened.value
    await followed.wait_for_load_state()
    assert await followed.locator("body").inner_text() == '"the page behind the link"'
    # The script in the mail was kept from running, and the browser says so; it complains of nothing else.
    assert [said for said in complaints if "script" not in said] == []
    assert complaints


async def test_nothing_on_the_inbox_stands_in_the_way_of_a_reader(site: str, page: Page) -> None:
    for path in ("/dev/mail", "/dev/mail/3"):
        await page.goto(site + path)
        found = await Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
