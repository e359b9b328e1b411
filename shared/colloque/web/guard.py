"""What nobody foresaw, answered all the same."""

from __future__ import annotations

import logging
import secrets
import traceback
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from colloque.runtime.refusal import Refusal

log = logging.getLogger("colloque.web")


class Broken(Refusal):
    """We broke. It has been written down."""

    status = 500


class Guard:
    """Logs it with its story and without anything a person gave (an error's own words may hold it); answers 500 without
    details."""

    def __init__(self, app: ASGIApp, answer: Callable[[Request, Refusal], Awaitable[Response]]) -> None:
        self.app, self.answer = app, answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, watched)
        except Exception as error:  # noqa: BLE001 - the last place where anything can still be answered
            request = Request(scope)
            story = getattr(request.state, "story", None) or secrets.token_hex(8)
            request.state.story = story
            name, where = type(error).__name__, "".join(traceback.format_tb(error.__traceback__))
            log.error("unexpected %s\n%s", name, where, extra={"story": story, "error": name})
            if not started:
                broken = Broken("something broke on our side; it has been written down", story=story)
                response = await self.answer(request, broken)
                await response(scope, receive, send)
