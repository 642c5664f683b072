"""What the author can do with subscribers in the browser: add, unsubscribe, erase, and change tags."""

from pydantic import Field

from newsletter.dashboard.views.subscriber_list import erased_subscriber
from newsletter.database.database import Database
from newsletter.errors import ConflictError, ExistsError
from newsletter.fields.base import Model
from newsletter.subscribers import admin
from newsletter.subscribers.attributes import check_consent, check_language, check_name, check_tag
from newsletter.subscribers.consent import unsubscribe
from newsletter.subscribers.csv.read_tags import read_tags
from newsletter.subscribers.queries import find_address, find_subscriber
from newsletter.text.email_address import Address, check_address
from newsletter.workspace.open_database import existing_database, open_database
from newsletter.workspace.workspace import Workspace

# The source of an unsubscribe request in the history.
_SOURCE = "by the author, in the dashboard"


class AddSubscriber(Model):
    """Adds a subscriber. `tags` are separated by commas. `again` is as in `newsletter subscribers add`."""

    address: str = Field(max_length=1000)
    consent: str = Field(max_length=1000)
    name: str = Field("", max_length=1000)
    language: str = Field("", max_length=100)
    tags: str = Field("", max_length=1000)
    again: bool = False


class ChangeTag(Model):
    """Adds a tag to a subscriber, or removes it if `off`."""

    tag: str = Field(max_length=1000)
    off: bool = False


def add_subscriber(workspace: Workspace, new: AddSubscriber, now: int) -> dict[str, object]:
    """Add a subscriber. Returns the id and the address.

    Raises:
        ExistsError: The subscriber is active.
        AddAgainError: The address is on the list or suppressed, and `again` is not set.
        NewsletterError: A value is not valid, or the database cannot be opened or written.
    """
    address = check_address(new.address)
    consent, name = check_consent(new.consent), check_name(new.name)
    language = check_language(new.language) if new.language.strip() else ""
    tags = read_tags(new.tags)
    with open_database(workspace) as database:
        try:
            admin.add(
                database, address, consent=consent, name=name, language=language, tags=tags, again=new.again, now=now
            )
        except admin.AddAgainError as error:
            advice = "Tick the box below if the person has asked to get the newsletter."
            raise admin.AddAgainError(_quoted(error.message, address), advice) from error
        except ExistsError as error:
            raise ExistsError(_quoted(error.message, address), "Search for the address to see the details.") from error
        with database.read() as connection:
            found = find_subscriber(connection, address.compared)
        return {"id": found.id if found else None, "address": address.typed}


def unsubscribe_subscriber(workspace: Workspace, id: int, now: int) -> None:
    """Unsubscribe a subscriber.

    Raises:
        ConflictError: The subscriber is unsubscribed or complained already, or was erased.
        DatabaseError: The database cannot be opened or written.
    """
    with existing_database(workspace) as database, database.write() as connection:
        if unsubscribe(connection, id, 0, _SOURCE, now) is None:
            raise ConflictError("this subscriber gets no newsletter already", "Nothing was changed.")


def erase_subscriber(workspace: Workspace, id: int, now: int) -> str:
    """Erase a subscriber and everything stored about them. Returns the address.

    Raises:
        NewsletterError: The subscriber was erased already, or the database cannot be opened or written.
    """
    with existing_database(workspace) as database:
        address = _address(database, id)
        admin.remove(database, [address], now=now)
    return address.typed


def change_tag(workspace: Workspace, id: int, change: ChangeTag, now: int) -> None:
    """Add a tag to a subscriber, or remove it.

    Raises:
        ExistsError: The subscriber has the tag already.
        NewsletterError: The tag is not valid, the subscriber was erased, or the database fails.
    """
    tag = check_tag(change.tag)
    with existing_database(workspace) as database:
        address = _address(database, id)
        if not admin.tag(database, [address], tag, off=change.off, now=now) and not change.off:
            raise ExistsError(f"`{address.typed}` already has the tag {tag}", "Nothing was changed.")


def _quoted(message: str, address: Address) -> str:
    """Return a message that begins with an address, with the address as code: the page begins it with a capital."""
    return message.replace(address.typed, f"`{address.typed}`", 1)


def _address(database: Database, id: int) -> Address:
    with database.read() as connection:
        typed = find_address(connection, id)
    if typed is None:
        raise erased_subscriber()
    return check_address(typed)
