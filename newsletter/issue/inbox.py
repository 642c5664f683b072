"""The inbox: entries collected for a future issue, in `inbox.yaml` next to `newsletter.yaml`.

Its `sections` and image paths have the same form as an issue's, so that they move into an issue unchanged, with the
author's comments.
"""

from newsletter.documents.nodes import Mapping
from newsletter.documents.paths import is_blank
from newsletter.documents.source import Source
from newsletter.documents.yaml_tree import compose
from newsletter.errors import DocumentError, NotFoundError
from newsletter.issue.draft_document import draft_from_tree

FILE = "inbox.yaml"
HEAD = """\
# Entries collected for the next issue. `newsletter add --inbox` adds entries here, and
# `newsletter new-issue --from-inbox` moves them into a new issue. Image paths are relative to the issues' folder.
"""


def move_inbox(inbox: Source, issue: Source) -> tuple[str, str]:
    """Move the inbox's sections into a new issue, where they replace the scaffold's.

    Returns:
        The new text of the issue, and that of the inbox.

    Raises:
        NotFoundError: the inbox has no entries.
        DocumentError: the inbox's YAML cannot be parsed, or its style does not allow the move.
    """
    here, there = _sections(inbox), _sections(issue)
    if here is None or there is None or not _has_entries(inbox):
        raise NotFoundError(f"{inbox.name} has no entries", "Add one with `newsletter add --inbox URL`.")
    moved = inbox.text[here].strip("\r\n")
    text = issue.text[: there.start] + moved + "\n" + issue.text[there.stop :]
    if not _has(Source(issue.name, text), inbox):
        message = "cannot move the inbox into an issue: the file uses an unsupported YAML style"
        raise DocumentError([inbox.problem(0, 0, message, "Put `sections:` on a separate line, without indentation.")])
    return text, inbox.text[: here.start].rstrip() + "\n" + inbox.text[here.stop :]


def _has(issue: Source, inbox: Source) -> bool:
    """Return whether an issue has exactly the inbox's entries."""
    try:
        moved = compose(issue)
    except DocumentError:
        return False
    waiting = compose(inbox)
    if not isinstance(moved, Mapping) or not isinstance(waiting, Mapping):
        return False
    return draft_from_tree(moved).sections == draft_from_tree(waiting).sections


def _sections(source: Source) -> slice | None:
    """Return the range of the lines of `sections`, with the comments below them. Returns None if there are none."""
    root = compose(source)
    if not isinstance(root, Mapping) or "sections" not in root.values:
        return None
    key = root.keys["sections"].location
    begin = source.text.rfind("\n", 0, key.start) + 1
    following = [other.location.start for other in root.keys.values() if other.location.start > key.start]
    end = source.text.rfind("\n", 0, min(following)) + 1 if following else len(source.text)
    return slice(begin, end)


def _has_entries(inbox: Source) -> bool:
    root = compose(inbox)
    return isinstance(root, Mapping) and not is_blank(root.values["sections"])
