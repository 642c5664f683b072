"""Subscribing: a form or JSON asks, a letter goes out, and its link leads to the button that subscribes."""

from pydantic import BaseModel, ValidationError
from sqlalchemy import Connection
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from newsletter.errors import AddressError
from newsletter.mail.mail_queue import LetterKind
from newsletter.mail.tokens import Purpose
from newsletter.subscribers.consent import CONFIRM_WITHIN, ConfirmOutcome, SignUpOutcome, confirm, request_subscription
from newsletter.text.email_address import check_address
from newsletter.web.context import Office, note

_FIELDS = 20


class _Wish(BaseModel):
    """What was sent: nothing of it but the address ever stands in a letter. Who fills in `website` is a program."""

    email: str = ""
    language: str = ""
    website: str = ""


class Subscribing:
    """The pages for who comes."""

    def __init__(self, office: Office) -> None:
        self._office = office

    async def subscribe(self, request: Request) -> Response:
        """The form, and what follows from it: always the same, whether or not the address is known."""
        office = self._office
        if request.method != "POST":
            return HTMLResponse(office.pages.subscribe(office.language(request)))
        if wait := office.limits.wait(office.network(request)):
            note(request, outcome="too many")
            return _too_many(office, request, wait)
        wish = await _read_wish(request)
        words = office.words(request)
        try:
            address = check_address(wish.email)
        except AddressError as error:
            note(request, outcome="no address")
            if _wants_json(request):
                return JSONResponse({"message": words.address_fault, "advice": error.advice}, 422)
            page = office.pages.subscribe(office.language(request), email=wish.email[:254], fault=words.address_fault)
            return HTMLResponse(page, 422)
        note(request, address=office.digest(address.compared))
        if wish.website:
            note(request, outcome="trap")
        else:
            chosen = wish.language if wish.language in office.settings.languages else ""
            source, now = office.source(request), office.now
            asking = await office.write(
                lambda connection: request_subscription(connection, address, chosen, source, now)
            )
            note(request, outcome=asking.outcome.value)
            if asking.outcome in (SignUpOutcome.CONFIRM, SignUpOutcome.KNOWN):
                office.send(LetterKind(asking.outcome.value), asking.subscriber_id, office.language(request), now)
        if _wants_json(request):
            return JSONResponse({"message": words.asked, "advice": words.asked_note}, 202)
        return office.notice(request, words.asked, words.asked_note)

    async def confirm(self, request: Request) -> Response:
        """A page with a button, so that what only follows links confirms nothing; and what the button does."""
        office = self._office
        token = await office.token(request, Purpose.CONFIRM, CONFIRM_WITHIN)
        words = office.words(request)
        if request.method != "POST":
            asked = (words.confirm, words.confirm_note, words.confirm_button)
            return HTMLResponse(office.pages.question(office.language(request), *asked))
        source, now = office.source(request), office.now

        def work(connection: Connection) -> ConfirmOutcome:
            office.require_own(connection, token)
            return confirm(connection, token.subscriber_id, token.issued_at, source, now)

        done = await office.write(work)
        note(request, outcome=done.value)
        if done is ConfirmOutcome.TOO_LATE:
            return office.notice(request, words.old_link, words.old_link_note, 410, again=True)
        if done is ConfirmOutcome.NOW and office.settings.welcome:
            office.send(LetterKind.WELCOME, token.subscriber_id, office.language(request), now)
        return office.notice(request, words.confirmed, words.confirmed_note)


def _too_many(office: Office, request: Request, wait: int) -> Response:
    words, headers = office.words(request), {"Retry-After": str(wait)}
    if _wants_json(request):
        return JSONResponse({"message": words.too_many, "advice": words.too_many_note}, 429, headers)
    page = office.pages.notice(office.language(request), words.too_many, words.too_many_note)
    return HTMLResponse(page, 429, headers)


async def _read_wish(request: Request) -> _Wish:
    """What was sent, as JSON or from a form; what is missing is empty."""
    try:
        if _kind(request) == "application/json":
            return _Wish.model_validate_json(await request.body())
        async with request.form(max_files=0, max_fields=_FIELDS) as form:
            return _Wish.model_validate(dict(form))
    except ValidationError as error:
        raise HTTPException(400) from error


def _wants_json(request: Request) -> bool:
    return _kind(request) == "application/json" or request.headers.get("accept", "").startswith("application/json")


def _kind(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()
