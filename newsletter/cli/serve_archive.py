"""`newsletter build --serve`: the built site in a browser of this machine, until Ctrl-C."""

from pathlib import Path


def serve_site(root: Path, folder: Path, port: int) -> None:
    """Serve the site until it is interrupted.

    Raises:
        AccessError: the port is taken.
    """
    from newsletter.archive.dev_server import archive_server
    from newsletter.archive.page_view import ArchiveUrls
    from newsletter.cli.terminal import print_status
    from newsletter.publication.publication_file import read_publication

    base = ArchiveUrls(read_publication(root).publication.site_url).link("")
    server = archive_server(folder, base, port)
    print_status(f"The site is at {server.address} until Ctrl-C.")
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        print_status("Stopped.")
