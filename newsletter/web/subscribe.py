"""Subscribing (double opt-in): a form or JSON requests a confirmation mail, whose link leads to the confirm button."""

from functools import partial

from anyio import to_thread
from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from newsletter.database.states import MailKind
from newsletter.errors import NewsletterError
from newsletter.ledger.welcomes import has_issue
from newsletter.mail.mail_queue import is_on_its_way, request_mail
from newsletter.mail.tokens import Purpose
from newsletter.subscribers.consent import (
    CONFIRM_WITHIN,
    ConfirmOutcome,
    SignUp,
    SignUpOutcome,
    confirm,
    request_subscription,
)
from newsletter.subscribers.mail_limits import SIGN_UP_MAIL, MailLimit, reached_mail_limit
from newsletter.subscribers.queries import find_address
from newsletter.text.email_address import Address
from newsletter.web.access_log import log_error
from newsletter.web.address_form import AddressForm, handle_address_form
from newsletter.web.context import PagesContext, log

_MAIL = {SignUpOutcome.CONFIRM: MailKind.CONFIRMATION, SignUpOutcome.KNOWN: MailKind.ALREADY_SUBSCRIBED}


class SubscribePages:
    """The pages to subscribe and to confirm. A method's name is its path, and its name in the access log."""

    def __init__(self, context: PagesContext) -> None:
        self._context = context

    async def subscribe(self, request: Request) -> Response:
        """Show the form, or handle it on POST. The response is the same whether or not the address is known."""
        context, words = self._context, self._context.words(request)
        page = partial(context.pages.subscribe, context.language(request))
        if request.method != "POST":
            return HTMLResponse(page())

        async def accept(address: Address, form: AddressForm) -> int:
            return await self._request_confirmation(request, address, form.language)

        return await handle_address_form(context, request, page, accept, (words.asked, words.asked_note))

    async def _request_confirmation(self, request: Request, address: Address, language: str) -> int:
        """Request the mail for an address, if it gets any. Returns the seconds to wait if nobody gets any now."""
        context = self._context
        chosen = language if language in context.settings.languages else ""
        source, now, page_language = context.source(request), context.now, context.language(request)

        def work(connection: Connection) -> tuple[SignUp, MailLimit | None]:
            limit = reached_mail_limit(connection, address.compared, SIGN_UP_MAIL, now)
            sign_up = request_subscription(connection, address, chosen, source, now, limited=limit is not None)
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
            address = await context.read(lambda connection: find_address(connection, token.subscriber_id))
            if address is None:
                return context.notice(request, words.old_link, words.old_link_note, 410, again=True)
            context.require_for(token, address)
            texts = (words.confirm, words.confirm_note, words.confirm_button)
            return HTMLResponse(context.pages.question(context.language(request), *texts, address=address))
        source, now, page_language = context.source(request), context.now, context.language(request)
        issue = await self._welcome_issue() if context.settings.welcome else ()

        def work(connection: Connection) -> tuple[ConfirmOutcome, bool]:
            context.require_own(connection, token)
            confirmed = confirm(connection, token.subscriber_id, token.issued_at, source, now)
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

    async def _welcome_issue(self) -> tuple[str, ...]:
        """Return the names of the issue that a new subscriber gets; empty if there is none or it cannot be read.

        The subscription is confirmed in any case. The mail queue tries again and logs its errors, too.
        """
        try:
            return await to_thread.run_sync(self._context.welcome_issue)
        except NewsletterError as error:
            log_error("latest issue not read", error)
            return ()
