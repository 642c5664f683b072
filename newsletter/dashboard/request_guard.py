"""Refuses requests of other web pages, which must neither read drafts nor change them.

Another page can make the author's browser send a request, and by DNS rebinding it could read the
response. So each request must name this server as its host, must not come from another origin
(Fetch Standard, "Origin header" and Fetch Metadata), and needs a token of our own page to change a file.
"""

import secrets

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from newsletter.http.safe_headers import SAFE_HEADERS

TOKEN_HEADER = "x-preview-token"  # noqa: S105 (the header's name, not a secret)
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; frame-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
# What is sent has styles of its own, may show images from anywhere, and runs nothing.
FRAME_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' https: http:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'; sandbox allow-same-origin"
)


class RequestGuard:
    """Passes on requests of our own page, and sets security headers on responses."""

    def __init__(self, app: ASGIApp, port: int, token: str) -> None:
        self.app = app
        self.hosts = (f"127.0.0.1:{port}", f"localhost:{port}")
        self.token = token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it with 403."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if refusal := self._refusal(scope["method"], Headers(scope=scope)):
            await PlainTextResponse(f"Refused: {refusal}.\n", 403, SAFE_HEADERS)(scope, receive, send)
            return

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.setdefault("Cache-Control", "no-store")
                headers.setdefault("Content-Security-Policy", PAGE_POLICY)
                for name, value in SAFE_HEADERS.items():
                    headers[name] = value
            await send(message)

        await self.app(scope, receive, answer)

    def _refusal(self, method: str, headers: Headers) -> str:
        """Why a request is refused, or nothing."""
        host = headers.get("host", "")
        if host not in self.hosts or len(headers.getlist("host")) > 1:
            return "this preview goes by another host name"
        if headers.get("origin", f"http://{host}") != f"http://{host}":
            return "the request comes from another origin"
        if headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
            return "the request comes from another site"
        if method not in ("GET", "HEAD") and not secrets.compare_digest(
            headers.get(TOKEN_HEADER, "").encode(), self.token.encode()
        ):
            return "the request does not carry this preview's token"
        return ""
