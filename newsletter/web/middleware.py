"""What stands around every page: its answer's headers, the bound on what it is sent, and its line in the journal."""

import time
from collections.abc import Callable

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from newsletter.http.safe_headers import SAFE_HEADERS
from newsletter.web.access_log import tell
from newsletter.web.rate_limit import network_of

# No script, nothing from elsewhere; a form leads back here only (Content Security Policy Level 3).
PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
# The archive has its search, which compiles WebAssembly, pictures, and a form that may lead elsewhere.
ARCHIVE_POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' https: data:; "
    "connect-src 'self'; form-action 'self' https:; base-uri 'none'; frame-ancestors 'none'"
)
# A form of ours has two fields and some tags.
MOST_BYTES = 65_536
NOTES = "newsletter.notes"


class Guard:
    """Sets the headers, refuses bodies that are too large, and tells of each request what `scope[NOTES]` holds."""

    def __init__(self, app: ASGIApp, digest: Callable[[str], str]) -> None:
        self.app = app
        self.digest = digest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun = time.perf_counter()
        status = 500
        notes: dict[str, object] = {}
        scope[NOTES] = notes
        client = scope.get("client")
        notes["network"] = self.digest(network_of(client[0] if client else ""))
        taken = 0

        async def bounded() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > MOST_BYTES:
                raise HTTPException(413)
            return message

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers.setdefault("Cache-Control", "no-store")
                headers.setdefault("Content-Security-Policy", PAGE_POLICY)
                for name, value in SAFE_HEADERS.items():
                    headers[name] = value
            await send(message)

        try:
            await self.app(scope, bounded, answer)
        finally:
            endpoint = scope.get("endpoint")
            notes.setdefault("page", getattr(endpoint, "__name__", "archive" if endpoint else "none"))
            spent = round((time.perf_counter() - begun) * 1000, 1)
            tell("request", method=scope["method"], status=status, ms=spent, **notes)
