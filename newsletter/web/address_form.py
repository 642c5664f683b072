"""A form with a field for an email address, submitted as a form or as JSON, with one response for every address."""

from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Protocol
from urllib.parse import parse_qsl

from pydantic import BaseModel, field_validator
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from newsletter.errors import AddressError, NewsletterError
from newsletter.text.email_address import Address, check_address
from newsletter.web.context import PagesContext, log

# Besides one for each tag.
_MAX_FIELDS = 20
_URL_ENCODED = "application/x-www-form-urlencoded"


class AddressForm(BaseModel):
    """The submitted fields. `website` is hidden from people, so only spam programs fill it in.

    `name`, `tag` and `fields` are those of `sign_up_fields`.
    """

    email: str = ""
    language: str = ""
    website: str = ""
    name: str = ""
    tag: tuple[str, ...] = ()
    fields: str = ""

    @field_validator("name", "fields", mode="before")
    @classmethod
    def _text(cls, value: Any) -> str:
        """Ignore what is not text, because publications that do not ask for it have accepted any value."""
        return value if isinstance(value, str) else ""

    @field_validator("tag", mode="before")
    @classmethod
    def _texts(cls, value: Any) -> list[str]:
        values = value if isinstance(value, list) else [value]
        return [each for each in values if isinstance(each, str)]


class FieldError(NewsletterError):
    """A submitted field besides the address is not valid."""


class FormPage(Protocol):
    """Renders the page of the form."""

    def __call__(self, form: AddressForm, *, fault: str = "", other_fault: str = "") -> str:
        """Return the page with what was entered, and the message of the error of the address or of another field."""
        ...


async def handle_address_form(
    context: PagesContext,
    request: Request,
    page: FormPage,
    accept: Callable[[Address, AddressForm], Awaitable[int]],
    texts: tuple[str, str],
    check: Callable[[AddressForm], object] = lambda _: None,
) -> Response:
    """Handle the form on POST, at the limited rate of a network.

    Args:
        context: What the pages share.
        request: The request.
        page: The page of the form; it is shown again if the address is not valid.
        accept: Acts on a valid address. Returns the seconds to wait if no visitor may request mail now, otherwise 0. It
            is not called if a program filled in the hidden field.
        texts: The heading and the text of the response, which is the same for every address.
        check: Checks the other fields. Raises FieldError with the message for the visitor.
    """
    if wait := context.limits.wait(context.network(request)):
        log(request, outcome="too many")
        return _too_many(context, request, wait)
    form = await read_form(request, len(context.settings.tags))
    try:
        address = check_address(form.email)
        check(form)
    except AddressError as error:
        log(request, outcome="no address")
        fault = context.words(request).address_fault
        if _wants_json(request):
            return JSONResponse({"message": fault, "advice": error.advice}, 422)
        return HTMLResponse(page(form, fault=fault), 422)
    except FieldError as error:
        log(request, outcome="invalid field")
        if _wants_json(request):
            return JSONResponse({"message": error.message, "advice": error.advice}, 422)
        return HTMLResponse(page(form, other_fault=error.message), 422)
    log(request, address=context.digest(address.compared))
    if form.website:
        log(request, outcome="trap")
    elif wait := await accept(address, form):
        return _too_many(context, request, wait)
    if _wants_json(request):
        return JSONResponse(dict(zip(("message", "advice"), texts, strict=True)), 202)
    return context.notice(request, *texts)


def _too_many(context: PagesContext, request: Request, wait: int) -> Response:
    words, headers = context.words(request), {"Retry-After": str(wait)}
    if _wants_json(request):
        return JSONResponse({"message": words.too_many, "advice": words.too_many_note}, 429, headers)
    page = context.pages.notice(context.language(request), words.too_many, words.too_many_note)
    return HTMLResponse(page, 429, headers)


async def read_form(request: Request, tags: int) -> AddressForm:
    """Read the submitted fields, as JSON or from a form with up to `tags` tags. A missing field is empty.

    If a form is not UTF-8, all fields are empty: replacing its bytes would make an address that nobody typed.
    """
    content_type, body = _content_type(request), await request.body()
    try:
        if content_type == "application/json":
            return AddressForm.model_validate_json(body)
        text = body.decode()
        if content_type == _URL_ENCODED:
            # Starlette reads letters that are not percent-encoded as Latin-1.
            return _form_of(parse_qsl(text, errors="strict", max_num_fields=_MAX_FIELDS + tags))
        async with request.form(max_files=0, max_fields=_MAX_FIELDS + tags) as form:
            return _form_of(form.multi_items())
    except UnicodeDecodeError:
        return AddressForm()
    except ValueError as error:
        raise HTTPException(400) from error


def _form_of(items: Iterable[tuple[str, object]]) -> AddressForm:
    items = list(items)
    return AddressForm.model_validate(dict(items) | {"tag": [value for name, value in items if name == "tag"]})


def _wants_json(request: Request) -> bool:
    accepted = request.headers.get("accept", "")
    return _content_type(request) == "application/json" or accepted.startswith("application/json")


def _content_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()
