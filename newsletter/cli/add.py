"""`newsletter add`: add URLs as draft entries."""

import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from newsletter.cli.arguments import complete_section
from newsletter.cli.option_types import DATE

if TYPE_CHECKING:
    from newsletter.capture.collect import CollectedUrl
    from newsletter.http.fetcher import Fetcher
    from newsletter.workspace.workspace import Workspace


@click.command(
    epilog="Examples: newsletter add https://arxiv.org/abs/2103.01988; pbpaste | newsletter add; "
    "newsletter add bookmarks.html --since 2021-09-12 --inbox"
)
@click.argument("sources", metavar="[URL|FILE|-]...", nargs=-1)
@click.option(
    "--feed", "feeds", metavar="URL", multiple=True, help="Add the entries of an RSS or Atom feed. Repeatable."
)
@click.option(
    "--since",
    type=DATE,
    help="From feeds, bookmarks and CSV files, add only links from YYYY-MM-DD or later, and links without a date.",
)
@click.option("-i", "--issue", metavar="ISSUE", show_default="the newest draft", help="The issue to add to.")
@click.option("--inbox", is_flag=True, help="Add to inbox.yaml. This is also the default if there is no draft.")
@click.option(
    "-s",
    "--section",
    metavar="SECTION",
    shell_complete=complete_section,
    show_default="chosen by the page and newsletter.yaml",
    help="The section to add to.",
)
@click.option("--again", is_flag=True, help="Also add URLs that were already added to an issue or to the inbox.")
@click.option("--no-fetch", is_flag=True, help="Do not fetch pages. Use only the URLs, and the titles in a list.")
@click.option("--no-images", is_flag=True, help="Do not save images.")
@click.option(
    "--allow-private", is_flag=True, help="Also fetch from private addresses, such as this machine and its network."
)
@click.option("--json", "as_json", is_flag=True, help="Print the result for each URL as JSON.")
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

    Fetches each page to fill in its title and image, and for a paper its authors and abstract. You write the comment.
    FILE can be any text with URLs, bookmarks exported from a browser, a reading list from Pocket, Instapaper or
    Raindrop (HTML or CSV), RSS, Atom or OPML. Use - for standard input.

    A page that cannot be read is not added; the other pages are. Run the command again to retry, or use --no-fetch to
    add only the URL. Exits with 1 if a page, URL, file or feed cannot be used.
    """
    from newsletter.capture.captured_entry import CaptureOptions
    from newsletter.capture.collect import CollectOutcome, choose_target, collect, known_urls
    from newsletter.capture.gather import gather
    from newsletter.cli.progress import step_progress
    from newsletter.cli.terminal import print_error, print_status
    from newsletter.errors import NewsletterError
    from newsletter.files import display
    from newsletter.issue.declared_sections import require_declared
    from newsletter.workspace.editing import WorkspaceEditor
    from newsletter.workspace.workspace import Workspace

    if issue and inbox:
        raise click.UsageError("--issue and --inbox cannot be used together.")
    if no_fetch and feeds:
        raise click.UsageError("--feed and --no-fetch cannot be used together.")
    workspace = Workspace(Path())
    basics = workspace.basics
    try:
        chosen = require_declared(section, basics.section_keys) if section else None
    except NewsletterError as error:
        raise click.BadParameter(f"{error.message}. {error.advice}", param_hint="--section") from error
    editor = WorkspaceEditor(workspace)
    target = choose_target(editor, issue, inbox=inbox)
    fetcher = None if no_fetch else _fetcher(workspace, allow_private=allow_private)
    if target == editor.inbox and not inbox:
        print_status("There is no draft. Adding to the inbox.")
    gathered = gather(_read_sources(sources, feeds), feeds, fetcher, since)
    options = CaptureOptions(
        basics.section_keys, basics.captured_sections, basics.language, chosen, images=not no_images
    )
    known, unread = (None, []) if again else known_urls(editor, target)
    with step_progress(len(gathered.links), "Reading") as done:
        collected = collect(editor, gathered.links, target, options, fetcher, known=known, done=done)
    workspace.save_validated()
    for fault in unread:
        print_status(f"This file was not searched for duplicates: {fault.message}")
    _print_result(collected, display(target), as_json=as_json)
    for fault in gathered.faults:
        print_error(fault)
    failed = any(one.outcome is CollectOutcome.FAILED for one in collected)
    ctx.exit(int(failed or bool(gathered.faults)))


def _fetcher(workspace: "Workspace", *, allow_private: bool) -> "Fetcher":
    from newsletter.http.publication_fetcher import open_fetcher

    return open_fetcher(workspace, allow_private=allow_private)


def _read_sources(sources: tuple[str, ...], feeds: tuple[str, ...]) -> list[str | bytes]:
    """Return the sources, with `-` replaced by the content of standard input. No source at all means `-`."""
    if not sources and not feeds:
        if sys.stdin is None or sys.stdin.isatty():
            raise click.UsageError("URL or FILE is missing. Add one, or pipe text to standard input.")
        sources = ("-",)
    return [sys.stdin.buffer.read() if source == "-" else source for source in sources]


def _print_result(collected: "list[CollectedUrl]", place: str, *, as_json: bool) -> None:
    """Print each added entry on stdout; print skipped URLs, pages that cannot be read and the counts on stderr."""
    from newsletter.capture.collect import CollectOutcome
    from newsletter.cli.terminal import escape_controls, print_status

    added = [one for one in collected if one.outcome is CollectOutcome.ADDED]
    if as_json:
        import json
        from dataclasses import asdict

        listing = [asdict(one) | {"file": place if one in added else ""} for one in collected]
        click.echo(json.dumps(listing, ensure_ascii=False, indent=2))
    for one in collected:
        if one.outcome is CollectOutcome.SKIPPED:
            print_status(f"Skipped: {one.url} ({one.reason})")
        elif one.outcome is CollectOutcome.FAILED:
            print_status(f"Could not read {one.url}: {one.reason}. {one.advice}".rstrip())
        elif not as_json:
            click.echo(escape_controls(f"{one.section:<10}{one.title or one.url}"))
    if collected:
        print_status(_summary(collected, place))


def _summary(collected: "list[CollectedUrl]", place: str) -> str:
    """Return the counts of the outcomes, and what to do about URLs that were not added."""
    from newsletter.capture.collect import GIVEN_TWICE, CollectOutcome

    outcomes = [one.outcome for one in collected]
    added, skipped, failed = map(outcomes.count, CollectOutcome)
    entries = "1 entry" if added == 1 else f"{added} entries"
    summary = f"Added {entries} to {place}" if added else "Added nothing"
    summary += f", {skipped} skipped" if skipped else ""
    summary += f", {failed} could not be read." if failed else "."
    if any(one.outcome is CollectOutcome.SKIPPED and one.reason != GIVEN_TWICE for one in collected):
        summary += " Use --again to add skipped URLs."
    return summary + (" Use --no-fetch to add only the URL of a page." if failed else "")
