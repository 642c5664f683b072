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


def _error_response(_: Request, error: Exception) -> Response:
    if not isinstance(error, NewsletterError):
        raise error
    advice = " ".join(each.advice for each in error.problems) if isinstance(error, DocumentError) else error.advice
    status = next((status for kind, status in _STATUSES.items() if isinstance(error, kind)), 422)
    return _error(error.message, advice, status)


def _invalid_request(_: Request, error: Exception) -> Response:
    if not isinstance(error, ValidationError):
        raise error
    first = error.errors()[0]
    context = first.get("ctx", {})
    return _error(context.get("message", first["msg"]), context.get("advice", ""), 422)


def _error(message: str, advice: str, status: int) -> Response:
    return JSONResponse({"message": message, "advice": advice}, status)


ERROR_RESPONSES: dict[Any, Callable[[Request, Exception], Response]] = {
    NewsletterError: _error_response,
    ValidationError: _invalid_request,
}
"""The handlers of the errors that requests may raise, by kind, as Starlette takes them."""
