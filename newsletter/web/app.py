"""The public pages as one application: routes, error pages, and the archive."""

from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import select
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Message, Receive, Scope, Send

from newsletter.clicks.destinations import Destinations
from newsletter.clicks.entry_links import PAGE
from newsletter.database.tables import subscriber
from newsletter.errors import DatabaseError, NewsletterError, TokenError
from newsletter.web.access_log import log_error
from newsletter.web.click_counts import ClickCounts
from newsletter.web.context import PagesContext, log
from newsletter.web.go import GoPage
from newsletter.web.middleware import PageMiddleware, archive_policy
from newsletter.web.preferences import PreferencesPages
from newsletter.web.subscribe import SubscribePages
from newsletter.web.unsubscribe import UnsubscribePages
from newsletter.web.webhooks import Webhooks

# The paths of the public pages. An archive must not have a page at any of them.
PUBLIC_PATHS = (
    *("subscribe", "confirm", "unsubscribe", "preferences", "export", "erase", "webhooks"),
    *("health", "ready", "pages.css", PAGE),
)
_BOTH = ["GET", "POST"]


def application(context: PagesContext, counts: ClickCounts, archive: Path | None = None) -> Starlette:
    """Return the application with the public pages.

    Args:
        context: What the pages share.
        counts: The counts of clicks.
        archive: The folder of a built archive, which is served at all other paths.
    """
    base, errors, status = context.pages.base, _ErrorPages(context), _StatusPages(context)
    subscribe, unsubscribe = SubscribePages(context), UnsubscribePages(context)
    preferences, webhooks = PreferencesPages(context), Webhooks(context)
    go = GoPage(context, Destinations(context.issues_folder, lambda: context.timer()), counts)
    pages = [
        ("subscribe", subscribe.subscribe, _BOTH),
        ("subscribe/", subscribe.subscribe, _BOTH),
        ("confirm/{token}", subscribe.confirm, _BOTH),
        ("unsubscribe", unsubscribe.unsubscribe, _BOTH),
        # A damaged link may have slashes.
        ("unsubscribe/{token:path}", unsubscribe.unsubscribe, _BOTH),
        ("preferences/{token}", preferences.preferences, _BOTH),
        ("export/{token}", preferences.export, ["GET"]),
        ("erase/{token}", preferences.erase, _BOTH),
        ("webhooks/{provider}", webhooks.webhooks, ["POST"]),
        ("webhooks/{provider}/{secret}", webhooks.webhooks, ["POST"]),
        # A damaged link may have slashes, or no entry.
        (f"{PAGE}/{{issue}}", go.go, ["GET"]),
        (f"{PAGE}/{{issue}}/{{entry:path}}", go.go, ["GET"]),
        ("health", status.health, ["GET"]),
        ("ready", status.ready, ["GET"]),
        ("pages.css", status.style, ["GET"]),
    ]
    routes: list[BaseRoute] = [Route(base + path, page, methods=methods) for path, page, methods in pages]
    if archive:
        site = urlsplit(context.publication.site_url).path.rstrip("/")
        routes.append(Mount(site, _Archive(archive, archive_policy(context.publication))))
    return Starlette(
        routes=routes,
        middleware=[
            Middleware(PageMiddleware, digest=context.digest, webhooks=f"{base}webhooks/", anonymous=f"{base}{PAGE}/")
        ],
        exception_handlers={
            NewsletterError: errors.known_error,
            HTTPException: errors.http_error,
            Exception: errors.unexpected_error,
        },
    )


class _StatusPages:
    """Health, readiness, and the style sheet."""

    def __init__(self, context: PagesContext) -> None:
        self._context = context

    async def health(self, _: Request) -> Response:
        """Report that the process responds."""
        return PlainTextResponse("ok\n")

    async def ready(self, _: Request) -> Response:
        """Report whether the database responds as well."""
        try:
            await self._context.read(lambda connection: connection.execute(select(subscriber.c.id).limit(1)).first())
        except DatabaseError as error:
            log_error("not ready", error)
            return PlainTextResponse("the database does not respond\n", 503)
        return PlainTextResponse("ok\n")

    async def style(self, _: Request) -> Response:
        """Return the style sheet. Its URL changes with its content, so browsers may cache it permanently."""
        headers = {"Cache-Control": "public, max-age=31536000, immutable"}
        return Response(self._context.pages.style, media_type="text/css", headers=headers)


class _ErrorPages:
    """Error pages. They reveal nothing: details are in the access log."""

    def __init__(self, context: PagesContext) -> None:
        self._context = context

    async def known_error(self, request: Request, error: Exception) -> Response:
        """An invalid or expired token, or a failure of the database or a template."""
        words = self._context.words(request)
        if isinstance(error, TokenError):
            log(request, outcome="old link" if error.expired else "broken link")
            if error.expired:
                return self._context.notice(request, words.old_link, words.old_link_note, 410, again=True)
            return self._context.notice(request, words.broken_link, words.broken_link_note, 400, again=True)
        log_error("error", error)
        status = 503 if isinstance(error, DatabaseError) else 500
        return self._context.notice(request, words.trouble, words.trouble_note, status)

    async def http_error(self, request: Request, error: Exception) -> Response:
        """A path without a page, a method that is not allowed, or an invalid body."""
        status = error.status_code if isinstance(error, HTTPException) else 500
        headers = error.headers if isinstance(error, HTTPException) else None
        if status == 404:
            return self._context.missing(request)
        return PlainTextResponse(f"{status}\n", status, headers)

    async def unexpected_error(self, request: Request, _: Exception) -> Response:
        """Any other exception; uvicorn logs it."""
        words = self._context.words(request)
        return self._context.notice(request, words.trouble, words.trouble_note, 500)


class _Archive:
    """Serves the files of a built archive with security headers, except hidden files (`.name`)."""

    def __init__(self, folder: Path, policy: str) -> None:
        self._files = StaticFiles(directory=folder, html=True)
        self._headers = [(b"content-security-policy", policy.encode()), (b"cache-control", b"no-cache")]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *self._headers]
            await send(message)

        if any(part.startswith(".") for part in scope["path"].split("/")):
            raise HTTPException(404)
        await self._files(scope, receive, send_with_headers)
