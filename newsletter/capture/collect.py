"""Adds URLs as entries to an issue or to the inbox, each once."""

import asyncio
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import count
from pathlib import Path

from newsletter.capture.fetch_entry import CapturedEntry, CaptureOptions, capture, entry_without_page
from newsletter.capture.inputs.link import InputLink
from newsletter.capture.page_image import PageImage
from newsletter.documents import nodes
from newsletter.documents.paths import location_of
from newsletter.documents.source import Source, read_source
from newsletter.documents.yaml_tree import compose
from newsletter.errors import DocumentError, ExistsError, NewsletterError
from newsletter.files import display, write_new
from newsletter.http.fetcher import Fetcher
from newsletter.issue.add_entries import with_entries
from newsletter.issue.draft_document import draft_in
from newsletter.text.canonical_url import link_key
from newsletter.workspace.editing import WorkspaceEditor

MAX_LINKS = 300


class CollectOutcome(StrEnum):
    """What was done with a URL."""

    ADDED = "added"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class CollectedUrl:
    """A URL and its outcome; `reason` is where it is already, or why its page was not read."""

    url: str
    outcome: CollectOutcome
    section: str = ""
    title: str = ""
    image: str = ""
    reason: str = ""


def target_of(editor: WorkspaceEditor, issue: str | None, *, inbox: bool = False) -> Path:
    """Return the file to add to: the named issue, or the newest draft; otherwise, or with `inbox`, the inbox.

    Raises:
        NotFoundError: there is no such issue.
        NewsletterError: the head of an issue cannot be read, and it may be the newest.
    """
    if inbox:
        return editor.inbox
    return editor.workspace.issues.find(issue) if issue is not None else editor.draft() or editor.inbox


def collect(
    editor: WorkspaceEditor,
    links: Sequence[InputLink],
    target: Path,
    options: CaptureOptions,
    fetcher: Fetcher | None,
    *,
    known: Mapping[str, str] | None = None,
    done: Callable[[], None] = lambda: None,
) -> list[CollectedUrl]:
    """Make entries of links and write them in the order given.

    Nothing is written before every page was read, and then all or nothing.

    Args:
        editor: edits the files of the publication.
        links: the links.
        target: the file to add to.
        options: how pages are captured.
        fetcher: fetches the pages; without it, entries are made of the URLs alone.
        known: where each known URL key stands; such links are skipped. None adds them again.
        done: called after each page.

    Raises:
        NewsletterError: the target cannot be read or written, or there are too many links.
    """
    again, known = known is None, known or {}
    outcomes: dict[InputLink, CollectedUrl] = {}
    given: set[str] = set()
    fresh: list[InputLink] = []
    for link in dict.fromkeys(links):
        key = link_key(link.url)
        if reason := known.get(key) or ("given twice" if key in given else ""):
            outcomes[link] = CollectedUrl(link.url, CollectOutcome.SKIPPED, reason=reason)
        else:
            fresh.append(link)
        given.add(key)
    if len(fresh) > MAX_LINKS:
        raise NewsletterError(
            f"{len(fresh):,} new URLs, and at most {MAX_LINKS} are added at once", "Take some, or --since."
        )
    captured = (
        asyncio.run(_capture(fresh, options, fetcher, known, done))
        if fetcher
        else [entry_without_page(x, options) for x in fresh]
    )
    chosen: list[CapturedEntry] = []
    met: set[str] = set()
    for one in captured:
        if reason := next((known[key] for key in one.keys if key in known), "given twice" if one.keys & met else ""):
            outcomes[one.link] = CollectedUrl(one.link.url, CollectOutcome.SKIPPED, reason=reason)
        else:
            chosen.append(one)
        met |= one.keys
    outcomes |= _written(editor, target, chosen, again=again) if chosen else {}
    return [outcomes[link] for link in dict.fromkeys(links)]


async def _capture(
    links: Sequence[InputLink],
    options: CaptureOptions,
    fetcher: Fetcher,
    known: Container[str],
    done: Callable[[], None],
) -> list[CapturedEntry]:
    async def one(link: InputLink) -> CapturedEntry:
        try:
            return await capture(link, options, fetcher, lambda key: key in known)
        finally:
            done()

    async with fetcher:
        return await asyncio.gather(*map(one, links))


def known_urls(editor: WorkspaceEditor, target: Path) -> tuple[dict[str, str], list[NewsletterError]]:
    """Return where each URL of all issues and of the inbox stands, by its key, such as `issues/029.yaml:41`.

    The second value holds the errors of issues that cannot be read.

    Raises:
        NewsletterError: the target cannot be read.
    """
    index = editor.workspace.index
    keys = {key: f"{display(where.listed.path)}:{where.line}" for key, where in index.occurrences()}
    # The target is read below; it may be incomplete.
    faults = [fault for fault in (*editor.workspace.issues.errors, *index.errors) if not _is_of(fault, target)]
    for path in (editor.inbox, target):
        try:
            if path.exists() or path != editor.inbox:
                keys |= _urls_in(read_source(path))
        except NewsletterError as error:
            if path == target:
                raise
            faults.append(error)
    return keys, faults


def _is_of(fault: NewsletterError, path: Path) -> bool:
    return isinstance(fault, DocumentError) and {problem.file for problem in fault.problems} == {display(path)}


def _urls_in(source: Source) -> dict[str, str]:
    """Return where the URLs of a file stand, by their keys."""
    root = compose(source)
    if not isinstance(root, nodes.Mapping):
        return {}
    return {
        link_key(entry.url): f"{source.name}:{location_of(root, steps)[0].line + 1}"
        for section, index, entry in draft_in(root).entries()
        if entry.url and (steps := ("sections", section.value, index, "url"))
    }


def _written(
    editor: WorkspaceEditor, target: Path, chosen: Sequence[CapturedEntry], *, again: bool
) -> dict[InputLink, CollectedUrl]:
    """Write the images, then the file that names them; if that fails, remove the images."""
    outcomes: dict[InputLink, CollectedUrl] = {}
    images: dict[InputLink, Path] = {}
    # The inbox names images as from an issue.
    beside = editor.workspace.issues_folder if target == editor.inbox else target.absolute().parent

    def change(source: Source) -> str:
        # Since the archive was looked at, another command may have added to the file.
        present = {} if again else _urls_in(source)
        entries = []
        for one in chosen:
            if reason := next((present[key] for key in one.keys if key in present), ""):
                outcomes[one.link] = CollectedUrl(one.link.url, CollectOutcome.SKIPPED, reason=reason)
                continue
            image = str(images[one.link].relative_to(beside)) if one.link in images else ""
            entry = replace(one.entry, image=image)
            entries.append((one.section, entry))
            outcomes[one.link] = CollectedUrl(
                entry.url, CollectOutcome.ADDED, one.section, entry.title, image, one.problem
            )
        return with_entries(source, entries)

    try:
        for one in chosen:
            if one.picture:
                images[one.link] = _write_picture(beside / "images" / target.stem, one.picture)
        editor.change(target, change)
    except BaseException:
        outcomes.clear()
        raise
    finally:
        for link, path in images.items():
            if link not in outcomes or not outcomes[link].image:
                path.unlink(missing_ok=True)
    return outcomes


def _write_picture(folder: Path, picture: PageImage) -> Path:
    """Write an image under its name, or the next one that is free."""
    name = Path(picture.name)
    for number in count(2):
        path = folder / name
        try:
            write_new(path, picture.content)
        except ExistsError:
            name = Path(picture.name).with_stem(f"{Path(picture.name).stem}-{number}")
        else:
            return path
    raise AssertionError("numbers do not end")
