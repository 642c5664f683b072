"""`newsletter build --serve`: serve the built site on this machine until Ctrl-C."""

from pathlib import Path


def serve_site(root: Path, folder: Path, port: int) -> None:
    """Serve the site until Ctrl-C.

    Raises:
        AccessError: The port is already used.
    """
    from newsletter.archive.dev_server import archive_server
    from newsletter.archive.page_view import ArchiveUrls
    from newsletter.cli.terminal import print_interruption, print_status
    from newsletter.publication.publication_file import read_publication

    base = ArchiveUrls(read_publication(root).publication.site_url).link("")
    server = archive_server(folder, base, port)
    print_status(f"Serving the site at {server.address}. Press Ctrl-C to stop.")
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        print_interruption("Stopped.")
