"""Tests of the command `newsletter import`: the layouts in which newsletters were published."""

from pathlib import Path

import pytest

from newsletter.issue.draft import EntryDraft, IssueDraft
from newsletter.issue.draft_document import read_draft
from newsletter.publication.section import DEFAULT_SECTIONS, FEATURED, SectionKey
from tests.conftest import Run
from tests.publications import write_publication

PAGES = Path(__file__).parent / "pages"
HEAD = "# The Weekly Lens — Issue 7\n\n"
PAPERS = "# 1. Papers\n\n"
CARD = (
    "[](https://a.example/lens) [## Lenses, explained\n\n### How they are ground\n\na.example](https://a.example/lens)"
)


@pytest.fixture(autouse=True)
def publication(folder: Path) -> Path:
    """A publication without issues."""
    return write_publication(folder)


def import_page(run: Run, page: str, *arguments: str, name: str = "story.md") -> IssueDraft:
    """Import a page. Returns its draft."""
    Path(name).write_text(page, encoding="utf-8")
    path = Path(run("import", "medium", name, *arguments, code=0).stdout.strip())
    return read_draft(path).draft


def only_entry(issue: IssueDraft) -> EntryDraft:
    """Return the only entry of a draft."""
    ((_, _, entry),) = issue.entries()
    return entry


# The same entry in different layouts.
SHAPES = {
    "title and domain": "[**How lenses are ground**](https://a.example/lens?utm_source=x)**—**[**a.example**](https://a.example/lens)",
    "first-level heading": "# [How lenses are ground](https://a.example/lens)",
    "second-level heading, the domain below": "## [How lenses are ground](https://a.example/lens)\n\n[a.example](https://a.example/lens)",
    "bold link": "[**How lenses are ground**](https://a.example/lens)",
    "link in bold": "**[How lenses are ground](https://a.example/lens)**",
    "bold link in a heading": "### **[How lenses are ground](https://a.example/lens)**",
    "plain title, the domain linked": "How lenses are ground — [a.example](https://a.example/lens)",
    "plain heading, the URL below": "## How lenses are ground\n\nhttps://a.example/lens",
    "bold title, a card below": "**How lenses are ground**\n\n" + CARD,
    "link, a card below": "[How lenses are ground](https://a.example/lens)\n\n" + CARD,
    "plain title, a card below": "**How lenses are ground**\n" + CARD,
    "domain in brackets": "[**How lenses are ground**](https://a.example/lens) (a.example)",
}


@pytest.mark.parametrize("title", SHAPES.values(), ids=SHAPES)
def test_an_entrys_title_and_url_are_found(run: Run, title: str) -> None:
    """The title may be a heading, a bold link or plain text, and the URL may be in it, after it or below it."""
    entry = only_entry(import_page(run, f"{HEAD}{PAPERS}{title}\n\n*Lenses, explained*\n\nThey are *ground*.\n"))
    assert (entry.title, entry.url) == ("How lenses are ground", "https://a.example/lens")
    assert (entry.source_title, entry.comment) == ("Lenses, explained", "They are *ground*.")


SOURCES = {
    "in italics": "*Lenses, explained*\n\nThey are *ground*.",
    "in italics, the comment on the next line": "*Lenses, explained*\nThey are *ground*.",
    "in italics, the comment after a break": "*Lenses, explained*  \nThey are *ground*.",
    "in brackets": "\\[Lenses, explained\\]\nThey are *ground*.",
    "in full-width brackets": "【Lenses, explained】\nThey are *ground*.",
    "marked as the original title": "【原标题:Lenses, explained】\n\nThey are *ground*.",
    "with the paper's number": "[2101.00001] Lenses, explained\nThey are *ground*.",
    "with the number in italics": "*\\[2101.00001v2\\] Lenses, explained*\n\nThey are *ground*.",
    "with the comment on the same line": "*[2101.00001] Lenses, explained* They are *ground*.",
}


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
def test_the_source_title_is_separated_from_the_comment(run: Run, source: str) -> None:
    """It may be in italics or brackets, with or without a number, above the comment or on the same line."""
    title = "[**How lenses are ground**](https://arxiv.org/abs/2101.00001)"
    entry = only_entry(import_page(run, f"{HEAD}{PAPERS}{title}\n\n![](https://i.example/1.png)\n\n{source}\n"))
    assert (entry.source_title, entry.comment) == ("Lenses, explained", "They are *ground*.")
    assert (entry.image, entry.image_alt) == ("https://i.example/1.png", "")


def test_another_papers_number_stays(run: Run) -> None:
    """A number that differs from that in the URL is kept, so that `check` can report it."""
    title = "[**T**](https://arxiv.org/abs/2102.05095)"
    entry = only_entry(import_page(run, f"{HEAD}{PAPERS}{title}\n\n*【2102.06171】A title*\n\nA comment.\n"))
    assert entry.source_title == "[2102.06171] A title"


def test_links_with_different_targets_are_reported(run: Run) -> None:
    """If the title, the domain and the card link to different stories, the title's URL is used."""
    title = "[**T**](https://a.example/1) — [b.example](https://b.example/2)"
    Path("story.md").write_text(f"{HEAD}{PAPERS}{title}\n\nC.\n")
    result = run("import", "medium", "story.md", code=0)
    assert "a link of the entry has another target: see the comment above it\n" in result.stderr
    text = Path("issues/007.yaml").read_text()
    assert "    # From line 5 of story.md, its domain's link, with another target: https://b.example/2\n" in text
    assert "      url: https://a.example/1\n" in text


@pytest.mark.parametrize(
    "credit",
    [
        "Image: A. Person",
        "Image credit: A. Person",
        "*Photo by: A. Person*",
        "(Credit: A. Person)",
        "画像：A. Person",
        "図：A. Person",
        "图片来源：A. Person",
    ],
)
@pytest.mark.parametrize("between", ["\n\n", "\n"], ids=["apart", "together"])
def test_a_credit_is_separated_from_the_comment(run: Run, credit: str, between: str) -> None:
    """A credit is a line below the image that names its owner."""
    head = f"{HEAD}{PAPERS}[**T**](https://a.example/lens)\n\n![A lens](https://i.example/1.png)\n\n"
    entry = only_entry(import_page(run, f"{head}{credit}{between}A comment.\n"))
    assert (entry.image_alt, entry.image_credit, entry.comment) == ("A lens", "A. Person", "A comment.")


def test_linked_headings_and_bold_titles_can_be_mixed(run: Run) -> None:
    """Both start an entry in the same section."""
    page = f"{HEAD}{PAPERS}[**T1**](https://a.example/1)\n\nC1.\n\n## [T2](https://a.example/2)\n\nC2.\n"
    assert [entry.title for _, _, entry in import_page(run, page).entries()] == ["T1", "T2"]


def test_an_image_and_a_card_are_both_kept(run: Run) -> None:
    """The image becomes that of the entry, and the title of the card becomes the source title."""
    title = "[**T**](https://a.example/lens)"
    entry = only_entry(
        import_page(run, f"{HEAD}{PAPERS}{title}\n\n![A lens](https://i.example/1.png)\n\n{CARD}\n\nA comment.\n")
    )
    assert (entry.image, entry.source_title) == ("https://i.example/1.png", "Lenses, explained")
    assert "How they are ground" in Path("issues/007.yaml").read_text()


ENGLISH = [
    "Featured Paper/News in This Week",
    "Machine Learning Use Case",
    "Papers",
    "Machine Learning Technology Related Articles",
    "Other Topics",
]
LABELS = {
    "English": ENGLISH,
    "English, of a month": [
        "Featured Paper/News in February 2021",
        "Machine Learning use cases",
        "Papers",
        "Articles",
        "Others",
    ],
    "Japanese": ["今週の注目論文/ニュース", "機械学習のユースケース", "論文", "機械学習の技術関連記事", "その他の話題"],
    "Chinese": ["本周精选论文与新闻", "机器学习应用案例", "论文", "机器学习技术文章", "其他话题"],
    "machine-translated Chinese": ["本周特稿/新闻。", "机器学习用例", "报纸", "机器学习技术相关文章", "其他主题"],
}


@pytest.mark.parametrize("labels", LABELS.values(), ids=LABELS)
@pytest.mark.parametrize("numbered", [True, False])
def test_sections_are_recognized_in_all_wordings(run: Run, labels: list[str], numbered: bool) -> None:
    """They may have numbers, and be in three languages or machine-translated."""
    points = "".join(
        f"## {label}\n\n- A point on [{label}](https://p.example/{index})\n\n" for index, label in enumerate(labels[:3])
    )
    listed = "".join(f"{index}. {label}\n" for index, label in enumerate(labels, 1))
    sections = "".join(
        f"{'#' if numbered else '##'} {f'{index}. ' if numbered else ''}{label}\n\n[**T{index}**](https://a.example/{index})\n\nC.\n\n---\n\n"
        for index, label in enumerate(labels, 1)
    )
    issue = import_page(run, f"{HEAD}{points}— — — —\n\n{listed}\n— — — —\n\n{sections}")
    assert [(section, entry.title) for section, _, entry in issue.entries()] == [
        (section, f"T{index}") for index, section in enumerate(DEFAULT_SECTIONS, 1)
    ]
    assert [(section, text) for section, _, text in issue.points()] == [
        (section, f"A point on [{label}](https://p.example/{index})")
        for index, (section, label) in enumerate(zip(DEFAULT_SECTIONS[:3], labels[:3], strict=True))
    ]


def test_the_publications_section_names_are_recognized(run: Run, folder: Path) -> None:
    """Names in the publication's `labels` are known headings."""
    (folder / "newsletter.yaml").write_text(
        (folder / "newsletter.yaml").read_text() + "labels:\n  en:\n    papers: Worth an evening\n"
    )
    issue = import_page(run, f"{HEAD}# 1. Worth an evening\n\n[**T**](https://a.example/1)\n\nC.\n")
    assert [section for section, _, _ in issue.entries()] == [SectionKey("papers")]


def test_an_editors_pick_list_is_the_highlights(run: Run) -> None:
    """A list of picks above the sections becomes the featured section's highlights."""
    issue = import_page(
        run,
        f"{HEAD}## Editor's pick\n\n- One [a](https://a.example/1)\n- Two\n\n---\n\n{PAPERS}[**T**](https://a.example/1)\n\nC.\n",
    )
    assert issue.highlights[FEATURED] == ("One [a](https://a.example/1)", "Two")


def test_a_monthly_summary_of_25_entries(run: Run) -> None:
    """Without number and week in the title, the month is the slug, and the missing date is reported."""
    sections = "".join(
        f"# {number}. {label}\n\n"
        + "".join(f"[**T{number}-{n}**](https://a.example/{number}/{n})\n\nC.\n\n" for n in range(count))
        for number, (label, count) in enumerate(zip(ENGLISH[1:], (3, 15, 5, 2), strict=True), 1)
    )
    Path("story.md").write_text(f"# The Weekly Lens — February 2021\n\n{sections}")
    result = run("import", "medium", "story.md", code=0)
    assert result.stdout == "issues/2021-02.yaml\n"
    assert result.stderr == (
        "issues/2021-02.yaml: 25 entries in 4 sections, 0 highlights.\nissues/2021-02.yaml:3: `date` is missing\n"
    )


ORIGINALLY = "Originally published at https://l.example/7 on May 5, 2024."


@pytest.mark.parametrize(
    ("head", "subtitle", "day"),
    [
        ("# Lens — Issue 7\n\nA week of glass · 5 May 2024\n", "A week of glass", "2024-05-05"),
        ("# Lens — Issue 7\n\n## A week of glass\n", "A week of glass", ""),
        (f"# Lens — Issue 7\n\n*A week of glass*\n\n{ORIGINALLY}\n", "A week of glass", "2024-05-05"),
        ("# Lens — Issue 7\n\n2024年5月5日\n", "", "2024-05-05"),
        ("# Lens — Week 18, 2024\n", "", "2024-05-05"),
        ("# Lens — 2024年第18週\n", "", "2024-05-05"),
        ("# Lens — 2024 年第 18 周\n\n> 原文：<https://l.example/7?source=x>\n", "", "2024-05-05"),
    ],
)
def test_subtitle_and_date_are_read_from_the_head(run: Run, head: str, subtitle: str, day: str) -> None:
    """They are in the line below the title, in a note on the original, or in the week of the title."""
    issue = import_page(run, f"{head}\n{PAPERS}[**T**](https://a.example/1)\n\nC.\n")
    assert (issue.subtitle, issue.date) == (subtitle, day)


FEET = [
    "# About me\n\nAn engineer. [Me](https://f.example/me)\n\n# Past newsletters\n\n- [Issue 6](https://f.example/6)\n",
    "# 🌟I publish a newsletter every week! Please subscribe!🌟\n\n[](https://f.example/s) [## The list\n\n### Weekly\n\nf.example](https://f.example/s)\n",
    "# 関於\n\n[x](https://f.example/x)\n\n# Other blogs\n\nhttps://f.example/b\n",
]


@pytest.mark.parametrize("foot", FEET)
def test_the_footer_is_kept_as_comments(run: Run, foot: str) -> None:
    """Text below the entries becomes YAML comments at the end of the file, with its line in the page."""
    page = f"{HEAD}{PAPERS}[**T**](https://a.example/1)\n\nC.\n\n— — —\n\n{foot}"
    issue = import_page(run, page)
    text = Path("issues/007.yaml").read_text()
    assert only_entry(issue).comment == "C."
    for line, words in enumerate(page.split("\n"), 1):
        if words.startswith("# ") and line > 10:
            assert f"# From line {line} of story.md, its footer: {words}" in text
    for address in ("me", "6", "s", "x", "b"):
        assert (f"https://f.example/{address}" in foot) == (f"https://f.example/{address}" in text)


def test_errors_of_machine_translation_are_removed(run: Run) -> None:
    """Asterisks, brackets, spaces in domains and empty links are removed. Missing values are reported."""
    Path("story.md").write_text((PAGES / "translated.md").read_text(encoding="utf-8"), encoding="utf-8")
    result = run("import", "medium", "story.md", code=0)
    issue = read_draft(Path("issues/007.yaml")).draft
    assert [(entry.title, entry.url, entry.source_title, entry.comment) for _, _, entry in issue.entries()] == [
        ("练习打磨", "https://www.lens.example/grind", "打磨基础", "一篇实践文章。"),
        ("", "https://arxiv.org/abs/2107.00001", "通过镜头", "本文介绍了方法。"),
        ("少量数据", "https://arxiv.org/abs/2107.00002", "镜头饮食", "研究了数据。"),
        (
            "两个标题",
            "https://arxiv.org/abs/2107.00001",
            "[2107.00003] 另一篇论文",
            "评论。",
        ),
        ("", "https://lens.example/a", "🚧简单的考虑", "没有标题行。"),
        ("物理模拟", "https://lens.example/p.html", "基于物理", "一本书。"),
        (
            "镜头 1.0 版本",
            "https://lens.example/v1.html",
            "",
            "[https://lens.example/v1.html](https://lens.example/v1.html)",
        ),
    ]
    assert issue.highlights[FEATURED] == (
        "[一个关于镜头的系列](https://medium.com/lens/series-0123456789ab)已经开始。",
    )
    assert (issue.number, issue.language, issue.date, issue.status) == ("7", "zh", "", "published")
    assert issue.canonical_url == "https://medium.com/lens/weekly-7-0123456789ab"
    text = Path("issues/007.yaml").read_text()
    assert "**" not in text
    assert "From line 52 of story.md, its link card: 简单的考虑 — 随着…" in text
    assert "issues/007.yaml:3: `date` is missing\n" in result.stderr
    assert "`title` of the entry is missing" in result.stderr


LINKS = {
    "full-width brackets": "【**谷歌的镜头**】（https://a.example/1）",
    "empty links to other pages": "[](https://x.example/)[**谷歌的镜头**](https://a.example/1)—[a.example](https://a.example/1)",
    "a title that looks like a domain": "[**谷歌的Keras.io**](https://a.example/1)",
}


@pytest.mark.parametrize("line", LINKS.values(), ids=LINKS)
def test_links_damaged_by_machine_translation_begin_an_entry(run: Run, line: str) -> None:
    """The title and its URL are found, and no URL is lost."""
    page = f"# 镜头周刊 第7期\n\n> 原文：<https://l.example/7>\n\n# 1. 论文\n\n{line}\n\n他们在室温下打磨。\n"
    entry = only_entry(import_page(run, page))
    title = "谷歌的Keras.io" if "Keras" in line else "谷歌的镜头"
    assert (entry.title, entry.url, entry.comment) == (title, "https://a.example/1", "他们在室温下打磨。")
    assert ("x.example" in line) == ("x.example" in Path("issues/007.yaml").read_text())


def test_an_image_with_a_credit_below_a_comment_begins_an_entry(run: Run) -> None:
    """Its title is blank, which is reported with the guess. An image that belongs to the open entry does not."""
    second = "![](https://i.example/2.png)\n\nImage from this paper\n\nC2 about [it](https://a.example/2).\n"
    Path("story.md").write_text(
        f"{HEAD}{PAPERS}[**T**](https://a.example/1)\n\n![](https://i.example/1.png)\n\nC1.\n\n{second}"
    )
    result = run("import", "medium", "story.md", code=0)
    found = [
        (e.title, e.url, e.image, e.image_credit) for _, _, e in read_draft(Path("issues/007.yaml")).draft.entries()
    ]
    assert found == [
        ("T", "https://a.example/1", "https://i.example/1.png", ""),
        ("", "https://a.example/2", "https://i.example/2.png", "Image from this paper"),
    ]
    assert "guessed: that an entry without a title begins here\n" in result.stderr
    issue = import_page(run, f"{HEAD}{PAPERS}[**T**](https://a.example/1)\n\nC1.\n\n{second}", "-o", "b")
    assert only_entry(issue).image_credit == "Image from this paper"


def test_strict_fails_if_text_was_not_placed(run: Run) -> None:
    """The issue is written all the same. The footer, and the text of a link card, are no reason to fail."""
    page = f"{HEAD}{PAPERS}[**T**](https://a.example/1)\n\n{CARD}\n\nC.\n\n# About me\n\nI grind.\n"
    import_page(run, page, "--strict", "-o", "a")
    Path("story.md").write_text(page.replace(PAPERS, f"{PAPERS}Loose words.\n\n"))
    assert "1 part of the page fits no field" in run("import", "medium", "story.md", "-o", "b", code=0).stderr
    result = run("import", "medium", "story.md", "--strict", "-o", "c", code=1)
    assert result.stdout == "c/007.yaml\n"
    assert "Loose words." in Path("c/007.yaml").read_text()


def test_the_report_counts_guesses_and_comments_with_their_lines(run: Run) -> None:
    """What was placed, what was placed by a guess, and what stands in comments."""
    entry = f"[**T**](https://a.example/lens)\n\n{CARD}\n\nC.\n\n"
    page = f"{HEAD}# 1. Machine learning papers\n\nLoose words.\n\n{entry}# About me\n\nI.\n"
    Path("story.md").write_text(page)
    lines = run("import", "medium", "story.md", code=0).stderr.splitlines()
    text = Path("issues/007.yaml").read_text().split("\n")
    (section,) = (n for n, line in enumerate(text, 1) if line == "    - title: T")
    (loose,) = (n for n, line in enumerate(text, 1) if line.endswith("not placed: Loose words."))
    (foot,) = (n for n, line in enumerate(text, 1) if line.endswith("its footer: # About me"))
    (heading,) = (n for n, line in enumerate(text, 1) if "its heading of papers" in line)
    (card,) = (n for n, line in enumerate(text, 1) if ", its link card: " in line)
    assert lines == [
        "issues/007.yaml: 1 entry in 1 section, 0 highlights.",
        "issues/007.yaml:4: `date` is missing",
        f"issues/007.yaml:{section}: guessed: the section of the heading “1. Machine learning papers”",
        f"1 value was placed by a guess: check line {section}.",
        f"1 part of the page fits no field and was kept as a comment: line {loose}.",
        f"The footer of the page was kept as comments at the end, from line {foot}.",
        f"2 other comments keep what the layout does not need: lines {heading}, {card}.",
    ]


def test_text_that_fits_no_field_becomes_a_comment_with_its_line(run: Run) -> None:
    """The report counts these comments and lists their lines."""
    page = f"{HEAD}{PAPERS}Words before the first entry.\n\n[**T**](https://a.example/1)\n\nC.\n"
    Path("story.md").write_text(page)
    result = run("import", "medium", "story.md", code=0)
    lines = Path("issues/007.yaml").read_text().split("\n")
    below = next(number for number, line in enumerate(lines, 1) if "not placed: Words before the first entry." in line)
    assert f"1 part of the page fits no field and was kept as a comment: line {below}." in result.stderr


def test_text_around_the_sections_is_the_intro_and_the_outro(run: Run) -> None:
    """Text before the highlights or sections is the intro; text below the rule after the last entry is the outro."""
    entry = "[**T{n}**](https://a.example/{n})\n\nA comment.\n\n"
    page = (
        f"{HEAD}{'A *long* word of welcome. ' * 12}\n\n- one\n- [two](https://two.example/)\n\n### Hello\n\n"
        f"![A lens](https://i.example/lens.png)\n\n{PAPERS}{entry.format(n=1)}---\n\nBetween.\n\n"
        f"{entry.format(n=2)}---\n\nSee you **next** week.\n\n> A quote.\n\n---\n\n# About me\n\nI grind lenses.\n"
    )
    issue = import_page(run, page)
    assert issue.intro.startswith("A *long* word of welcome. A *long*")
    assert issue.intro.endswith(
        "- one\n- [two](https://two.example/)\n\n**Hello**\n\n![A lens](https://i.example/lens.png)"
    )
    assert issue.outro == "See you **next** week.\n\n> A quote."
    assert [entry.comment for _, _, entry in issue.entries()] == ["A comment.", "A comment."]
    text = Path("issues/007.yaml").read_text()
    assert "not placed: Between." in text
    assert "its footer: I grind lenses." in text


def test_an_import_overwrites_nothing(run: Run) -> None:
    """A second import of the same issue is an error, and the file does not change."""
    import_page(run, f"{HEAD}{PAPERS}[**T**](https://a.example/1)\n\nC.\n")
    Path("issues/007.yaml").write_text("mine")
    assert "Error: issues/007.yaml already exists" in run("import", "medium", "story.md", code=1).stderr
    assert Path("issues/007.yaml").read_text() == "mine"
    assert run("import", "medium", "story.md", "-o", "elsewhere", code=0).stdout == "elsewhere/007.yaml\n"


def test_images_next_to_the_page_are_copied(run: Run, folder: Path) -> None:
    """They are copied to images/SLUG/. A missing image, or one outside the folder, is a comment; its credit stays."""
    (folder / "export/img").mkdir(parents=True)
    (folder / "export/img/A 1.png").write_bytes(b"picture")
    (folder / "secret.png").write_bytes(b"secret")
    sources = ["img/A%201.png", "img/none.png", "../secret.png", "/etc/passwd.png", "data:image/png;base64,AAAA"]
    entry = "[**T{n}**](https://a.example/{n})\n\n![x]({source})\n\nImage: A. Person\n\nC. ![y]({source})"
    body = "\n\n".join(entry.format(n=n, source=source) for n, source in enumerate(sources))
    (folder / "export/story.md").write_text(f"{HEAD}{PAPERS}{body}\n")
    run("import", "medium", "export/story.md", code=0)
    issue = read_draft(folder / "issues/007.yaml").draft
    assert [entry.image for _, _, entry in issue.entries()] == ["images/007/a-1.png", "", "", "", ""]
    assert {(entry.image_alt, entry.image_credit) for _, _, entry in issue.entries()} == {("x", "A. Person")}
    assert next(issue.entries())[2].comment == "C.\n\n![y](images/007/a-1.png)"
    assert [path.name for path in (folder / "issues/images/007").iterdir()] == ["a-1.png"]
    text = (folder / "issues/007.yaml").read_text()
    assert "# The page's image is missing: img/none.png" in text
    assert "secret" not in [path.read_bytes().decode() for path in (folder / "issues/images").rglob("*.png")]


def test_an_existing_image_is_not_overwritten(run: Run, folder: Path) -> None:
    """An image gets another name if a different image has its name. An identical image is not copied again."""
    (folder / "issues/images/007").mkdir(parents=True)
    for name, content in (("a.png", b"the author's"), ("b.png", b"B")):
        (folder / "issues/images/007" / name).write_bytes(content)
    (folder / "a.png").write_bytes(b"A")
    (folder / "b.png").write_bytes(b"B")
    draft = import_page(run, f"{HEAD}{PAPERS}[**T**](https://a.example/1)\n\n![x](a.png)\n\nC. ![y](b.png)\n")
    entry = only_entry(draft)
    assert (entry.image, entry.comment) == ("images/007/a-2.png", "C.\n\n![y](images/007/b.png)")
    assert (folder / "issues/images/007/a.png").read_bytes() == b"the author's"


@pytest.mark.parametrize(
    ("title", "number"),
    [
        ("The Lens, Issue 12", "12"),
        ("The Lens No.7", "7"),
        ("レンズNo7", "7"),
        ("レンズ 第12号", "12"),
        ("Lens #3", "3"),
        ("Piano 12", ""),
    ],
)
def test_the_number_is_read_from_the_title(run: Run, title: str, number: str) -> None:
    """The usual forms of numbers are recognized. "no" at the end of a word, as in Piano, is not one of them."""
    page = f"# {title}\n\n{PAPERS}[**T**](https://a.example/1)\n\nC.\n"
    assert import_page(run, page).number == number


@pytest.mark.parametrize("charset", ["utf-8", "utf-16", "euc-jp"])
def test_the_charset_of_a_page_is_detected(run: Run, folder: Path, charset: str) -> None:
    """The text is correct even if the page does not declare its charset."""
    words = "レンズは磨く前に削ります。" * 20
    page = f'<h1>No. 7</h1><h2>Papers</h2><h3><a href="https://a.example/1">題</a></h3><p>{words}</p>'
    (folder / "page.html").write_bytes(page.encode(charset))
    run("import", "medium", "page.html", code=0)
    assert only_entry(read_draft(folder / "issues/007.yaml").draft).comment == words


def test_the_language_of_a_page(run: Run) -> None:
    """It is that of the option, otherwise detected from the text. The publication's language is left out."""
    japanese = (
        "# レンズ 第7号\n\n# 1. 論文\n\n[**レンズの磨き方**](https://a.example/1)\n\nレンズは磨く前に削ります。\n"
    )
    assert import_page(run, japanese, "-o", "a").language == "ja"
    assert import_page(run, japanese, "-o", "b", "--language", "fr").language == "fr"
    assert import_page(run, f"{HEAD}{PAPERS}[**T**](https://a.example/1)\n\nC.\n", "-o", "c").language == ""
    assert "not a valid language tag" in run("import", "medium", "story.md", "--language", "English", code=1).stderr
