"""Unsubscribing: a page with one button for people, and one click for their mail programs (RFC 8058).

Without a valid link, a form sends a new one to an address that is subscribed.
"""

from functools import cache

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from newsletter.database.states import MailKind, SubscriberState
from newsletter.errors import TokenError
from newsletter.mail.mail_queue import request_mail
from newsletter.mail.tokens import Purpose, Token
from newsletter.subscribers.consent import request_unsubscribe_link, unsubscribe
from newsletter.subscribers.mail_limits import MailLimit, reached_mail_limit
from newsletter.subscribers.queries import find_subscriber_by_id
from newsletter.subscribers.subscriber import Subscriber
from newsletter.text.email_address import Address
from newsletter.web.address_form import AddressForm, handle_address_form
from newsletter.web.context import PagesContext, log


class UnsubscribePages:
    """The unsubscribe page. The name of its method is its path, and its name in the access log."""

    def __init__(self, context: PagesContext) -> None:
        self._context = context
        self._unsubscribed_page = cache(self._render_unsubscribed_page)

    async def unsubscribe(self, request: Request) -> Response:
        """Show a button, or unsubscribe on POST; show the form for an address if the link is missing or not valid."""
        if not request.path_params.get("token"):
            return await self._by_address(request)
        try:
            return await self._by_link(request)
        except TokenError as error:
            words, language = self._context.words(request), self._context.language(request)
            log(request, outcome="old link" if error.expired else "broken link")
            title, status = (words.old_link, 410) if error.expired else (words.broken_link, 400)
            return HTMLResponse(self._context.pages.unsubscribe(language, title), status)

    async def _by_link(self, request: Request) -> Response:
        """Unsubscribe on POST, with any body. It needs no cookie, sends no redirect, and can be repeated.

        Raises:
            TokenError: The link is not valid, or is for another address.
        """
        context = self._context
        if request.method == "GET" and (probe_answer := context.probe_answer(request)):
            log(request, outcome="probe")
            return PlainTextResponse(probe_answer)
        token = await context.token(request, Purpose.UNSUBSCRIBE)
        language = context.language(request)
        if request.method != "POST":
            return HTMLResponse(await self._question(token, language))
        source, now = context.source(request), context.now

        def work(connection: Connection) -> bool:
            address = unsubscribe(connection, token.subscriber_id, token.campaign_id, source, now)
            if address is None:
                context.require_own(connection, token)
                return False
            # If the token is for another person, the error rolls the change back. Reading first takes a third longer.
            context.require_for(token, address)
            return True

        unsubscribed = await context.write(work)
        log(request, outcome="unsubscribed" if unsubscribed else "already unsubscribed")
        return HTMLResponse(self._unsubscribed_page(language))

    async def _by_address(self, request: Request) -> Response:
        """Show the form, or request mail with a link on POST. The response is the same for every address."""
        context, words, language = self._context, self._context.words(request), self._context.language(request)
        title = context.pages.labels[language].unsubscribe

        def page(form: AddressForm, *, fault: str = "", other_fault: str = "") -> str:
            return context.pages.unsubscribe(language, title, email=form.email[:254], fault=fault or other_fault)

        if request.method != "POST":
            return HTMLResponse(page(AddressForm()))
        source, now = context.source(request), context.now

        async def accept(address: Address, _: AddressForm) -> int:
            def work(connection: Connection) -> tuple[int, MailLimit | None]:
                # A stranger who knows subscribers must not keep others at their domain from unsubscribing.
                kinds = (MailKind.UNSUBSCRIBE_LINK,)
                limit = reached_mail_limit(connection, address.compared, kinds, now, domain=False)
                limited = limit is not None
                subscriber_id = request_unsubscribe_link(connection, address, source, now, limited=limited)
                request_mail(connection, MailKind.UNSUBSCRIBE_LINK, subscriber_id, language, now)
                return subscriber_id, limit

            requested, limit = await context.write(work)
            log(request, outcome="link" if requested else "no link")
            context.mail_queue.wake()
            return context.note_limit(request, limit)

        texts = (words.unsubscribe_asked, words.unsubscribe_asked_note)
        return await handle_address_form(context, request, page, accept, texts)

    async def _question(self, token: Token, language: str) -> str:
        """Render the page with the button, or the final page if the subscriber is already unsubscribed or erased."""
        context = self._context

        def work(connection: Connection) -> Subscriber | None:
            context.require_own(connection, token)
            return find_subscriber_by_id(connection, token.subscriber_id)

        found = await context.read(work)
        if found is None or found.state is SubscriberState.UNSUBSCRIBED:
            return self._unsubscribed_page(language)
        labels = context.pages.labels[language]
        texts = (labels.pages.leave, labels.pages.leave_note, labels.unsubscribe)
        return context.pages.question(language, *texts, address=found.address)

    def _render_unsubscribed_page(self, language: str) -> str:
        words = self._context.pages.labels[language].pages
        return self._context.pages.notice(language, words.left, words.left_note, again=True)
