"""`newsletter add`: URLs become draft entries."""

import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from newsletter.cli.option_types import DATE
from newsletter.publication.section import Section

if TYPE_CHECKING:
    from newsletter.capture.collect import CollectedUrl


@click.command(
    epilog="Examples: newsletter add https://arxiv.org/abs/2103.01988; pbpaste | newsletter add; "
    "newsletter add bookmarks.html --since 2021-09-12 --inbox"
)
@click.argument("sources", metavar="[URL|FILE|-]...", nargs=-1)
@click.option("--feed", "feeds", metavar="URL", multiple=True, help="Add what an RSS or Atom feed lists.")
@click.option("--since", type=DATE, help="Of a feed or bookmarks, take what has no date or one from this day on.")
@click.option("-i", "--issue", metavar="ISSUE", help="The issue to add to; else the newest unpublished one.")
@click.option("--inbox", is_flag=True, help="Add to inbox.yaml, as also where no issue is unpublished.")
@click.option(
    "-s",
    "--section",
    type=click.Choice([known.value for known in Section]),
    help="The section; else by the page and newsletter.yaml.",
)
@click.option("--again", is_flag=True, help="Add what an issue or the inbox has already.")
@click.option("--no-fetch", is_flag=True, help="Ask no server: the entries have a URL, and what a list says of it.")
@click.option("--no-images", is_flag=True, help="Save no images.")
@click.option("--allow-private", is_flag=True, help="Fetch from this machine and its network too.")
@click.option("--json", "as_json", is_flag=True, help="Print what became of each URL as JSON.")
@click.pass_context
def add(
    ctx: click.Context,
    sources: tuple[str, ...],
    feeds: tuple[str, ...],
    since: date | None,
    issue: str | None,
    inbox: bool,
    section: str | None,
    again: bool,
    no_fetch: bool,
    no_images: bool,
    allow_private: bool,
    as_json: bool,
) -> None:
    """Add URLs as draft entries.

    Each page is fetched for its title, its image and, of a paper, authors and abstract; the comment is yours to
    write. A FILE, or - for standard input, is any text with URLs, bookmarks as a browser exports them, RSS, Atom
    or OPML.

    A page that cannot be read leaves an entry that says why. Exits 1 if a URL, file or feed could not be used.
    """
    from newsletter.capture.collect import collect, known_urls, target_of
    from newsletter.capture.fetch_entry import CaptureOptions
    from newsletter.capture.gather import gather
    from newsletter.cli.progress import counting
    from newsletter.cli.terminal import print_error, print_status
    from newsletter.files import display
    from newsletter.http.publication_fetcher import open_fetcher
    from newsletter.workspace.editing import WorkspaceEditor
    from newsletter.workspace.workspace import Workspace

    if issue and inbox:
        raise click.UsageError("--issue and --inbox are two places. Name one.")
    if no_fetch and feeds:
        raise click.UsageError("--feed is fetched, and --no-fetch fetches nothing.")
    workspace = Workspace(Path())
    editor = WorkspaceEditor(workspace)
    target = target_of(editor, issue, inbox=inbox)
    fetcher = None if no_fetch else open_fetcher(workspace, allow_private=allow_private)
    if target == editor.inbox and not inbox:
        print_status("No issue is unpublished, so this goes to the inbox.")
    gathered = gather(_contents(sources, feeds), feeds, fetcher, since)
    rules, language = workspace.publication.capture.sections, workspace.publication.language
    options = CaptureOptions(rules, language, Section(section) if section else None, images=not no_images)
    known, unread = (None, []) if again else known_urls(editor, target)
    with counting(len(gathered.links), "Reading") as done:
        collected = collect(editor, gathered.links, target, options, fetcher, known=known, done=done)
    for fault in unread:
        print_status(f"Not looked at for stories: {fault.message}")
    _report(collected, display(target), as_json=as_json)
    for fault in gathered.faults:
        print_error(fault)
    ctx.exit(int(bool(gathered.faults)))


def _contents(sources: tuple[str, ...], feeds: tuple[str, ...]) -> list[str | bytes]:
    """The sources, with the content of standard input in the place of `-`, or of nothing."""
    if not sources and not feeds:
        if sys.stdin is None or sys.stdin.isatty():
            raise click.UsageError("Name a URL or a file, or pipe some text in.")
        sources = ("-",)
    return [sys.stdin.buffer.read() if source == "-" else source for source in sources]


def _report(collected: "list[CollectedUrl]", place: str, *, as_json: bool) -> None:
    """A line an entry on stdout; what was skipped or could not be read, and the sum, on stderr."""
    from newsletter.capture.collect import CollectOutcome
    from newsletter.cli.terminal import print_status, visible

    added = [one for one in collected if one.outcome is CollectOutcome.ADDED]
    if as_json:
        import json
        from dataclasses import asdict

        listing = [asdict(one) | {"file": place if one in added else ""} for one in collected]
        click.echo(json.dumps(listing, ensure_ascii=False, indent=2))
    for one in collected:
        if one.outcome is CollectOutcome.SKIPPED:
            print_status(f"Skipped: {one.url} ({one.reason})")
            continue
        if not as_json:
            click.echo(visible(f"{one.section:<10}{one.title or one.url}"))
        if one.reason:
            print_status(f"Not read: {one.url} ({one.reason}); the entry says so.")
    skipped = len(collected) - len(added)
    if collected:
        entries = (
            f"{len(added)} {'entry' if len(added) == 1 else 'entries'} added to {place}" if added else "Nothing added"
        )
        print_status(entries + (f", {skipped} skipped; --again adds them" if skipped else "") + ".")
