"""Subscribing (double opt-in): a form or JSON requests a confirmation mail, whose link leads to the confirm button."""

from anyio import to_thread
from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from newsletter.database.states import MailKind
from newsletter.errors import NewsletterError
from newsletter.ledger.welcomes import has_issue
from newsletter.mail.mail_queue import is_on_its_way, request_mail
from newsletter.mail.tokens import Purpose, Token
from newsletter.subscribers.consent import (
    CONFIRM_WITHIN,
    ConfirmOutcome,
    Profile,
    SignUp,
    SignUpOutcome,
    confirm,
    request_subscription,
)
from newsletter.subscribers.mail_limits import SIGN_UP_MAIL, MailLimit, reached_mail_limit
from newsletter.subscribers.queries import find_subscriber_by_id
from newsletter.text.email_address import Address
from newsletter.web.access_log import log_error
from newsletter.web.address_form import AddressForm, FieldError, handle_address_form, read_form
from newsletter.web.context import PagesContext, log
from newsletter.web.sign_up_fields import check_short_name, read_profile, sign_up_fields

_MAIL = {SignUpOutcome.CONFIRM: MailKind.CONFIRMATION, SignUpOutcome.KNOWN: MailKind.ALREADY_SUBSCRIBED}


class SubscribePages:
    """The pages to subscribe and to confirm. A method's name is its path, and its name in the access log."""

    def __init__(self, context: PagesContext) -> None:
        self._context = context

    async def subscribe(self, request: Request) -> Response:
        """Show the form, or handle it on POST. The response is the same whether or not the address is known."""
        context, words, language = self._context, self._context.words(request), self._context.language(request)

        def page(form: AddressForm, *, fault: str = "", other_fault: str = "") -> str:
            fields = sign_up_fields(context.publication, form.name, form.tag, other_fault)
            return context.pages.subscribe(language, fields, email=form.email[:254], fault=fault)

        if request.method != "POST":
            return HTMLResponse(page(AddressForm()))

        async def accept(address: Address, form: AddressForm) -> int:
            return await self._request_confirmation(request, address, form)

        def check(form: AddressForm) -> None:
            self._profile(request, form)

        return await handle_address_form(context, request, page, accept, (words.asked, words.asked_note), check)

    def _profile(self, request: Request, form: AddressForm) -> Profile:
        """Return the submitted name and interests, as far as the publication asks for them.

        Raises:
            FieldError: The name is not valid.
        """
        try:
            return read_profile(self._context.publication, form.name, form.tag)
        except NewsletterError as error:
            raise FieldError(self._context.words(request).name_fault, error.advice) from error

    async def _request_confirmation(self, request: Request, address: Address, form: AddressForm) -> int:
        """Request the mail for an address, if it gets any. Returns the seconds to wait if nobody gets any now."""
        context, profile = self._context, self._profile(request, form)
        chosen = form.language if form.language in context.settings.languages else ""
        source, now, page_language = context.source(request), context.now, context.language(request)

        def work(connection: Connection) -> tuple[SignUp, MailLimit | None]:
            limit = reached_mail_limit(connection, address.compared, SIGN_UP_MAIL, now)
            limited = limit is not None
            sign_up = request_subscription(connection, address, chosen, source, now, limited=limited, profile=profile)
            kind = _MAIL.get(sign_up.outcome, MailKind.CONFIRMATION)
            request_mail(connection, kind, sign_up.subscriber_id, page_language, now)
            return sign_up, limit

        sign_up, limit = await context.write(work)
        log(request, outcome=sign_up.outcome.value)
        context.mail_queue.wake()
        return context.note_limit(request, limit)

    async def confirm(self, request: Request) -> Response:
        """Show a button, so that following the link confirms nothing; or confirm on POST."""
        context = self._context
        token = await context.token(request, Purpose.CONFIRM, CONFIRM_WITHIN)
        words = context.words(request)
        if request.method != "POST":
            return await self._question(request, token)
        profile = None
        if (
            context.publication.subscribe.fields
            and (form := await read_form(request, len(context.settings.tags))).fields
        ):
            try:
                profile = self._profile(request, form)
            except FieldError as error:
                log(request, outcome="invalid field")
                return await self._question(request, token, form, error.message)
        source, now, page_language = context.source(request), context.now, context.language(request)
        issue = await self._welcome_issue() if context.settings.welcome else ()

        def work(connection: Connection) -> tuple[ConfirmOutcome, bool]:
            context.require_own(connection, token)
            confirmed = confirm(connection, token.subscriber_id, token.issued_at, source, now, profile)
            if confirmed is ConfirmOutcome.NOW and context.settings.welcome:
                request_mail(connection, MailKind.WELCOME, token.subscriber_id, page_language, now)
                return confirmed, bool(issue) and not has_issue(connection, issue, token.subscriber_id)
            return confirmed, is_on_its_way(connection, MailKind.WELCOME, token.subscriber_id)

        confirmed, welcomed = await context.write(work)
        log(request, outcome=confirmed.value)
        if confirmed is ConfirmOutcome.TOO_LATE:
            return context.notice(request, words.old_link, words.old_link_note, 410, again=True)
        context.mail_queue.wake()
        note = words.confirmed_welcome_note if welcomed else words.confirmed_note
        return context.notice(request, words.confirmed, note)

    async def _question(
        self, request: Request, token: Token, form: AddressForm | None = None, name_fault: str = ""
    ) -> Response:
        """Show the button, and the name and interests that were entered now or are stored.

        Raises:
            TokenError: The token is for another address.
        """
        context, words = self._context, self._context.words(request)
        found = await context.read(lambda connection: find_subscriber_by_id(connection, token.subscriber_id))
        if found is None:
            return context.notice(request, words.old_link, words.old_link_note, 410, again=True)
        context.require_for(token, found.address)
        name, tags = (form.name, form.tag) if form else (_usable_name(found.name), found.tags)
        fields = sign_up_fields(context.publication, name, tags, name_fault)
        texts = (words.confirm, words.confirm_note, words.confirm_button)
        page = context.pages.question(context.language(request), *texts, address=found.address, fields=fields)
        return HTMLResponse(page, 422 if name_fault else 200)

    async def _welcome_issue(self) -> tuple[str, ...]:
        """Return the names of the issue that a new subscriber gets; empty if there is none or it cannot be read.

        The subscription is confirmed in any case. The mail queue tries again and logs its errors, too.
        """
        try:
            return await to_thread.run_sync(self._context.welcome_issue)
        except NewsletterError as error:
            log_error("latest issue not read", error)
            return ()


def _usable_name(stored: str) -> str:
    """Return a stored name, or "" if the form would not accept it: an import accepts any."""
    try:
        return check_short_name(stored)
    except NewsletterError:
        return ""
