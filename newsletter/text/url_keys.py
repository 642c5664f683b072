"""Keys of pages that several sites show under URLs of their own, as a table.

A pattern matches the host, path and query of a URL: the host without `www.`, `m.`, `mobile.` and `amp.`, the path
decoded, the query sorted and without tracking parameters. tests/text/test_url_keys.py has examples of each row.
"""

import re
from functools import cache
from typing import NamedTuple


class KeyRow(NamedTuple):
    """URLs of the same page.

    Args:
        name: what the page is.
        sign: a text that all these URLs contain. Others are ruled out by it, which is sooner than by the pattern.
        pattern: a pattern for the whole of host, path and query.
        key: the key, with groups of the pattern in braces.
        lower: the groups whose letter case does not matter.
    """

    name: str
    sign: str
    pattern: str
    key: str
    lower: tuple[str, ...] = ()


_ARXIV = r"(?P<number>\d{4}\.\d{4,5}|(?i:[a-z-]+(?:\.[a-z]{2})?)/\d{7})(?:v\d+)?"
_END = r"/?(?:\?.*)?"
_REPOSITORY = r"(?P<repository>[\w.-]+/[\w.-]+?)"
_DOI = r"(?P<doi>10\.\d{4,9}/[^?#]+?)"
_MEDIUM = r"(?P<id>[0-9a-f]{10,12})"
_TWEET = r"status(?:es)?/(?P<id>\d+)(?:/(?:photo|video)/\d+)?"
_X_MIRRORS = r"(?:(?:fx|vx|fixup)?twitter\.com|(?:fixup|fixv|stup)?x\.com|twittpr\.com|xcancel\.com)"

ROWS = (
    # Papers. The table is searched in this order: a paper on arXiv also has a DOI.
    KeyRow(
        "arXiv",
        "/",  # the hosts have nothing in common
        rf"(?:(?:\w+\.)?arxiv\.org/(?:abs|pdf|html|ps|format|src|e-print|tb|ftp)"
        rf"|xxx\.lanl\.gov/abs)/{_ARXIV}(?:\.pdf)?{_END}",
        "arxiv.org/abs/{number}",
        ("number",),
    ),
    KeyRow(
        "ar5iv",
        "ar5iv.",
        rf"ar5iv\.(?:labs\.arxiv\.)?org/(?:html|abs|pdf)/{_ARXIV}{_END}",
        "arxiv.org/abs/{number}",
        ("number",),
    ),
    KeyRow(
        "arXiv Vanity",
        "arxiv-vanity.com/",
        rf"arxiv-vanity\.com/papers/{_ARXIV}{_END}",
        "arxiv.org/abs/{number}",
        ("number",),
    ),
    KeyRow(
        "alphaXiv",
        "alphaxiv.org/",
        rf"alphaxiv\.org/(?:(?:[a-z]{{2}}/)?\w+/)?{_ARXIV}(?:\.pdf)?{_END}",
        "arxiv.org/abs/{number}",
        ("number",),
    ),
    KeyRow(
        "Hugging Face papers",
        ".co/papers/",
        rf"(?:huggingface\.co|hf\.co)/papers/{_ARXIV}{_END}",
        "arxiv.org/abs/{number}",
        ("number",),
    ),
    KeyRow(
        "Semantic Scholar",
        "semanticscholar.org/",
        rf"(?:api\.)?semanticscholar\.org/(?i:arxiv)[:/]{_ARXIV}{_END}",
        "arxiv.org/abs/{number}",
        ("number",),
    ),
    KeyRow("SciRate", "scirate.com/", rf"scirate\.com/arxiv/{_ARXIV}{_END}", "arxiv.org/abs/{number}", ("number",)),
    KeyRow("Cool Papers", "papers.cool/", rf"papers\.cool/arxiv/{_ARXIV}{_END}", "arxiv.org/abs/{number}", ("number",)),
    KeyRow(
        "DOI of arXiv",
        "/10.48550/",
        rf"[\w.-]+/(?:.*/)?10\.48550/(?i:arxiv)\.{_ARXIV}{_END}",
        "arxiv.org/abs/{number}",
        ("number",),
    ),
    KeyRow(
        "bioRxiv and medRxiv",
        "rxiv.org/content/",
        r"(?:bio|med)rxiv\.org/content/(?:biorxiv/early/\d{4}/\d\d/\d\d/)?(?P<doi>10\.\d{4,9}/[\d.]+)(?:v\d+)?"
        rf"(?:\.(?:full|abstract|article-info)(?:\.pdf|-text)?|\.pdf)?{_END}",
        "doi.org/{doi}",
    ),
    KeyRow(
        "DOI in the path",
        "/10.",
        rf"[\w.-]+(?::\d+)?/(?:.*/)?{_DOI}"
        r"(?:/(?:full(?:/html)?|e?pdf|abstract|meta|html|pdfft))?(?:\.(?:full\.)?pdf)?" + _END,
        "doi.org/{doi}",
        ("doi",),
    ),
    KeyRow(
        "DOI in the query (PLOS)",
        "journals.plos.org/",
        rf"journals\.plos\.org/\w+/article(?:/\w+)?\?(?:.*&)?id={_DOI}(?:&.*)?",
        "doi.org/{doi}",
        ("doi",),
    ),
    KeyRow(
        "Nature",
        "nature.com/articles/",
        rf"nature\.com/articles/(?P<id>[\w.-]*\d)(?:\.pdf)?{_END}",
        "doi.org/10.1038/{id}",
        ("id",),
    ),
    KeyRow("Zenodo", "zenodo.org/record", rf"zenodo\.org/records?/(?P<id>\d+){_END}", "doi.org/10.5281/zenodo.{id}"),
    KeyRow(
        "SSRN",
        "ssrn.com/",
        r"(?:papers\.)?ssrn\.com/(?:sol3/\w+\.cfm\?(?:.*&)?abstract_?id=|abstract=)(?P<id>\d+)(?:&.*)?",
        "doi.org/10.2139/ssrn.{id}",
    ),
    KeyRow(
        "ACL Anthology",
        "acl",
        rf"(?:aclanthology\.org|aclweb\.org/anthology)/(?:papers/\w/\w+/)?(?P<id>[A-Z]\d\d-\d{{4}})"
        rf"(?:v\d+)?(?:\.pdf)?{_END}",
        "doi.org/10.18653/v1/{id}",
        ("id",),
    ),
    KeyRow(
        "ACL Anthology (since 2020)",
        "aclanthology.org/",
        rf"aclanthology\.org/(?P<id>\d{{4}}\.[\w-]+\.\d+)(?:v\d+)?(?:\.pdf)?{_END}",
        "doi.org/10.18653/v1/{id}",
        ("id",),
    ),
    KeyRow(
        "OpenReview",
        "openreview.net/",
        r"openreview\.net/(?:pdf|forum|attachment)\?(?:.*&)?id=(?P<id>[\w-]+)(?:&.*)?",
        "openreview.net/forum?id={id}",
    ),
    KeyRow(
        "CVF",
        "openaccess.thecvf.com/",
        r"openaccess\.thecvf\.com/(?P<venue>content\w*(?:/\w+)?)/(?:html|papers)/(?P<name>.+)_(?:paper\.html|paper\.pdf)",
        "openaccess.thecvf.com/{venue}/{name}",
    ),
    KeyRow(
        "NeurIPS",
        "ips.cc/paper",
        r"(?:papers\.nips\.cc|(?:papers|proceedings)\.neurips\.cc)/paper(?:_files/paper)?/(?P<year>\d{4})/(?:hash|file)/"
        r"(?P<id>[0-9a-f]{32})-\w+(?:-\w+)*\.\w+",
        "papers.neurips.cc/{year}/{id}",
    ),
    KeyRow(
        "PMLR",
        "proceedings.mlr.press/",
        r"proceedings\.mlr\.press/(?P<volume>v\d+|r\d+)/(?P<id>[\w-]+?)(?:\.html|/[\w-]+\.pdf)",
        "proceedings.mlr.press/{volume}/{id}",
    ),
    KeyRow(
        "PubMed",
        "ncbi.nlm.nih.gov/",
        rf"(?:pubmed\.ncbi\.nlm\.nih\.gov|ncbi\.nlm\.nih\.gov/pubmed)/(?P<id>\d+){_END}",
        "pubmed.ncbi.nlm.nih.gov/{id}",
    ),
    # Code.
    KeyRow(
        "GitHub repository",
        "github.com/",
        rf"github\.com/{_REPOSITORY}(?:\.git)?(?:/(?:tree|blob)/(?:main|master|HEAD)(?:/(?i:readme)(?:\.\w+)?)?)?/?"
        r"(?:\?tab=[\w-]+)?",
        "github.com/{repository}",
        ("repository",),
    ),
    KeyRow(
        "GitHub file",
        "github.com/",
        rf"github\.com/{_REPOSITORY}/(?:blob|raw)/(?:refs/heads/)?(?P<path>.+)",
        "github.com/{repository}/blob/{path}",
        ("repository",),
    ),
    KeyRow(
        "GitHub file (raw)",
        "raw.githubusercontent.com/",
        r"raw\.githubusercontent\.com/(?P<repository>[\w.-]+/[\w.-]+)/(?:refs/heads/)?(?P<path>.+)",
        "github.com/{repository}/blob/{path}",
        ("repository",),
    ),
    KeyRow(
        "GitHub page",
        "github.com/",
        r"github\.com/(?P<repository>[\w.-]+/[\w.-]+)(?P<path>/.*[^/])/?",
        "github.com/{repository}{path}",
        ("repository",),
    ),
    KeyRow(
        "GitLab repository",
        "gitlab.com/",
        rf"gitlab\.com/{_REPOSITORY}(?:\.git)?(?:/-/tree/(?:main|master))?{_END}",
        "gitlab.com/{repository}",
        ("repository",),
    ),
    KeyRow(
        "Hugging Face repository",
        ".co/",
        rf"(?:huggingface\.co|hf\.co)/(?P<repository>(?:(?:datasets|spaces)/)?(?!papers/|blog/|docs/|learn/)[\w.-]+/[\w.-]+)"
        rf"(?:/tree/main|/blob/main/README\.md)?{_END}",
        "huggingface.co/{repository}",
    ),
    KeyRow(
        "PyPI",
        "pypi.",
        rf"(?:pypi\.org/project|pypi\.python\.org/pypi)/(?P<name>[\w.-]+){_END}",
        "pypi.org/project/{name}",
        ("name",),
    ),
    # Posts and videos.
    KeyRow(
        "Medium post", "medium.com/", rf"(?:[\w-]+\.)?medium\.com/(?:[^?]*[/-])?{_MEDIUM}{_END}", "medium.com/p/{id}"
    ),
    KeyRow("Medium post on Scribe", "scribe.rip/", rf"scribe\.rip/(?:[^?]*[/-])?{_MEDIUM}{_END}", "medium.com/p/{id}"),
    KeyRow(
        "Medium post on a custom domain",
        # Twelve hexadecimal digits with a letter and a digit: a date and time has only digits.
        "-",
        rf"[\w.-]+/(?:[^/?]+/)?[^/?]*-(?=\d*[a-f])(?=[a-f]*\d)(?P<id>[0-9a-f]{{12}}){_END}",
        "medium.com/p/{id}",
    ),
    KeyRow("Post on X", "/status", rf"{_X_MIRRORS}/(?:\w+|i/web)/{_TWEET}{_END}", "x.com/status/{id}"),
    KeyRow(
        "Post on Nitter",
        "nitter.",
        rf"(?:nitter\.[\w.-]+|[\w.-]+\.nitter\.[\w.-]+)/\w+/{_TWEET}{_END}",
        "x.com/status/{id}",
    ),
    KeyRow(
        "Post on Thread Reader",
        "threadreaderapp.com/",
        rf"threadreaderapp\.com/thread/(?P<id>\d+)(?:\.html)?{_END}",
        "x.com/status/{id}",
    ),
    KeyRow("Profile on X", ".com/", rf"{_X_MIRRORS}/(?P<name>\w+){_END}", "x.com/{name}", ("name",)),
    KeyRow(
        "Article on Wikipedia",
        ".wikipedia.org/",
        r"(?P<language>[\w-]+)\.(?:m\.)?wikipedia\.org/(?:wiki|zh(?:-\w+)?)/(?P<title>[^?]+?)/?(?:\?.*)?",
        "{language}.wikipedia.org/wiki/{title}",
    ),
    KeyRow(
        "Article on Wikipedia (by program)",
        ".wikipedia.org/w/index.php",
        r"(?P<language>[\w-]+)\.(?:m\.)?wikipedia\.org/w/index\.php\?title=(?P<title>[^&]+)",
        "{language}.wikipedia.org/wiki/{title}",
    ),
    KeyRow(
        "Article on Wikiwand",
        "wikiwand.com/",
        rf"wikiwand\.com/(?P<language>[\w-]+)/(?:articles/)?(?P<title>[^/?]+){_END}",
        "{language}.wikipedia.org/wiki/{title}",
    ),
    KeyRow(
        "YouTube video",
        "youtube",
        r"(?:music\.|gaming\.)?youtube(?:-nocookie)?\.com/(?:watch/?)?\?(?:.*&)?v=(?P<id>[\w-]+)(?:&.*)?",
        "youtube.com/watch?v={id}",
    ),
    KeyRow(
        "YouTube video in the path",
        "youtube",
        rf"youtube(?:-nocookie)?\.com/(?:embed|shorts|live|v|e|watch)/(?!videoseries|live_stream)(?P<id>[\w-]{{6,}}){_END}",
        "youtube.com/watch?v={id}",
    ),
    KeyRow("YouTube short link", "youtu.be/", rf"youtu\.be/(?P<id>[\w-]+){_END}", "youtube.com/watch?v={id}"),
    KeyRow(
        "Reddit thread",
        "reddit.com/",
        rf"(?:\w+\.)?reddit\.com/(?:r/\w+/)?comments/(?P<id>\w+)(?:/[^/?]*)?{_END}",
        "reddit.com/comments/{id}",
    ),
    KeyRow("Reddit short link", "redd.it/", rf"redd\.it/(?P<id>\w+){_END}", "reddit.com/comments/{id}"),
    KeyRow(
        "Stack Exchange question",
        "/q",
        rf"(?P<site>stackoverflow\.com|[\w.-]+\.stackexchange\.com|superuser\.com|serverfault\.com)/q(?:uestions)?/(?P<id>\d+)(?:/[^/?]*)?{_END}",
        "{site}/questions/{id}",
    ),
    KeyRow(
        "Google Docs document",
        "docs.google.com/",
        rf"docs\.google\.com/(?P<kind>document|spreadsheets|presentation)/d/(?P<id>[\w-]{{20,}})(?:/(?:edit|view|preview|pub))?{_END}",
        "docs.google.com/{kind}/{id}",
    ),
    KeyRow(
        "Amazon product",
        "amazon.",
        r"(?P<site>amazon\.[a-z.]+)/(?:[^?]*/)?(?:dp|gp/product)/(?P<id>[A-Z0-9]{10})(?:[/?].*)?",
        "{site}/dp/{id}",
    ),
)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """Compile a pattern when it is needed: compiling all takes longer than many commands."""
    return re.compile(pattern)


def table_key(address: str) -> str:
    """Return the key of a page in the table, or "" if no row matches.

    Args:
        address: host, path and query.
    """
    for row in ROWS:
        if row.sign in address and (found := _compiled(row.pattern).fullmatch(address)):
            groups = found.groupdict()
            return row.key.format_map(
                {name: value.lower() if name in row.lower else value for name, value in groups.items()}
            )
    return ""
