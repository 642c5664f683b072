"""Comparison of URLs: different URLs of one page, and similar URLs of different pages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.text.canonical_url import KEY_VERSION, clean_url, link_key, remove_tracking, tracking_parameters
from newsletter.text.digests import blake2b_hex
from tests.text.test_url_keys import PAIRS
from tests.text.test_url_wrappers import EXAMPLES


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://example.org/a", "http://www.example.org/a/?utm_source=x#top"),
        ("https://example.org/2021/03/story.html", "https://example.org/2021/03/story.html?m=1"),
        ("https://a.substack.com/p/story", "https://a.substack.com/p/story?s=r"),
        ("https://example.org/story", "https://example.org/story?ref=weekly&source=mail&amp"),
        ("https://arxiv.org/abs/2103.01988v2", "https://arxiv.org/pdf/2103.01988.pdf"),
        ("https://youtu.be/dQw4w9WgXcQ", "https://www.youtube.com/watch?v=dQw4w9WgXcQ&feature=share"),
        ("https://doi.org/10.1145/3442188", "https://dl.acm.org/doi/full/10.1145/3442188"),
    ],
)
def test_urls_of_one_page_have_the_same_key(one: str, other: str) -> None:
    """Scheme, `www.`, tracking parameters and the like do not change the key."""
    assert link_key(one) == link_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://example.org/?p=123", "https://example.org/?p=124"),
        ("https://example.org/?s=cats", "https://example.org/?s=dogs"),
        ("https://example.org/blog/?m=202103", "https://example.org/blog/?m=202104"),
        ("https://example.org/index.php?s=one-story", "https://example.org/index.php?s=another"),
        ("https://example.org/paper.aspx?ref=12", "https://example.org/paper.aspx?ref=13"),
        ("https://example.org/search?source=papers", "https://example.org/search?source=news"),
        (
            "https://example.org/op/view.aspx?src=https://a.org/x",
            "https://example.org/op/view.aspx?src=https://b.org/x",
        ),
        ("https://example.org/a?q=1%26m=1", "https://example.org/a?q=1"),
        ("https://news.ycombinator.com/item?id=1", "https://news.ycombinator.com/item?id=2"),
        ("https://github.com/a/b/issues/1", "https://github.com/a/b/issues/2"),
        ("https://www.youtube.com/watch?v=dQw4w9WgXcQ", "https://www.youtube.com/watch?v=dQw4w9WgXcR"),
        ("https://www.youtube.com/embed/videoseries?list=A", "https://www.youtube.com/embed/videoseries?list=B"),
        ("https://example.org/#/paper/1", "https://example.org/#/paper/2"),
    ],
)
def test_urls_of_different_pages_have_different_keys(one: str, other: str) -> None:
    """A parameter that selects content changes the key."""
    assert link_key(one) != link_key(other)


@pytest.mark.parametrize("url", ["http://[bad/?a=1", "http://[::1", "", "no url ?gi=1"])
def test_an_invalid_url_is_not_changed(url: str) -> None:
    """It has no tracking parameters, and its key can be computed."""
    assert (tracking_parameters(url), remove_tracking(url)) == ([], url)
    link_key(url)


@pytest.mark.parametrize(
    ("url", "clean", "names"),
    [
        (
            "https://a.example/a?utm_source=x&id=1&fbclid=y#top",
            "https://a.example/a?id=1#top",
            ["utm_source", "fbclid"],
        ),
        ("https://a.example/a#utm_source=x", "https://a.example/a", ["utm_source"]),
        ("https://a.example/a#?utm_source=x&page=2", "https://a.example/a#?page=2", ["utm_source"]),
        ("https://a.example/a#utm_source=x&page=2", "https://a.example/a#page=2", ["utm_source"]),
        ("https://a.example/a#top?utm_source=x&page=2", "https://a.example/a#top?page=2", ["utm_source"]),
        ("https://a.example/#/paper?id=1&utm_medium=x", "https://a.example/#/paper?id=1", ["utm_medium"]),
        ("https://a.example/a#xtor=RSS-1", "https://a.example/a", ["xtor"]),
        ("https://a.example/a?utm_source=x#", "https://a.example/a#", ["utm_source"]),
        ("https://journal.example/on-45bd45c0d35b?gi=d7ee5a2f1c3b", "https://journal.example/on-45bd45c0d35b", ["gi"]),
        (
            "https://journal.example/on-45bd45c0d35b?source=rss----5517fd7b58a6---4",
            "https://journal.example/on-45bd45c0d35b",
            ["source"],
        ),
        ("https://blog.example/2021/03/a.html?m=1", "https://blog.example/2021/03/a.html", ["m"]),
        (
            "https://www.youtube.com/watch?v=dQw4w9WgXcQ&si=x&t=3",
            "https://www.youtube.com/watch?v=dQw4w9WgXcQ&t=3",
            ["si"],
        ),
        # A friend link opens a story that is for members only.
        ("https://medium.com/@a/on-45bd45c0d35b?sk=0123", "https://medium.com/@a/on-45bd45c0d35b?sk=0123", []),
        ("https://a.example/list?gi=d7ee5a2f1c3b", "https://a.example/list?gi=d7ee5a2f1c3b", []),
        ("https://a.example/archive?m=202103", "https://a.example/archive?m=202103", []),
        ("https://a.example/index.php?m=1", "https://a.example/index.php?m=1", []),
        ("https://a.example/?m=1", "https://a.example/?m=1", []),
        ("https://a.example/a#:~:text=utm_source", "https://a.example/a#:~:text=utm_source", []),
        ("https://a.example/a?si=1&s=2&t=3&from=4", "https://a.example/a?si=1&s=2&t=3&from=4", []),
    ],
)
def test_tracking_parameters_are_removed_wherever_they_stand(url: str, clean: str, names: list[str]) -> None:
    """In the query and in the fragment, on any domain of Medium or Blogger; parameters that select content stay."""
    assert (remove_tracking(url), tracking_parameters(url)) == (clean, names)


_PARTS = st.sampled_from(
    ["utm_source=x", "m=1", "gi=d7ee5a2f1c3b", "id=1", "q", "", "top", "#", "?", "&", "=", "/on-45bd45c0d35b", "%26"]
)


@given(
    st.sampled_from(
        ["https://a.example", "https://medium.com/a", "https://web.archive.org/web/2021/https://a.example"]
    ),
    st.lists(_PARTS, max_size=8),
)
def test_a_url_is_clean_after_one_removal(base: str, parts: list[str]) -> None:
    """Removing again changes nothing, and the page stays the same."""
    url = base + "".join(parts)
    clean = clean_url(url)
    assert (clean_url(clean), tracking_parameters(clean)) == (clean, [])
    assert link_key(clean) == link_key(url)


def test_a_change_of_keys_has_a_new_version() -> None:
    """Caches contain keys. If this digest changes, increase `KEY_VERSION` and write both here."""
    urls = sorted({*(url for _, *pair in PAIRS for url in pair), *EXAMPLES})
    digest = blake2b_hex("\n".join(map(link_key, urls)).encode(), 8)
    assert (KEY_VERSION, digest) == (2, "97311e4f")
