"""The pages of the preview, and what they ask for."""

from collections.abc import AsyncIterator
from dataclasses import asdict
from pathlib import Path
from threading import Lock

from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from newsletter.dashboard.edit_actions import (
    Add,
    Move,
    Order,
    Replace,
    Undo,
    Workbench,
    Write,
    add_link,
    differences,
)
from newsletter.dashboard.file_changes import Changes
from newsletter.dashboard.framing import CLIP, Scheme, framed_email, framed_story
from newsletter.dashboard.issue_previews import Editions
from newsletter.dashboard.request_guard import FRAME_POLICY, Guard
from newsletter.documents.source import Source
from newsletter.errors import ConflictError, DocumentError, NewsletterError, NotFoundError
from newsletter.files import display
from newsletter.workspace.editing import WorkspaceEditor

PAGE = Path(__file__).parent / "page"
_KINDS = {"preview.css": "text/css", "preview.js": "text/javascript", "icon.svg": "image/svg+xml"}
# A document in standards mode, which the page fills.
_BLANK = '<!DOCTYPE html><html lang="en"><head><title>Preview</title></head><body></body></html>'


def application(editions: Editions, changes: Changes, port: int, token: str) -> Starlette:
    """The preview of a publication, as it is served to one author."""
    preview = _Preview(editions, changes, token)
    return Starlette(
        routes=[
            Route("/", preview.start),
            Route("/issues/{slug}", preview.page),
            Route("/page/{name}", preview.file),
            Route("/frame", preview.frame),
            Route("/assets/{name}", preview.asset),
            Route("/api/issues", preview.issues),
            Route("/api/issues/{slug}", preview.issue),
            Route("/api/issues/{slug}/checks", preview.checks),
            Route("/api/issues/{slug}/edits", preview.edit, methods=["POST"]),
            Route("/api/changes", preview.changes),
        ],
        middleware=[Middleware(Guard, port=port, token=token)],
        exception_handlers={NewsletterError: _told},
    )


class _Preview:
    def __init__(self, editions: Editions, changes: Changes, token: str) -> None:
        self._editions = editions
        self._changes = changes
        self._token = token
        self._bench = Workbench()
        self._one_at_a_time = Lock()

    def start(self, _: Request) -> Response:
        choices = self._editions.choices()
        return RedirectResponse(f"/issues/{choices[0].slug}") if choices else self._page()

    def page(self, _: Request) -> Response:
        return self._page()

    def _page(self) -> Response:
        text = (PAGE / "index.html").read_text(encoding="utf-8")
        return HTMLResponse(text.replace("TOKEN-OF-THE-PREVIEW", self._token))

    def file(self, request: Request) -> Response:
        name = request.path_params["name"]
        if name not in _KINDS:
            return Response(status_code=404)
        return FileResponse(PAGE / name, media_type=_KINDS[name])

    def frame(self, _: Request) -> Response:
        return HTMLResponse(_BLANK, headers={"Content-Security-Policy": FRAME_POLICY})

    def asset(self, request: Request) -> Response:
        path = self._editions.build / "assets" / request.path_params["name"]
        if path.name.startswith(".") or not path.is_file():
            return Response(status_code=404)
        # An asset's name is a hash of what it holds.
        return FileResponse(path, headers={"Cache-Control": "private, max-age=31536000, immutable"})

    def issues(self, _: Request) -> Response:
        return JSONResponse(self._list())

    def _list(self) -> dict[str, object]:
        return {
            "publication": self._editions.name(),
            "issues": [asdict(choice) for choice in self._editions.choices()],
        }

    def issue(self, request: Request) -> Response:
        edition = self._editions.edition(request.path_params["slug"])
        asked = request.query_params
        shown = asdict(edition)
        if prints := edition.prints:
            scheme = Scheme(asked.get("scheme", "light")) if asked.get("scheme") in tuple(Scheme) else Scheme.LIGHT
            del shown["prints"]["email"]
            shown["prints"] |= {
                "framed": framed_email(prints.email, prints.assets_url, scheme, images=asked.get("images") != "off"),
                "framed_story": framed_story(prints.story, prints.assets_url),
                "bytes": len(prints.email.encode()),
                "clip": CLIP,
            }
        return JSONResponse(shown | self._list())

    def checks(self, request: Request) -> Response:
        return JSONResponse([asdict(problem) for problem in self._editions.problems(request.path_params["slug"])])

    async def edit(self, request: Request) -> Response:
        try:
            order = Order.model_validate_json(await request.body())
        except ValidationError as error:
            told = error.errors()[0]
            context = told.get("ctx", {})
            return _refusal(context.get("message", told["msg"]), context.get("advice", ""), 422)
        response = await run_in_threadpool(self._edit, request.path_params["slug"], order)
        self._changes.tell()
        return response

    def _edit(self, slug: str, order: Order) -> Response:
        path = self._editions.path(slug)
        desk = self._bench.desk(self._editions.renderer().workspace)
        if isinstance(order.edit, Add):
            return JSONResponse(asdict(add_link(desk, path, order.edit)))
        with self._one_at_a_time:
            return self._change(desk, path, order.edit, self._editions.seen(order.version))

    def _change(
        self, desk: WorkspaceEditor, path: Path, edit: Move | Write | Replace | Undo, seen: str | None
    ) -> Response:
        try:
            if isinstance(edit, Undo):
                with self._bench.last(path) as (mine, seen):
                    WorkspaceEditor(desk.workspace).edit(path, seen, lambda _: mine)
            elif seen is None:
                raise NotFoundError("this page is out of date", "Reload it, and do that again.")
            else:
                mine = edit.change(Source(display(path), seen))
                desk.edit(path, seen, edit.change)
        except ConflictError as error:
            theirs, version = self._editions.latest(path)
            if theirs == mine:
                return Response(status_code=204)
            told = {"message": error.message, "advice": error.advice, "mine": mine, "version": version}
            return JSONResponse({**told, "rows": differences(theirs, mine)}, 409)
        return Response(status_code=204)

    async def changes(self, _: Request) -> Response:
        async def events() -> AsyncIterator[str]:
            yield "retry: 500\n\n"
            async for count in self._changes.follow():
                yield f"data: {count}\n\n"

        return StreamingResponse(events(), media_type="text/event-stream")


def _told(_: Request, error: Exception) -> Response:
    if not isinstance(error, NewsletterError):
        raise error
    advice = " ".join(each.advice for each in error.problems) if isinstance(error, DocumentError) else error.advice
    return _refusal(error.message, advice, 404 if isinstance(error, NotFoundError) else 422)


def _refusal(message: str, advice: str, status: int) -> Response:
    return JSONResponse({"message": message, "advice": advice}, status)
