"""The inbox: entries that wait for an issue, in `inbox.yaml` beside `newsletter.yaml`.

It is written as an issue's `sections` are, and names images as an issue does, so that all of it
moves into one as it stands, the author's remarks included.
"""

from newsletter.documents.nodes import Mapping
from newsletter.documents.paths import is_blank
from newsletter.documents.source import Source
from newsletter.documents.yaml_tree import compose
from newsletter.errors import DocumentError, NotFoundError
from newsletter.issue.draft_document import draft_in

FILE = "inbox.yaml"
HEAD = """\
# Entries that wait for an issue. `newsletter add --inbox` puts them here, and
# `newsletter new-issue --from-inbox` moves them into the next one. Images are named as from an issue.
"""


def move_inbox(inbox: Source, issue: Source) -> tuple[str, str]:
    """A new issue's text with the inbox's sections in place of its own, and the inbox's text without them.

    Raises:
        NotFoundError: nothing waits in the inbox.
        DocumentError: its YAML cannot be read, or is written so that it cannot be moved.
    """
    here, there = _sections(inbox), _sections(issue)
    if here is None or there is None or not _waits(inbox):
        raise NotFoundError(f"nothing waits in {inbox.name}", "Collect something first: `newsletter add --inbox URL`.")
    moved = inbox.text[here].strip("\r\n")
    text = issue.text[: there.start] + moved + "\n" + issue.text[there.stop :]
    if not _has(Source(issue.name, text), inbox):
        message = "the inbox cannot be moved as it is written"
        raise DocumentError([inbox.problem(0, 0, message, "Write `sections:` at the start of a line, on its own.")])
    return text, inbox.text[: here.start].rstrip() + "\n" + inbox.text[here.stop :]


def _has(issue: Source, inbox: Source) -> bool:
    """Whether an issue's text has the inbox's entries."""
    try:
        moved = compose(issue)
    except DocumentError:
        return False
    waiting = compose(inbox)
    if not isinstance(moved, Mapping) or not isinstance(waiting, Mapping):
        return False
    return draft_in(moved).sections == draft_in(waiting).sections


def _sections(source: Source) -> slice | None:
    """The lines of a file's sections, with the remarks under them."""
    root = compose(source)
    if not isinstance(root, Mapping) or "sections" not in root.values:
        return None
    key = root.keys["sections"].location
    begin = source.text.rfind("\n", 0, key.start) + 1
    following = [other.location.start for other in root.keys.values() if other.location.start > key.start]
    end = source.text.rfind("\n", 0, min(following)) + 1 if following else len(source.text)
    return slice(begin, end)


def _waits(inbox: Source) -> bool:
    root = compose(inbox)
    return isinstance(root, Mapping) and not is_blank(root.values["sections"])
