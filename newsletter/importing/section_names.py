"""Known headings of published pages: names of sections, of the highlights and of the footer, in several languages."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from newsletter.importing.heading_numbers import split_number
from newsletter.publication.labels import Labels
from newsletter.publication.section import (
    ARTICLES,
    DEFAULT_SECTIONS,
    FEATURED,
    OTHER,
    PAPERS,
    USE_CASES,
    SectionKey,
    SectionKeys,
    pick_section,
)
from newsletter.publication.settings import Publication


class PagePart(Enum):
    """A part of a page other than a section."""

    PICKS = "picks"
    FOOT = "foot"


@dataclass(frozen=True, slots=True)
class HeadingLabel:
    """A known heading: the part of the page that it starts, and whether it is numbered."""

    part: SectionKey | PagePart
    numbered: bool


@dataclass(frozen=True)
class KnownHeadings:
    """The names of sections and other parts in lower case, of the publication and of all languages.

    `declared` are the sections that a page can have, in order.
    """

    declared: SectionKeys
    sections: Mapping[str, SectionKey]
    foot: frozenset[str]
    contents: frozenset[str]
    credits: tuple[str, ...]
    alternatives: tuple[str, ...]
    sponsors: tuple[str, ...]
    sources: tuple[str, ...]

    @property
    def picks(self) -> SectionKey:
        """The section of highlights without a known one."""
        return pick_section(self.declared, FEATURED)

    @property
    def rest(self) -> SectionKey:
        """The section of entries without a known one."""
        return pick_section(self.declared, OTHER, ARTICLES)

    def label(self, words: str) -> HeadingLabel | None:
        """Return the part that a heading starts, or None if the heading is unknown."""
        number, rest = split_number(words)
        if number is None and (bare := re.match(r"\W*\d{1,2}\s*(?=\D)", words)):
            # The separator is lost. Other headings may begin with a number, so the rest must be a known name.
            part = self._part(normalized_name(words[bare.end() :]))
            return HeadingLabel(part, numbered=True) if isinstance(part, str) else None
        name = normalized_name(rest)
        part = self._part(name)
        return HeadingLabel(part, number is not None) if part else None

    def _part(self, name: str) -> "SectionKey | PagePart | None":
        part: SectionKey | PagePart | None = self.sections.get(name)
        if part is None and name in self.foot:
            part = PagePart.FOOT
        found = (part for part, pattern in _KNOWN.items() if pattern.fullmatch(name))
        return part or next((part for part in found if isinstance(part, PagePart) or part in self.declared), None)

    def introduces(self, words: str) -> bool:
        """Return whether a sentence introduces the list of sections."""
        return normalized_name(words) in self.contents or bool(_CONTENTS.fullmatch(words.strip()))

    def stands_for(self, alt: str, title: str) -> bool:
        """Return whether the alternative text of an image comes from the layout."""
        return any(alt == pattern.replace("{title}", title) for pattern in self.alternatives)


def known_headings(languages: list[Labels], publication: Publication, foot: list[str]) -> KnownHeadings:
    """Collect the names from labels and from a publication. Those of the publication take precedence.

    Args:
        languages: the labels of all languages.
        publication: the settings, with the sections and their labels.
        foot: headings of the footer in the publication's issues.
    """
    declared = publication.section_keys
    names = [(key.replace("_", " "), key) for key in declared if key not in DEFAULT_SECTIONS]
    names += [(getattr(labels.sections, key), key) for labels in languages for key in DEFAULT_SECTIONS]
    names += [(label, key) for key, labels in publication.sections.items() for label in labels.values()]
    names += [(label, key) for labels in publication.labels.values() for key, label in labels.items()]
    sections = {normalized_name(label): key for label, key in names if key in declared}
    headings = [
        text
        for labels in languages
        for text in (labels.subscribe_call, labels.past_issues, labels.other_writing, labels.about)
    ]
    return KnownHeadings(
        declared,
        sections,
        frozenset(map(normalized_name, (*headings, *foot))) - sections.keys(),
        frozenset(normalized_name(text) for labels in languages for text in labels.contents),
        tuple(dict.fromkeys(labels.image_credit for labels in languages)),
        tuple(dict.fromkeys(labels.image_alt for labels in languages)),
        tuple(dict.fromkeys(text for labels in languages for text in (labels.sponsored, labels.sponsored_by))),
        tuple(dict.fromkeys(labels.via for labels in languages)),
    )


def normalized_name(words: str) -> str:
    """Normalize a label for comparison: case-folded, in NFKC, and without punctuation at both ends."""
    text = unicodedata.normalize("NFKC", words).casefold()
    return re.sub(r"\s+", " ", re.sub(r"^[\W_]+|[\W_]+$", "", text))


_WHEN = r"(?:(?:in|of|for|from) )?(?:this|the|last) (?:week|month|year)(?:'s|’s)?|(?:in |of )?[a-z]+ 20\d\d|20\d\d"
_THINGS = r"(?:papers?|news|articles?)"
_KIND = r"(?:論文|記事|ニュース)"
_WORDINGS: Mapping[SectionKey | PagePart, tuple[str, ...]] = {
    PagePart.PICKS: (
        r"(?:the )?(?:editor|author|curator|writer)(?:['’]s|s['’]?)? (?:picks?|choices?)(?: of the (?:week|month))?",
        r"(?:my |our )?(?:top |weekly |monthly )?(?:picks?|highlights?)(?: of the (?:week|month|year))?",
        r"(?:编辑|編集者?の?|编者)(?:精选|推荐|おすすめ|イチオシ|ピックアップ)",
        r"(?:本周|本月|今週の|今月の)?(?:ハイライト|亮点|おすすめ|イチオシ)",
    ),
    FEATURED: (
        rf"(?:{_WHEN} )?featured {_THINGS}(?: ?(?:/|and|&|,) ?{_THINGS})*(?: (?:{_WHEN}))?",
        rf"(?:{_WHEN} )?(?:feature[sd]?|top stories)(?: (?:{_WHEN}))?",
        r"(?:\d{4} ?年 ?(?:\d{1,2} ?月 ?)?|本[周月年])?的?(?:特稿|精选论文|精选|特色论文|专题)(?: ?[/与和、] ?新闻)?",
        rf"(?:今[週月年]の?|\d{{4}}年(?:\d{{1,2}}月)?の?)?(?:注目|特集)の?{_KIND}(?: ?[/・と、] ?{_KIND})?",
    ),
    USE_CASES: (
        r"(?:machine learning |ml |ai )?use ?-?cases?(?: of (?:machine learning|ml|ai))?",
        r"(?:机器学习的?)?(?:用例|应用案例|使用案例|应用实例)",
        r"(?:機械学習の?)?(?:活用事例|応用事例|ユースケース|利用事例|事例)",
    ),
    PAPERS: (r"(?:research )?papers?", r"报纸|论文|文件|纸张", r"論文(?:紹介)?"),
    ARTICLES: (
        r"(?:machine learning |ml |ai )?(?:technology |technical )?related articles?",
        r"(?:technical |technology )?articles?",
        r"(?:机器学习)?(?:技术)?(?:相关)?的?(?:技术)?文章",
        r"(?:機械学習の?)?(?:技術)?(?:関連)?の?(?:技術)?記事",
    ),
    OTHER: (
        r"(?:the )?others?(?: topics?| news)?",
        r"其[他它]的?(?:主题|话题)",
        r"その他(?:の?(?:話題|トピックス?))?",
    ),
    PagePart.FOOT: (
        r".*(?:\bsubscribe\b|\bnewsletter every week\b|publish(?:ing)? (?:a |this )?(?:weekly )?newsletters?).*",
        r".*(?:请订阅|订阅我|发布时事通讯|購読|メルマガ|ニュースレターを).*",
        r"(?:past|previous|earlier|old|other|recent) (?:issues?|newsletters?|editions?)|archives?",
        r"过去的?(?:时事通讯|期刊|通讯)|往期(?:回顾)?|过往(?:期刊|通讯)|過去の(?:ニュースレター|号|記事)",
        r"(?:my |the )?other (?:blogs?|writings?|posts?|articles?)(?: of mine)?|my blogs?",
        r"(?:我的)?其[他它](?:博客|文章|博文)|(?:その他|ほか|他)の(?:ブログ|記事)",
        r"about (?:me|the author|us|myself)",
        r"关于(?:我|作者|我们)|著者(?:について|紹介)|自己紹介|私について",
    ),
}
_KNOWN = {part: re.compile("|".join(patterns)) for part, patterns in _WORDINGS.items()}
_CONTENTS = re.compile(
    r"(?:in the following (?:sections?|chapters?)|below are|the following).{0,200}(?:topics?|sections?|themes?)\W*"
    r"|在?(?:下面|以下)的?(?:章节|部分).{0,120}(?:主题|话题|部分)\W*|(?:以下|次)(?:の章)?では.{0,120}(?:テーマ|トピック|項目).{0,30}",
    re.IGNORECASE | re.DOTALL,
)
