"""`newsletter build`: the web archive as static files."""

import signal
from pathlib import Path

import click

DEFAULT = "build/site"


@click.command(epilog="Example: newsletter build --serve")
@click.option("-o", "--output", metavar="DIR", help=f"The folder to build into, in place of {DEFAULT}.")
@click.option("--drafts", is_flag=True, help="Build drafts too; they are marked.")
@click.option("--keep-going", is_flag=True, help="Leave out the issues that have faults, and build the rest.")
@click.option("--serve", is_flag=True, help="Show the site in a browser of this machine until Ctrl-C.")
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="The port of --serve.")
@click.pass_context
def build(ctx: click.Context, output: str | None, drafts: bool, keep_going: bool, serve: bool, port: int) -> None:
    """Build the web archive and its feeds.

    A page for every published issue, with search, tags and feeds, as files that any host serves. Only what has changed
    is written. A build that fails leaves the site as it was; files that newsletter did not write stay untouched.
    """
    from newsletter.archive.build import build_site
    from newsletter.archive.build_report import BuildOptions
    from newsletter.cli.progress import following
    from newsletter.cli.terminal import print_error, print_status, visible
    from newsletter.files import display
    from newsletter.publication.find_publication import find_publication

    # Ended as it is interrupted, a build leaves no processes and no staged files behind.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    root = find_publication(Path.cwd())
    folder = Path(output) if output else root / DEFAULT
    with following("Building") as progress:
        report = build_site(root, folder, BuildOptions(drafts, keep_going), progress)
    for fault in report.faults:
        print_error(fault)
    for path in report.left:
        print_status(
            f"{display(folder / path)} is no longer part of the site, but was edited by hand: it was not removed."
        )
    if not report.published:
        print_status("Nothing was published: the site is as it was. `--keep-going` leaves out what has faults.")
        ctx.exit(1)
    left_out = f", {len(report.faults)} left out" if report.faults else ""
    pages = f"{_counted(report.written, 'file')} written, {report.removed:,} removed"
    print_status(f"{_counted(report.issues, 'issue')}{left_out}: {pages}.")
    click.echo(visible(display(folder)))
    if serve:
        from newsletter.cli.serve_archive import serve_site

        serve_site(root, folder, port)
    ctx.exit(int(bool(report.faults)))


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
