"""The web application: the browser page, its API, and the rendered outputs in frames."""

from collections.abc import AsyncIterator
from dataclasses import asdict
from datetime import date
from pathlib import Path
from threading import Lock

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from newsletter.dashboard.add_link import AddLink, add_link
from newsletter.dashboard.differences import differences
from newsletter.dashboard.edit_actions import Change, EditRequest, UndoEdit
from newsletter.dashboard.edit_history import EditHistory
from newsletter.dashboard.error_responses import ERROR_RESPONSES
from newsletter.dashboard.file_changes import FileChanges
from newsletter.dashboard.framing import CLIP, ColourScheme, frame_email, frame_story
from newsletter.dashboard.image_files import UploadedImages
from newsletter.dashboard.inbox_entries import TakeEntry, read_inbox, take_entry
from newsletter.dashboard.issue_previews import IssuePreviews
from newsletter.dashboard.merge_edits import find_in_newest, merge_edit, position_of
from newsletter.dashboard.page_files import html_page, page_file
from newsletter.dashboard.placeholders import mark_placeholders
from newsletter.dashboard.plots import plots_style
from newsletter.dashboard.publication_actions import (
    RunPreflight,
    SendTest,
    StartIssue,
    planned_issue,
    preflight,
    send_test,
    start_issue,
)
from newsletter.dashboard.request_guard import FRAME_POLICY, RequestGuard
from newsletter.dashboard.sending_processes import SendingProcesses
from newsletter.dashboard.views.campaigns import campaigns_routes
from newsletter.dashboard.views.deliverability import deliverability_routes
from newsletter.dashboard.views.schedule import schedule_routes
from newsletter.dashboard.views.sending import sending_routes
from newsletter.dashboard.views.subscribers import subscribers_routes
from newsletter.dashboard.views.view_context import ViewContext
from newsletter.documents.source import Source
from newsletter.errors import ConflictError, NewsletterError, NotFoundError
from newsletter.files import display
from newsletter.text.images import MAX_BYTES
from newsletter.workspace.editing import WorkspaceEditor
from newsletter.workspace.workspace import Workspace

# An empty document in standards mode. The page fills it.
_BLANK = '<!DOCTYPE html><html lang="en"><head><title>Dashboard</title></head><body></body></html>'


def application(
    previews: IssuePreviews, changes: FileChanges, processes: SendingProcesses, port: int, token: str
) -> Starlette:
    """Return the application.

    Args:
        previews: The issues of the publication.
        changes: Notified of each edit; pages wait for changes on it.
        processes: The processes that send campaigns.
        port: The port of the server, which is part of the allowed host names.
        token: The secret that the page sends with each edit.
    """
    pages = _Pages(previews, changes, token)
    context = ViewContext(previews.root, token, changes, processes)
    return Starlette(
        routes=[
            Route("/", pages.start),
            Route("/issues/{slug}", pages.page),
            Route("/page/{name}", page_file),
            Route("/plots.css", plots_style),
            Route("/frame", pages.frame),
            Route("/assets/{name}", pages.asset),
            Route("/api/issues", pages.issues),
            Route("/api/issues", pages.start_issue, methods=["POST"]),
            Route("/api/new-issue", pages.planned_issue),
            Route("/api/inbox", pages.inbox),
            Route("/api/issues/{slug}", pages.issue),
            Route("/api/issues/{slug}/checks", pages.checks),
            Route("/api/issues/{slug}/edits", pages.edit, methods=["POST"]),
            Route("/api/issues/{slug}/images", pages.upload_image, methods=["POST"]),
            Route("/api/issues/{slug}/inbox", pages.take_entry, methods=["POST"]),
            Route("/api/issues/{slug}/preflight", pages.preflight, methods=["POST"]),
            Route("/api/issues/{slug}/tests", pages.send_test, methods=["POST"]),
            Route("/api/changes", pages.changes),
            *campaigns_routes(context),
            *sending_routes(context),
            *subscribers_routes(context),
            *deliverability_routes(context),
            *schedule_routes(context),
        ],
        middleware=[Middleware(RequestGuard, port=port, token=token)],
        exception_handlers=ERROR_RESPONSES,
    )


class _Pages:
    def __init__(self, previews: IssuePreviews, changes: FileChanges, token: str) -> None:
        self._previews = previews
        self._changes = changes
        self._token = token
        self._history = EditHistory()
        self._uploads = UploadedImages(previews.root)
        self._edit_lock = Lock()

    def start(self, _: Request) -> Response:
        summaries = self._previews.summaries().summaries
        return RedirectResponse(f"/issues/{summaries[0].slug}") if summaries else self._page()

    def page(self, _: Request) -> Response:
        return self._page()

    def _page(self) -> Response:
        return html_page("index.html", self._token)

    def frame(self, _: Request) -> Response:
        return HTMLResponse(_BLANK, headers={"Content-Security-Policy": FRAME_POLICY})

    def asset(self, request: Request) -> Response:
        path = self._previews.build / "assets" / request.path_params["name"]
        try:
            found = path.is_file() and not path.name.startswith(".")
        except OSError:
            found = False  # the name is too long
        if not found:
            return Response(status_code=404)
        # An asset's name is a hash of its content.
        return FileResponse(path, headers={"Cache-Control": "private, max-age=31536000, immutable"})

    def issues(self, _: Request) -> Response:
        version, summaries = self._previews.summaries()
        issues = [summary._asdict() for summary in summaries]
        return JSONResponse(self._publication(version) | {"issues": issues})

    def _publication(self, list_version: str) -> dict[str, object]:
        return {"publication": self._previews.name(), "list": list_version, "inbox": self._waiting()}

    def _waiting(self) -> int:
        """Count the entries of the inbox. One that cannot be read counts as one, so that its dialog shows the error."""
        try:
            return len(read_inbox(WorkspaceEditor(self._previews.renderer().workspace)).entries)
        except NewsletterError:
            return 1

    def issue(self, request: Request) -> Response:
        preview = self._previews.preview(request.path_params["slug"])
        options = request.query_params
        body = asdict(preview)
        if outputs := preview.outputs:
            name = options.get("scheme")
            scheme = ColourScheme(name) if name in tuple(ColourScheme) else ColourScheme.LIGHT
            images = options.get("images") != "off"
            del body["outputs"]["email"]
            pages = {
                "framed_email": frame_email(outputs.email, outputs.assets_url, scheme, images=images),
                "framed_story": frame_story(outputs.story, outputs.assets_url),
                "page": outputs.page,
            }
            if preview.error or preview.empty:
                missing_date = "" if outputs.date else outputs.long_date
                pages = {name: mark_placeholders(page, missing_date) for name, page in pages.items()}
            body["outputs"] |= pages | {
                "bytes": len(outputs.email.encode()),
                "clip": CLIP,
            }
        # Without the list, which may have ten thousand issues: the page requests it if its version has changed.
        return JSONResponse(body | self._publication(self._previews.summaries().version))

    def checks(self, request: Request) -> Response:
        return JSONResponse([asdict(problem) for problem in self._previews.problems(request.path_params["slug"])])

    async def edit(self, request: Request) -> Response:
        edit_request = EditRequest.model_validate_json(await request.body())
        response = await run_in_threadpool(self._edit, request.path_params["slug"], edit_request)
        self._changes.notify()
        return response

    def planned_issue(self, _: Request) -> Response:
        workspace = self._previews.renderer().workspace
        waiting = len(read_inbox(WorkspaceEditor(workspace)).entries)
        return JSONResponse(planned_issue(workspace, date.today()) | {"inbox": waiting})

    async def start_issue(self, request: Request) -> Response:
        start = StartIssue.model_validate_json(await request.body())
        workspace = self._previews.renderer().workspace
        slug = await run_in_threadpool(start_issue, workspace, start, date.today())
        self._changes.notify()
        return JSONResponse({"slug": slug})

    def inbox(self, _: Request) -> Response:
        return JSONResponse(asdict(read_inbox(WorkspaceEditor(self._previews.renderer().workspace))))

    async def take_entry(self, request: Request) -> Response:
        take = TakeEntry.model_validate_json(await request.body())
        await run_in_threadpool(self._take, request.path_params["slug"], take)
        self._changes.notify()
        return Response(status_code=204)

    def _take(self, slug: str, take: TakeEntry) -> None:
        path = self._previews.path(slug)
        editor = self._history.editor(self._previews.renderer().workspace)
        with self._edit_lock:
            take_entry(editor, self._history, path, take)

    def _seen(self, version: str) -> str:
        seen = self._previews.seen(version)
        if seen is None:
            raise NotFoundError("this page is out of date", "Reload it, then try again.")
        return seen

    async def preflight(self, request: Request) -> Response:
        options = RunPreflight.model_validate_json(await request.body())
        results = await run_in_threadpool(preflight, *self._fresh(request), options)
        return JSONResponse([asdict(result) for result in results])

    async def send_test(self, request: Request) -> Response:
        test = SendTest.model_validate_json(await request.body())
        return JSONResponse(await run_in_threadpool(send_test, *self._fresh(request), test))

    def _fresh(self, request: Request) -> tuple[Workspace, str]:
        """Return a workspace of its own, since these requests take long, and the slug of the issue."""
        path = self._previews.path(request.path_params["slug"])
        return Workspace(self._previews.root), path.stem

    def _edit(self, slug: str, edit_request: EditRequest) -> Response:
        path = self._previews.path(slug)
        editor = self._history.editor(self._previews.renderer().workspace)
        if isinstance(edit_request.edit, AddLink):
            return JSONResponse(asdict(add_link(editor, path, edit_request.edit)))
        with self._edit_lock:
            if isinstance(edit_request.edit, UndoEdit):
                return self._undo(editor, path)
            return self._change(editor, path, edit_request.edit, edit_request.version)

    def _undo(self, editor: WorkspaceEditor, path: Path) -> Response:
        with self._history.last(path) as done:
            plain = WorkspaceEditor(editor.workspace)
            try:
                if done.inbox:
                    inbox_before, inbox_after = done.inbox
                    plain.edit(editor.inbox, inbox_after, lambda _: inbox_before)
                plain.edit(path, done.after, lambda _: done.before)
            except ConflictError as error:
                return self._conflict(error, path, done.before)
        return Response(status_code=204)

    def _change(self, editor: WorkspaceEditor, path: Path, edit: Change, version: str) -> Response:
        seen = Source(display(path), self._seen(version))
        declared = editor.workspace.publication.section_keys
        made: list[Change] = []
        images: list[Path] = []

        def change(source: Source) -> str:
            made[:] = [merge_edit(edit, seen, source)]
            text = made[0].change(source, declared)
            self._uploads.write(path, text, images)
            return text

        try:
            try:
                editor.change(path, change)
            except BaseException:
                for image in images:
                    image.unlink(missing_ok=True)
                raise
            self._uploads.saved(images)
        except ConflictError as error:
            latest = Source(seen.name, self._previews.latest(path)[0])
            merged = find_in_newest(edit, seen, latest)
            mine = merged.edit.change(latest, declared) if merged else edit.change(seen, declared)
            return self._conflict(error, path, mine)
        return Response(status_code=204) if made[0] is edit else JSONResponse({"merged": position_of(made[0])})

    def _conflict(self, error: ConflictError, path: Path, mine: str) -> Response:
        theirs, version = self._previews.latest(path)
        if theirs == mine:
            return Response(status_code=204)
        body = {"message": error.message, "advice": error.advice, "mine": mine, "version": version}
        return JSONResponse({**body, "rows": differences(theirs, mine)}, 409)

    async def upload_image(self, request: Request) -> Response:
        content = bytearray()
        async for part in request.stream():
            content += part
            if len(content) > MAX_BYTES:
                break
        path = self._previews.path(request.path_params["slug"])
        name = request.query_params.get("name", "")
        return JSONResponse(asdict(await run_in_threadpool(self._uploads.add, path, name, bytes(content))))

    async def changes(self, _: Request) -> Response:
        async def events() -> AsyncIterator[str]:
            yield "retry: 500\n\n"
            async for count in self._changes.follow():
                yield f"data: {count}\n\n"

        return StreamingResponse(events(), media_type="text/event-stream")
