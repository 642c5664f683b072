"""The section that is proposed for an entry, from the domain of its URL and from what its page is."""

from collections.abc import Mapping

from newsletter.publication.section import Section
from newsletter.text.canonical_url import link_key
from newsletter.text.domains import host_of

# The domains whose pages are papers, whatever they say of themselves.
_PAPERS = (
    "aclanthology.org", "ar5iv.org", "arxiv.org", "alphaxiv.org", "biorxiv.org", "dl.acm.org", "ecva.net",
    "ieeexplore.ieee.org", "jmlr.org", "medrxiv.org", "openaccess.thecvf.com", "openreview.net", "papers.nips.cc",
    "papers.neurips.cc", "papers.ssrn.com", "proceedings.mlr.press", "proceedings.neurips.cc", "semanticscholar.org",
)  # fmt: skip
# The domains whose pages are none, though some carry the metadata of papers.
_ARTICLES = ("github.com", "huggingface.co", "medium.com", "youtube.com", "youtu.be", "zenodo.org")
DEFAULTS = dict.fromkeys(_PAPERS, Section.PAPERS) | dict.fromkeys(_ARTICLES, Section.ARTICLES)


def choose_section(url: str, rules: Mapping[str, Section], *, paper: bool = False) -> Section:
    """The section for a URL: after the publication's rules, after ours, or after whether the page is a paper's.

    A rule for a domain holds for those below it, and the nearest one counts.
    """
    labels = host_of(url).split(".")
    domains = [".".join(labels[start:]) for start in range(len(labels))]
    own = {domain.lower().removeprefix("www."): section for domain, section in rules.items()}
    for known in (own, DEFAULTS):
        for domain in domains:
            if domain in known:
                return known[domain]
    return Section.PAPERS if paper or link_key(url).startswith("arxiv.org/abs/") else Section.ARTICLES
