"""`newsletter serve`: serve the public pages."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from newsletter.web.web_server import WebServer


@click.command(
    epilog="Examples: newsletter serve; newsletter serve --archive site --host 0.0.0.0 --forwarded-allow-ips 10.0.0.2"
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Listen on this address.")
@click.option("--port", type=click.IntRange(0, 65535), default=8350, show_default=True, help="Listen on this port.")
@click.option(
    "--archive",
    type=click.Path(exists=True, file_okay=False),
    metavar="DIR",
    help="Also serve the built web archive in this folder.",
)
@click.option(
    "--forwarded-allow-ips",
    "proxies",
    multiple=True,
    metavar="ADDRESS",
    show_default="127.0.0.1",
    help="Trust X-Forwarded-For from this address or network. It is used only for rate limits. Repeatable.",
)
def serve(host: str, port: int, archive: str | None, proxies: tuple[str, ...]) -> None:
    """Serve the public pages for subscribing and unsubscribing.

    Run it behind a web server with TLS that forwards `delivery.pages_url` to it; see docs/pages.md. Each request is
    logged as a line of JSON on stderr. Ctrl-C stops it after open requests are finished.
    """
    import os
    import signal
    import sys

    from newsletter.cli.terminal import print_interruption
    from newsletter.web.access_log import access_log
    from newsletter.web.startup import pages_context
    from newsletter.web.web_server import check_archive, listen, serve_pages
    from newsletter.workspace.workspace import Workspace

    workspace = Workspace(Path())
    if archive:
        check_archive(Path(archive), workspace.publication)

    def ready(server: "WebServer") -> None:
        click.echo(server.url)

    # A service manager stops the process with SIGTERM, which must shut it down in order, too.
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        with access_log(sys.stderr), pages_context(workspace, os.environ) as context:
            listener = listen(host, port)
            serve_pages(context, listener, Path(archive) if archive else None, proxies or ("127.0.0.1",), ready)
    except KeyboardInterrupt:
        print_interruption("Stopped.")
    finally:
        signal.signal(signal.SIGTERM, before)
