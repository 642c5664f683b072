"""`newsletter build`: build the web archive as static files."""

import signal
from pathlib import Path

import click

_DEFAULT = "build/site"


@click.command(epilog="Example: newsletter build --serve")
@click.option("-o", "--output", metavar="DIR", show_default=_DEFAULT, help="The folder to build into.")
@click.option("--drafts", is_flag=True, help="Include drafts. They are marked as drafts.")
@click.option("--keep-going", is_flag=True, help="Skip issues with errors, and build the others.")
@click.option("--serve", is_flag=True, help="After the build, serve the site on this machine until Ctrl-C.")
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="The port for --serve.")
@click.pass_context
def build(ctx: click.Context, output: str | None, drafts: bool, keep_going: bool, serve: bool, port: int) -> None:
    """Build the web archive and its feeds.

    Writes a page for every published issue, with search, tags and feeds, as static files for any web host. Only changed
    files are written. If a build fails, the site stays as it was. Files that newsletter did not write are not changed.
    """
    from newsletter.archive.build import build_archive
    from newsletter.archive.build_report import BuildOptions
    from newsletter.cli.progress import stage_progress
    from newsletter.cli.sent_slugs import warn_of_sent_slugs
    from newsletter.cli.terminal import escape_controls, print_error, print_status
    from newsletter.files import display
    from newsletter.publication.find_publication import find_publication

    # SIGTERM is handled as Ctrl-C, so that a terminated build also ends its processes and deletes its staged files.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    root = find_publication(Path.cwd())
    folder = Path(output) if output else root / _DEFAULT
    with stage_progress() as progress:
        report = build_archive(root, folder, BuildOptions(drafts, keep_going), progress)
    for fault in report.faults:
        print_error(fault)
    for path in report.left:
        print_status(
            f"{display(folder / path)} is no longer part of the site. It was kept, because it was edited by hand."
        )
    if not report.published:
        print_status("Nothing was built: the site is unchanged. Use --keep-going to skip issues with errors.")
        ctx.exit(1)
    skipped = f", {len(report.faults)} skipped" if report.faults else ""
    files = f"{_count_noun(report.written, 'file')} written, {report.removed:,} removed"
    print_status(f"Built {_count_noun(report.issues, 'issue')}{skipped}: {files}.")
    if report.drafts:
        them = "it" if report.drafts == 1 else "them"
        print_status(f"Left out {_count_noun(report.drafts, 'draft')}. Use --drafts to include {them}.")
    warn_of_sent_slugs(root, report.names)
    click.echo(escape_controls(display(folder)))
    if serve:
        from newsletter.cli.serve_archive import serve_site

        serve_site(root, folder, port)
    ctx.exit(int(bool(report.faults)))


def _count_noun(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
