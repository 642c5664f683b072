"""The links to the entries of an issue: they lead to the entry's URL, and count the click."""

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from w3lib.url import safe_url_string

from newsletter.clicks.counter import Click
from newsletter.clicks.destinations import Destinations, IssueLinks
from newsletter.clicks.entry_links import CHECK, CHECK_ANSWER, check_name
from newsletter.clicks.programs import is_program
from newsletter.clicks.reader_network import reader_network
from newsletter.publication.campaign_parameters import Output
from newsletter.render.issue_title import canonical_url
from newsletter.text.links import add_parameters
from newsletter.web.click_counts import ClickCounts
from newsletter.web.context import PagesContext, log
from newsletter.web.middleware import REDIRECT


class GoPage:
    """The links. The name of its method is the first part of their paths, and their name in the access log."""

    def __init__(self, context: PagesContext, destinations: Destinations, counts: ClickCounts) -> None:
        self._context, self._destinations, self._counts = context, destinations, counts

    async def go(self, request: Request) -> Response:
        """Redirect to the URL of an entry, or to the issue if it has no such entry.

        No database is used. The status is 302, which every client knows: the destination may change, and only GET and
        HEAD are accepted, so that the method cannot change.
        """
        # Some programs add a slash to the end of a link.
        name, entry = request.path_params["issue"], request.path_params.get("entry", "").rstrip("/")
        links = self._destinations.unchanged(name)
        if links is None and not self._destinations.is_unknown(name):
            links = await self._context.in_thread(lambda: self._destinations.read(name))
        if links is None:
            log(request, outcome="unknown issue")
            return self._context.missing(request)
        if entry.startswith(CHECK):
            log(request, outcome="check")
            same = entry == check_name(links.urls)
            return PlainTextResponse(CHECK_ANSWER) if same else PlainTextResponse("other entries\n", 409)
        parameters = self._context.publication.campaign.of(Output.EMAIL, links.slug)
        url = safe_url_string(add_parameters(links.urls.get(entry, ""), parameters)) if entry in links.urls else ""
        # A host that cannot be encoded cannot be reached.
        if not url or not url.isascii():
            log(request, outcome="unknown entry")
            return _redirect(request, safe_url_string(self._page_of(links)))
        log(request, outcome="redirected")
        if self._context.publication.clicks:
            self._counts.add(self._click(request, links, entry))
        return _redirect(request, url)

    def _click(self, request: Request, links: IssueLinks, entry: str) -> Click:
        return Click(
            at=self._context.clock(),
            slug=links.slug,
            entry=entry,
            network=reader_network(request.client.host if request.client else ""),
            agent=request.headers.get("user-agent", ""),
            program=is_program(request.method, request.headers),
            published=links.published,
        )

    def _page_of(self, links: IssueLinks) -> str:
        """Return the page of an issue, or the home page of the archive for a draft."""
        publication = self._context.publication
        if not links.published:
            return publication.site_url
        return links.canonical_url or canonical_url(publication, links.slug)


def _redirect(request: Request, url: str) -> Response:
    # The middleware lets no other page lead to another host.
    request.scope[REDIRECT] = url
    return Response(status_code=302, headers={"Location": "", "X-Robots-Tag": "noindex, nofollow"})
