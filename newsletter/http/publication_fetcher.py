"""The fetcher of a publication: what it calls itself, where it may go, and what it keeps."""

from newsletter import __version__
from newsletter.http.address_guard import is_public, is_public_or_own
from newsletter.http.fetcher import Fetcher, Limits
from newsletter.http.http_cache import Cache
from newsletter.workspace.workspace import Workspace


def open_fetcher(workspace: Workspace, *, allow_private: bool = False, limits: Limits | None = None) -> Fetcher:
    """A fetcher with the publication's cache; it tells every server whose it is.

    What was fetched from private addresses is kept apart, so that it answers only where these are allowed.
    """
    folder = workspace.root / ".newsletter" / "cache"
    return Fetcher(
        f"newsletter-press/{__version__} (+{workspace.publication.site_url})",
        rule=is_public_or_own if allow_private else is_public,
        cache=Cache(folder / "private" if allow_private else folder),
        limits=limits,
    )
