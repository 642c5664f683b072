"""The fetcher of a publication: its user agent, its cache, and which addresses it may reach."""

from newsletter import __version__
from newsletter.http.address_guard import is_public, is_public_or_own
from newsletter.http.fetcher import Fetcher, FetchLimits
from newsletter.http.http_cache import HttpCache
from newsletter.workspace.workspace import Workspace


def open_fetcher(workspace: Workspace, *, allow_private: bool = False, limits: FetchLimits | None = None) -> Fetcher:
    """Make a fetcher with the publication's cache; its user agent names the publication's web site.

    Responses from private addresses are cached apart, so that they are used only where these are allowed.
    """
    folder = workspace.root / ".newsletter" / "cache"
    return Fetcher(
        f"newsletter-press/{__version__} (+{workspace.publication.site_url})",
        rule=is_public_or_own if allow_private else is_public,
        cache=HttpCache(folder / "private" if allow_private else folder),
        limits=limits,
    )
