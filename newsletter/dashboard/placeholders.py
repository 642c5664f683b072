"""Fills the gaps of a draft with placeholders, so that it can be rendered whatever is missing or not valid."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from html import escape
from typing import Any

from pydantic import ValidationError

from newsletter.documents.paths import Steps, plain
from newsletter.errors import NewsletterError
from newsletter.fields.text import MAX_MARKDOWN
from newsletter.issue.draft_document import DraftDocument
from newsletter.issue.issue_file import IssueDocument
from newsletter.issue.model import Issue
from newsletter.publication.section import SectionKeys
from newsletter.text import markdown, tree

# Hosts that can never exist (RFC 2606): the addresses are never requested.
_URL = "https://url-is-missing.invalid/"
_LINK = "https://link-is-missing.invalid/"
MISSING_IMAGE = "https://image-is-missing.invalid/image.svg"
MISSING_DATE = date.min
_TEXTS = {"title": "Title is missing", "comment": "Comment is missing", "url": _URL, "date": MISSING_DATE.isoformat()}
_FIRST_ENTRY = {
    "title": "Your first entry",
    "url": _URL,
    "comment": "Paste a link anywhere on this page to add it. Its title and image are filled in.",
}
_MARKED = {
    _TEXTS["title"]: _TEXTS["title"],
    _TEXTS["comment"]: _TEXTS["comment"],
    "url-is-missing.invalid": "URL is missing",
    _FIRST_ENTRY["title"]: _FIRST_ENTRY["title"],
    _FIRST_ENTRY["comment"]: _FIRST_ENTRY["comment"],
}
# Each repair is followed by another validation. An issue needs about three.
_MAX_REPAIRS = 10
_STYLE = "background:#fdeccf;color:#6b3a00;outline:2px dashed #b4430f;outline-offset:1px;border-radius:2px"
_BETWEEN_TAGS = re.compile(r"(?<=>)[^<>]+(?=<)")
_INVISIBLE = re.compile(r"[^\S\n ]|[\x00-\x09\x0b-\x1f\x7f-\x9f\u202d\u202e\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")


@dataclass(frozen=True)
class FilledDraft:
    """A draft as an issue.

    Attributes:
        document: The issue, with placeholders for what is missing.
        data: Its values, from which it was created.
        empty: Whether it has no entries. It then shows an example of one.
    """

    document: IssueDocument
    data: dict[str, Any]
    empty: bool


def fill_gaps(draft: DraftDocument, find_labels: Callable[[str], object], declared: SectionKeys) -> FilledDraft:
    """Return a draft as an issue. Values that are not valid are replaced or left out.

    Args:
        draft: The draft.
        find_labels: Raises a `NewsletterError` if a language has no labels. The issue then has no language.
        declared: The sections of the publication.
    """
    data = plain(draft.root)
    empty = all(entry.blank for _, _, entry in draft.draft.entries())
    if empty:
        data["sections"] = {}
    issue = _repaired(data, declared)
    try:
        find_labels(issue.language or "en")
    except NewsletterError:
        data.pop("language", None)
    document = IssueDocument(draft.source, draft.root, draft.slug, draft.path, issue, declared)
    known = {entry.id for _, _, entry in issue.entries()}
    for steps, text in document.texts():
        if "@" in text:
            _set(data, steps, _without_unknown_references(text, known))
    return FilledDraft(replace(document, issue=_repaired(data, declared)), data, empty)


def without_images(filled: FilledDraft, missing: Mapping[Steps, str]) -> FilledDraft:
    """Return a draft with a placeholder for each image that cannot be shown.

    Args:
        filled: The draft.
        missing: The addresses of the images by their paths in the document. An address in a Markdown text is replaced.
    """
    for steps, address in missing.items():
        text = _get(filled.data, steps)
        _set(filled.data, steps, MISSING_IMAGE if text == address else text.replace(f"({address}", f"({MISSING_IMAGE}"))
    return replace(filled, document=replace(filled.document, issue=_repaired(filled.data, filled.document.declared)))


def mark_placeholders(html: str, date_text: str = "") -> str:
    """Mark the placeholders in the text of a page, and replace those of images.

    Args:
        html: The page.
        date_text: The placeholder of the date as the page shows it, or "" if there is none.
    """
    marked = {**_MARKED, **({date_text: "Date is missing"} if date_text else {})}
    any_of = re.compile("|".join(re.escape(escape(text, quote=False)) for text in marked))
    shown = {escape(text, quote=False): words for text, words in marked.items()}

    def mark(match: re.Match[str]) -> str:
        return any_of.sub(lambda found: f'<mark data-missing style="{_STYLE}">{shown[found[0]]}</mark>', match[0])

    head, start, body = html.partition("<body")
    return head + start + _BETWEEN_TAGS.sub(mark, body).replace(MISSING_IMAGE, "/page/missing-image.svg")


def _repaired(data: dict[str, Any], declared: SectionKeys) -> Issue:
    """Create an issue, and change `data` until it is valid."""
    for _ in range(_MAX_REPAIRS):
        try:
            return Issue.model_validate(data)
        except ValidationError as error:
            # In reverse order: removing an item from a list moves those after it.
            for detail in reversed(error.errors()):
                _repair(data, detail["loc"], declared)
    return Issue.model_validate({"title": _TEXTS["title"], "date": _TEXTS["date"], "sections": _example(declared)})


def _repair(data: dict[str, Any], path: tuple[str | int, ...], declared: SectionKeys) -> None:
    """Replace the value at the path of an error by a valid one, or remove it."""
    if not path:
        data["sections"] = _example(declared)
        return
    *parents, name = path[:-1] if path[-1] == "[key]" else path
    parent = _get(data, tuple(parents))
    if isinstance(name, str) and name in _TEXTS and path[-1] != "[key]":
        before = parent.get(name)
        cleaned = _cleaned(before, name) if isinstance(before, str) else ""
        parent[name] = cleaned if cleaned and cleaned != before else _TEXTS[name]
    elif isinstance(parent, dict):
        parent.pop(name, None)
    elif isinstance(parent, list) and isinstance(name, int) and name < len(parent):
        del parent[name]


def _example(declared: SectionKeys) -> dict[str, Any]:
    return {declared[0]: [dict(_FIRST_ENTRY)]}


def _cleaned(text: str, name: str) -> str:
    visible = _INVISIBLE.sub(" ", text)
    return (
        visible[:MAX_MARKDOWN].rstrip() if name == "comment" else " ".join(visible.split()) if name == "title" else ""
    )


def _without_unknown_references(text: str, known: set[str | None]) -> str:
    """Return a Markdown text whose links to unknown entries lead to an address that shows that they are missing."""

    def unknown(text: str) -> set[str]:
        links = (child for child in tree.walk(markdown.parse(text)) if isinstance(child, tree.Link))
        return {link.url[1:] for link in links if link.url.startswith("@")} - known

    for name in unknown(text):
        text = re.sub(rf"@{re.escape(name)}(?![\w-])", _LINK, text)
    # A link whose address is not written as such, for example with a backslash.
    return text.replace("@", "＠") if unknown(text) else text


def _get(data: Any, steps: Steps) -> Any:
    for step in steps:
        data = data[step]
    return data


def _set(data: Any, steps: Steps, value: str) -> None:
    _get(data, steps[:-1])[steps[-1]] = value
