"""Leaving: a page with one button for people, and one click for their mail programs (RFC 8058)."""

from functools import cache

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from newsletter.mail.tokens import Purpose
from newsletter.subscribers.consent import unsubscribe
from newsletter.web.context import Office, note


class Leaving:
    """The page for who goes."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._left = cache(self._left_page)

    async def unsubscribe(self, request: Request) -> Response:
        """A page with a button; a POST unsubscribes whatever its body is, without a cookie or a redirect, and again."""
        office = self._office
        token = await office.token(request, Purpose.UNSUBSCRIBE)
        language = office.language(request)
        if request.method != "POST":
            labels = office.pages.labels[language]
            words = labels.pages
            asked = (words.leave, words.leave_note, labels.unsubscribe)
            return HTMLResponse(office.pages.question(language, *asked))
        source, now = office.source(request), office.now

        def work(connection: Connection) -> bool:
            address = unsubscribe(connection, token.subscriber_id, token.campaign_id, source, now)
            if address is None:
                office.require_own(connection, token)
                return False
            # What was changed of somebody else is undone by what this raises; looking first would take a third longer.
            office.require_for(token, address)
            return True

        left = await office.write(work)
        note(request, outcome="left" if left else "had left")
        return HTMLResponse(self._left(language))

    def _left_page(self, language: str) -> str:
        words = self._office.pages.labels[language].pages
        return self._office.pages.notice(language, words.left, words.left_note, again=True)
