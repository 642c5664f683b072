"""The outputs of an issue: the email, the text part and the Medium story."""

import json
import os
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from lxml import html
from PIL import Image
from rich.cells import cell_len

from newsletter.errors import DocumentError
from newsletter.render.format import Format
from newsletter.render.renderer import Renderer
from newsletter.workspace.workspace import Workspace
from tests.conftest import REPOSITORY, Run
from tests.publications import ISSUE, PUBLICATION, write_publication

ENTRY = "    - {title: %s, url: %s, comment: C}\n"


def render(folder: Path, slug: str = "1") -> dict[Format, str]:
    """Render all outputs of an issue."""
    workspace = Workspace(folder)
    return Renderer(workspace).render(workspace.issue(slug), tuple(Format)).texts


def page(text: str) -> html.HtmlElement:
    """Parse a page."""
    return html.document_fromstring(text)


def sections(*counts: int) -> str:
    """Return an issue with the given number of entries in each section."""
    names = ("featured", "use_cases", "papers", "articles", "other")
    parts = [
        f"  {name}:\n" + "".join(ENTRY % (f"{name} {n}", f"https://example.com/{name}/{n}") for n in range(count))
        for name, count in zip(names, counts, strict=True)
    ]
    return "title: T\ndate: 2024-05-05\ncontents: true\nsections:\n" + "".join(parts)


@pytest.mark.parametrize(
    ("counts", "sentence"),
    [
        ((1, 0, 0, 0, 0), "on one topic:"),
        ((0, 2, 0, 3, 0), "on two topics:"),
        ((1, 1, 1, 0, 0), "on three topics:"),
        ((0, 1, 1, 1, 1), "on four topics:"),
        ((1, 1, 1, 1, 1), "on five topics:"),
    ],
)
def test_an_empty_section_is_left_out(counts: tuple[int, ...], sentence: str, folder: Path) -> None:
    """Contents, section numbers and counts include only the sections that have entries."""
    write_publication(folder, _1=sections(*counts))
    outputs = render(folder)
    present = sum(1 for count in counts if count)
    tree = page(outputs[Format.EMAIL])
    assert [number.text for number in tree.cssselect(".number")] == [str(n + 1) for n in range(present)]
    links = [link.get("href") for link in tree.cssselect("ol a")]
    assert links == [f"#{anchor.get('id')}" for anchor in tree.cssselect("a[name]")]
    assert len(links) == present
    assert all(sentence in text for format, text in outputs.items() if format is not Format.MEDIUM_JSON)
    assert re.findall(r"^# (\d)\. ", outputs[Format.MEDIUM], re.MULTILINE) == [str(n + 1) for n in range(present)]


LISTED = ".list .plain"
DEFAULT = "Below are more articles and papers, on one topic:"


@pytest.mark.parametrize(
    ("count", "publication", "issue", "sentence"),
    [
        (7, "", "", None),
        (8, "", "", DEFAULT),
        (1, "contents: {show: true}\n", "", DEFAULT),
        (8, "contents: {show: false}\n", "", None),
        (8, "contents: {show: false}\n", "contents: true\n", DEFAULT),
        (8, "contents: {show: true}\n", "contents: false\n", None),
        (8, "contents: {sentence: false}\n", "", ""),
        (8, "contents: {sentence: In <this> issue}\n", "", "In <this> issue"),
        (7, "contents: {sentence: In this issue}\n", "", None),
        (1, "contents: {show: false, sentence: false}\n", "contents: \"Here: 'it' is\"\n", "Here: 'it' is"),
        (1, "contents: {sentence: In this issue}\n", "contents: true\n", "In this issue"),
        (
            8,
            "contents: {sentence: In this issue}\n",
            "language: ja\n",
            "以下では、このほかの記事と論文を1つのテーマで紹介します。",
        ),
    ],
)
def test_sections_are_listed_from_eight_entries_on(
    count: int, publication: str, issue: str, sentence: str | None, folder: Path
) -> None:
    """The publication or the issue can list them always or never, and can set or leave out the sentence above."""
    text = sections(count, 0, 0, 0, 0).replace("contents: true\n", issue)
    write_publication(folder, publication=PUBLICATION + publication, _1=text)
    outputs = render(folder)
    tree = page(outputs[Format.EMAIL])
    assert len(tree.cssselect(LISTED)) == (sentence is not None)
    assert [lead.text_content() for lead in tree.cssselect(".lead")] == ([sentence] if sentence else [])
    label = tree.cssselect("h2.heading")[0].text_content()[2:]
    for format in (Format.TEXT, Format.MEDIUM):
        assert outputs[format].count(f"1. {label}\n") == (1 if sentence is None else 2)
        assert not sentence or "".join(sentence.split()) in "".join(outputs[format].replace("\\", "").split())
    story = page(outputs[Format.STORY])
    assert len(story.cssselect("ol li")) == (sentence is not None)
    assert not sentence or sentence in [line.text for line in story.cssselect("hr + p")]
    assert len(story.cssselect("hr")) == (1 if sentence is None else 2)


@pytest.mark.parametrize(
    ("title", "subtitle", "leads"),
    [
        ("The Weekly Lens — Issue 1", "How lenses are ground", True),
        ("The Weekly Lens — Glass", "How lenses are ground", False),
        ("How lenses are ground", "Issue 1", False),
        ("The Weekly Lens — Issue 1", "", False),
    ],
)
def test_a_subtitle_below_a_number_is_a_headline(title: str, subtitle: str, leads: bool, folder: Path) -> None:
    """A title that is only a number says nothing, so the subtitle gets the weight of a headline."""
    write_publication(folder, _1=ISSUE.replace("The Weekly Lens — Issue 1", f'"{title}"\nsubtitle: "{subtitle}"'))
    tree = page(render(folder)[Format.EMAIL])
    assert [line.text for line in tree.cssselect("p.headline")] == ([subtitle] if leads else [])
    assert [line.text for line in tree.cssselect("p.subtitle")] == ([subtitle] if subtitle and not leads else [])
    assert not leads or "bold" in (tree.cssselect("p.headline")[0].get("style") or "")


@pytest.mark.parametrize(
    ("title", "heading"),
    [
        ("The Weekly Lens — Issue 1", "Issue 1"),
        ("the weekly lens: Week 2", "Week 2"),
        ("The Weekly Lens", "The Weekly Lens"),
        ("The Weekly Lenses", "The Weekly Lenses"),
        ("A year of The Weekly Lens — one", "A year of The Weekly Lens — one"),
        ("The Weekly Lens - Issue 3", "Issue 3"),
        ("The Weekly Lens-centric view", "The Weekly Lens-centric view"),
    ],
)
def test_the_masthead_shows_the_publication_once(title: str, heading: str, folder: Path) -> None:
    """The h1 omits the name of the publication, which the masthead shows. The subject and the story contain it."""
    write_publication(folder, _1=ISSUE.replace("title: The Weekly Lens — Issue 1", f'title: "{title}"'))
    outputs = render(folder)
    tree = page(outputs[Format.EMAIL])
    assert [node.text for node in tree.cssselect("h1")] == [heading]
    assert tree.findtext(".//title") == title
    assert json.loads(outputs[Format.MEDIUM_JSON])["title"] == title
    assert outputs[Format.MEDIUM].startswith(f"# {title}\n")
    assert outputs[Format.TEXT].startswith(f"{title}\n")


def test_past_issues_are_published_earlier(folder: Path) -> None:
    """Past issues are published and have an earlier date. They are listed newest first, up to `past_issues`."""
    issues = {
        f"_{n:03}": ISSUE.replace("Issue 1", f"Issue {n}")
        .replace("number: 1", f"number: {n}")
        .replace("2024-05-05", f"2024-05-{n:02}")
        for n in range(1, 9)
    }
    issues["_005"] = issues["_005"].replace("published", "draft")
    issues["_004"] += "canonical_url: https://old.example.net/4\n"
    write_publication(folder, publication=PUBLICATION + "past_issues: 3\n", **issues)
    outputs = render(folder, "007")
    listed = [(a.text, a.get("href")) for a in page(outputs[Format.EMAIL]).cssselect("ul.list a")]
    assert listed == [
        ("Issue 6", "https://lens.example.org/006/"),
        ("Issue 4", "https://old.example.net/4"),
        ("Issue 3", "https://lens.example.org/003/"),
    ]
    assert "- [The Weekly Lens — Issue 6](https://lens.example.org/006/), 6 May 2024\n" in outputs[Format.MEDIUM]
    assert "Past issues" not in render(folder, "001")[Format.EMAIL]


@pytest.mark.parametrize(
    ("url", "typed", "shown"),
    [
        ("https://arxiv.org/abs/2103.01988", "Self", "[2103.01988] Self"),
        ("http://www.arxiv.org/pdf/2103.00430v2.pdf", "Self", "[2103.00430v2] Self"),
        ("https://arxiv.org/abs/2103.01988?context=cs", "[2103.01988] Self", "[2103.01988] Self"),
        ("https://arxiv.org/abs/hep-th/9711200", "Self", "[hep-th/9711200] Self"),
        ("https://arxiv.org/list/cs.LG/recent", "Self", "Self"),
        ("https://notarxiv.org/abs/2103.01988", "Self", "Self"),
    ],
)
def test_an_arxiv_number_is_added(url: str, typed: str, shown: str, folder: Path) -> None:
    """The number of an arXiv paper is taken from its URL and added once before the source title."""
    write_publication(
        folder, _1=ISSUE.replace("url: https://example.com/lenses", f'url: {url}\n      source_title: "{typed}"')
    )
    outputs = render(folder)
    assert page(outputs[Format.EMAIL]).cssselect(".original")[0].text == shown
    assert f"\n{shown}\n" in outputs[Format.TEXT]
    assert page(outputs[Format.STORY]).cssselect("em")[0].text == shown


@pytest.mark.parametrize(
    ("url", "typed", "shown"),
    [
        ("https://example.com/lenses", "How lenses are ground", False),
        ("https://example.com/lenses", "HOW LENSES  ARE “GROUND”!", False),
        ("https://arxiv.org/abs/2103.01988", "[2103.01988] How lenses are ground.", False),
        ("https://example.com/lenses", "How lenses are ground in 2024", True),
        ("https://example.com/lenses", "How lenses are", True),
    ],
)
def test_a_source_title_that_says_the_same_is_left_out(url: str, typed: str, shown: bool, folder: Path) -> None:
    """In every output. Case, punctuation, blanks and the number of an arXiv paper make no difference."""
    text = ISSUE.replace("url: https://example.com/lenses", f"url: {url}\n      source_title: '{typed}'")
    write_publication(folder, _1=text)
    outputs = render(folder)
    assert bool(page(outputs[Format.EMAIL]).cssselect(".original")) == shown
    assert (f"<p><em>{typed}</em></p>" in outputs[Format.STORY]) == shown
    assert (f"\n*{typed}*\n" in outputs[Format.MEDIUM]) == shown
    assert outputs[Format.TEXT].count(f"\n{typed}\n") == shown + (typed == "How lenses are ground")


SUBSCRIBE = "links:\n  subscribe: {url: https://lens.example.org/subscribe/%s}\n"
OWN_CALL = "subscribe_call: A new lens every Sunday.\n"


@pytest.mark.parametrize(
    ("teaser", "call", "forwarded", "email", "story"),
    [
        ("", "", "", "Forwarded this?", "Get every new issue by email."),
        (", teaser: I write weekly.", "", "", "I write weekly.", "I write weekly."),
        ("", OWN_CALL, "", "A new lens every Sunday.", "A new lens every Sunday."),
        ("", OWN_CALL, "forwarded: Not yours?\n", "Not yours?", "A new lens every Sunday."),
    ],
)
def test_the_email_asks_those_who_got_it_forwarded(
    teaser: str, call: str, forwarded: str, email: str, story: str, folder: Path
) -> None:
    """Readers of the email have subscribed. A publication that set its own call to subscribe keeps it."""
    write_publication(folder, publication=PUBLICATION + SUBSCRIBE % teaser, _1=ISSUE)
    if call:
        labels = (REPOSITORY / "templates/labels/en.yaml").read_text()
        (folder / "templates/labels").mkdir(parents=True)
        own = re.sub("(?m)^(subscribe_call|forwarded): .*\n", "", labels) + call + forwarded
        (folder / "templates/labels/en.yaml").write_text(own)
    outputs = render(folder)
    tree = page(outputs[Format.EMAIL])
    assert [line.text_content() for line in tree.cssselect(".forwarded")] == [f"{email} Subscribe"]
    assert [link.get("href") for link in tree.cssselect(".forwarded a")] == ["https://lens.example.org/subscribe/"]
    assert f"{email}\nSubscribe: https://lens.example.org/subscribe/\n" in outputs[Format.TEXT]
    assert f"<h1>{story}</h1>" in outputs[Format.STORY]


def test_only_the_titles_link_has_campaign_parameters(folder: Path) -> None:
    """Only the link of the title has campaign parameters. They replace existing ones and precede a fragment."""
    url = "https://www.example.com/a?x=1&utm_source=old#part"
    write_publication(folder, _1=ISSUE.replace("https://example.com/lenses", url))
    outputs = render(folder)
    tree = page(outputs[Format.EMAIL])
    tracked = "https://www.example.com/a?x=1&utm_campaign=1&utm_medium={}&utm_source=newsletter#part"
    assert [a.get("href") for a in tree.cssselect("h3 a")] == [tracked.format("email")]
    assert [(a.text, a.get("href")) for a in tree.cssselect(".domain")] == [("example.com", url)]
    assert [a.get("href") for a in tree.cssselect(".panel a")] == [url]
    assert f"]({tracked.format('medium')})" in outputs[Format.MEDIUM]


def test_the_email_is_one_complete_page(folder: Path) -> None:
    """The email has a doctype and complete style sheets, and no trace of MJML, premailer or a template."""
    write_publication(folder, _1=ISSUE)
    email = render(folder)[Format.EMAIL]
    assert email.startswith('<!DOCTYPE html>\n<html lang="en" dir="ltr"')
    for trace in ("data-premailer", "<mj-", "{%", "@import", "<link", "<script", "\ufdd0", "\ufdd1"):
        assert trace not in email
    assert re.findall(r"\{\{.*?\}\}", email) == ["{{unsubscribe_url}}", "{{view_url}}"]
    assert 'href="{{unsubscribe_url}}"' in email
    styles = "".join(style.text or "" for style in page(email).iter("style"))
    assert styles.count("!important") > 20
    assert "@media (prefers-color-scheme: dark)" in styles
    assert "[data-ogsc] .row" in styles
    assert len(styles.encode()) < 16_384
    assert not re.search(r"@[^{]*\{[^{}]*(\{[^{}]*\}[^{}]*)*@", styles)
    assert max(len(line) for line in styles.splitlines()) < 998


def test_invisible_characters_follow_the_preheader(folder: Path) -> None:
    """The preheader is the first text of the body, and invisible characters fill its line up to 200 characters."""
    write_publication(folder, _1=ISSUE)
    (node,) = page(render(folder)[Format.EMAIL]).cssselect(".preheader")
    text = node.text_content()
    words = "A lens on the week, ground from one story and polished twice over"
    assert text.startswith(words)
    assert len(words) + text.count("\u00a0") == 200
    assert set(text[len(words) :]) == {"\u034f", "\u200c", "\u00a0"}
    assert "display:none" in (node.get("style") or "")


@pytest.mark.parametrize("settings", ["", "delivery: {pages_url: https://lens.example.org/}\nclicks: true\n"])
def test_seventy_five_entries_stay_below_gmails_limit(settings: str, folder: Path) -> None:
    """75 entries with an image and 230 bytes of content each, in five sections, are smaller than 86,000 bytes."""
    entry = (
        "    - title: Forty bytes of a title for this entry {n:02}\n"
        "      url: https://example.com/2024/05/the-story-{n:02}\n"
        "      image: figure.png\n"
        "      comment: " + "A comment of 150 bytes, in five short sentences, "[:30] * 5 + "\n"
    )
    assert len(entry.partition("title: ")[2].partition("\n")[0].format(n=0)) == 40
    text = ISSUE.partition("sections:")[0].replace("(@lens)", "(https://example.com)") + "sections:\n"
    for number, name in enumerate(("featured", "use_cases", "papers", "articles", "other")):
        text += f"  {name}:\n" + "".join(entry.format(n=number * 15 + n) for n in range(15))
    write_publication(folder, publication=PUBLICATION + settings, a_2021_week_10=text)
    Image.new("RGB", (1056, 528), "navy").save(folder / "issues/figure.png")
    assert len(render(folder, "a-2021-week-10")[Format.EMAIL].encode()) < 86_000


def test_the_text_part_fits_a_terminal(folder: Path) -> None:
    """In any script, no line of a sample's text part is wider than 72 cells, unless it contains a URL."""
    for slug in ("029", "2021-week-10", "2021-week-11-ja"):
        text = (REPOSITORY / "tests" / "golden" / slug / "email.txt").read_text()
        for line in text.splitlines():
            assert cell_len(line) <= 72 or "https://" in line or "http://" in line, line
        assert not re.search(r"[ \t]\n", text)
        assert not re.search(r"^[、。」）]", text, re.MULTILINE)


def test_markdown_that_medium_drops_is_converted(folder: Path) -> None:
    """Nested lists are flattened, quotes and code are kept, and an image in a text becomes its own paragraph."""
    comment = """\
        - one
          - two
            - three
        - four

        > quoted
        > - in a list

        Before ![a figure](https://i.example.com/f.png) after.

            code
    """
    write_publication(folder, _1=ISSUE.replace("        A lens is *ground* before it is polished.\n", comment))
    outputs = render(folder)
    assert (
        "- one\n- – two\n- – three\n- four\n\n> quoted\n>\n> • in a list\n\nBefore\n\n"
        "![a figure](https://i.example.com/f.png)\n\nafter.\n\n```\ncode\n```\n"
    ) in outputs[Format.MEDIUM]
    tree = page(outputs[Format.STORY])
    assert not tree.cssselect("li ul, li ol, table, [style], [class], h3")
    assert [img.get("src") for img in tree.cssselect("figure img")] == ["https://i.example.com/f.png"]


def test_the_story_has_the_structure_of_the_published_stories(folder: Path) -> None:
    """The title and sections are first-level headings, highlights second-level. An entry has a card for its link."""
    story = (REPOSITORY / "tests/golden/029/medium.md").read_text()
    headings = [line for line in story.splitlines() if line.startswith("#")]
    assert headings[:3] == [
        "# Akira's Machine Learning News — Issue 29",
        "## Featured Paper/News in This Week",
        "# 1. Featured Paper/News in This Week",
    ]
    assert not any(line.startswith("###") for line in headings)
    assert "\n\nhttps://www.ravirajag.dev/blog/mlops-project-setup-part1\n\n" in story
    images = re.findall(r"!\[(.*?)\]\((.*?)\)", story)
    assert len(images) == 8
    assert all(alt and url.startswith("https://news.example.org/assets/") for alt, url in images)
    assert json.loads((REPOSITORY / "tests/golden/029/medium.json").read_text())["publishStatus"] == "draft"


ARABIC = """\
sections: {featured: مختارات, use_cases: تطبيقات, papers: أوراق, articles: مقالات, other: أخرى}
contents: [موضوع واحد, موضوعان, ثلاثة مواضيع, أربعة مواضيع, خمسة مواضيع]
subscribe: اشترك
subscribe_call: عدد جديد كل أسبوع
past_issues: أعداد سابقة
other_writing: كتابات أخرى
about: عن الكاتب
image_alt: "صورة {title}"
image_credit: "الصورة: {credit}"
reason: لأنك مشترك
unsubscribe: إلغاء
view: عرض
"""


def test_a_labels_file_adds_a_language(run: Run, folder: Path) -> None:
    """Without labels, the error names the file to write. With them, an issue in Arabic is laid out right to left."""
    issue = (
        ISSUE.replace("status:", "language: ar\ncontents: true\nstatus:")
        + "    - {title: Lens, url: https://e.example, comment: C, language: en}\n"
    )
    write_publication(folder, _1=issue)
    refused = run("check", code=1).stdout
    assert "issues/1.yaml:4:11: error: labels for" in refused
    assert "labels for the language `ar` are missing (available: en, ja, zh)" in refused
    assert "templates/labels/ar.yaml" in refused
    (folder / "templates/labels").mkdir(parents=True)
    (folder / "templates/labels/ar.yaml").write_text(ARABIC)
    outputs = render(folder)
    tree = page(outputs[Format.EMAIL])
    assert (tree.get("lang"), tree.get("dir")) == ("ar", "rtl")
    assert {cell.get("align") for cell in tree.cssselect("td.entries")} == {"right"}
    assert "border-right:3px solid" in (tree.cssselect(".panel td")[0].get("style") or "")
    assert "direction:ltr" not in outputs[Format.EMAIL]
    (foreign,) = tree.cssselect("div[lang=en]")
    assert foreign.get("dir") == "ltr"
    assert foreign.cssselect("h3")
    assert "موضوع واحد" in outputs[Format.TEXT]
    assert 'dir="rtl"' in outputs[Format.STORY]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["on one topic", "5 May 2024", "Featured Paper/News in This Week", "Unsubscribe"]),
        ("ja", ["1つのテーマ", "2024年5月5日", "今週の注目論文・ニュース", "購読を解除する"]),
        ("zh", ["一个主题", "2024年5月5日", "本周精选论文与新闻", "退订"]),
        ("en-GB", ["on one topic", "5 May 2024"]),
    ],
)
def test_labels_and_dates_are_in_the_issues_language(language: str, words: list[str], folder: Path) -> None:
    """Labels and dates are in the language of the issue. A regional variant uses the labels of its language."""
    write_publication(folder, _1=ISSUE.replace("status:", f"language: {language}\ncontents: true\nstatus:"))
    outputs = render(folder)
    for word in words:
        assert word in outputs[Format.EMAIL]
        assert word in outputs[Format.TEXT]
    assert page(outputs[Format.EMAIL]).get("lang") == language


def test_an_error_in_labels_has_its_line(run: Run, folder: Path) -> None:
    """A labels file is validated like the other files of the author."""
    write_publication(folder, _1=ISSUE)
    (folder / "templates/labels").mkdir(parents=True)
    (folder / "templates/labels/en.yaml").write_text(ARABIC.replace("موضوع واحد, ", "").replace("صورة {title}", "x"))
    output = run("render", "all", code=1).stderr
    assert "templates/labels/en.yaml:2:11: error: expected 5 sentences, found 4" in output
    assert "templates/labels/en.yaml:8:12: error: `{title}` is missing" in output


@pytest.mark.parametrize(
    ("language", "label"), [("en", "Preferences"), ("ja", "配信の設定"), ("zh", "偏好设置"), ("ar", "Preferences")]
)
def test_preferences_are_linked_if_there_are_public_pages(folder: Path, language: str, label: str) -> None:
    """The email and the text part link to the preferences in each language, but only with `delivery.pages_url`."""
    (folder / "templates/labels").mkdir(parents=True)
    (folder / "templates/labels/ar.yaml").write_text(ARABIC)
    issue = f"language: {language}\n{ISSUE}"
    write_publication(folder, _1=issue)
    without = render(folder)
    for format in (Format.EMAIL, Format.TEXT):
        assert "preferences" not in without[format].lower()
    write_publication(folder, publication=PUBLICATION + "delivery: {pages_url: https://p.example/letter/}\n", _1=issue)
    outputs = render(folder)
    (legal, *_) = page(outputs[Format.EMAIL]).cssselect(".legal")
    links = [(link.text, link.get("href")) for link in legal.cssselect("a")]
    assert links[1] == (label, "{{preferences_url}}")
    assert [url for _, url in links] == ["{{unsubscribe_url}}", "{{preferences_url}}", "{{view_url}}"]
    assert f"{label}: {{{{preferences_url}}}}\n" in outputs[Format.TEXT]


def test_unsupported_markdown_is_shown_as_text_and_reported(run: Run, folder: Path) -> None:
    """Headings, tables, raw HTML and other URL schemes are shown as typed, and each is reported with its line."""
    comment = (
        "        # Heading\n\n        <b onclick=x>raw</b> and [bad](javascript:alert(1))\n\n"
        "        | a | b |\n        |---|---|\n        | 1 | 2 |\n\n        note[^1]\n"
    )
    write_publication(folder, _1=ISSUE.replace("        A lens is *ground* before it is polished.\n", comment))
    found = re.findall(
        r"issues/1.yaml:(\d+):\d+: (?:warning: (.*?) (?:is|are) shown|error)", run("check", code=1).stdout
    )
    assert found == [
        ("15", "a heading"),
        ("17", "raw HTML"),
        ("17", ""),
        ("19", "a table"),
        ("23", "a footnote"),
    ]
    assert "a heading is shown as plain text" in run("render", "all", code=0).stderr
    tree = page((folder / "build/1/email.html").read_text())
    assert not tree.cssselect("[onclick], [href^=javascript], .section table")
    text = tree.text_content()
    for words in ("# Heading", "<b onclick=x>raw</b>", "[bad](javascript:alert(1))", "| 1 | 2 |", "note[^1]"):
        assert words in text


@pytest.mark.parametrize("field", ["title", "subject", "subtitle", "preheader"])
def test_markup_in_a_field_is_text(field: str, folder: Path) -> None:
    """Markup, quotes and 5,000 characters in a field are shown as they are, and do not break the page."""
    nasty = "<script>alert(1)</script> \\\"' &amp; ]]> " + "x" * 5_000
    line = f"{field}: '{nasty.replace(chr(39), chr(39) * 2)}'\n"
    issue = re.sub(rf"^{field}: .*\n", "", ISSUE, flags=re.MULTILINE) + line
    write_publication(folder, _1=issue)
    for format, text in render(folder).items():
        if format in (Format.EMAIL, Format.STORY):
            tree = page(text)
            assert not tree.cssselect("script")
            if format is Format.EMAIL:
                assert nasty in (tree.findtext(".//title") or "") + tree.text_content()
            assert OpenElements(text).open == []


class OpenElements(HTMLParser):
    """The elements of a page that are not closed."""

    VOID = ("meta", "img", "br", "hr")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in self.VOID

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("email.mjml", "a\n{% if %}", "email.mjml:2"),
        ("email.mjml", "a\n{{ issue.nothing }}", "email.mjml:2"),
        ("email.mjml", "a\n\n{{ 1 / 0 }}", "email.mjml:3"),
        ("email.mjml", "{% include 'gone.mjml' %}", "template gone.mjml does not exist in "),
        ("email.mjml", "{{ merge.unsubscribe }}", "email.mjml:1"),
        ("email.mjml", "<mjml><mj-body><mj-section></mj-body></mjml>", "not valid MJML"),
        ("email.mjml", "not <<< MJML", "not valid MJML"),
        ("email.txt", "{{ lines(issue.title }}", "email.txt:1"),
        ("medium.md", "{{ markdown(1) }}", "medium.md:1"),
        ("medium.html", "{% for x in issue.sections %}", "medium.html:1"),
        ("email.css", b"\xff", "email.css cannot be read"),
        ("email.css", "a { color: red }\n" * 5_000, "email.css has 8"),
        ("email.txt", "{{ 10**100000 }}", "email.txt"),
        ("email.txt", "{{ '\\ud800' }}", "email.txt"),
        (
            "email.mjml",
            "<mjml><mj-body>" + "<mj-section>" * 20_000 + "</mj-section>" * 20_000 + "</mj-body></mjml>",
            "levels deep",
        ),
    ],
)
def test_an_error_in_a_template_has_its_line(
    name: str, content: str | bytes, message: str, run: Run, folder: Path
) -> None:
    """A publication's own template is used instead of the built-in one, and an error names the template and line."""
    write_publication(folder, _1=ISSUE)
    (folder / "templates").mkdir()
    (folder / "templates" / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    output = run("render", "all", code=1).stderr
    assert output.startswith("Error: ")
    assert message in output
    assert not (folder / "build").exists()


def test_a_publication_overrides_a_template(folder: Path) -> None:
    """A template of the same name in the publication's templates/ folder replaces the built-in one."""
    write_publication(folder, _1=ISSUE)
    (folder / "templates").mkdir()
    (folder / "templates/email.txt").write_text(
        "{{ issue.title }} / {{ merge.unsubscribe_url }} / {{ '{{view_url}}' }}"
    )
    assert render(folder)[Format.TEXT] == "The Weekly Lens — Issue 1 / {{unsubscribe_url}} / {\u2060{view_url}}\n"


@pytest.mark.parametrize(
    "template",
    [
        '{% macro link(url) %}<a href="{{ url }}">x</a>{% endmacro %}{{ link(merge.view_url) }}',
        '{% set where %}{{ merge.view_url }}{% endset %}<a href="{{ where }}">x</a>',
        "<a href=\"{{ merge.view_url ~ '' }}\">{{ 'at ' ~ merge.view_url }}</a>",
        '<a href="{{ merge.view_url | string }}">x</a>',
    ],
)
def test_a_merge_field_can_be_used_like_any_value(template: str, folder: Path) -> None:
    """A merge field is complete in the output after a macro, a set block, concatenation or a filter."""
    write_publication(folder, _1=ISSUE)
    (folder / "templates").mkdir()
    body = f"<mj-section><mj-column><mj-raw><tr><td>{template}</td></tr></mj-raw></mj-column></mj-section>"
    (folder / "templates/email.mjml").write_text(f"<mjml><mj-body>{body}</mj-body></mjml>")
    (folder / "templates/email.txt").write_text("{{ lines('See: ' ~ merge.view_url) }}")
    (folder / "templates/medium.md").write_text("{{ 'a_b ' ~ merge.view_url }}")
    outputs = render(folder)
    assert 'href="{{view_url}}"' in outputs[Format.EMAIL]
    assert outputs[Format.TEXT] == "See: {{view_url}}\n"
    assert outputs[Format.MEDIUM] == "a\\_b {{view_url}}\n"


@pytest.mark.parametrize(
    ("pattern", "shown"),
    [
        ("d MMMM y", "5 May 2024"),
        ("EEEE, d. MMM yy", "Sunday, 5. May 24"),
        ("full", "Sunday, May 5, 2024"),
        ("y年M月d日", "2024年5月5日"),
        ("'on' yyyy-MM-dd", "on 2024-05-05"),
    ],
)
def test_labels_set_the_date_format(pattern: str, shown: str, folder: Path) -> None:
    """`date_format` is a CLDR pattern, or the name of one."""
    labels = (REPOSITORY / "templates/labels/en.yaml").read_text().replace("d MMMM y", f'"{pattern}"')
    write_publication(folder, _1=ISSUE)
    (folder / "templates/labels").mkdir(parents=True)
    (folder / "templates/labels/en.yaml").write_text(labels)
    assert f"\n{shown}\n" in render(folder)[Format.TEXT]


@pytest.mark.parametrize("pattern", ["d MMMM y HH:mm", "QQQQQQQ", "yyyyyyyyy", "G", "longer"])
def test_an_invalid_date_pattern_is_an_error(pattern: str, run: Run, folder: Path) -> None:
    """A pattern that cannot format a date is a validation error, not a traceback."""
    labels = (REPOSITORY / "templates/labels/en.yaml").read_text().replace("d MMMM y", f'"{pattern}"')
    write_publication(folder, _1=ISSUE)
    (folder / "templates/labels").mkdir(parents=True)
    (folder / "templates/labels/en.yaml").write_text(labels)
    assert f"`{pattern}` is not a valid date format" in (shown := run("check", code=1).stdout)
    assert "[schema] date_format\n" in shown


@pytest.mark.parametrize(
    ("language", "file", "direction"),
    [
        ("zh-Hant-TW", "zh-Hant", "ltr"),
        ("az-Arab", "az", "rtl"),
        ("ks", "ks", "rtl"),
        ("xx-Hebr", "xx", "rtl"),
        ("xx", "xx", "ltr"),
    ],
)
def test_a_language_tag_is_matched_by_its_parts(language: str, file: str, direction: str, folder: Path) -> None:
    """The labels of the closest language tag are used. The direction is that of the script, if the tag has one."""
    write_publication(folder, _1=ISSUE.replace("status:", f"language: {language}\nstatus:"))
    (folder / "templates/labels").mkdir(parents=True)
    labels = (REPOSITORY / "templates/labels/en.yaml").read_text().replace("Unsubscribe", "The right labels")
    (folder / f"templates/labels/{file}.yaml").write_text(labels)
    outputs = render(folder)
    assert "The right labels" in outputs[Format.TEXT]
    assert page(outputs[Format.EMAIL]).get("dir") == direction


def test_a_title_keeps_number_signs_at_its_end(folder: Path) -> None:
    """Markdown drops number signs at the end of a heading. Those of a title are escaped."""
    write_publication(folder, _1=ISSUE.replace("title: The Weekly Lens — Issue 1", 'title: "Learn C #"'))
    assert render(folder)[Format.MEDIUM].startswith("# Learn C \\#\n")


def test_without_a_footer_there_is_no_rule(folder: Path) -> None:
    """The story of a publication without links and author does not end with a rule."""
    write_publication(folder, _1=ISSUE)
    outputs = render(folder)
    assert outputs[Format.MEDIUM].rstrip().endswith("before it is polished.")
    assert "<hr />\n\n</body>" not in outputs[Format.STORY].replace("\n\n", "\n")
    assert "-" * 72 + "\n\n" + "-" * 72 not in outputs[Format.TEXT]


def test_code_is_always_left_to_right(folder: Path) -> None:
    """Code has `dir="ltr"`, so that it keeps its order in a right-to-left text."""
    write_publication(folder, _1=ISSUE + "\n        `f(x)`\n\n            def f(x):\n")
    for format in (Format.EMAIL, Format.STORY):
        tree = page(render(folder)[format])
        assert len(tree.cssselect("code[dir=ltr], pre[dir=ltr] code")) == len(tree.cssselect("code")) == 2


def test_an_entry_in_the_other_direction_is_mirrored(folder: Path) -> None:
    """The lists and quotes of a right-to-left entry have their padding and border on the right."""
    entry = '    - {title: A, url: https://a.example, language: ar, comment: "- a\\n\\n> b"}\n'
    write_publication(folder, _1=ISSUE + entry)
    turned = page(render(folder)[Format.EMAIL]).cssselect("div[lang=ar]")[0]
    assert "padding-right:22px" in (turned.cssselect("ul")[0].get("style") or "")
    assert "border-right:3px" in (turned.cssselect("blockquote")[0].get("style") or "")


def test_missing_labels_are_an_error(folder: Path) -> None:
    """A language without labels stops rendering. There is no silent fallback to another language."""
    write_publication(folder, _1=ISSUE.replace("status:", "language: fr\nstatus:"))
    with pytest.raises(DocumentError, match="4:11: labels for the language `fr` are missing"):
        render(folder)


def test_a_template_that_leads_out_of_the_publication_is_refused(run: Run, folder: Path) -> None:
    """As a link to a file and in a linked folder. It could show any file of the author."""
    publication, outside = folder / "publication", folder / "outside"
    write_publication(publication, _1=ISSUE)
    outside.mkdir()
    (outside / "email.txt").write_text("secret")
    (publication / "templates").mkdir()
    linked = publication / "templates" / "email.txt"
    for link, target in ((linked, outside / "email.txt"), (publication / "templates", outside)):
        link.symlink_to(target)
        os.chdir(publication)
        result = run("render", "text", "1", code=1)
        assert "templates/email.txt is a symbolic link that leads out of the publication" in result.stderr
        assert not (publication / "build/1/email.txt").exists()
        link.unlink()
        if link is linked:
            (publication / "templates").rmdir()
    (publication / "own").mkdir()
    (publication / "own/email.txt").write_text("ours")
    (publication / "templates").symlink_to(publication / "own")
    os.chdir(publication)
    run("render", "text", "1", code=0)
    assert (publication / "build/1/email.txt").read_text() == "ours\n"


@pytest.mark.parametrize(
    "attack",
    [
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ cycler.__init__.__globals__.os.environ }}",
        "{{ merge.__class__ }}",
        "{{ issue.__init__.__globals__ }}",
        "{{ html.__globals__ }}{{ text.__globals__ }}",
        "{{ issue.labels.parse_file('newsletter.yaml') }}",
        "{{ issue.labels.model_copy() }}",
        "{{ '{0.__class__}'.format(issue) }}",
        "{{ '{0}'.format(1) }}{{ '{0}'.format(1) }}{{ '{0.__class__}'.format(issue) }}",
        "{{ ''|attr('__class__') }}{{ ''['__class__']|string }}",
        "{% for n in range(10000000) %}{% endfor %}",
    ],
)
def test_a_template_reads_neither_files_nor_the_environment(run: Run, folder: Path, attack: str) -> None:
    """A publication may come from somebody else, and `newsletter check` may run as a hook before a commit."""
    write_publication(folder, _1=ISSUE)
    (folder / "templates").mkdir()
    (folder / "templates/email.txt").write_text(attack)
    for command in (("render", "text", "1"), ("check",)):
        result = run(*command, code=1)
        assert "templates/email.txt:1" in result.stdout + result.stderr
    assert not (folder / "build/1/email.txt").exists()


@pytest.mark.parametrize("linked", ["build/1/email.txt", "build/1", "build"])
def test_an_output_that_leads_out_of_the_publication_is_refused(run: Run, folder: Path, linked: str) -> None:
    """Somebody else's publication could replace any file of the author, with the text of its own templates."""
    publication, outside = folder / "publication", folder / "outside"
    write_publication(publication, _1=ISSUE)
    outside.mkdir()
    target = outside if linked != "build/1/email.txt" else outside / "email.txt"
    (outside / "email.txt").write_text("keep")
    link = publication / linked
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(target)
    os.chdir(publication)
    result = run("render", "text", "1", code=1)
    assert "cannot be written: a symbolic link leads out of" in result.stderr
    assert [(path.name, path.read_text()) for path in outside.iterdir()] == [("email.txt", "keep")]
    os.chdir(publication)
    run("render", "text", "1", "-o", str(link if linked == "build" else outside), code=0)
