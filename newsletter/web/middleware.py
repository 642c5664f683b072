"""What applies to every page: response headers, the limit on request bodies, and the line in the access log."""

import time
from collections.abc import Callable
from urllib.parse import quote, urlsplit

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from newsletter.http.safe_headers import SAFE_HEADERS
from newsletter.publication.settings import Publication
from newsletter.web.access_log import log_event
from newsletter.web.rate_limit import network_of

# No script and nothing from other sites; forms post here only (Content Security Policy Level 3).
PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
# The archive's search compiles WebAssembly, and its images may be on other hosts.
_ARCHIVE_POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' https: data:; "
    "connect-src 'self'; form-action 'self'{}; base-uri 'none'; frame-ancestors 'none'"
)
# Far more than the largest form, which has two fields and some tags.
MAX_BODY_BYTES = 65_536
# Far more than 1,000 events of any provider.
MAX_WEBHOOK_BYTES = 5_000_000
# The characters of a path that need no encoding (RFC 3986, §3.3).
_PATH_SAFE = "/:@!$&'()*+,;="
# The status in the log of a request that was not complete when its connection was closed. nginx uses the same number.
_CLIENT_GONE = 499
# The key in a request's scope under which pages add fields to its log line.
LOG_FIELDS = "newsletter.log_fields"
# The key under which a page gives the URL that it redirects to.
REDIRECT = "newsletter.redirect"


def archive_policy(publication: Publication) -> str:
    """Return the policy of the archive's pages, whose form may post to the public pages or to another service.

    That service may redirect to any other host. The public pages that accept forms redirect to none.
    """
    link, pages_url = publication.links.subscribe, publication.delivery.pages_url
    targets = [" https:"] if link and link.action else []
    if pages_url:
        parts = urlsplit(pages_url)
        targets.append(f" {parts.scheme}://{parts.netloc}")
    return _ARCHIVE_POLICY.format("".join(targets))


class PageMiddleware:
    """Sets the headers, rejects bodies that are too large, and logs each request with the fields in `LOG_FIELDS`.

    Below `anonymous`, the line in the log has nothing about the visitor, not even a hash of the network.
    """

    def __init__(self, app: ASGIApp, digest: Callable[[str], str], webhooks: str, anonymous: str) -> None:
        self.app = app
        self.digest = digest
        self.webhooks = webhooks
        self.anonymous = anonymous

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = time.perf_counter()
        status = 500
        fields = self._visitor(scope)
        scope[LOG_FIELDS] = fields
        received = 0
        most = MAX_WEBHOOK_BYTES if scope["path"].startswith(self.webhooks) else MAX_BODY_BYTES

        async def receive_limited() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > most:
                raise HTTPException(413)
            return message

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers.setdefault("Cache-Control", "no-store")
                headers.setdefault("Content-Security-Policy", PAGE_POLICY)
                if "location" in headers:
                    # Starlette redirects to the Host header of the request, which anyone can choose.
                    headers["Location"] = scope.get(REDIRECT) or _other_slash(scope)
                for name, value in SAFE_HEADERS.items():
                    headers[name] = value
                if _has_two_lengths(scope):
                    headers["Connection"] = "close"
            await send(message)

        try:
            await self.app(scope, receive_limited, send_with_headers)
        except ClientDisconnect:
            # The client closed the connection, or was too slow, before its request was complete.
            status = _CLIENT_GONE
        finally:
            endpoint = scope.get("endpoint")
            fields.setdefault("page", getattr(endpoint, "__name__", "archive" if endpoint else "none"))
            milliseconds = round((time.perf_counter() - started) * 1000, 1)
            log_event("request", method=scope["method"], status=status, ms=milliseconds, **fields)

    def _visitor(self, scope: Scope) -> dict[str, object]:
        """Return what the log has about the visitor: the hash of the network, or nothing."""
        if scope["path"].startswith(self.anonymous):
            return {}
        client = scope.get("client")
        return {"network": self.digest(network_of(client[0] if client else ""))}


def _has_two_lengths(scope: Scope) -> bool:
    """Return whether a request has Content-Length and Transfer-Encoding.

    A proxy may have read another end of its body, and take what follows for the next request. The connection has to be
    closed after the response (RFC 9112, §6.1).
    """
    names = {name for name, _ in scope["headers"]}
    return b"content-length" in names and b"transfer-encoding" in names


def _other_slash(scope: Scope) -> str:
    """Return the target of a redirect: the path of the request with or without a slash at its end, on the same host."""
    path = scope["path"]
    path = path.rstrip("/") if path.endswith("/") else f"{path}/"
    query = scope["query_string"].decode("ascii", "replace")
    # Two slashes, or a backslash, at its begin would be another host.
    return f"/{quote(path.lstrip('/'), safe=_PATH_SAFE)}{'?' if query else ''}{query}"
