"""Preferences, and a subscriber's own data: a copy of all that is stored, and its erasure."""

from dataclasses import asdict

from babel import Locale, UnknownLocaleError
from sqlalchemy import Connection
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from newsletter.database.states import MailKind, SubscriberState
from newsletter.errors import NewsletterError, TokenError
from newsletter.ledger.history import read_history_by_address
from newsletter.mail.mail_queue import last_sent_at, request_mail
from newsletter.mail.tokens import Purpose, Token, sign
from newsletter.publication.subscribe_settings import SubscribeField
from newsletter.subscribers.apply_event import erase
from newsletter.subscribers.consent import DAY, LinkRequest, Profile, change_preferences, request_data
from newsletter.subscribers.queries import find_subscriber_by_id
from newsletter.subscribers.request_limits import RequestLimit
from newsletter.subscribers.subscriber import Subscriber
from newsletter.web.context import PagesContext, log
from newsletter.web.durations import ago, wait
from newsletter.web.pages import PreferencesView
from newsletter.web.sign_up_fields import Choice, SignUpFields, check_short_name

_MAX_FIELDS = 200


class PreferencesPages:
    """The pages for preferences, export and erasure. A method's name is its path, and its name in the access log."""

    def __init__(self, context: PagesContext) -> None:
        self._context = context

    async def preferences(self, request: Request) -> Response:
        """Show the preferences; on POST, save them, or request mail with a link to the data."""
        context, fault = self._context, ""
        token, found = await self._subscriber(request)
        if request.method == "POST":
            async with request.form(max_files=0, max_fields=_MAX_FIELDS) as form:
                if form.get("own"):
                    return await self._request_data_link(request, found)
                try:
                    found = await self._save(request, found, form)
                except NewsletterError:
                    log(request, outcome="invalid field")
                    fault = context.words(request).name_fault
        fresh = context.now - token.issued_at <= DAY
        view = self._view(request, found, fresh=fresh, saved=request.method == "POST" and not fault, name_fault=fault)
        return HTMLResponse(context.pages.preferences(context.language(request), view), 422 if fault else 200)

    async def export(self, request: Request) -> Response:
        """Return all data that is stored about a subscriber, as a JSON file."""
        _, found = await self._subscriber(request, DAY)
        history = await self._context.read(lambda connection: read_history_by_address(connection, found.compared))
        headers = {"Content-Disposition": 'attachment; filename="newsletter.json"'}
        return JSONResponse(asdict(history), headers=headers)

    async def erase(self, request: Request) -> Response:
        """Show a button, or erase the subscriber on POST."""
        context = self._context
        token = await context.token(request, Purpose.ERASE, DAY)
        words = context.words(request)
        if request.method != "POST":
            texts = (words.erase, words.erase_note, words.erase)
            return HTMLResponse(context.pages.question(context.language(request), *texts))
        now = context.now

        def work(connection: Connection) -> None:
            context.require_own(connection, token)
            if found := find_subscriber_by_id(connection, token.subscriber_id):
                erase(connection, found, now)

        await context.write(work)
        log(request, outcome="erased")
        return context.notice(request, words.erased, words.erased_note)

    async def _subscriber(self, request: Request, max_age: int | None = None) -> tuple[Token, Subscriber]:
        """Return the token in a request's path, and its subscriber.

        Raises:
            TokenError: It is not valid for preferences, is older than `max_age` seconds, or the subscriber was erased.
        """
        context = self._context
        token = await context.token(request, Purpose.PREFERENCES, max_age)

        def work(connection: Connection) -> Subscriber | None:
            context.require_own(connection, token)
            return find_subscriber_by_id(connection, token.subscriber_id)

        found = await context.read(work)
        if found is None:
            raise TokenError("nothing is stored about this subscriber any more", expired=True)
        return token, found

    async def _request_data_link(self, request: Request, found: Subscriber) -> Response:
        context, words = self._context, self._context.words(request)
        source, now, language = context.source(request), context.now, context.language(request)

        def work(connection: Connection) -> tuple[LinkRequest, int | None]:
            requested = request_data(connection, found, source, now)
            if requested.allowed:
                request_mail(connection, MailKind.DATA_LINK, found.id, language, now)
                return requested, None
            return requested, last_sent_at(connection, MailKind.DATA_LINK, found.id)

        requested, sent_at = await context.write(work)
        log(request, outcome="link" if requested.allowed else "no link")
        if requested.allowed:
            context.mail_queue.wake()
            return context.notice(request, words.asked, words.link_sent_note, address=found.address)
        if requested.limit is None:
            return context.notice(request, words.link_refused, words.link_refused_note, address=found.address)
        return self._data_link_limited(request, found.address, requested.limit, sent_at)

    def _data_link_limited(self, request: Request, address: str, limit: RequestLimit, sent_at: int | None) -> Response:
        """Show when the last link was sent, or that it was not sent yet, and when another one may be requested."""
        context, words, language = self._context, self._context.words(request), self._context.language(request)
        seconds = limit.next_at - context.now
        note, last_at = (words.link_unsent_note, limit.last_at) if sent_at is None else (words.link_wait_note, sent_at)
        since, until = ago(context.now - last_at, language), wait(seconds, language)
        response = context.notice(request, words.link_wait, note, 429, address=address, ago=since, wait=until)
        response.headers["Retry-After"] = str(seconds)
        return response

    async def _save(self, request: Request, found: Subscriber, form: FormData) -> Subscriber:
        """Save the submitted language, name and tags, and return the subscriber as they are now.

        Raises:
            NewsletterError: The name is not valid.
        """
        context, settings = self._context, self._context.settings
        submitted, tags = form.get("language"), {tag for tag in form.getlist("tag") if isinstance(tag, str)}
        language = found.language
        if isinstance(submitted, str) and (not submitted or submitted in settings.languages):
            language = submitted
        name = form.get("name") if SubscribeField.NAME in context.publication.subscribe.fields else None
        kept = check_short_name(name) if isinstance(name, str) and name != found.name else None
        profile, now = Profile(kept, tuple(tags), settings.tags), context.now

        def work(connection: Connection) -> Subscriber | None:
            if current := find_subscriber_by_id(connection, found.id):
                change_preferences(connection, current, language, profile, now)
            return find_subscriber_by_id(connection, found.id)

        log(request, outcome="saved")
        return await context.write(work) or found

    def _view(
        self, request: Request, found: Subscriber, *, fresh: bool, saved: bool, name_fault: str = ""
    ) -> PreferencesView:
        context, base = self._context, self._context.pages.base
        asks_name = SubscribeField.NAME in context.publication.subscribe.fields
        erase_token = sign(context.keys, Purpose.ERASE, found.id, found.address, issued_at=context.now)
        unsubscribe_token = sign(context.keys, Purpose.UNSUBSCRIBE, found.id, found.address)
        return PreferencesView(
            address=found.address,
            active=found.state is SubscriberState.ACTIVE,
            languages=[Choice(tag, _language_name(tag), tag == found.language) for tag in context.settings.languages],
            tags=[Choice(tag, tag, tag in found.tags) for tag in context.settings.tags],
            export=f"{base}export/{request.path_params['token']}",
            leave=f"{base}unsubscribe/{unsubscribe_token}",
            erase=f"{base}erase/{erase_token}",
            fresh=fresh,
            saved=saved,
            fields=SignUpFields(found.name if asks_name else None, name_fault),
        )


def _language_name(language: str) -> str:
    """Return a language's name in that language, such as 日本語."""
    try:
        return Locale.parse(language, sep="-").get_display_name() or language
    except (ValueError, UnknownLocaleError):
        return language
