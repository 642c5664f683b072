"""A grammar of published pages: sections, entries in many forms, highlights, rules and footers, in three languages.

`pages()` generates a page in Markdown together with what an import of it must find.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from hypothesis import strategies as st

from newsletter.publication.section import DEFAULT_SECTIONS, PAPERS, SectionKey

T = TypeVar("T")


@dataclass(frozen=True)
class Language:
    """The words of a language.

    Args:
        words: Words of titles.
        space: What is between words.
        comments: Comments, each of one or two sentences.
        sections: Names of the sections that are known, in the order of the sections.
        others: Names in other words, whose keywords tell the section.
        credits: Lines of credits, and the credit in each.
        original: The label of the original title.
        feet: Headings of footers.
        introduction: The sentence above the list of sections.
    """

    words: tuple[str, ...]
    space: str
    comments: tuple[str, ...]
    sections: tuple[str, ...]
    others: tuple[str, ...]
    credits: tuple[tuple[str, str], ...]
    original: str
    feet: tuple[str, ...]
    introduction: str


LANGUAGES = {
    "en": Language(
        words=(
            "Cold",
            "lenses",
            "measure",
            "small",
            "glass",
            "furnaces",
            "Grinding",
            "light",
            "mirrors",
            "without",
            "2021",
        ),
        space=" ",
        comments=(
            "They grind at room temperature, and measure what it costs.",
            "The authors propose a furnace. It is smaller than others, but *slower*.",
            "A lens is ground before it is polished (see also [the first one](https://other.example/first)).",
            "Everything about 10 kinds of glass: sand, soda and lime.",
        ),
        sections=(
            "Featured Paper/News in This Week",
            "Machine Learning Use Case",
            "Papers",
            "Machine Learning Technology Related Articles",
            "Other Topics",
        ),
        others=(
            "Featured",
            "Machine learning in the real world",
            "Machine learning papers",
            "Technical blogs",
            "Others",
        ),
        credits=(
            ("Image: A. Person", "A. Person"),
            ("Photo by A. Person on Unsplash", "Photo by A. Person on Unsplash"),
            ("Image from this paper", "Image from this paper"),
            ("(Figure 2 from the paper)", "Figure 2 from the paper"),
            ("Image credit: [the lab](https://lab.example/)", "the lab"),
        ),
        original="Original title: ",
        feet=("About me", "Past newsletters", "Please subscribe!", "Thanks"),
        introduction="In the following sections, I will introduce articles and papers on these topics.",
    ),
    "zh": Language(
        words=("镜头", "打磨", "玻璃", "熔炉", "方法", "室温", "小型", "光线", "测量", "基础", "2021"),
        space="",
        comments=(
            "他们在室温下打磨，并测量成本。",
            "作者提出了一种熔炉。它更小，但是*更慢*。",
            "镜头先打磨再抛光(另见[第一个](https://other.example/first))。",
        ),
        sections=("本周特稿/新闻", "机器学习用例", "论文", "机器学习技术相关文章", "其他主题"),
        others=("特写", "现实世界中的机器学习", "机器学习论文", "技术博客", "其他内容"),
        credits=(
            ("图片来源：某人", "某人"),
            ("图片来自本文", "图片来自本文"),
            ("本论文的图片", "本论文的图片"),
            ("照片由某人在 Unsplash 上拍摄", "照片由某人在 Unsplash 上拍摄"),
        ),
        original="原标题:",
        feet=("关于我", "过去的时事通讯", "请订阅！", "谢谢"),
        introduction="在下面的章节中，我将介绍各种文章和论文，包括以下五个主题。",
    ),
    "ja": Language(
        words=("レンズ", "研磨", "硝子", "溶鉱炉", "方法", "室温", "小型", "光線", "測定", "基礎", "2021"),
        space="",
        comments=("室温で研磨し、費用を測ります。", "著者は溶鉱炉を提案します。小さいですが、*遅い*です。"),
        sections=(
            "今週の注目論文/ニュース",
            "機械学習のユースケース",
            "論文",
            "機械学習の技術関連記事",
            "その他の話題",
        ),
        others=("特集号", "実世界の機械学習", "最近の論文", "技術ブログ", "そのほか番外"),
        credits=(
            ("画像：誰か", "誰か"),
            ("画像は論文より引用", "画像は論文より引用"),
            ("図は論文より", "図は論文より"),
        ),
        original="原題：",
        feet=("著者について", "過去のニュースレター", "購読はこちら", "感謝"),
        introduction="以下では、次のテーマの論文と記事を紹介します。",
    ),
}


@dataclass
class Expected:
    """What an import must find: entries by section, highlights by section, and the words of the footer."""

    entries: dict[SectionKey, list[tuple[str, ...]]] = field(default_factory=dict)
    highlights: dict[SectionKey, list[str]] = field(default_factory=dict)
    guessed: bool = False


@dataclass(frozen=True)
class Page:
    """A page in Markdown, and what an import of it must find."""

    text: str
    expected: Expected
    language: str


class _Writer:
    """Draws the parts of a page in order. Each URL and each title is used once."""

    def __init__(self, draw: st.DrawFn, language: Language) -> None:
        self.draw, self.language, self.count = draw, language, 0

    def one(self, options: Sequence[T]) -> T:
        """Draw one of some options."""
        return self.draw(st.sampled_from(options))

    def title(self) -> str:
        """Draw a title with a unique end."""
        self.count += 1
        words = self.draw(st.lists(st.sampled_from(self.language.words), min_size=2, max_size=5))
        return self.language.space.join((*words, f"A{self.count}"))

    def url(self) -> tuple[str, str]:
        """Draw a URL and its domain."""
        self.count += 1
        return self.one(
            (
                (f"https://arxiv.org/abs/2101.{self.count:05d}", "arxiv.org"),
                (f"https://www.lens.example/a/{self.count}", "lens.example"),
                (f"https://blog.lens.example/{self.count}.html?page=2", "blog.lens.example"),
            )
        )


# How an entry begins: its title line, whether an image or a source title must follow it, and whether it is a title.
_TITLES = (
    ("[**{t}**]({u})**—**[**{d}**]({u})", False),
    ("[**{t}**]({u}) — [{d}]({u})", False),
    ("[**{t}**]({u})", False),
    ("**[{t}]({u})**", False),
    ("[{d}]({u})**—**[**{t}**]({u})", False),
    ("[](https://x.example/{n})—[**{t}**]({u})—[{d}]({u})", False),
    ("[**{t}**]({u}) via [x.example](https://x.example/{n})", False),
    ("## {t}\n\n[{d}]({u})", False),
    ("[]({u})—[]({u})**{t}**", False),
    ("## [{t}]({u})", False),
    ("### **[{t}]({u})**", False),
    ("[**{t1}**]({u}) [**{t2}**]({u})", False),
    ("[**{t}**]({u}) (via [{d}]({u}))", False),
    ("[[{d}]]({u})[]({u})—[{t}]({u})", False),
    ("[**{t1}**]({u}) {t2}", True),
    ("{t1} [{t2}]({u})", True),
    ("**{t}**\n\n[{d}]({u})", False),
    ("**{t}**\n\n[]({u}) [## {c}\n\n### A description\n\n{d}]({u})", False),
)


def _entry(writer: _Writer, *, first: bool) -> tuple[str, tuple[str, ...], bool]:
    """Draw an entry. Returns its Markdown, its fields, and whether it is one that can only be guessed."""
    language = writer.language
    title, (url, domain) = writer.title(), writer.url()
    form, needs_evidence = writer.one(_TITLES)
    untitled = not first and "arxiv" in url and writer.one((False,) * 5 + (True,))
    image = f"https://i.example/{writer.count}.png" if needs_evidence or untitled or writer.one((True, False)) else ""
    parts: list[str] = []
    card = ""
    if untitled:
        title = ""
    else:
        head, _, tail = title.rpartition(language.space or title[-2:])
        split = (head, tail) if language.space else (title[:-2], title[-2:])
        if "{c}" in form:
            card, image = f"Card {writer.count}", ""
        line = form.format(t=title, t1=split[0], t2=split[1], u=url, d=domain, c=card, n=writer.count)
        parts.append(line)
        if "{t1}" in form:
            title = f"{split[0]} {split[1]}"
    credit = ""
    if image:
        parts.append(f"![]({image})")
        if writer.one((True, False, False)):
            line, credit = writer.one(language.credits)
            parts.append(line)
    comment = writer.one(language.comments)
    source = writer.title() if untitled or writer.one((True, True, False)) else ""
    if source:
        number = url.rpartition("/")[2] if "arxiv" in url else ""
        forms = ["*{o}{s}*", "【{o}{s}】", "*【{o}{s}】*", "【*{o}{s}]*"]
        forms += ["*[{n}] {s}*", "[{n}] {s}", "【{n}】{s}", "***【{n}】{s}***"] * 2 if number else []
        forms = [f for f in forms if "{n}" in f] if untitled else [*forms, "*{s}*"]
        shown = writer.one(forms).format(o=language.original, s=source, n=number)
        parts.append(shown + writer.one(("\n", "\n\n")) + comment)
    else:
        parts.append(comment)
    return "\n\n".join(parts), (title, url, source or card, image, credit, comment), needs_evidence or untitled


def _link(writer: _Writer) -> tuple[str, tuple[str, ...]]:
    """Draw a paragraph that begins with a link."""
    title, (url, _) = writer.title(), writer.url()
    comment = writer.one(writer.language.comments)
    text = writer.one(("**[{t}]({u})** — {c}", "[**{t}**]({u}): {c}", "[{t}]({u}) — {c}"))
    return text.format(t=title, u=url, c=comment), (title, url, "", "", "", comment)


def _item(writer: _Writer, mark: str) -> tuple[str, tuple[str, ...]]:
    """Draw an item of a list of links."""
    title, (url, _) = writer.title(), writer.url()
    comment = writer.one(("", "", "by A. Person: ")) + writer.one(("", writer.one(writer.language.comments)))
    comment = comment.strip(" :")
    by = comment.startswith("by ")
    between = " " if by else writer.one((" — ", ": ", " -- ", "\n  ")) if comment else ""
    return f"{mark} [{title}]({url}){between}{comment}", (title, url, "", "", "", comment)


def _section(writer: _Writer, expected: Expected, section: SectionKey) -> str:
    """Draw the entries of a section."""
    if writer.one((True, False, False, False)):
        mark = writer.one(("-", "*", "1."))
        items = [_item(writer, mark) for _ in range(writer.draw(st.integers(1, 4)))]
        expected.entries[section] = [fields for _, fields in items]
        return "\n".join(text for text, _ in items)
    if writer.one((True, False, False, False)):
        links = [_link(writer) for _ in range(writer.draw(st.integers(1, 4)))]
        expected.entries[section] = [fields for _, fields in links]
        return "\n\n".join(text for text, _ in links)
    texts = []
    for index in range(writer.draw(st.integers(1, 4))):
        text, fields, guessed = _entry(writer, first=index == 0)
        texts.append(text)
        expected.entries.setdefault(section, []).append(fields)
        expected.guessed |= guessed
    return "\n\n".join(texts)


_RULES = ("---", "— — — — — –", "## — — — — –", "\\* \\* \\*")


@st.composite
def pages(draw: st.DrawFn) -> Page:
    """Generate a page."""
    name = draw(st.sampled_from(sorted(LANGUAGES)))
    language = LANGUAGES[name]
    writer, expected = _Writer(draw, language), Expected()
    parts = ["# The Lens — Issue 7"]
    chosen = [section for section in DEFAULT_SECTIONS if draw(st.booleans())] or [PAPERS]
    known = draw(st.booleans())
    names = {s: (language.sections if known else language.others)[i] for i, s in enumerate(DEFAULT_SECTIONS)}
    rule = writer.one(_RULES)
    if draw(st.booleans()):
        group = writer.one(("## {}", "### {}", "**{}**", "{}") if known else ("## {}", "**{}**"))
        for section in chosen[:3]:
            points = [
                f"[{writer.title()}]({writer.url()[0]}){writer.one(language.comments)}"
                for _ in range(draw(st.integers(1, 3)))
            ]
            parts += [group.format(names[section]), "\n".join(f"*   {point}" for point in points)]
            expected.highlights[section] = points
        parts.append(rule)
        if draw(st.booleans()):
            listed = "\n".join(f"{n}.  {names[section]}" for n, section in enumerate(chosen, 1))
            parts += [language.introduction, listed, rule]
    headings = ["# {n}.{name}", "# {n}. {name}", "## {n} — {name}", "# {n}) {name}", "# Section {n}: {name}"]
    heading = writer.one((*headings, "# {name}") if known else headings)
    level = heading.partition(" ")[0]
    for number, section in enumerate(chosen, 1):
        text = _section(writer, expected, section)
        # Entries must be below their sections.
        text = re.sub("^## ", "### ", text, flags=re.MULTILINE) if level == "##" else text
        parts += [heading.format(n=number, name=names[section]), text]
        parts += [rule] * draw(st.integers(0, 1))
    if draw(st.booleans()):
        parts += [f"{level} {writer.one(language.feet)}", "I grind lenses. [Me](https://me.example/)"]
    return Page("\n\n".join(parts) + "\n", expected, name)
