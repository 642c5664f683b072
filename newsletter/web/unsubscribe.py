"""Unsubscribing: a page with one button for people, and one click for their mail programs (RFC 8058)."""

from functools import cache

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from newsletter.database.states import SubscriberState
from newsletter.mail.tokens import Purpose, Token
from newsletter.subscribers.consent import unsubscribe
from newsletter.subscribers.queries import subscriber_of
from newsletter.subscribers.subscriber import Subscriber
from newsletter.web.context import PagesContext, log


class UnsubscribePages:
    """The unsubscribe page. The name of its method is its path, and its name in the access log."""

    def __init__(self, context: PagesContext) -> None:
        self._context = context
        self._unsubscribed_page = cache(self._render_unsubscribed_page)

    async def unsubscribe(self, request: Request) -> Response:
        """Show a button, or unsubscribe on POST. Any body is accepted; no cookie or redirect is used (RFC 8058)."""
        context = self._context
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

    async def _question(self, token: Token, language: str) -> str:
        """Render the page with the button, or the final page if the subscriber is already unsubscribed or erased."""
        context = self._context

        def work(connection: Connection) -> Subscriber | None:
            context.require_own(connection, token)
            return subscriber_of(connection, token.subscriber_id)

        found = await context.read(work)
        if found is None or found.state is SubscriberState.UNSUBSCRIBED:
            return self._unsubscribed_page(language)
        labels = context.pages.labels[language]
        texts = (labels.pages.leave, labels.pages.leave_note, labels.unsubscribe)
        return context.pages.question(language, *texts, address=found.address)

    def _render_unsubscribed_page(self, language: str) -> str:
        words = self._context.pages.labels[language].pages
        return self._context.pages.notice(language, words.left, words.left_note, again=True)
