"""Create the import commands: each reads an export and writes one issue per page."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from newsletter.cli.progress import with_progress

if TYPE_CHECKING:
    from newsletter.importing.import_issue import ImportedIssue
    from newsletter.importing.issue_source import IssueSource


def create_source_command(name: str) -> click.Command:
    """Create the command that imports issues from a source of the registry."""
    from newsletter.importing.registry import SOURCES, load_source

    source = load_source(name)
    summary = SOURCES[name]
    text = (
        f"{summary}\n\n{source.files}\n\nPrints the path of each new issue, and reports what "
        "is missing in it, what was placed by a guess, and what is kept in comments."
    )

    @click.command(name, help=text, short_help=summary, epilog=f"Example: {source.example}")
    @click.argument("files", metavar="FILE...", nargs=-1, required=True)
    @click.option(
        "--language",
        metavar="TAG",
        show_default="detected from the page",
        help="The language of the issues, such as zh.",
    )
    @click.option(
        "-o",
        "--output",
        "folder",
        metavar="DIR",
        type=click.Path(path_type=Path),
        show_default="issues",
        help="The folder to write to.",
    )
    @click.option(
        "--strict",
        is_flag=True,
        help="Exit with 1 if any part of a page was not placed. The issues are written all the same.",
    )
    @click.pass_context
    def command(
        ctx: click.Context, files: tuple[str, ...], language: str | None, folder: Path | None, strict: bool
    ) -> None:
        ctx.exit(_import_files(source, files, language, folder, strict=strict))

    return command


def _import_files(
    source: "IssueSource", files: tuple[str, ...], language: str | None, folder: Path | None, *, strict: bool
) -> int:
    from newsletter.cli.terminal import escape_controls, print_error, print_status
    from newsletter.errors import NewsletterError
    from newsletter.files import display
    from newsletter.importing.export_files import open_export
    from newsletter.importing.import_issue import IssueImporter
    from newsletter.workspace.workspace import Workspace

    importing = IssueImporter(Workspace(Path()), language, folder)
    # Everything is read before anything is written, so that an incomplete export changes nothing.
    pages = list(with_progress((page for file in files for page in source.pages(open_export(file))), "Reading"))
    failed, written = False, 0
    for page in with_progress(pages, "Importing"):
        try:
            imported = importing.import_page(page, alone=len(pages) == 1)
        except NewsletterError as error:
            print_error(error)
            print_status(f"Not imported: {page.name}.")
            failed = True
            continue
        if imported is None:
            print_status(f"Skipped: {page.name} contains no entries.")
            continue
        written += 1
        click.echo(escape_controls(display(imported.path)))
        for line in _report_lines(imported):
            print_status(line)
        failed |= strict and bool(imported.unplaced)
    if not written and not failed:
        print_status("Nothing was imported.")
    return int(failed or not written)


def _report_lines(imported: "ImportedIssue") -> list[str]:
    """Return lines that report the content of an issue, what is missing, and what was kept as comments."""
    from newsletter.files import display

    name = display(imported.path)
    entries, sections, highlights = (
        _count_noun(count, one, many)
        for count, one, many in (
            (imported.entries, "entry", "entries"),
            (imported.sections, "section", "sections"),
            (imported.highlights, "highlight", "highlights"),
        )
    )
    sponsored = f", {imported.sponsored} sponsored" if imported.sponsored else ""
    lines = [f"{name}: {entries} in {sections}{sponsored}, {highlights}."]
    lines += [f"{name}:{line}: {message}" for line, message in (*imported.missing, *imported.guessed)]
    if imported.guessed:
        where = _format_lines(tuple(dict.fromkeys(line for line, _ in imported.guessed)))
        guessed = _count_noun(len(imported.guessed), "value was", "values were")
        lines.append(f"{guessed} placed by a guess: check {where}.")
    if imported.unplaced:
        count = len(imported.unplaced)
        parts = "1 part of the page fits" if count == 1 else f"{count} parts of the page fit"
        kept = "was kept as a comment" if count == 1 else "were kept as comments"
        lines.append(f"{parts} no field and {kept}: {_format_lines(imported.unplaced)}.")
    if imported.foot:
        lines.append(f"The footer of the page was kept as comments at the end, from line {imported.foot[0]}.")
    if imported.notes:
        notes = _count_noun(len(imported.notes), "other comment keeps", "other comments keep")
        lines.append(f"{notes} what the layout does not need: {_format_lines(imported.notes)}.")
    return lines


def _count_noun(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"


def _format_lines(lines: tuple[int, ...]) -> str:
    shown = [str(line) for line in lines[:20]]
    more = f" and {len(lines) - 20} more" if len(lines) > 20 else ""
    return f"line{'' if len(lines) == 1 else 's'} {', '.join(shown)}{more}"
