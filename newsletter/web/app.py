"""The live pages as one application: their addresses, their faults, and the archive below them."""

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

from newsletter.database.tables import subscriber
from newsletter.errors import DatabaseError, NewsletterError, TokenError
from newsletter.web.access_log import tell_fault
from newsletter.web.context import Office, note
from newsletter.web.middleware import ARCHIVE_POLICY, Guard
from newsletter.web.preferences import Own
from newsletter.web.subscribe import Subscribing
from newsletter.web.unsubscribe import Leaving

# What the live pages answer to; an archive must have none of these.
LIVE = ("subscribe", "confirm", "unsubscribe", "preferences", "export", "erase", "health", "ready", "pages.css")
_BOTH = ["GET", "POST"]


def application(office: Office, archive: Path | None = None) -> Starlette:
    """The pages of a publication; with an archive's folder, that too, where no live page is."""
    base, faults = office.pages.base, _Faults(office)
    subscribing, leaving, own, state = Subscribing(office), Leaving(office), Own(office), _State(office)
    pages = [
        ("subscribe", subscribing.subscribe, _BOTH),
        ("subscribe/", subscribing.subscribe, _BOTH),
        ("confirm/{token}", subscribing.confirm, _BOTH),
        ("unsubscribe/{token}", leaving.unsubscribe, _BOTH),
        ("preferences/{token}", own.preferences, _BOTH),
        ("export/{token}", own.export, ["GET"]),
        ("erase/{token}", own.erase, _BOTH),
        ("health", state.health, ["GET"]),
        ("ready", state.ready, ["GET"]),
        ("pages.css", state.style, ["GET"]),
    ]
    routes: list[BaseRoute] = [Route(base + path, page, methods=methods) for path, page, methods in pages]
    if archive:
        site = urlsplit(office.pages.publication.site_url).path.rstrip("/")
        routes.append(Mount(site, _Archive(archive)))
    return Starlette(
        routes=routes,
        middleware=[Middleware(Guard, digest=office.digest)],
        exception_handlers={NewsletterError: faults.told, HTTPException: faults.refused, Exception: faults.failed},
    )


class _State:
    """What machines ask, and the style sheet."""

    def __init__(self, office: Office) -> None:
        self._office = office

    async def health(self, _: Request) -> Response:
        """Whether the process answers."""
        return PlainTextResponse("ok\n")

    async def ready(self, _: Request) -> Response:
        """Whether the database answers, too."""
        try:
            await self._office.read(lambda connection: connection.execute(select(subscriber.c.id).limit(1)).first())
        except DatabaseError as error:
            tell_fault("not ready", error)
            return PlainTextResponse("the database does not answer\n", 503)
        return PlainTextResponse("ok\n")

    async def style(self, _: Request) -> Response:
        """The style sheet, whose address changes with it."""
        headers = {"Cache-Control": "public, max-age=31536000, immutable"}
        return Response(self._office.pages.style, media_type="text/css", headers=headers)


class _Faults:
    """What is shown when something is not as it should be: calm pages that tell nothing."""

    def __init__(self, office: Office) -> None:
        self._office = office

    async def told(self, request: Request, error: Exception) -> Response:
        """A token that is not good; else something of ours that fails, of which the journal has the rest."""
        words = self._office.words(request)
        if isinstance(error, TokenError):
            note(request, outcome="old link" if error.expired else "broken link")
            if error.expired:
                return self._office.notice(request, words.old_link, words.old_link_note, 410, again=True)
            return self._office.notice(request, words.broken_link, words.broken_link_note, 400, again=True)
        tell_fault("fault", error)
        status = 503 if isinstance(error, DatabaseError) else 500
        return self._office.notice(request, words.trouble, words.trouble_note, status)

    async def refused(self, request: Request, error: Exception) -> Response:
        """No such page, or not to be asked in this way."""
        status = error.status_code if isinstance(error, HTTPException) else 500
        headers = error.headers if isinstance(error, HTTPException) else None
        if status == 404:
            web = self._office.pages.labels[self._office.language(request)].web
            return self._office.notice(request, web.missing, web.missing_advice, 404, again=True)
        return PlainTextResponse(f"{status}\n", status, headers)

    async def failed(self, request: Request, _: Exception) -> Response:
        """What nobody foresaw; the server tells it."""
        words = self._office.words(request)
        return self._office.notice(request, words.trouble, words.trouble_note, 500)


class _Archive:
    """The files of a built archive, with the headers that its pages need; nothing whose name begins with a dot."""

    def __init__(self, folder: Path) -> None:
        self._files = StaticFiles(directory=folder, html=True)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                named = {b"content-security-policy": ARCHIVE_POLICY.encode(), b"cache-control": b"no-cache"}
                message["headers"] = [*message["headers"], *named.items()]
            await send(message)

        if any(part.startswith(".") for part in scope["path"].split("/")):
            raise HTTPException(404)
        await self._files(scope, receive, answer)
