"""What every response carries. Pure ASGI: it stands on the path of every request."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from colloque.web.links import carries_token
from colloque.web.settings import WebSettings

CSP = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; script-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""`data:` images: the QR of a ticket stands in its page, so that it prints without another request."""
PERMISSIONS = "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=(), interest-cohort=()"


class Headers:
    def __init__(self, app: ASGIApp, settings: WebSettings) -> None:
        self.app = app
        common = {
            "content-security-policy": CSP,
            "x-content-type-options": "nosniff",
            "x-frame-options": "DENY",
            "permissions-policy": PERMISSIONS,
            "cross-origin-opener-policy": "same-origin",
            "cross-origin-resource-policy": "same-origin",
        }
        if settings.https:
            common["strict-transport-security"] = "max-age=63072000; includeSubDomains"
        self._common = [(name.encode(), value.encode()) for name, value in common.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        referrer = b"no-referrer" if carries_token(scope["path"]) else b"same-origin"

        head = scope["method"] == "HEAD"

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = message["headers"] = list(message.get("headers", ()))
                names = {name for name, _ in given}
                given.extend(pair for pair in self._common if pair[0] not in names)
                if b"referrer-policy" not in names:
                    given.append((b"referrer-policy", referrer))
                if b"cache-control" not in names:
                    given.append((b"cache-control", b"no-store"))
            elif head and message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        # Whoever asks for the head only is answered as for the whole (RFC 9110 §9.3.2); routes need not think of it.
        await self.app({**scope, "method": "GET"} if head else scope, receive, dressed)
