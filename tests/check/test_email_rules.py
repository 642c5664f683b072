"""The rules on an email: which entry a problem belongs to, the author's own text, and what a client shows."""

import json
import runpy
from html import unescape
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from newsletter.check.rules.email import SETS
from newsletter.check.rules.email.client_support import FALLBACKS, known_features, used_names
from newsletter.check.rules.email.rendered_email import RenderedEmail, render_for_rules
from newsletter.errors import Severity
from newsletter.render.renderer import Renderer
from newsletter.workspace.workspace import Workspace
from tests.conftest import REPOSITORY, Run
from tests.publications import ISSUE, PUBLICATION, write_publication
from tests.render.test_properties import ENTRY, IMAGE, WORDS, Piece, as_markdown, trees, written

ENTRIES = """\
title: The Weekly Lens — Issue 1
date: 2024-05-05
preheader: A lens on the week, ground from one story and polished twice over
sections:
  papers:
"""


def long_issue(count: int) -> str:
    """Return an issue with `count` entries, whose comments have about 1,000 characters."""
    entry = "    - {title: Story %d, url: https://example.com/%d, comment: %s}\n"
    return ENTRIES + "".join(entry % (n, n, f"{'Ground and polished. ' * 50}{n}") for n in range(count))


def found(run: Run, *arguments: str) -> list[dict[str, Any]]:
    """Return the findings of `check --json`."""
    problems: list[dict[str, Any]] = json.loads(run("check", *arguments, "--json").stdout)
    return problems


def write_template(folder: Path, name: str, old: str = "", new: str = "") -> None:
    """Write a built-in template to the publication, with `old` replaced, or with `new` at its end."""
    text = (REPOSITORY / "templates" / name).read_text()
    assert old in text
    own = folder / "templates" / name
    own.parent.mkdir(parents=True, exist_ok=True)
    own.write_text(text.replace(old, new) if old else text + new)


@pytest.mark.parametrize(
    ("preheader", "problem"),
    [
        ("a" * 39, "39 characters, fewer than 40"),
        ("a" * 40, ""),
        ("a" * 140, ""),
        ("a" * 141, "141 characters, more than 140"),
        ("窗" * 19, "38 characters, fewer than 40"),
        ("窗" * 20, ""),
        ("窗" * 71, "142 characters, more than 140"),
    ],
)
def test_a_preheader_has_40_to_140_characters(run: Run, folder: Path, preheader: str, problem: str) -> None:
    """An East Asian character counts as two."""
    old = "A lens on the week, ground from one story and polished twice over"
    write_publication(folder, _1=ISSUE.replace(old, preheader))
    messages = [each["message"] for each in found(run, "1") if each["rule"] == "email-preheader-length"]
    assert messages == ([f"the preheader has {problem}"] if problem else [])


@pytest.mark.parametrize(
    ("language", "title", "subtitle", "reported"),
    [
        (
            "en",
            "How telescopes are calibrated",
            "A calibrated telescope, and more. " + "Hello there, dear all! " * 20,
            False,
        ),
        ("en", "How telescopes are calibrated", "Hello there, dear all! " * 20 + "A calibrated telescope.", True),
        ("ru", "Как настраивают телескопы", "Настройка телескопа. " + "Всем привет! " * 40, False),
        ("ru", "Как настраивают телескопы", "Всем привет! " * 40 + "Настройка телескопа.", True),
        ("ja", "望遠鏡を調整する", "望遠鏡の調整について。" + "みなさん、こんにちは。" * 20, False),
        ("ja", "望遠鏡を調整する", "みなさん、こんにちは。" * 6 + "望遠鏡の調整について。", False),
        ("ja", "望遠鏡を調整する", "みなさん、こんにちは。" * 20 + "望遠鏡の調整について。", True),
        ("ko", "망원경 조정하기", "망원경을 조정한다. " + "여러분 안녕하세요. " * 40, False),
        ("ko", "망원경 조정하기", "여러분 안녕하세요. " * 40 + "망원경을 조정한다.", True),
    ],
)
def test_the_first_words_name_what_is_in_the_email(
    run: Run, folder: Path, language: str, title: str, subtitle: str, reported: bool
) -> None:
    """In every script, 50 words (100 Japanese letters) name the subject of an entry. The preheader does not count."""
    (folder / "templates/labels").mkdir(parents=True)
    (folder / f"templates/labels/{language}.yaml").write_text((REPOSITORY / "templates/labels/en.yaml").read_text())
    entry = f"    - {{title: {title}, url: https://example.com/1, comment: {title}}}\n"
    head = ENTRIES.replace("date:", f"language: {language}\nsubtitle: {subtitle}\ndate:")
    write_publication(folder, _1=head.replace("A lens on the week", title) + entry)
    assert [each["path"] for each in found(run, "1") if each["rule"] == "email-opening"] == ["subtitle"] * reported


@pytest.mark.parametrize(("words", "reported"), [("[This one](@lens)", False), ("This one", True)])
def test_a_link_to_an_entry_says_what_is_in_the_email(run: Run, folder: Path, words: str, reported: bool) -> None:
    """A highlight may speak of an entry in other words than its title."""
    point = f'"{words} is worth the week.{" Hello there, dear all!" * 20}"'
    write_publication(folder, _1=ISSUE.replace("A story about [lenses](@lens) is worth the week.", point))
    assert [each["path"] for each in found(run, "1") if each["rule"] == "email-opening"] == ["title"] * reported


def test_the_opening_is_reported_at_the_intro(run: Run, folder: Path) -> None:
    """An intro that does not say what is in the email is named with its line, and one that does is enough."""
    for words, paths in (("Hello there, dear all! ", ["intro"]), ("A [story](@lens) for you. ", [])):
        write_publication(folder, _1=ISSUE.replace("date:", f"intro: {words * 20}\ndate:", 1))
        (reported,) = [[each for each in found(run, "1") if each["rule"] == "email-opening"]]
        assert [each["path"] for each in reported] == paths
        assert all("`subtitle`, `intro` or the first highlight" in each["advice"] for each in reported)


def test_the_entry_where_gmail_cuts_is_reported(run: Run, folder: Path) -> None:
    """The finding is at the entry with the first byte that Gmail omits, and lists the sizes of the largest entries."""
    write_publication(folder, _1=long_issue(90))
    (clipped,) = [problem for problem in found(run, "1") if problem["rule"] == "email-clipped"]
    run("render", "email", "1", code=0)
    html = (folder / "build/1/email.html").read_bytes()
    before = unescape(html[:102_000].decode(errors="ignore"))
    last = before.rpartition(">Story ")[2].partition("<")[0]
    assert clipped["path"] == f"sections.papers[{last}]"
    assert f"{len(html):,} bytes" in clipped["message"]
    assert f"in the entry `Story {last}`" in clipped["message"]
    sizes = [int(line.split()[0].replace(",", "")) for line in clipped["advice"].splitlines()[1:]]
    assert sum(sizes) == len(html)


def test_entries_are_unknown_if_a_template_counts_characters(run: Run, folder: Path) -> None:
    """If a template's output depends on the length of a text, a problem is reported without its entry."""
    write_publication(folder, _1=long_issue(90))
    write_template(folder, "email/entry.mjml", "{{ entry.title }}", "{{ entry.title }} ({{ entry.title | length }})")
    (clipped,) = [problem for problem in found(run, "1") if problem["rule"] == "email-clipped"]
    assert (clipped["line"], clipped["path"]) == (1, "")
    assert "in the entry" not in clipped["message"]


def test_a_problem_of_the_layout_is_reported_once_at_the_first_entry(run: Run, folder: Path) -> None:
    """A problem in every entry is one finding with a count; outside the entries, the message says so."""
    write_publication(folder, _1=long_issue(3))
    domain = '<p><a class="domain"'
    write_template(folder, "email/entry.mjml", domain, f'<p style="font-size:9px">x</p>{domain}')
    (small,) = [problem for problem in found(run, "1") if problem["rule"] == "email-small-text"]
    assert small["path"] == "sections.papers[0]"
    assert small["message"] == "text of 9 pixels in <p>, 3 times"
    (folder / "templates/email/entry.mjml").unlink()
    write_template(folder, "email/masthead.mjml", "<h1", "<p style='font-size:9px'>x</p><h1")
    (small,) = [problem for problem in found(run, "1") if problem["rule"] == "email-small-text"]
    assert (small["path"], small["message"]) == ("", "text of 9 pixels in <p> (outside the entries)")


@pytest.mark.parametrize(
    ("template", "html", "rule"),
    [
        ("email/masthead.mjml", '<p style="background-image: url(ground.png)">x</p>', "email-url"),
        ("email-head.css", ".title { background: url('http://example.com/ground.png') }", "email-url-http"),
        ("email-head.css", ".title { background: url(https://localhost/ground.png) }", "email-url-private"),
        (
            "email/masthead.mjml",
            '<p style="background-image: url(data:image/png;base64,iVBORw0KGgo=)">x</p>',
            "email-image-format",
        ),
        ("email/masthead.mjml", '<a href="https://example.com/">&#8203;</a>', "email-link-name"),
        ("email/masthead.mjml", '<p id="a">x</p><p id="a">y</p><p id="a">z</p>', "email-id-twice"),
        ("email/masthead.mjml", '<a href="about.html">About</a><br /><a href="about.html">About</a>', "email-url"),
    ],
)
def test_urls_in_styles_are_checked_and_a_problem_is_reported_once(
    template: str, html: str, rule: str, run: Run, folder: Path
) -> None:
    """URLs in `url()` are checked too, and the same problem in several elements is one finding."""
    write_publication(folder, _1=ISSUE)
    mjml = template.endswith(".mjml")
    write_template(folder, template, '<h1 class="title"' if mjml else "", html + '<h1 class="title"' * mjml)
    assert [problem["rule"] for problem in found(run, "1") if problem["rule"] != "email-compatibility"] == [rule]


@pytest.mark.parametrize(
    ("css", "mode"),
    [
        ("@media (prefers-color-scheme: dark) { .entries { color: #333333 !important } }", "dark"),
        ("[data-ogsc] .entries { color: #333333 !important }", "Outlook's dark mode"),
        ("@media screen and (min-width: 300px) { .entries { color: #eeeeee !important } }", "light"),
        ("@media print { .entries { color: #eeeeee !important } }", ""),
        (".entries { color: #eeeeee }", ""),
        (".entries { color: oklch(0.9 0.1 20) !important; background: url(a.png) }", ""),
        ("a:hover, p::before, p:unheard { color: #eeeeee !important }", ""),
        ("p:hover, .title { color: #eeeeee !important }", "light"),
        ("@media (prefers-color-scheme: dark) { .entries { color: rgb(200 200 200 / 20%) !important } }", "dark"),
    ],
)
def test_contrast_is_measured_as_a_client_applies_the_rules(css: str, mode: str, run: Run, folder: Path) -> None:
    """Media queries, importance, inline styles, transparency and Outlook's attributes decide the colours."""
    write_publication(folder, _1=ISSUE)
    write_template(folder, "email-head.css", new=css)
    messages = [problem["message"] for problem in found(run, "1") if problem["rule"] == "email-contrast"]
    assert {message.partition(":1 in ")[2].partition(",")[0] for message in messages} == ({mode} if mode else set())


def test_emphasis_and_links_within_a_word_are_no_lost_words(run: Run, folder: Path) -> None:
    """The text part marks emphasis and links, even within a word, and no word of the comment is reported."""
    comment = "**P**rincipal *C*omponents, un*believ*able [GAN](https://example.com/gan)s, 3[4](https://example.com/4)."
    write_publication(folder, _1=ISSUE.replace("A lens is *ground* before it is polished.", comment))
    assert [problem for problem in found(run, "1") if problem["rule"] == "email-words"] == []


def test_a_publication_ignores_a_rule_on_emails(run: Run, folder: Path) -> None:
    """What a publication's layout does on purpose is not reported."""
    publication = PUBLICATION + "checks:\n  ignore: [email-small-text]\n"
    write_publication(folder, publication=publication, _1=ISSUE)
    write_template(folder, "email.css", new="p.legal { font-size: 11px }")
    assert "no problems found" in run("check", "1", code=0).stderr


def test_braces_of_an_author_are_not_reported(run: Run, folder: Path) -> None:
    """An author may write about templates in a title, a comment or code."""
    issue = ISSUE.replace("How lenses are ground", "What {{ name }} and {% if %} and <mj-text> mean")
    issue = issue.replace(
        "before it is polished", "with `{{ name }}`, {{unsubscribe_url}} and a long {{ word\n        here }}"
    )
    write_publication(folder, _1=issue)
    assert [problem for problem in found(run, "1") if problem["rule"].startswith("email")] == []


@pytest.mark.parametrize("language", ["en", "ja", "zh", "ar"])
def test_the_built_in_layout_has_no_problems(language: str, run: Run, folder: Path) -> None:
    """No rule finds a problem in a logo, highlights, images, code, quotes, other languages, or a full footer."""
    publication = write_full(folder, language)
    problems = [problem for problem in found(run, "1") if problem["rule"].startswith(("email", "medium"))]
    assert problems == []
    email = render_for_rules(Renderer(Workspace(publication)), Workspace(publication).issue("1"))
    features = {known_features()[name][0] for name in used_names(email) if name in known_features()}
    assert features == set(FALLBACKS)


def write_full(folder: Path, language: str) -> Path:
    """Write a publication and an issue with everything that the layout can show."""
    labels = REPOSITORY / "templates/labels"
    publication = (
        PUBLICATION
        + "author: Ada\nabout: I grind [lenses](https://lens.example.org/).\ntagline: Glass\n"
        + "logo:\n  image: https://i.example.com/logo.png\n"
        + "links:\n  subscribe:\n    url: https://lens.example.org/subscribe\n"
        + "  other:\n    - {title: Sand, url: https://lens.example.org/sand, teaser: On sand}\n"
    )
    comment = (
        "Some `code`, *stress* and **more**.\n\n- A [link](https://example.com/a)\n- B\n\n> Quoted\n\n```\nblock\n```"
    )
    issue = ISSUE.replace("A lens is *ground* before it is polished.", comment.replace("\n", "\n        "))
    issue = issue.replace(
        "comment: |", f"image: {IMAGE}\n      image_alt: A lens.\n      image_credit: Ada\n      comment: |"
    )
    issue = issue.replace("date:", f"language: {language}\ndate:")
    issue += (
        "    - {title: Другое, url: https://example.com/ru, language: ru, source_title: Original, comment: Слово.}\n"
    )
    issue += "    - {title: אחר, url: https://example.com/he, language: he, comment: מילה.}\n"
    write_publication(folder, publication=publication, _1=issue, _0=ISSUE.replace("05-05", "04-05"))
    (folder / "templates/labels").mkdir(parents=True)
    (folder / f"templates/labels/{language}.yaml").write_text((labels / "en.yaml").read_text())
    return folder


def errors_of(email: RenderedEmail) -> list[tuple[str, str]]:
    """Return the errors that the rules find, which prevent sending."""
    rules = (rule for rules in SETS for rule in rules if rule.severity is Severity.ERROR)
    return [(rule.id, getattr(finding, "message", "")) for rule in rules for finding in rule.find(email)]


@pytest.mark.slow
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(WORDS, WORDS, WORDS, trees)
def test_no_text_of_an_author_breaks_the_layout(title: str, alt: str, comment: str, tree: Piece) -> None:
    """Every valid issue becomes an email without errors, in which the region of each entry is known."""
    entry = {**ENTRY, "title": title, "image": IMAGE, "image_alt": alt, "comment": as_markdown(comment)}
    workspace = written(
        {"title": title, "date": "2024-05-05", "sections": {"papers": [entry, {**ENTRY, "comment": tree[0]}, ENTRY]}}
    )
    email = render_for_rules(Renderer(workspace), workspace.issue("1"))
    assert errors_of(email) == []
    found_regions = [part.region for part in email.entries]
    assert all(found_regions)
    for before, after in pairwise(found_regions):
        assert before is not None
        assert after is not None
        assert before.end == after.start
        assert email.html[after.start :].startswith("<h3")


def test_the_script_reduces_the_data_on_clients(tmp_path: Path) -> None:
    """The script keeps the names of each feature, and the clients whose latest version does not support it."""
    clients = {
        "gmail": {name: {"2020-01": "y", "2021-10": "n #1"} for name in ("desktop-webmail", "ios", "android")},
        "outlook": {"windows": {"2019": "n", "2016": "y"}, "macos": {"16.9": "n", "16.80": "y"}},
    }
    features = [
        {"slug": "css-gap", "title": "gap, column-gap", "keywords": "gap", "stats": clients},
        {"slug": "css-at-media-orientation", "title": "@media (orientation)", "keywords": None, "stats": clients},
        {"slug": "css-display-flex", "title": "display:flex", "keywords": None, "stats": clients},
        {"slug": "html-picture", "title": "<picture> element", "keywords": None, "stats": clients},
        {"slug": "css-color", "title": "color", "keywords": None, "stats": {}},
    ]
    (tmp_path / "data").mkdir()
    data = {"last_update_date": "2026-05-13 14:45", "data": features}
    (tmp_path / "data/caniemail.json").write_text(json.dumps(data))
    (tmp_path / "package.json").write_text('{"version": "9.9.9"}')
    (tmp_path / "LICENSE").write_text("MIT License\n\nCopyright © A")
    made = runpy.run_path(str(REPOSITORY / ".ci/caniemail.py"))["reduce_data"](tmp_path)
    assert made["date"] == "2026-05-13"
    assert made["licence"] == ["MIT License", "Copyright © A"]
    assert "9.9.9" in made["source"]
    assert {slug: feature["names"] for slug, feature in made["features"].items()} == {
        "css-at-media-orientation": ["media orientation"],
        "css-display-flex": ["value display:flex"],
        "css-gap": ["property gap", "property column-gap"],
        "html-picture": ["element picture"],
    }
    assert made["features"]["css-gap"]["unsupported"] == ["Gmail", "Outlook (Windows)"]
