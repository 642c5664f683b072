"""What is one's own: preferences, a copy of all that is kept, and its erasure."""

from dataclasses import asdict

from babel import Locale, UnknownLocaleError
from sqlalchemy import Connection
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from newsletter.database.states import SubscriberState
from newsletter.errors import TokenError
from newsletter.ledger.history import history_of
from newsletter.mail.mail_queue import LetterKind
from newsletter.mail.tokens import Purpose, Token, sign
from newsletter.render.reader_pages import Choice, Preferences
from newsletter.subscribers.consent import DAY, change_preferences, request_data
from newsletter.subscribers.queries import subscriber_of
from newsletter.subscribers.state_changes import erase
from newsletter.subscribers.subscriber import Subscriber
from newsletter.web.context import Office, note

_FIELDS = 200


class Own:
    """The pages for who stays, and looks at what is known of them."""

    def __init__(self, office: Office) -> None:
        self._office = office

    async def preferences(self, request: Request) -> Response:
        """The choices, and what follows from them; or the link to what is kept, which goes to the address."""
        office = self._office
        token, found = await self._subscriber(request)
        if request.method == "POST":
            async with request.form(max_files=0, max_fields=_FIELDS) as form:
                if form.get("own"):
                    return await self._send_link(request, found)
                found = await self._choose(request, found, form)
        fresh = office.now - token.issued_at <= DAY
        shown = self._shown(request, found, fresh=fresh, saved=request.method == "POST")
        return HTMLResponse(office.pages.preferences(office.language(request), shown))

    async def export(self, request: Request) -> Response:
        """All that is kept of somebody, as a file."""
        _, found = await self._subscriber(request, DAY)
        story = await self._office.read(lambda connection: history_of(connection, found.compared))
        headers = {"Content-Disposition": 'attachment; filename="newsletter.json"'}
        return JSONResponse(asdict(story), headers=headers)

    async def erase(self, request: Request) -> Response:
        """A page with a button; and what the button does."""
        office = self._office
        token = await office.token(request, Purpose.ERASE, DAY)
        words = office.words(request)
        if request.method != "POST":
            asked = (words.erase, words.erase_note, words.erase)
            return HTMLResponse(office.pages.question(office.language(request), *asked))
        now = office.now

        def work(connection: Connection) -> None:
            office.require_own(connection, token)
            if found := subscriber_of(connection, token.subscriber_id):
                erase(connection, found, now)

        await office.write(work)
        note(request, outcome="erased")
        return office.notice(request, words.erased, words.erased_note)

    async def _subscriber(self, request: Request, max_age: int | None = None) -> tuple[Token, Subscriber]:
        """A token, and whom it is about.

        Raises:
            TokenError: it is not good for preferences, or they were erased.
        """
        office = self._office
        token = await office.token(request, Purpose.PREFERENCES, max_age)

        def work(connection: Connection) -> Subscriber | None:
            office.require_own(connection, token)
            return subscriber_of(connection, token.subscriber_id)

        found = await office.read(work)
        if found is None:
            raise TokenError("nothing is kept any more of whom this link was for", expired=True)
        return token, found

    async def _send_link(self, request: Request, found: Subscriber) -> Response:
        office, words = self._office, self._office.words(request)
        source, now = office.source(request), office.now
        sends = await office.write(lambda connection: request_data(connection, found, source, now))
        note(request, outcome="link" if sends else "no link")
        if sends:
            office.send(LetterKind.OWN, found.id, office.language(request), now)
        return office.notice(request, words.asked, words.asked_note)

    async def _choose(self, request: Request, found: Subscriber, form: FormData) -> Subscriber:
        office, settings = self._office, self._office.settings
        said, tags = form.get("language"), {tag for tag in form.getlist("tag") if isinstance(tag, str)}
        language = found.language
        if isinstance(said, str) and (not said or said in settings.languages):
            language = said
        now = office.now

        def work(connection: Connection) -> Subscriber | None:
            if known := subscriber_of(connection, found.id):
                change_preferences(connection, known, language, tags, settings.tags, now)
            return subscriber_of(connection, found.id)

        note(request, outcome="saved")
        return await office.write(work) or found

    def _shown(self, request: Request, found: Subscriber, *, fresh: bool, saved: bool) -> Preferences:
        office, base = self._office, self._office.pages.base
        erasing = sign(office.keys, Purpose.ERASE, found.id, found.address, issued_at=office.now)
        leaving = sign(office.keys, Purpose.UNSUBSCRIBE, found.id, found.address)
        return Preferences(
            address=found.address,
            active=found.state is SubscriberState.ACTIVE,
            languages=[Choice(tag, _own_name(tag), tag == found.language) for tag in office.settings.languages],
            tags=[Choice(tag, tag, tag in found.tags) for tag in office.settings.tags],
            export=f"{base}export/{request.path_params['token']}",
            leave=f"{base}unsubscribe/{leaving}",
            erase=f"{base}erase/{erasing}",
            fresh=fresh,
            saved=saved,
        )


def _own_name(language: str) -> str:
    """A language's name in itself: 日本語."""
    try:
        return Locale.parse(language, sep="-").get_display_name() or language
    except (ValueError, UnknownLocaleError):
        return language
