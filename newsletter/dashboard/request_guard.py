"""Rejects requests from other web pages, so that they can neither read nor change drafts.

Another page can make the author's browser send a request, and with DNS rebinding it could read the response.
Therefore each request must name this server as its host and must not come from another origin (Fetch Standard,
"Origin header"; Fetch Metadata). A request that changes a file must also have the token of the dashboard's page.
"""

import secrets
from contextlib import suppress

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from newsletter.http.safe_headers import SAFE_HEADERS

TOKEN_HEADER = "x-preview-token"  # noqa: S105 (the header's name, not a secret)
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; frame-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
# An output has inline styles and may load images from any host. It must not run scripts.
FRAME_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' https: http:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'; sandbox allow-same-origin"
)


class RequestGuard:
    """Rejects requests from other pages with 403, and sets security headers on responses."""

    def __init__(self, app: ASGIApp, port: int, token: str) -> None:
        self.app = app
        self.hosts = (f"127.0.0.1:{port}", f"localhost:{port}")
        self.token = token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request, or reject it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if reason := self._rejection(scope["method"], Headers(scope=scope)):
            await PlainTextResponse(f"Forbidden: {reason}.\n", 403, SAFE_HEADERS)(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.setdefault("Cache-Control", "no-store")
                headers.setdefault("Content-Security-Policy", PAGE_POLICY)
                for name, value in SAFE_HEADERS.items():
                    headers[name] = value
            await send(message)

        # The page was closed during an upload, so that nobody waits for a response.
        with suppress(ClientDisconnect):
            await self.app(scope, receive, send_with_headers)

    def _rejection(self, method: str, headers: Headers) -> str:
        """Return why a request is rejected, or "" if it is allowed."""
        host = headers.get("host", "")
        if host not in self.hosts or len(headers.getlist("host")) > 1:
            return "the request is for another host"
        if headers.get("origin", f"http://{host}") != f"http://{host}":
            return "the request comes from another origin"
        if headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
            return "the request comes from another site"
        if method not in ("GET", "HEAD") and not secrets.compare_digest(
            headers.get(TOKEN_HEADER, "").encode(), self.token.encode()
        ):
            return "the request does not have the token of this dashboard"
        return ""
