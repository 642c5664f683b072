"""Subscribing (double opt-in): a form or JSON requests a confirmation mail, whose link leads to the confirm button."""

from urllib.parse import parse_qsl

from pydantic import BaseModel
from sqlalchemy import Connection
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from newsletter.database.states import MailKind
from newsletter.errors import AddressError
from newsletter.mail.mail_queue import request_mail
from newsletter.mail.tokens import Purpose
from newsletter.subscribers.consent import (
    CONFIRM_WITHIN,
    ConfirmOutcome,
    SignUp,
    SignUpOutcome,
    confirm,
    request_subscription,
)
from newsletter.subscribers.queries import address_of
from newsletter.text.email_address import Address, check_address
from newsletter.web.context import PagesContext, log

_MAX_FIELDS = 20
_URL_ENCODED = "application/x-www-form-urlencoded"
_MAIL = {SignUpOutcome.CONFIRM: MailKind.CONFIRMATION, SignUpOutcome.KNOWN: MailKind.ALREADY_SUBSCRIBED}


class _Form(BaseModel):
    """The submitted fields. People do not see `website`, so only bots fill it in."""

    email: str = ""
    language: str = ""
    website: str = ""


class SubscribePages:
    """The pages to subscribe and to confirm. A method's name is its path, and its name in the access log."""

    def __init__(self, context: PagesContext) -> None:
        self._context = context

    async def subscribe(self, request: Request) -> Response:
        """Show the form, or handle it on POST. The response is the same whether or not the address is known."""
        context = self._context
        if request.method != "POST":
            return HTMLResponse(context.pages.subscribe(context.language(request)))
        if wait := context.limits.wait(context.network(request)):
            log(request, outcome="too many")
            return _too_many(context, request, wait)
        form = await _read_form(request)
        words = context.words(request)
        try:
            address = check_address(form.email)
        except AddressError as error:
            log(request, outcome="no address")
            if _wants_json(request):
                return JSONResponse({"message": words.address_fault, "advice": error.advice}, 422)
            page = context.pages.subscribe(context.language(request), email=form.email[:254], fault=words.address_fault)
            return HTMLResponse(page, 422)
        log(request, address=context.digest(address.compared))
        if form.website:
            log(request, outcome="trap")
        else:
            await self._request_confirmation(request, address, form.language)
        if _wants_json(request):
            return JSONResponse({"message": words.asked, "advice": words.asked_note}, 202)
        return context.notice(request, words.asked, words.asked_note)

    async def _request_confirmation(self, request: Request, address: Address, language: str) -> None:
        context = self._context
        chosen = language if language in context.settings.languages else ""
        source, now, page_language = context.source(request), context.now, context.language(request)

        def work(connection: Connection) -> SignUp:
            sign_up = request_subscription(connection, address, chosen, source, now)
            if kind := _MAIL.get(sign_up.outcome):
                request_mail(connection, kind, sign_up.subscriber_id, page_language, now)
            return sign_up

        sign_up = await context.write(work)
        log(request, outcome=sign_up.outcome.value)
        context.mail_queue.wake()

    async def confirm(self, request: Request) -> Response:
        """Show a button, so that following the link confirms nothing; or confirm on POST."""
        context = self._context
        token = await context.token(request, Purpose.CONFIRM, CONFIRM_WITHIN)
        words = context.words(request)
        if request.method != "POST":
            address = await context.read(lambda connection: address_of(connection, token.subscriber_id))
            if address is None:
                return context.notice(request, words.old_link, words.old_link_note, 410, again=True)
            context.require_for(token, address)
            texts = (words.confirm, words.confirm_note, words.confirm_button)
            return HTMLResponse(context.pages.question(context.language(request), *texts, address=address))
        source, now, page_language = context.source(request), context.now, context.language(request)

        def work(connection: Connection) -> ConfirmOutcome:
            context.require_own(connection, token)
            confirmed = confirm(connection, token.subscriber_id, token.issued_at, source, now)
            if confirmed is ConfirmOutcome.NOW and context.settings.welcome:
                request_mail(connection, MailKind.WELCOME, token.subscriber_id, page_language, now)
            return confirmed

        confirmed = await context.write(work)
        log(request, outcome=confirmed.value)
        if confirmed is ConfirmOutcome.TOO_LATE:
            return context.notice(request, words.old_link, words.old_link_note, 410, again=True)
        context.mail_queue.wake()
        return context.notice(request, words.confirmed, words.confirmed_note)


def _too_many(context: PagesContext, request: Request, wait: int) -> Response:
    words, headers = context.words(request), {"Retry-After": str(wait)}
    if _wants_json(request):
        return JSONResponse({"message": words.too_many, "advice": words.too_many_note}, 429, headers)
    page = context.pages.notice(context.language(request), words.too_many, words.too_many_note)
    return HTMLResponse(page, 429, headers)


async def _read_form(request: Request) -> _Form:
    """Read the submitted fields, as JSON or from a form. A missing field is empty.

    If a form is not UTF-8, all fields are empty, because replacing invalid bytes would change the address.
    """
    content_type, body = _content_type(request), await request.body()
    try:
        if content_type == "application/json":
            return _Form.model_validate_json(body)
        text = body.decode()
        if content_type == _URL_ENCODED:
            # Starlette reads letters that are not percent-encoded as Latin-1.
            return _Form.model_validate(dict(parse_qsl(text, errors="strict", max_num_fields=_MAX_FIELDS)))
        async with request.form(max_files=0, max_fields=_MAX_FIELDS) as form:
            return _Form.model_validate(dict(form))
    except UnicodeDecodeError:
        return _Form()
    except ValueError as error:
        raise HTTPException(400) from error


def _wants_json(request: Request) -> bool:
    accepted = request.headers.get("accept", "")
    return _content_type(request) == "application/json" or accepted.startswith("application/json")


def _content_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()
