"""The table of keys: URLs of one page on several sites."""

import re
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings, strategies

from newsletter.text.canonical_url import link_key, remove_tracking
from newsletter.text.url_keys import ROWS, KeyRow

# For each row, URLs of the same page and the page's URL on the site that gives the key its name.
EXAMPLES = {
    "arXiv": [
        ("https://arxiv.org/pdf/2103.01988v2.pdf", "https://arxiv.org/abs/2103.01988"),
        ("https://export.arxiv.org/abs/2103.01988?context=cs", "https://arxiv.org/abs/2103.01988"),
        ("http://arxiv.org/abs/hep-TH/9711200", "https://arxiv.org/abs/hep-th/9711200v3"),
    ],
    "ar5iv": [
        ("https://ar5iv.labs.arxiv.org/html/2103.01988", "https://arxiv.org/abs/2103.01988"),
        ("https://ar5iv.org/abs/2103.01988", "https://arxiv.org/abs/2103.01988"),
    ],
    "arXiv Vanity": [("https://www.arxiv-vanity.com/papers/2103.01988/", "https://arxiv.org/abs/2103.01988")],
    "alphaXiv": [
        ("https://alphaxiv.org/abs/2103.01988v1", "https://arxiv.org/abs/2103.01988"),
        ("https://www.alphaxiv.org/overview/2103.01988", "https://arxiv.org/abs/2103.01988"),
    ],
    "Hugging Face papers": [("https://huggingface.co/papers/2103.01988", "https://arxiv.org/abs/2103.01988")],
    "Semantic Scholar": [
        ("https://www.semanticscholar.org/arxiv/2103.01988", "https://arxiv.org/abs/2103.01988"),
        ("https://api.semanticscholar.org/arXiv:2103.01988", "https://arxiv.org/abs/2103.01988"),
    ],
    "SciRate": [("https://scirate.com/arxiv/2103.01988", "https://arxiv.org/abs/2103.01988")],
    "Cool Papers": [("https://papers.cool/arxiv/2103.01988", "https://arxiv.org/abs/2103.01988")],
    "DOI of arXiv": [("https://doi.org/10.48550/arXiv.2103.01988", "https://arxiv.org/abs/2103.01988")],
    "bioRxiv and medRxiv": [
        (
            "https://www.biorxiv.org/content/10.1101/2021.10.04.463034v2.full.pdf",
            "https://doi.org/10.1101/2021.10.04.463034",
        )
    ],
    "DOI in the path": [
        ("https://dl.acm.org/doi/full/10.1145/3442188", "https://doi.org/10.1145/3442188"),
        ("https://link.springer.com/content/pdf/10.1007/s11263-020-01.pdf", "https://dx.doi.org/10.1007/S11263-020-01"),
        ("https://www.science.org/doi/10.1126/science.abc123?download=true", "https://doi.org/10.1126/science.abc123"),
        (
            "https://www.frontiersin.org/articles/10.3389/fnins.2021.1/full",
            "https://doi.org/10.3389/fnins.2021.1",
        ),
    ],
    "DOI in the query (PLOS)": [
        (
            "https://journals.plos.org/plosone/article?id=10.1371/journal.pone.0250000",
            "https://doi.org/10.1371/journal.pone.0250000",
        )
    ],
    "Nature": [
        ("https://www.nature.com/articles/s41586-021-03819-2.pdf", "https://doi.org/10.1038/s41586-021-03819-2"),
    ],
    "Zenodo": [("https://zenodo.org/records/4400000", "https://doi.org/10.5281/zenodo.4400000")],
    "SSRN": [
        ("https://papers.ssrn.com/sol3/papers.cfm?abstract_id=3800000", "https://ssrn.com/abstract=3800000"),
        ("https://ssrn.com/abstract=3800000", "https://doi.org/10.2139/ssrn.3800000"),
    ],
    "ACL Anthology": [("https://www.aclweb.org/anthology/P19-1001.pdf", "https://aclanthology.org/P19-1001/")],
    "ACL Anthology (since 2020)": [
        ("https://aclanthology.org/2021.acl-long.1.pdf", "https://doi.org/10.18653/v1/2021.acl-long.1")
    ],
    "OpenReview": [
        ("https://openreview.net/pdf?id=YicbFdNTTy", "https://openreview.net/forum?id=YicbFdNTTy&noteId=a1")
    ],
    "CVF": [
        (
            "https://openaccess.thecvf.com/content/CVPR2021/papers/A_Lens_CVPR_2021_paper.pdf",
            "https://openaccess.thecvf.com/content/CVPR2021/html/A_Lens_CVPR_2021_paper.html",
        )
    ],
    "NeurIPS": [
        (
            "https://papers.nips.cc/paper/2020/hash/1457c0d6bfcb4967418bfb8ac142f64a-Abstract.html",
            "https://proceedings.neurips.cc/paper_files/paper/2020/file/1457c0d6bfcb4967418bfb8ac142f64a-Paper.pdf",
        )
    ],
    "PMLR": [
        ("https://proceedings.mlr.press/v139/lens21a/lens21a.pdf", "http://proceedings.mlr.press/v139/lens21a.html"),
    ],
    "PubMed": [
        ("https://www.ncbi.nlm.nih.gov/pubmed/33000001", "https://pubmed.ncbi.nlm.nih.gov/33000001/"),
    ],
    "GitHub repository": [
        ("https://github.com/o/r.git", "https://github.com/o/r"),
        ("https://GitHub.com/O/R/", "https://github.com/o/r"),
        ("https://github.com/o/r/tree/main", "https://github.com/o/r"),
        ("https://github.com/o/r/blob/master/README.md", "https://github.com/o/r#readme"),
        ("https://github.com/o/r?tab=readme-ov-file", "https://github.com/o/r"),
    ],
    "GitHub file": [
        ("https://github.com/o/r/raw/main/a/File.py", "https://github.com/O/R/blob/main/a/File.py"),
    ],
    "GitHub file (raw)": [
        ("https://raw.githubusercontent.com/o/r/main/a/File.py", "https://github.com/o/r/blob/main/a/File.py"),
    ],
    "GitHub page": [("https://github.com/O/R/issues/1/", "https://github.com/o/r/issues/1")],
    "GitLab repository": [("https://gitlab.com/O/r/-/tree/main", "https://gitlab.com/o/r.git")],
    "Hugging Face repository": [
        ("https://hf.co/datasets/o/R/tree/main", "https://huggingface.co/datasets/o/R"),
    ],
    "PyPI": [("https://pypi.python.org/pypi/Lens/", "https://pypi.org/project/lens/")],
    "Medium post": [
        ("https://lens.medium.com/on-lenses-45bd45c0d35b", "https://medium.com/@lens/on-lenses-45bd45c0d35b"),
        ("https://medium.com/p/45bd45c0d35b", "https://medium.com/the-journal/on-lenses-45bd45c0d35b?source=x"),
    ],
    "Medium post on Scribe": [
        ("https://scribe.rip/@lens/on-lenses-45bd45c0d35b", "https://medium.com/@lens/on-lenses-45bd45c0d35b"),
    ],
    "Medium post on a custom domain": [
        ("https://lenses.example/on-lenses-45bd45c0d35b?gi=d7ee5a2f1c3b", "https://medium.com/p/45bd45c0d35b"),
    ],
    "Post on X": [
        ("https://twitter.com/lens/status/1370000000000000000", "https://x.com/lens/status/1370000000000000000?s=20"),
        ("https://fxtwitter.com/lens/status/1370000000000000000", "https://x.com/i/web/status/1370000000000000000"),
        ("https://mobile.twitter.com/lens/status/137/photo/1", "https://vxtwitter.com/lens/status/137"),
    ],
    "Post on Nitter": [("https://nitter.example.org/lens/status/137", "https://x.com/lens/status/137")],
    "Post on Thread Reader": [("https://threadreaderapp.com/thread/137.html", "https://x.com/lens/status/137")],
    "Profile on X": [("https://twitter.com/Lens", "https://x.com/lens")],
    "Article on Wikipedia": [
        ("https://en.m.wikipedia.org/wiki/Lens", "https://en.wikipedia.org/wiki/Lens#History"),
        ("https://zh.wikipedia.org/zh-hans/%E9%80%8F%E9%95%9C", "https://zh.wikipedia.org/wiki/透镜"),
    ],
    "Article on Wikipedia (by program)": [
        ("https://en.wikipedia.org/w/index.php?title=Thin_lens", "https://en.wikipedia.org/wiki/Thin%20lens"),
    ],
    "Article on Wikiwand": [
        ("https://www.wikiwand.com/en/articles/Thin%20lens", "https://en.wikipedia.org/wiki/Thin_lens"),
    ],
    "YouTube video": [
        ("https://m.youtube.com/watch?t=3&v=dQw4w9WgXcQ", "https://www.youtube.com/watch?v=dQw4w9WgXcQ&list=x"),
    ],
    "YouTube video in the path": [
        ("https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ", "https://www.youtube.com/watch?v=dQw4w9WgXcQ"),
    ],
    "YouTube short link": [("https://youtu.be/dQw4w9WgXcQ?t=3", "https://www.youtube.com/watch?v=dQw4w9WgXcQ")],
    "Reddit thread": [
        ("https://old.reddit.com/r/optics/comments/abc12/a_lens/", "https://www.reddit.com/comments/abc12"),
    ],
    "Reddit short link": [("https://redd.it/abc12", "https://www.reddit.com/r/optics/comments/abc12/a_lens/")],
    "Stack Exchange question": [
        ("https://stackoverflow.com/q/11227809", "https://stackoverflow.com/questions/11227809/why-is-it"),
    ],
    "Google Docs document": [
        (
            "https://docs.google.com/document/d/1aBcDeFgHiJkLmNoPqRsTuVwXyZ/edit?usp=sharing",
            "https://docs.google.com/document/d/1aBcDeFgHiJkLmNoPqRsTuVwXyZ/preview",
        )
    ],
    "Amazon product": [
        ("https://www.amazon.com/Lens-Book/dp/0123456789/ref=sr_1_1", "https://amazon.com/gp/product/0123456789"),
    ],
}
PAIRS = [(name, one, other) for name, pairs in EXAMPLES.items() for one, other in pairs]


def test_every_row_has_an_example() -> None:
    """Names are unique, and each row has a pair of URLs."""
    assert list(EXAMPLES) == [row.name for row in ROWS]


@pytest.mark.parametrize(("name", "one", "other"), PAIRS)
def test_urls_of_one_page_have_the_same_key(name: str, one: str, other: str) -> None:
    """Two URLs of one page on one or several sites have one key."""
    assert link_key(one) == link_key(other), name


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_the_example_of_a_row_is_found_by_that_row(row: KeyRow) -> None:
    """No earlier row matches the URL, so that the example tests its row."""
    for one, _ in EXAMPLES[row.name]:
        parts = urlsplit(remove_tracking(one))
        host = re.sub(r"^(?:www|m|mobile)\.", "", parts.hostname or "")
        address = host + unquote(parts.path) + (f"?{parts.query}" if parts.query else "")
        first = next(known for known in ROWS if re.fullmatch(known.pattern, address))
        assert first.name == row.name


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
@settings(max_examples=30, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.filter_too_much])
@given(data=strategies.data())
def test_all_urls_of_a_row_contain_its_sign(row: KeyRow, data: strategies.DataObject) -> None:
    """The sign rules out no URL that the pattern matches."""
    # Hypothesis cannot generate twelve digits of which some are letters.
    pattern = re.sub(r"\(\?=.*?\)(?=\(\?P)", "", row.pattern)
    assert row.sign in data.draw(strategies.from_regex(re.compile(pattern, re.ASCII), fullmatch=True))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://arxiv.org/abs/2103.01988", "https://arxiv.org/abs/2103.01989"),
        ("https://arxiv.org/list/cs.LG/recent", "https://arxiv.org/list/cs.CV/recent"),
        ("https://huggingface.co/blog/lens", "https://huggingface.co/blog/lamp"),
        ("https://huggingface.co/datasets/o/r", "https://huggingface.co/o/r"),
        ("https://github.com/o/r/tree/main/docs", "https://github.com/o/r"),
        ("https://github.com/o/r/tree/dev", "https://github.com/o/r/tree/main"),
        ("https://github.com/o/r/blob/main/a.py", "https://github.com/o/r/blob/main/A.py"),
        ("https://en.wikipedia.org/wiki/Lens", "https://de.wikipedia.org/wiki/Lens"),
        ("https://en.wikipedia.org/w/index.php?title=A", "https://en.wikipedia.org/w/index.php?title=B"),
        ("https://x.com/lens/status/1", "https://x.com/lens/status/2"),
        ("https://x.com/lens", "https://x.com/lamp"),
        ("https://medium.com/@lens", "https://medium.com/@lamp"),
        ("https://news.example.org/fire-202103151200", "https://lens.example.org/sun-202103151200"),
        ("https://dl.acm.org/doi/10.1145/3442188", "https://dl.acm.org/doi/10.1145/3442189"),
        ("https://link.springer.com/chapter/10.1007/978-3-0_1", "https://link.springer.com/chapter/10.1007/978-3-0_2"),
        ("https://www.reddit.com/r/a/comments/abc12/x/def34", "https://www.reddit.com/r/a/comments/abc12/x"),
        ("https://www.youtube.com/watch?v=abcdefghijk", "https://www.youtube.com/watch?v=abcdefghijl"),
        ("https://www.youtube.com/@lens", "https://www.youtube.com/@lamp"),
    ],
)
def test_similar_urls_of_different_pages_have_different_keys(one: str, other: str) -> None:
    """Another paper, branch, file, language or post has another key."""
    assert link_key(one) != link_key(other)
