"""The office opened: the publication read, its database and transports made ready, and all of it closed in the end."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from urllib.parse import urlsplit

from sqlalchemy import Connection

from newsletter.database.database import Database
from newsletter.database.group_commit import Writer
from newsletter.database.signing_keys import TOKENS, signing_keys
from newsletter.database.states import SubscriberState
from newsletter.errors import DatabaseError
from newsletter.mail.mail_queue import LetterKind, claim_letter, give_letter_back, note_letter
from newsletter.mail.queue_worker import AGAIN, WAITS, Note, Postbox
from newsletter.mail.transactional import ReaderLetters
from newsletter.publication.label_files import labels_by_language, read_labels
from newsletter.render.reader_pages import Choice, LivePages, Preferences
from newsletter.render.template_cache import cache_folder
from newsletter.render.templates import Templates
from newsletter.subscribers.queries import subscriber_of
from newsletter.subscribers.subscriber import Subscriber
from newsletter.text.languages import wanted
from newsletter.transports.base import Answer, Outgoing
from newsletter.transports.registry import open_transports
from newsletter.web.context import Office
from newsletter.web.rate_limit import Limits
from newsletter.workspace.open_database import open_database
from newsletter.workspace.workspace import Workspace

_HASHES = "journal"


@contextmanager
def opened_office(
    workspace: Workspace,
    environment: Mapping[str, str],
    clock: Callable[[], float] = time.time,
    waits: tuple[float, ...] = WAITS,
) -> Iterator[Office]:
    """The office of a publication; letters that an earlier process owed are put into the box.

    Raises:
        NewsletterError: a setting, a template, a label, the database or a password is not as it should be.
    """
    publication = workspace.publication
    labels = labels_by_language(workspace.template_folders)
    labels[publication.language] = read_labels(workspace.template_folders, publication.language)
    base = urlsplit(publication.delivery.pages_url or publication.site_url).path
    templates = Templates(workspace.template_folders, cache_folder(environment))
    pages = LivePages(publication, templates, labels, base)
    transports = open_transports(publication.delivery, environment, workspace.root)
    with ExitStack() as stack:
        database = stack.enter_context(open_database(workspace))
        with database.write() as connection:
            keys, (hidden, *_) = signing_keys(connection, TOKENS), signing_keys(connection, _HASHES)

        def current() -> list[bytes]:
            with database.read() as connection:
                return signing_keys(connection, TOKENS)

        reader_letters = ReaderLetters(workspace, pages, current, environment)
        _try_out(pages, reader_letters)
        writer = Writer(database)
        stack.callback(writer.close)
        letters = _Letters(database, writer, reader_letters, pages, clock)
        postbox = Postbox(transports, letters.write, letters.written, waits)
        stack.callback(postbox.close)
        limits = Limits(time.monotonic)
        office = Office(database, writer, postbox, pages, publication.delivery, limits, keys, hidden, clock)
        office.owe()
        yield office


def _try_out(pages: LivePages, letters: ReaderLetters) -> None:
    """Make each page and a letter in each language, so that what is wrong is told before anybody meets it.

    Raises:
        NewsletterError: a template fails, a sender's address cannot stand in a header, or a letter cannot be signed.
    """
    someone = Subscriber(0, "reader@example.com", "reader@example.com", "", "", (), SubscriberState.PENDING, "", 0, 0)
    choice = Choice("en", "English", chosen=True)
    shown = Preferences("", True, [choice], [choice], "", "", "", fresh=True, saved=True)
    for language in pages.labels:
        pages.subscribe(language, fault=" ")
        pages.question(language, "", "", "")
        pages.notice(language, "", "", again=True)
        pages.preferences(language, shown)
        letters.confirmation(someone, language, 0, datetime.fromtimestamp(0, UTC))


class _Letters:
    """What the box for letters asks for, and what is kept of them."""

    def __init__(
        self,
        database: Database,
        writer: Writer,
        letters: ReaderLetters,
        pages: LivePages,
        clock: Callable[[], float],
    ) -> None:
        self._database, self._writer, self._letters, self._pages, self._clock = database, writer, letters, pages, clock
        # Several threads of the box write letters, each note's one at a time.
        self._claims: dict[Note, int] = {}

    def write(self, note: Note) -> Outgoing | None:
        """A note's letter, which is ours to send then; none where it is not wanted any more, or another has it."""
        letter, now = self._letter(note), int(self._clock())
        if letter is None:
            return None
        claim = self._writer.write(
            lambda connection: claim_letter(connection, note.kind, note.subscriber_id, note.asked_at, now)
        ).result()
        if claim is None:
            return None
        self._claims[note] = claim
        return letter

    def _letter(self, note: Note) -> Outgoing | None:
        """In the language that they chose, if they did."""
        with self._database.read() as connection:
            to = subscriber_of(connection, note.subscriber_id)
        if to is None:
            return None
        date = datetime.fromtimestamp(note.asked_at, UTC)
        language = wanted(to.language, self._pages.labels) or note.language
        active = to.state is SubscriberState.ACTIVE
        match note.kind:
            case LetterKind.CONFIRM if not active:
                return self._letters.confirmation(to, language, note.asked_at, date)
            case LetterKind.KNOWN if active:
                return self._letters.known(to, language, note.asked_at, date)
            case LetterKind.OWN:
                return self._letters.own(to, language, note.asked_at, date)
            case LetterKind.WELCOME if active:
                return self._letters.welcome(to, language, date)
            case _:
                return None

    def written(self, note: Note, answer: Answer) -> None:
        """Keep what became of a letter that was written."""
        now, claim, said = int(self._clock()), self._claims.pop(note), f"{answer.verdict} {answer.code or ''}".rstrip()
        who = note.subscriber_id

        def keep(connection: Connection) -> None:
            if answer.verdict in AGAIN:
                give_letter_back(connection, claim, note.kind, who)
            else:
                note_letter(connection, claim, note.kind, who, said, now)

        while True:
            try:
                self._writer.write(keep).result()
                break
            except DatabaseError as error:
                # What was sent must not be forgotten for another program's lock: it would be sent again.
                if not error.busy:
                    raise
