"""Generates the same archive for three programs: issues for newsletter, Markdown for Hugo and Pelican."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from benchmarks.sample import WORDS
from newsletter.publication.section import DEFAULT_SECTIONS, SectionKey

ENTRIES = 20
FEED = 20
TAGS = [f"tag-{number}" for number in range(40)]
PUBLICATION = """\
name: Benchmark Weekly
site_url: https://news.example.org/
postal_address: 1 Example Street
from: {email: news@news.example.org}
site: {search: false, cards: false}
"""
_HUGO = """\
baseURL = "https://news.example.org/"
title = "Benchmark Weekly"
disableKinds = ["section"]
[services.rss]
limit = 20
[outputs]
home = ["HTML", "RSS", "JSON"]
"""
_PELICAN = """\
SITENAME = AUTHOR = "Benchmark Weekly"
SITEURL = FEED_DOMAIN = "https://news.example.org"
TIMEZONE, THEME, PATH, ARTICLE_PATHS = "UTC", "simple", "content", [""]
ARTICLE_URL, ARTICLE_SAVE_AS = "{slug}/", "{slug}/index.html"
FEED_ALL_ATOM, FEED_ALL_RSS, FEED_MAX_ITEMS, RSS_FEED_SUMMARY_ONLY = "feed.xml", "feed.rss", 20, False
AUTHOR_SAVE_AS = AUTHORS_SAVE_AS = CATEGORY_SAVE_AS = CATEGORIES_SAVE_AS = ""
CATEGORY_FEED_ATOM = TAG_FEED_ATOM = TRANSLATION_FEED_ATOM = AUTHOR_FEED_ATOM = AUTHOR_FEED_RSS = None
DEFAULT_PAGINATION = False
CACHE_CONTENT = LOAD_CONTENT_CACHE = False
"""
_HEAD = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{{ .Title }}</title>
<link rel="canonical" href="{{ .Permalink }}"><link rel="stylesheet" href="/style.css"></head><body>
<header><a href="/">{{ .Site.Title }}</a></header><main>"""
_LIST = """{{ range .Pages }}<p><a href="{{ .RelPermalink }}">{{ .Title }}</a> {{ .Date.Format "2 January 2006" }}</p>
{{ end }}"""
_LAYOUTS = {
    "_default/single.html": _HEAD
    + """<h1>{{ .Title }}</h1><time>{{ .Date.Format "2 January 2006" }}</time>{{ .Content }}
{{ range .Params.tags }}<a href="/tags/{{ . | urlize }}/">{{ . }}</a>{{ end }}
{{ with .PrevInSection }}<a href="{{ .RelPermalink }}">{{ .Title }}</a>{{ end }}
{{ with .NextInSection }}<a href="{{ .RelPermalink }}">{{ .Title }}</a>{{ end }}</main></body></html>""",
    "_default/list.html": f"{_HEAD}<h1>{{{{ .Title }}}}</h1>{_LIST}</main></body></html>",
    "_default/terms.html": f"{_HEAD}<h1>{{{{ .Title }}}}</h1>{_LIST}</main></body></html>",
    "404.html": f"{_HEAD}<h1>Not found</h1></main></body></html>",
    "index.html": _HEAD
    + '<h1>{{ .Title }}</h1>{{ range .Site.RegularPages.GroupByDate "2006" }}<h2>{{ .Key }}</h2>'
    + _LIST
    + "{{ end }}</main></body></html>",
    "_default/rss.xml": """<rss version="2.0"><channel><title>{{ .Title }}</title>
{{ range first 20 .Site.RegularPages }}<item><title>{{ .Title }}</title><link>{{ .Permalink }}</link>
<description>{{ .Content | html }}</description></item>{{ end }}</channel></rss>""",
    "index.json": """{"version": "https://jsonfeed.org/version/1.1", "items": [
{{ range $at, $page := first 20 .Site.RegularPages }}{{ if $at }},{{ end }}
{"id": {{ .Permalink | jsonify }}, "title": {{ .Title | jsonify }}, "content_html": {{ .Content | jsonify }}}
{{ end }}]}""",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry with a comment of about 60 words, with emphasis and a link."""

    title: str
    url: str
    tag: str
    comment: str


def write_archives(root: Path, issues: int) -> None:
    """Write the same archive to `root/newsletter`, `root/hugo` and `root/pelican`."""
    random.seed(0)
    for path, text in _frames():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    for folder in ("newsletter/issues", "hugo/content/issues", "pelican/content"):
        (root / folder).mkdir(parents=True)
    for number in range(1, issues + 1):
        write_issue(root, number, [_make_entry(number, index) for index in range(ENTRIES)])


def write_issue(root: Path, number: int, entries: list[Entry]) -> None:
    """Write one issue for each program."""
    day, title = date(1960, 1, 3) + timedelta(days=7 * number), f"Benchmark Weekly — Issue {number}"
    tags = ", ".join(dict.fromkeys(entry.tag for entry in entries))
    body = "".join(_markdown(entries))
    (root / f"newsletter/issues/{number:04}.yaml").write_text(_yaml(title, day, number, entries))
    head = f'---\ntitle: "{title}"\ndate: {day}\nslug: "{number:04}"\ntags: [{tags}]\n---\n'
    (root / f"hugo/content/issues/{number:04}.md").write_text(head + body)
    head = f"Title: {title}\nDate: {day}\nSlug: {number:04}\nTags: {tags}\nSummary: {title}\n\n"
    (root / f"pelican/content/{number:04}.md").write_text(head + body)


def change_issue(root: Path, number: int, turn: int) -> None:
    """Change one comment of an issue, for each program."""
    for path in (
        f"newsletter/issues/{number:04}.yaml",
        f"hugo/content/issues/{number:04}.md",
        f"pelican/content/{number:04}.md",
    ):
        text = (root / path).read_text()
        before, link, after = text.partition("[some")
        (root / path).write_text(f"{before}turn{turn} {link}{after}")


def _frames() -> Iterator[tuple[str, str]]:
    yield "newsletter/newsletter.yaml", PUBLICATION
    yield "hugo/config.toml", _HUGO
    yield "pelican/pelicanconf.py", _PELICAN
    for name, text in _LAYOUTS.items():
        yield f"hugo/layouts/{name}", text


def _make_entry(number: int, index: int) -> Entry:
    comment = f"{_words(36)} *{_words(3)}* {_words(12)} [some of it](https://example.org/more/{index}/) {_words(6)}."
    return Entry(_words(6), f"https://example.org/{number:04}/{index:03}/", random.choice(TAGS), comment)


def _words(count: int) -> str:
    return " ".join(random.choices(WORDS, k=count))


def _split_into_sections(entries: list[Entry]) -> Iterator[tuple[SectionKey, list[Entry]]]:
    share = -(-len(entries) // len(DEFAULT_SECTIONS))
    for index, section in enumerate(DEFAULT_SECTIONS):
        yield section, entries[index * share : (index + 1) * share]


def _yaml(title: str, day: date, number: int, entries: list[Entry]) -> str:
    lines = [f"title: {title}", f"date: {day}", f"number: {number}", "status: published", "sections:"]
    for section, some in _split_into_sections(entries):
        lines.append(f"  {section}:")
        for entry in some:
            lines += [f"    - title: {entry.title}", f"      url: {entry.url}", f"      tags: [{entry.tag}]"]
            lines += ["      comment: |", f"        {entry.comment}"]
    return "\n".join(lines) + "\n"


def _markdown(entries: list[Entry]) -> Iterator[str]:
    for section, some in _split_into_sections(entries):
        yield f"## {section}\n\n"
        for entry in some:
            yield f"### [{entry.title}]({entry.url})\n\n[example.org]({entry.url})\n\n{entry.comment}\n\n"
