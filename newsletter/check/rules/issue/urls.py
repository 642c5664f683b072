"""Links: addresses without what only tracks, that lead where they seem to."""

import re
from collections.abc import Iterator

from newsletter.check.rule import Finding, Rules, Subject
from newsletter.check.rules.issue.checked_issue import PUBLISHED, CheckedIssue
from newsletter.errors import Severity
from newsletter.text import tree
from newsletter.text.canonical_url import tracking_parameters, without_tracking
from newsletter.text.domains import SHORTENERS, host_of, latin_double, mixed_scripts, same_site, shown_host
from newsletter.text.private_hosts import is_private
from newsletter.text.words import has_word

rules: Rules[CheckedIssue] = Rules(Subject.ISSUE)
_URL_IN_TEXT = re.compile(r"(?:https?://|\bwww\.(?=\w))[^\s<>()\[\]（）「」『』【】，。、]+", re.IGNORECASE)
# Hardly an address has a certificate, and an onion service needs none.
_NO_CERTIFICATE = re.compile(r"[0-9.]+|.*:.*|.*\.onion|")
_NOTHING_SAID = {
    *("click here", "click", "here", "see here", "this", "this link", "link", "link here"),
    *("this page", "more", "read more", "see more", "learn more", "find out more"),
    *("ここ", "こちら", "ここをクリック", "こちらをクリック", "クリック", "リンク", "続きを読む"),
    *("点击这里", "点击此处", "點擊這裡", "點擊此處", "点这里", "这里", "這裡", "此处", "此處", "链接", "連結"),
    *("阅读更多", "查看更多"),
}


@rules.rule(
    "tracking-parameters",
    Severity.WARNING,
    "They tell the site of another newsletter's campaign; newsletter adds its own.",
    f"{PUBLISHED}, `utm_campaign` of an edition two weeks older",
)
def tracking(issue: CheckedIssue) -> Iterator[Finding]:
    """A URL with parameters that only track."""
    for steps, url in issue.urls:
        if names := tracking_parameters(url):
            advice = f"Write {without_tracking(url)}"
            only = "which only tracks" if len(names) == 1 else "which only track"
            yield Finding(steps, f"this URL carries {', '.join(names)}, {only}", advice, within=url)


@rules.rule(
    "http-link",
    Severity.WARNING,
    "What a reader asks for over http can be read and changed on its way, and browsers warn of it.",
    "RFC 9110, section 4.2.2; nearly every site answers to https",
)
def http(issue: CheckedIssue) -> Iterator[Finding]:
    """A URL with http of a site that may well have https."""
    for steps, url in issue.urls:
        if url.lower().startswith("http:") and not is_private(url) and not _NO_CERTIFICATE.fullmatch(host_of(url)):
            secure = "https:" + url[len("http:") :]
            yield Finding(steps, "this URL begins with http:", f"Try {secure} and write it if it works.", within=url)


@rules.rule(
    "shortened-link",
    Severity.WARNING,
    "It hides where it leads, counts your readers for somebody else, and dies with its service.",
    f"{PUBLISHED}, the author's own page behind `t.co`",
)
def shortened(issue: CheckedIssue) -> Iterator[Finding]:
    """A link through a service that shortens URLs."""
    for steps, url in issue.urls:
        if host_of(url) in SHORTENERS:
            yield Finding(
                steps,
                f"{host_of(url)} hides where this leads",
                "Open it, and write the URL that the browser shows.",
                within=url,
            )


@rules.rule(
    "bare-url",
    Severity.WARNING,
    "A URL read aloud, or broken over three lines of a phone, says nothing of what is behind it.",
    f"WCAG 2.2, 2.4.4; {PUBLISHED}, as an entry's whole comment",
)
def bare_url(issue: CheckedIssue) -> Iterator[Finding]:
    """A URL that stands as text, or as the whole comment."""
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
                # A link whose words are a domain says where it leads.
                continue
            rest = "".join(shown).replace(url, "")
            message = "this text is a bare URL" if not has_word(rest) else "a bare URL in the text"
            advice = f"Say what is there, and link the words: [words]({whole})"
            yield Finding(passage.steps, message, advice, within=url)


@rules.rule(
    "link-text-domain",
    Severity.WARNING,
    "Mail programs take it for phishing, and so do readers.",
    PUBLISHED,
)
def text_domain(issue: CheckedIssue) -> Iterator[Finding]:
    """Link words that show one domain over a link to another."""
    for link in issue.links:
        shown, real = shown_host(link.words), host_of(link.url)
        if shown and real and not same_site(shown, real):
            message = f"the words show {shown}, and the link leads to {real}"
            yield Finding(
                link.steps, message, "Make them agree, or link words that say what is there.", within=link.words
            )


@rules.rule(
    "mixed-script-domain",
    Severity.WARNING,
    "Letters of two scripts in one name are how a false domain passes for a known one.",
    "Unicode Technical Standard 39, section 5.2",
)
def mixed_script(issue: CheckedIssue) -> Iterator[Finding]:
    """A domain that mixes scripts which no language writes together."""
    for steps, url in issue.urls:
        if scripts := mixed_scripts(host_of(url)):
            message = f"the domain {host_of(url)} mixes {' and '.join(scripts)} letters"
            yield Finding(steps, message, "Type the domain anew, from a source that you trust.", within=url)


@rules.rule(
    "lookalike-domain",
    Severity.WARNING,
    "It is read as another domain, and leads to its own.",
    "Unicode Technical Standard 39, section 4",
)
def lookalike(issue: CheckedIssue) -> Iterator[Finding]:
    """A domain in Cyrillic or Greek letters that look like Latin ones."""
    for steps, url in issue.urls:
        host = host_of(url)
        if (double := latin_double(host)) and not mixed_scripts(host):
            message = f"the domain {host} only looks like {double}"
            yield Finding(steps, message, "Type the domain anew, from a source that you trust.", within=url)


@rules.rule(
    "click-here",
    Severity.WARNING,
    "Who listens to a page goes from link to link, and of this one learns nothing.",
    "WCAG 2.2, 2.4.4 (failure F84)",
)
def click_here(issue: CheckedIssue) -> Iterator[Finding]:
    """Link words that say nothing of what is behind them, such as `click here`."""
    for link in issue.links:
        words = re.sub(r"^[\W_]+|[\W_]+$", "", " ".join(link.words.casefold().split()))
        if words in _NOTHING_SAID:
            advice = "Link the words that name what is there."
            yield Finding(link.steps, f"the link says only `{link.words}`", advice, within=f"]({link.typed}")
