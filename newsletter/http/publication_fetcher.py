"""Creates the fetcher of a publication, with its user agent, its cache and its rule for addresses."""

from newsletter import __version__
from newsletter.files import working_path
from newsletter.http.address_guard import is_public, is_public_or_own
from newsletter.http.fetcher import Fetcher, FetchLimits
from newsletter.http.http_cache import DAY, HttpCache
from newsletter.workspace.workspace import Workspace


def open_fetcher(
    workspace: Workspace, *, allow_private: bool = False, limits: FetchLimits | None = None, kept_seconds: float = DAY
) -> Fetcher:
    """Create a fetcher with the publication's cache. Its user agent contains the publication's URL.

    With `allow_private`, responses are cached in a separate folder, so that they are not used without it.

    Args:
        workspace: The publication.
        allow_private: Whether this machine and its network may be reached.
        limits: The limits of requests.
        kept_seconds: How long a response in the cache is used; 0 turns the cache off.
    """
    names = ["cache", *(["short"] if kept_seconds < DAY else []), *(["private"] if allow_private else [])]
    folder = working_path(workspace.root, *names)
    return Fetcher(
        f"newsletter-press/{__version__} (+{workspace.basics.site_url})",
        rule=is_public_or_own if allow_private else is_public,
        cache=HttpCache(folder) if kept_seconds else None,
        kept_seconds=kept_seconds,
        limits=limits,
    )
