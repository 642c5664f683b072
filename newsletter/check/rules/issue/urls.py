"""Rules on the URLs and links of an issue: tracking, http, shorteners, link texts and domains."""

import re
from collections.abc import Iterator

from newsletter.check.rule import Finding, Rules, Subject, UrlFix
from newsletter.check.rules.issue.checked_issue import PUBLISHED, CheckedIssue
from newsletter.documents.paths import Steps, scalars
from newsletter.errors import Severity
from newsletter.text import markdown, tree
from newsletter.text.canonical_url import clean_url, remove_tracking, tracking_parameters
from newsletter.text.domains import SHORTENERS, host_in_text, host_of, latin_double, mixed_scripts, same_site
from newsletter.text.local_urls import describe_local_url
from newsletter.text.private_hosts import is_private
from newsletter.text.url_wrappers import WrapperKind, unwrap, wrapped_page
from newsletter.text.words import has_word

rules: Rules[CheckedIssue] = Rules(Subject.ISSUE)
_URL_IN_TEXT = re.compile(r"(?:https?://|\bwww\.(?=\w))[^\s<>()\[\]（）「」『』【】，。、]+", re.IGNORECASE)
# An IP address rarely has a certificate, and an onion service needs none.
_NO_CERTIFICATE = re.compile(r"[0-9.]+|.*:.*|.*\.onion|")
_URL_FIELDS = ("url", "image", "canonical_url")
_VAGUE = {
    *("click here", "click", "here", "see here", "this", "this link", "link", "link here"),
    *("this page", "more", "read more", "see more", "learn more", "find out more"),
    *("ここ", "こちら", "ここをクリック", "こちらをクリック", "クリック", "リンク", "続きを読む"),
    *("点击这里", "点击此处", "點擊這裡", "點擊此處", "点这里", "这里", "這裡", "此处", "此處", "链接", "連結"),
    *("阅读更多", "查看更多"),
}


@rules.rule(
    "tracking-parameters",
    Severity.WARNING,
    "They credit the visit to someone else's campaign; `newsletter` adds your own.",
    f"{PUBLISHED} (the `utm_campaign` of an issue two weeks older)",
)
def tracking(issue: CheckedIssue) -> Iterator[Finding]:
    """A URL with tracking parameters, such as `utm_source`, in its query or its fragment.

    Write the URL without them, as the finding shows, or run `newsletter check --fix`.
    """
    for steps, url in issue.urls_and_images:
        if found := tracking_finding(steps, url):
            yield found


@rules.rule(
    "wrapped-link",
    Severity.WARNING,
    "The service in between counts your readers, may show a warning or stop working, and hides where the link leads.",
    "pages of search engines and social networks, which give such links when they are copied",
)
def wrapped(issue: CheckedIssue) -> Iterator[Finding]:
    """A link through a redirect such as `google.com/url?q=…`, or to a copy in an AMP cache.

    Link to the source itself, as the finding shows, or run `newsletter check --fix`.
    """
    for steps, url in issue.urls_and_images:
        if found := wrapped_finding(steps, url):
            yield found


@rules.rule(
    "archived-copy",
    Severity.INFORMATION,
    "The author of the page gets no visitor, and the copy may be out of date; it is right if the page is gone.",
    "docs/writing.md",
)
def archived(issue: CheckedIssue) -> Iterator[Finding]:
    """A link to a copy in a web archive, such as web.archive.org.

    Link to the source itself if it still exists. `newsletter check --fix --online` does so.
    """
    for steps, url in issue.urls:
        page = wrapped_page(url)
        if page and page.wrapper.kind is WrapperKind.ARCHIVE:
            source = remove_tracking(unwrap(url))
            advice = f"If the page still exists, link to the source itself: {source}"
            fix = UrlFix(url, source, verify=True)
            yield Finding(steps, f"a copy in {page.wrapper.name}", advice, within=url, fix=fix)


@rules.rule(
    "local-url",
    Severity.ERROR,
    "It works only on your computer, or nowhere.",
    f"RFC 8089 (file); RFC 6761, 6.3 (localhost); {PUBLISHED} (`applewebdata:`)",
)
def local(issue: CheckedIssue) -> Iterator[Finding]:
    """A URL of your own computer: `localhost`, or a scheme such as `file:` or `applewebdata:`.

    Copy the URL again from the browser's address bar.
    """
    for steps, url in dict.fromkeys(_places(issue)):
        if described := describe_local_url(url):
            message, advice = described
            if steps[-1] == "image":
                advice = "Save the image next to the issue's file, and write its path, such as images/029/figure.png."
            yield Finding(steps, message, advice, within=url)


@rules.rule(
    "http-link",
    Severity.WARNING,
    "Requests over http can be read and changed in transit, and browsers warn about them.",
    "RFC 9110, section 4.2.2; nearly all sites support https",
)
def http(issue: CheckedIssue) -> Iterator[Finding]:
    """A URL that begins with `http:` on a site that probably supports https.

    Try the URL with https, and write it if it works.
    """
    for steps, url in issue.urls:
        if (
            url.lower().startswith("http:")
            and not is_private(url)
            and not _NO_CERTIFICATE.fullmatch(host_of(url))
            and not wrapped_finding(steps, url)
        ):
            secure = "https:" + url[len("http:") :]
            advice = f"Try {secure} and write it if it works."
            fix = UrlFix(url, secure, verify=True)
            yield Finding(steps, "this URL begins with `http:`", advice, within=url, fix=fix)


@rules.rule(
    "shortened-link",
    Severity.WARNING,
    "It hides where it leads, lets a third party count your readers, and breaks when the service closes.",
    f"{PUBLISHED} (the author's own page behind `t.co`)",
)
def shortened(issue: CheckedIssue) -> Iterator[Finding]:
    """A link through a URL shortener.

    Open the link, and write the URL that the browser shows.
    """
    for steps, url in issue.urls:
        if host_of(url) in SHORTENERS:
            yield Finding(
                steps,
                f"shortened link: {host_of(url)} hides where it leads",
                "Open it, and write the URL that the browser shows.",
                within=url,
            )


@rules.rule(
    "bare-url",
    Severity.WARNING,
    "A URL says little about the page, is tedious when read aloud, and breaks over several lines on a phone.",
    f"WCAG 2.2, 2.4.4; {PUBLISHED} (as an entry's whole comment)",
)
def bare_url(issue: CheckedIssue) -> Iterator[Finding]:
    """A URL that is shown as text, or is the whole comment.

    Describe the page, and link the description: `[words](URL)`.
    """
    for passage in issue.passages:
        shown = (
            [child.text for child in tree.walk(passage.blocks) if isinstance(child, tree.Text)]
            if "//" in passage.text or "www." in passage.text.lower()
            else []
        )
        urls = (found[0].rstrip(".,;:!?'\"") for text in shown for found in _URL_IN_TEXT.finditer(text))
        for url in dict.fromkeys(urls):
            whole = url if "//" in url else f"https://{url}"
            if whole != url and any(url in link.words for link in issue.links_in(passage)):
                # A link whose text is a domain shows where it leads.
                continue
            local = describe_local_url(whole)
            if local and any(url == link.url for link in issue.links_in(passage)):
                # `local-url` reports it.
                continue
            rest = "".join(shown).replace(url, "")
            message = "this text is only a URL" if not has_word(rest) else "bare URL in the text"
            advice = f"Describe the page, and link the description: [words]({clean_url(whole)})"
            if local:
                message, advice = local[0], f"Put it in backticks if readers should type it: `{url}`"
            yield Finding(passage.steps, message, advice, within=url)


@rules.rule(
    "link-text-domain",
    Severity.WARNING,
    "Mail programs and readers take such a link for phishing.",
    PUBLISHED,
)
def text_domain(issue: CheckedIssue) -> Iterator[Finding]:
    """Link text that shows one domain while the link leads to another.

    Show the domain that the link leads to, or use words that describe the page.
    """
    for link in issue.links:
        shown, real = host_in_text(link.words), host_of(link.url)
        if shown and real and not same_site(shown, real):
            message = f"the link text shows {shown}, but the link leads to {real}"
            yield Finding(
                link.steps, message, "Correct one of the two, or link words that describe the page.", within=link.words
            )


@rules.rule(
    "mixed-script-domain",
    Severity.WARNING,
    "Attackers mix the letters of two scripts to imitate a known domain.",
    "Unicode Technical Standard 39, section 5.2",
)
def mixed_script(issue: CheckedIssue) -> Iterator[Finding]:
    """A domain that mixes scripts that no language combines, such as Latin and Cyrillic.

    Type the domain again, from a source that you trust.
    """
    for steps, url in issue.urls:
        if scripts := mixed_scripts(host_of(url)):
            message = f"the domain {host_of(url)} mixes {' and '.join(scripts)} letters"
            yield Finding(steps, message, "Type the domain again, from a source that you trust.", within=url)


@rules.rule(
    "lookalike-domain",
    Severity.WARNING,
    "It reads like a known domain and leads to another.",
    "Unicode Technical Standard 39, section 4",
)
def lookalike(issue: CheckedIssue) -> Iterator[Finding]:
    """A domain in Cyrillic or Greek letters that look like Latin ones.

    Type the domain again, from a source that you trust.
    """
    for steps, url in issue.urls:
        host = host_of(url)
        if (double := latin_double(host)) and not mixed_scripts(host):
            message = f"the domain {host} looks like {double}, but is another"
            yield Finding(steps, message, "Type the domain again, from a source that you trust.", within=url)


@rules.rule(
    "click-here",
    Severity.WARNING,
    "Screen reader users move from link to link, and this text does not tell them where it leads.",
    "WCAG 2.2, 2.4.4 (failure F84)",
)
def click_here(issue: CheckedIssue) -> Iterator[Finding]:
    """Link text that does not describe the page, such as `click here`.

    Link the words that describe the page.
    """
    for link in issue.links:
        words = re.sub(r"^[\W_]+|[\W_]+$", "", " ".join(link.words.casefold().split()))
        if words in _VAGUE:
            advice = "Link the words that describe the page."
            yield Finding(link.steps, f"vague link text `{link.words}`", advice, within=f"]({link.typed}")


def tracking_finding(steps: Steps, url: str) -> Finding | None:
    """Return the finding on the tracking parameters of a URL. Those of a wrapped URL go with the wrapper."""
    names = tracking_parameters(url)
    if not names or wrapped_finding(steps, url):
        return None
    plural = "" if len(names) == 1 else "s"
    message = f"tracking parameter{plural} {', '.join(f'`{name}`' for name in names)}"
    clean = remove_tracking(url)
    return Finding(steps, message, f"Write {clean}", within=url, fix=UrlFix(url, clean))


def wrapped_finding(steps: Steps, url: str) -> Finding | None:
    """Return the finding on the redirect or cache around a URL."""
    page = wrapped_page(url)
    if not page or page.wrapper.kind is WrapperKind.ARCHIVE:
        return None
    clean = clean_url(url)
    message = f"this link goes through {page.wrapper.name}"
    return Finding(steps, message, f"Link to the source itself: {clean}", within=url, fix=UrlFix(url, clean))


def _places(issue: CheckedIssue) -> Iterator[tuple[Steps, str]]:
    """Yield every URL with the steps to it, also where the issue has another structure than the schema."""
    for steps, scalar in scalars(issue.document.root):
        if steps[-1] in _URL_FIELDS:
            yield steps, scalar.value.strip()
        elif steps[-1] == "comment" or steps[0] == "highlights":
            beyond = (found.target for found in markdown.unsupported_markdown(scalar.value) if found.target)
            yield from ((steps, url) for url in (*tree.targets(markdown.parse(scalar.value)), *beyond))
