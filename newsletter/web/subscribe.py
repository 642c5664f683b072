"""Subscribing (double opt-in): a form or JSON requests a confirmation mail, whose link leads to the confirm button."""

from functools import partial

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from newsletter.database.states import MailKind
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
from newsletter.subscribers.queries import find_address
from newsletter.text.email_address import Address
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

        async def accept(address: Address, form: AddressForm) -> None:
            await self._request_confirmation(request, address, form.language)

        return await handle_address_form(context, request, page, accept, (words.asked, words.asked_note))

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
            address = await context.read(lambda connection: find_address(connection, token.subscriber_id))
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
