"""The fetcher of a publication: what it calls itself, where it may go, and what it keeps."""

from newsletter import __version__
from newsletter.app.press import Press
from newsletter.network.addresses import is_public, is_public_or_own
from newsletter.network.cache import Cache
from newsletter.network.fetcher import Fetcher, Limits


def open_fetcher(press: Press, *, allow_private: bool = False, limits: Limits | None = None) -> Fetcher:
    """A fetcher with the publication's cache; it tells every server whose it is.

    What was fetched from private addresses is kept apart, so that it answers only where these are allowed.
    """
    folder = press.root / ".newsletter" / "cache"
    return Fetcher(
        f"newsletter-press/{__version__} (+{press.publication.site_url})",
        rule=is_public_or_own if allow_private else is_public,
        cache=Cache(folder / "private" if allow_private else folder),
        limits=limits,
    )
