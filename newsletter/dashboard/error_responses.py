"""Responses to requests that failed: a message and advice as JSON, which the page shows."""

from collections.abc import Callable
from typing import Any

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from newsletter.dashboard.add_link import UnreadPageError, UsedLinkError
from newsletter.errors import DocumentError, NewsletterError, NotFoundError
from newsletter.subscribers.admin import AddAgainError

_STATUSES: dict[type[NewsletterError], int] = {
    NotFoundError: 404,
    UnreadPageError: 424,
    UsedLinkError: 423,
    AddAgainError: 423,
}


def error_body(error: NewsletterError) -> dict[str, str]:
    """Return the message and the advice of an error, as the page shows them."""
    advice = " ".join(each.advice for each in error.problems) if isinstance(error, DocumentError) else error.advice
    return {"message": error.message, "advice": advice}


def _error_response(_: Request, error: Exception) -> Response:
    if not isinstance(error, NewsletterError):
        raise error
    status = next((status for kind, status in _STATUSES.items() if isinstance(error, kind)), 422)
    return JSONResponse(error_body(error), status)


def _invalid_request(_: Request, error: Exception) -> Response:
    if not isinstance(error, ValidationError):
        raise error
    first = error.errors()[0]
    context = first.get("ctx", {})
    return JSONResponse({"message": context.get("message", first["msg"]), "advice": context.get("advice", "")}, 422)


ERROR_RESPONSES: dict[Any, Callable[[Request, Exception], Response]] = {
    NewsletterError: _error_response,
    ValidationError: _invalid_request,
}
"""The handlers of the errors that requests may raise, by kind, as Starlette takes them."""
