"""Chooses the section of an entry from the domain of its URL and the type of its page."""

from collections.abc import Mapping

from newsletter.publication.section import ARTICLES, OTHER, PAPERS, SectionKey, SectionKeys, pick_section
from newsletter.text.canonical_url import link_key
from newsletter.text.domains import host_of

# Domains whose pages are papers, even without the metadata of papers.
_PAPERS = (
    "aclanthology.org", "ar5iv.org", "arxiv.org", "alphaxiv.org", "biorxiv.org", "dl.acm.org", "ecva.net",
    "ieeexplore.ieee.org", "jmlr.org", "medrxiv.org", "openaccess.thecvf.com", "openreview.net", "papers.nips.cc",
    "papers.neurips.cc", "papers.ssrn.com", "proceedings.mlr.press", "proceedings.neurips.cc", "semanticscholar.org",
)  # fmt: skip
# Domains whose pages are not papers, even with the metadata of papers.
_ARTICLES = ("github.com", "huggingface.co", "medium.com", "youtube.com", "youtu.be", "zenodo.org")
DEFAULTS = dict.fromkeys(_PAPERS, PAPERS) | dict.fromkeys(_ARTICLES, ARTICLES)


def choose_section(
    url: str, declared: SectionKeys, rules: Mapping[str, SectionKey], *, paper: bool = False
) -> SectionKey:
    """Return the section for a URL: by the publication's rules, then by the default rules, then by the type of page.

    A rule for a domain includes its subdomains. The most specific rule is used. If the section is not declared, it is
    `articles`, `other`, or the first that is declared.

    Args:
        url: the URL of the entry.
        declared: the sections that the publication declares, in order.
        rules: the publication's rules: sections by domain.
        paper: whether the page has the metadata of a paper.
    """
    labels = host_of(url).split(".")
    domains = [".".join(labels[start:]) for start in range(len(labels))]
    custom = {domain.lower().removeprefix("www."): section for domain, section in rules.items()}
    for known in (custom, DEFAULTS):
        for domain in domains:
            if domain in known:
                return pick_section(declared, known[domain], ARTICLES, OTHER)
    found = PAPERS if paper or link_key(url).startswith("arxiv.org/abs/") else ARTICLES
    return pick_section(declared, found, ARTICLES, OTHER)
