"""Comparison of URLs: different URLs of one page, and similar URLs of different pages."""

import pytest

from newsletter.text.canonical_url import link_key, remove_tracking, tracking_parameters


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
