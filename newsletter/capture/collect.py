"""Adds URLs as entries to an issue or to the inbox, without duplicates."""

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from newsletter.capture.captured_entry import CapturedEntry, CaptureOptions, entry_without_page
from newsletter.capture.inputs.link import InputLink
from newsletter.documents import nodes
from newsletter.documents.paths import location_of
from newsletter.documents.source import Source, read_source
from newsletter.documents.yaml_tree import compose
from newsletter.errors import DocumentError, ExistsError, FetchError, NewsletterError
from newsletter.files import display, require_writable_inside, write_new
from newsletter.issue.add_entries import add_entries
from newsletter.issue.draft_document import draft_from_tree
from newsletter.text.canonical_url import link_key
from newsletter.workspace.editing import WorkspaceEditor

if TYPE_CHECKING:
    from newsletter.capture.page_image import PageImage
    from newsletter.http.fetcher import Fetcher

MAX_LINKS = 300
# The reason to skip a URL that was given before it.
GIVEN_TWICE = "given twice"


class CollectOutcome(StrEnum):
    """Whether a URL was added."""

    ADDED = "added"
    SKIPPED = "skipped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class CollectedUrl:
    """A URL and its outcome.

    `reason` is the location of an existing entry, or why the page cannot be read; `advice` is what to do then, or "".
    """

    url: str
    outcome: CollectOutcome
    section: str = ""
    title: str = ""
    image: str = ""
    reason: str = ""
    advice: str = ""


def choose_target(editor: WorkspaceEditor, issue: str | None, *, inbox: bool = False) -> Path:
    """Return the file to add to: the given issue, or the newest draft, or the inbox if there is no draft.

    With `inbox`, it is always the inbox.

    Raises:
        NotFoundError: the issue does not exist.
        NewsletterError: an issue cannot be read, and may be the newest draft.
    """
    if inbox:
        return editor.inbox
    return editor.workspace.issues.find(issue) if issue is not None else editor.draft() or editor.inbox


def collect(
    editor: WorkspaceEditor,
    links: Sequence[InputLink],
    target: Path,
    options: CaptureOptions,
    fetcher: "Fetcher | None",
    *,
    known: Mapping[str, str] | None = None,
    done: Callable[[], None] = lambda: None,
) -> list[CollectedUrl]:
    """Capture links and write their entries in the order of the links.

    The entries are written together, after all pages were read. A page that cannot be read gets no entry.

    Args:
        editor: edits the files of the publication.
        links: the links.
        target: the file to add to.
        options: how pages are captured.
        fetcher: fetches the pages. If it is None, entries contain only the data of the links.
        known: the locations of known URL keys. Known links are skipped; with None, they are added again.
        done: called after each page.

    Returns:
        The outcome for each link, in the order of the links.

    Raises:
        NewsletterError: the target cannot be read or written, or there are too many links.
    """
    again, known = known is None, known or {}
    outcomes: dict[InputLink, CollectedUrl] = {}
    given: set[str] = set()
    fresh: list[InputLink] = []
    for link in dict.fromkeys(links):
        key = link_key(link.url)
        if reason := known.get(key) or (GIVEN_TWICE if key in given else ""):
            outcomes[link] = CollectedUrl(link.url, CollectOutcome.SKIPPED, reason=reason)
        else:
            fresh.append(link)
        given.add(key)
    if len(fresh) > MAX_LINKS:
        raise NewsletterError(
            f"found {len(fresh):,} new URLs; at most {MAX_LINKS} can be added at once",
            "Add fewer URLs, or use `--since`.",
        )
    captured: Sequence[CapturedEntry | FetchError] = (
        _capture(fresh, options, fetcher, known, done) if fetcher else [entry_without_page(x, options) for x in fresh]
    )
    chosen: list[CapturedEntry] = []
    met: set[str] = set()
    for link, one in zip(fresh, captured, strict=True):
        if isinstance(one, FetchError):
            outcomes[link] = CollectedUrl(link.url, CollectOutcome.FAILED, reason=one.message, advice=one.advice)
            continue
        if reason := next((known[key] for key in one.keys if key in known), GIVEN_TWICE if one.keys & met else ""):
            outcomes[link] = CollectedUrl(link.url, CollectOutcome.SKIPPED, reason=reason)
        else:
            chosen.append(one)
        met |= one.keys
    outcomes |= _write(editor, target, chosen, again=again) if chosen else {}
    return [outcomes[link] for link in dict.fromkeys(links)]


def _capture(
    links: Sequence[InputLink],
    options: CaptureOptions,
    fetcher: "Fetcher",
    known: Container[str],
    done: Callable[[], None],
) -> list[CapturedEntry | FetchError]:
    """Capture links. Returns an entry for each, or why its page cannot be read."""
    # Imported here because entries without their pages need neither a client nor a parser.
    import asyncio

    from newsletter.capture.fetch_entry import capture

    async def one(link: InputLink) -> CapturedEntry | FetchError:
        try:
            return await capture(link, options, fetcher, lambda key: key in known)
        except FetchError as error:
            return error
        finally:
            done()

    async def all_of_them() -> list[CapturedEntry | FetchError]:
        async with fetcher:
            return await asyncio.gather(*map(one, links))

    return asyncio.run(all_of_them())


def known_urls(editor: WorkspaceEditor, target: Path) -> tuple[dict[str, str], list[NewsletterError]]:
    """Return the locations of all URLs in the issues and in the inbox, such as `issues/029.yaml:41`, by URL key.

    The second value is the errors of files that cannot be read.

    Raises:
        NewsletterError: the target cannot be read.
    """
    index = editor.workspace.index
    keys = {key: f"{display(where.listed.path)}:{where.line}" for key, where in index.occurrences()}
    # Errors of the target are ignored: it may be incomplete, and is read below.
    errors = [error for error in (*editor.workspace.issues.errors, *index.errors) if not _is_of(error, target)]
    for path in (editor.inbox, target):
        try:
            if path.exists() or path != editor.inbox:
                keys |= _urls_in(read_source(path))
        except NewsletterError as error:
            if path == target:
                raise
            errors.append(error)
    return keys, errors


def _is_of(error: NewsletterError, path: Path) -> bool:
    return isinstance(error, DocumentError) and {problem.file for problem in error.problems} == {display(path)}


def _urls_in(source: Source) -> dict[str, str]:
    """Return the locations of the URLs in a file, by URL key."""
    root = compose(source)
    if not isinstance(root, nodes.Mapping):
        return {}
    return {
        link_key(entry.url): f"{source.name}:{location_of(root, steps)[0].line + 1}"
        for section, index, entry in draft_from_tree(root).entries()
        if entry.url and (steps := ("sections", section, index, "url"))
    }


def _write(
    editor: WorkspaceEditor, target: Path, chosen: Sequence[CapturedEntry], *, again: bool
) -> dict[InputLink, CollectedUrl]:
    """Write the images, then the entries. If the entries cannot be written, remove the images."""
    outcomes: dict[InputLink, CollectedUrl] = {}
    images: dict[InputLink, Path] = {}
    # Image paths in the inbox are relative to the folder of issues, so that its entries can move into an issue.
    folder = editor.workspace.issues_folder if target == editor.inbox else target.absolute().parent

    root = editor.workspace.root
    # The images of an issue that the author keeps elsewhere are next to it.
    bounds = root if folder.is_relative_to(root.absolute()) else folder

    def change(source: Source) -> str:
        # Another command may have added entries to the file in the meantime.
        present = {} if again else _urls_in(source)
        entries = []
        for one in chosen:
            if reason := next((present[key] for key in one.keys if key in present), ""):
                outcomes[one.link] = CollectedUrl(one.link.url, CollectOutcome.SKIPPED, reason=reason)
                continue
            image = str(images[one.link].relative_to(folder)) if one.link in images else ""
            entry = replace(one.entry, image=image)
            entries.append((one.section, entry))
            outcomes[one.link] = CollectedUrl(entry.url, CollectOutcome.ADDED, one.section, entry.title, image)
        return add_entries(source, entries, editor.workspace.basics.section_keys)

    try:
        for one in chosen:
            if one.picture:
                images[one.link] = write_image(folder / "images" / target.stem, one.picture, bounds)
        editor.change(target, change)
    except BaseException:
        outcomes.clear()
        raise
    finally:
        for link, path in images.items():
            if link not in outcomes or not outcomes[link].image:
                path.unlink(missing_ok=True)
    return outcomes


def write_image(folder: Path, picture: "PageImage", bounds: Path) -> Path:
    """Write an image with its name, or with a number appended if a file of that name exists. Returns its path.

    Args:
        folder: The folder to write to.
        picture: The image.
        bounds: The folder of the publication.

    Raises:
        AccessError: The file cannot be written, or symbolic links lead it out of `bounds`.
    """
    require_writable_inside(folder, bounds)
    name = Path(picture.name)
    for number in count(2):
        path = folder / name
        try:
            write_new(path, picture.content)
        except ExistsError:
            name = Path(picture.name).with_stem(f"{Path(picture.name).stem}-{number}")
        else:
            return path
    raise AssertionError("unreachable: count() does not end")
