"""The view of the subscribers: the list, one subscriber, and the import of a list."""

import json
import time
from collections.abc import AsyncIterator
from itertools import chain

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from newsletter.dashboard.navigation import SUBSCRIBERS
from newsletter.dashboard.views.import_job import ImportJob
from newsletter.dashboard.views.list_import import ImportOptions
from newsletter.dashboard.views.subscriber_actions import (
    AddSubscriber,
    ChangeTag,
    add_subscriber,
    change_tag,
    erase_subscriber,
    unsubscribe_subscriber,
)
from newsletter.dashboard.views.subscriber_list import csv_parts, growth, list_page, overview, subscriber_page
from newsletter.dashboard.views.view_context import ViewContext


def subscribers_routes(context: ViewContext) -> list[BaseRoute]:
    """Return the routes of the view."""
    pages, imports = _SubscriberPages(context), _ImportPages(context)
    one = "/api/subscribers/{id:int}"
    return [
        Route("/subscribers", pages.page),
        Route("/subscribers/import", imports.page),
        Route("/subscribers/{id:int}", pages.subscriber_page),
        Route("/api/subscribers", pages.list),
        Route("/api/subscribers", pages.add, methods=["POST"]),
        Route("/api/subscribers/overview", pages.overview),
        Route("/api/subscribers/growth", pages.growth),
        Route("/api/subscribers/subscribers.csv", pages.csv),
        Route(one, pages.subscriber),
        Route(f"{one}/unsubscribe", pages.unsubscribe, methods=["POST"]),
        Route(f"{one}/erase", pages.erase, methods=["POST"]),
        Route(f"{one}/tags", pages.change_tag, methods=["POST"]),
        Route("/api/import", imports.status),
        Route("/api/import/events", imports.events),
        Route("/api/import/file", imports.upload, methods=["POST"]),
        Route("/api/import/check", imports.check, methods=["POST"]),
        Route("/api/import/start", imports.start, methods=["POST"]),
        Route("/api/import/stop", imports.stop, methods=["POST"]),
        Route("/api/import/discard", imports.discard, methods=["POST"]),
    ]


class _SubscriberPages:
    def __init__(self, context: ViewContext) -> None:
        self._context = context

    def page(self, _: Request) -> Response:
        return self._context.page("subscribers.js", SUBSCRIBERS)

    def subscriber_page(self, _: Request) -> Response:
        return self._context.page("subscriber.js", SUBSCRIBERS)

    def overview(self, _: Request) -> Response:
        return JSONResponse(overview(self._context.workspace()))

    def growth(self, _: Request) -> Response:
        return JSONResponse(growth(self._context.workspace(), time.time()))

    def list(self, request: Request) -> Response:
        before = request.query_params.get("before", "")
        last = int(before) if before.isascii() and before.isdecimal() and len(before) < 18 else None
        return JSONResponse(list_page(self._context.workspace(), *_selection(request), last))

    def csv(self, request: Request) -> Response:
        parts = csv_parts(self._context.workspace(), *_selection(request))
        # An error of the filter or the database is raised here, while the response can still be an error.
        first = next(parts)
        headers = {"Content-Disposition": 'attachment; filename="subscribers.csv"'}
        return StreamingResponse(chain([first], parts), media_type="text/csv; charset=utf-8", headers=headers)

    def subscriber(self, request: Request) -> Response:
        return JSONResponse(subscriber_page(self._context.workspace(), request.path_params["id"]))

    async def add(self, request: Request) -> Response:
        new = AddSubscriber.model_validate_json(await request.body())
        return JSONResponse(await run_in_threadpool(add_subscriber, self._context.workspace(), new, _now()))

    def unsubscribe(self, request: Request) -> Response:
        unsubscribe_subscriber(self._context.workspace(), request.path_params["id"], _now())
        return JSONResponse({})

    def erase(self, request: Request) -> Response:
        address = erase_subscriber(self._context.workspace(), request.path_params["id"], _now())
        return JSONResponse({"address": address})

    async def change_tag(self, request: Request) -> Response:
        change, id = ChangeTag.model_validate_json(await request.body()), request.path_params["id"]
        await run_in_threadpool(change_tag, self._context.workspace(), id, change, _now())
        return JSONResponse({})


class _ImportPages:
    def __init__(self, context: ViewContext) -> None:
        self._context = context
        self._job = ImportJob(context.root, context.changes)

    def page(self, _: Request) -> Response:
        return self._context.page("import.js", SUBSCRIBERS)

    def status(self, _: Request) -> Response:
        return JSONResponse(self._job.as_object())

    async def events(self, _: Request) -> Response:
        async def events() -> AsyncIterator[str]:
            yield "retry: 500\n\n"
            async for state in self._job.follow():
                yield f"data: {json.dumps(state)}\n\n"

        return StreamingResponse(events(), media_type="text/event-stream")

    async def upload(self, request: Request) -> Response:
        await self._job.upload(request.query_params.get("name", ""), request.stream())
        return JSONResponse(self._job.as_object())

    async def check(self, request: Request) -> Response:
        self._job.check(ImportOptions.model_validate_json(await request.body()))
        return JSONResponse(self._job.as_object())

    def start(self, _: Request) -> Response:
        self._job.start()
        return JSONResponse(self._job.as_object())

    def stop(self, _: Request) -> Response:
        self._job.stop()
        return JSONResponse({})

    def discard(self, _: Request) -> Response:
        self._job.discard()
        return JSONResponse(self._job.as_object())


def _selection(request: Request) -> tuple[str, str]:
    """Return the search and the filter of a request."""
    return request.query_params.get("search", ""), request.query_params.get("filter", "")


def _now() -> int:
    """Return seconds since 1970 (UTC)."""
    return int(time.time())
