"""Events for a page whose content is in the database: the content now, and each time that it changes.

A database does not notify of changes made by other processes, so it is read again and again while a page is open.
"""

import json
import time
from collections.abc import AsyncIterator, Callable

from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse

from newsletter.dashboard.error_responses import error_body
from newsletter.dashboard.file_changes import FileChanges
from newsletter.errors import NewsletterError

# Seconds between two reads, or this many times as long as a read takes.
_PAUSE, _SHARE = 1.0, 10


def live_updates(changes: FileChanges, read: Callable[[], object]) -> StreamingResponse:
    """Stream content as server-sent events. An error is an event named `failed`, after which it is read again.

    Args:
        changes: Ends the stream when the server stops.
        read: Returns the content as JSON takes it. Called in a thread.
    """

    async def events() -> AsyncIterator[str]:
        yield "retry: 500\n\n"
        shown = ""
        while not changes.closed:
            started = time.monotonic()
            event = await run_in_threadpool(_event, read)
            took = time.monotonic() - started
            # Without news, a comment is sent, so that a closed connection is noticed.
            yield ":\n\n" if event == shown else event
            shown = event
            await changes.wait_for_close(max(_PAUSE, _SHARE * took))

    return StreamingResponse(events(), media_type="text/event-stream")


def _event(read: Callable[[], object]) -> str:
    try:
        return f"data: {json.dumps(read())}\n\n"
    except NewsletterError as error:
        return f"event: failed\ndata: {json.dumps(error_body(error))}\n\n"
