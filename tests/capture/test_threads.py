"""`newsletter add` with the URL of a thread: the page that it leads to becomes the entry, and the thread its `via`."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from newsletter.capture.captured_entry import CaptureOptions
from newsletter.capture.collect import CollectOutcome, choose_target, collect, known_urls
from newsletter.capture.inputs.link import InputLink
from newsletter.errors import FetchError
from newsletter.http.address_guard import is_public_or_own
from newsletter.http.fetcher import Fetcher
from newsletter.publication.section import DEFAULT_SECTIONS
from newsletter.text.threads import source_name, thread_of
from newsletter.workspace.editing import WorkspaceEditor
from newsletter.workspace.workspace import Workspace
from tests.capture.test_add_command import DRAFT, entries
from tests.capture.test_fetch_entry import capture_url
from tests.loopback import Reply, Server, page, resolver_for, serve_web
from tests.publications import ISSUE, write_publication

STORY = "http://bench-notes.example/week"
HN = "http://news.ycombinator.com/item?id=1234567"
REDDIT = "http://www.reddit.com/r/optics/comments/abc12/how_lenses_are_ground/"
MASTODON = "http://lens.example/@ann/109876543210987654"
BLUESKY = "http://bsky.app/profile/ann.lens.example/post/3kabc"
HN_PAGE = """\
<html><head><title>How lenses are ground | Hacker News</title></head><body><table><tr class="athing submission">
<td class="title"><span class="titleline"><a href="{url}">How lenses are ground</a>
<span class="sitebit comhead"> (<a href="from?site=x.example"><span class="sitestr">x.example</span></a>)</span>
</span></td>
</tr></table><div class="comment"><a href="http://other.example/">a reply</a></div></body></html>
"""
API = {
    REDDIT: "www.reddit.com/comments/abc12.json",
    MASTODON: "lens.example/api/v1/statuses/109876543210987654",
    BLUESKY: "public.api.bsky.app/xrpc/app.bsky.feed.getPostThread"
    "?uri=at%3A%2F%2Fann.lens.example%2Fapp.bsky.feed.post%2F3kabc&depth=0&parentHeight=0",
}


def reddit(post: dict[str, Any]) -> Any:
    return [{"kind": "Listing", "data": {"children": [{"kind": "t3", "data": post}]}}, {"kind": "Listing"}]


def bluesky(record: dict[str, Any]) -> Any:
    return {"thread": {"post": {"uri": "at://did:plc:x/app.bsky.feed.post/3kabc", "record": record}}}


@pytest.fixture
def web() -> Iterator[Server]:
    """A server that all host names resolve to, with a story."""
    with serve_web() as server:
        server.pages["bench-notes.example/week"] = page("<title>How lenses are ground</title>")
        server.pages["news.ycombinator.com/item?id=1234567"] = page(HN_PAGE.format(url=STORY))
        yield server


def answer(web: Server, thread: str, value: Any) -> None:
    """Let the API of a thread's site answer with JSON."""
    web.pages[API[thread]] = Reply(json.dumps(value).encode(), "application/json")


LINKED: list[tuple[str, Any]] = [
    (REDDIT, reddit({"is_self": False, "url": STORY, "title": "How lenses are ground"})),
    (REDDIT, reddit({"url_overridden_by_dest": STORY, "url": "http://www.reddit.com/x"})),
    (MASTODON, {"content": "<p>Look</p>", "card": {"url": STORY, "title": "How lenses are ground"}}),
    (
        MASTODON,
        {
            "content": '<p><a class="u-url mention" href="http://other.example/@bob">@bob</a> '
            '<a class="mention hashtag" href="http://lens.example/tags/x">#x</a> '
            f'<a href="http://lens.example/about">us</a> <a href="{STORY}" rel="nofollow">bench-notes</a></p>',
            "card": None,
        },
    ),
    (BLUESKY, bluesky({"embed": {"$type": "app.bsky.embed.external", "external": {"uri": STORY}}})),
    (BLUESKY, bluesky({"embed": {"media": {"external": {"uri": STORY}}}})),
    (BLUESKY, bluesky({"facets": [{"features": [{"tag": "x"}]}, {"features": [{"uri": STORY}]}]})),
]


@pytest.mark.parametrize(("thread", "value"), LINKED)
def test_the_page_of_a_thread_is_the_entry(thread: str, value: Any, web: Server) -> None:
    """On Reddit, Mastodon and Bluesky it is read from the site's public API."""
    answer(web, thread, value)
    entry = capture_url(f"{thread}?utm_source=share", web).entry
    assert (entry.url, entry.title, entry.via, entry.remarks) == (STORY, "How lenses are ground", thread, ())


def test_the_page_of_a_thread_on_hacker_news_is_the_entry(web: Server) -> None:
    """It is read from the thread's page."""
    entry = capture_url(HN, web).entry
    assert (entry.url, entry.title, entry.via) == (STORY, "How lenses are ground", HN)


@pytest.mark.parametrize(
    ("thread", "value"),
    [
        (REDDIT, reddit({"is_self": True, "url": REDDIT})),
        (REDDIT, reddit({"url": "http://i.redd.it/lens.jpg"})),
        (REDDIT, {"error": 404}),
        (REDDIT, []),
        (MASTODON, {"content": "<p>Only words</p>"}),
        (MASTODON, {"content": 3, "card": "x"}),
        (MASTODON, {"card": {"url": "javascript:alert(1)"}}),
        (BLUESKY, bluesky({"text": "Only words", "facets": [None, {"features": {}}, 3]})),
        (BLUESKY, None),
    ],
)
def test_a_thread_without_a_page_is_the_entry_itself(thread: str, value: Any, web: Server) -> None:
    """So are posts with only words or an image, and answers of any other form."""
    answer(web, thread, value)
    web.pages[thread.removeprefix("http://")] = page("<title>A post</title>")
    entry = capture_url(thread, web).entry
    assert (entry.url, entry.via, entry.title, entry.remarks) == (thread, "", "A post", ())


def test_a_question_on_hacker_news_is_the_entry_itself(web: Server) -> None:
    """Its title links to the thread."""
    web.pages["news.ycombinator.com/item?id=1234567"] = page(HN_PAGE.format(url="item?id=1234567"))
    entry = capture_url(HN, web).entry
    assert (entry.url, entry.via) == (HN, "")


@pytest.mark.parametrize("reply", [Reply(b"no", status=403), Reply(b"{", "application/json"), Reply(b"[" * 100_000)])
def test_a_thread_that_cannot_be_read_is_the_entry_itself(reply: Reply, web: Server) -> None:
    """If the site refuses, a remark says why the page is unknown."""
    web.pages[API[REDDIT]] = reply
    web.pages[REDDIT.removeprefix("http://")] = page("<title>A post</title>")
    entry = capture_url(REDDIT, web).entry
    remark = "The page that the thread leads to is unknown: www.reddit.com answered 403 Forbidden."
    assert (entry.url, entry.remarks) == (REDDIT, (remark,) if reply.status == 403 else ())


def test_a_page_that_cannot_be_read_is_an_error_that_names_it(web: Server) -> None:
    """The thread is then not added as an entry."""
    del web.pages["bench-notes.example/week"]
    with pytest.raises(
        FetchError, match=f"^{STORY}, to which the thread leads: bench-notes.example answered 404 Not Found"
    ):
        capture_url(HN, web)


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://news.ycombinator.com/item?id=1", "Hacker News"),
        ("https://old.reddit.com/r/MachineLearning/comments/abc/x/?sort=new", "r/MachineLearning"),
        ("https://redd.it/abc", "Reddit"),
        ("https://mastodon.example/@ann/109876543210987654", "@ann@mastodon.example"),
        ("https://mastodon.example/@ann@lens.example/109876543210987654", "@ann@lens.example"),
        ("https://mastodon.example/users/ann/statuses/109876543210987654", "@ann@mastodon.example"),
        ("https://bsky.app/profile/ann.example/post/3kabc", "@ann.example"),
        ("https://bsky.app/profile/did:plc:abc/post/3kabc", "Bluesky"),
        ("https://news.ycombinator.com/newest", "news.ycombinator.com"),
        ("https://www.example.org/a", "example.org"),
        ("https://medium.com/@ann/a-story-109876543210", "medium.com"),
        ("https://www.tiktok.com/@ann/video/7098765432109876543", "tiktok.com"),
        ("https://www.reddit.com/r/optics/", "reddit.com"),
    ],
)
def test_a_source_is_named_after_its_thread_or_domain(url: str, name: str) -> None:
    """A post on Mastodon or Bluesky is named after its author."""
    assert source_name(url) == name
    assert (thread_of(url) is None) == (name in url.split("/")[2])


def test_a_thread_is_added_once(web: Server, folder: Path) -> None:
    """The file gets the page's entry with `via`. Adding the thread again is skipped, and names the entry's line."""
    write_publication(folder, _001=ISSUE, _002=DRAFT)
    found = []
    for _ in range(2):
        editor = WorkspaceEditor(Workspace(folder))
        target = choose_target(editor, None)
        known, _ = known_urls(editor, target)
        fetcher = Fetcher("test-agent", rule=is_public_or_own, resolver=resolver_for(web))
        found += collect(
            editor, [InputLink(HN)], target, CaptureOptions(DEFAULT_SECTIONS, {}, "en"), fetcher, known=known
        )
    assert [one.outcome for one in found] == [CollectOutcome.ADDED, CollectOutcome.SKIPPED]
    line = (folder / "issues/002.yaml").read_text().split("\n").index(f"      url: {STORY}") + 1
    assert found[1].reason == f"issues/002.yaml:{line}"
    (entry,) = [entry for _, entry in entries(folder / "issues/002.yaml") if entry.url == STORY]
    assert entry.via == HN
