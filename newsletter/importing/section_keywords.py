"""Finds the section that is nearest to a heading in other words, by keywords in three languages."""

import re
from collections.abc import Collection, Mapping

from newsletter.publication.section import ARTICLES, FEATURED, OTHER, PAPERS, USE_CASES, SectionKey, SectionKeys

# The first match decides: `Other articles` are other topics, and `Featured paper` is featured.
_KEYWORDS: Mapping[SectionKey, re.Pattern[str]] = {
    OTHER: re.compile(
        r"\bothers?\b|\bmisc|\belse\b|\bodds?\b|\betc\b|\bbonus\b|\bextras?\b|\bfun\b|\btidbits?\b|其[他它]|杂项|雜項|その他|番外"
    ),
    FEATURED: re.compile(
        r"\bfeature|\btop\b|\bheadlines?\b|\bhighlights?\b|\bspotlight\b|\bpicks?\b|\bbig (?:news|story)|"
        r"\bmust\b|\bbest\b|"
        r"特稿|特集|特色|特写|特别|精选|精選|专题|專題|注目|头条|頭條|焦点|重点|亮点|推荐|おすすめ|イチオシ|ピックアップ"
    ),
    USE_CASES: re.compile(
        r"\buse\W?cases?\b|\busecases?\b|\bcase stud|\breal.?world\b|\bin practice\b|\bin production\b|\bpractical\b|"
        r"\bapplications?\b|\bapplied\b|\bindustr|\bbusiness|\bin the wild\b|\bsociety\b|\bservices?\b|"
        r"用例|案例|实例|應用|应用|实践|實踐|现实世界|現實世界|真实世界|产业|行业|商业|落地|"
        r"実世界|実用|実社会|事例|応用|活用|ユースケース|ビジネス|産業|社会実装"
    ),
    PAPERS: re.compile(
        r"\bpapers?\b|\bresearch|\bpreprints?\b|\bpublications?\b|\barxiv\b|\bscien|\bacademi|\bjournals?\b|"
        r"论文|論文|报纸|報紙|文件|纸张|纸|研究|学术|文献|學術|科研"
    ),
    ARTICLES: re.compile(
        r"\barticles?\b|\bblogs?\b|\bposts?\b|\btutorials?\b|\bread(?:s|ing)?\b|\btech|\bengineering\b|"
        r"\bhow.?to\b|\bguides?\b|"
        r"\bexplainers?\b|\bessays?\b|\blearn|\btools?\b|\blibrar|文章|博客|博文|教程|技术|技術|阅读|記事|ブログ|解説|学习|读物"
    ),
}
_NEWS = re.compile(r"\bnews\b|\bnewly\b|\bannounce|新闻|新聞|消息|ニュース")


def nearest_section(name: str, declared: SectionKeys) -> SectionKey | None:
    """Return the declared section that a heading in lower case is about, or None if it has no known keyword."""
    found = next((section for section, pattern in _KEYWORDS.items() if pattern.search(name)), None)
    found = found or (FEATURED if _NEWS.search(name) else None)
    return found if found in declared else None


def section_by_number(
    number: int,
    before: SectionKey | None,
    after: SectionKey | None,
    used: Collection[SectionKey],
    declared: SectionKeys,
    rest: SectionKey,
) -> SectionKey:
    """Return the section of a heading by its number.

    Args:
        number: The number of the heading, from 1.
        before: The section of the nearest known heading before it.
        after: The section of the nearest known heading after it.
        used: The sections of the known headings.
        declared: The sections that the publication declares, in order.
        rest: The section for a number that belongs to a section that is used already.
    """
    low = declared.index(before) + 1 if before else 0
    high = declared.index(after) if after else len(declared)
    between = [section for section in declared[low:high] if section not in used]
    own = declared[min(max(number, 1), len(declared)) - 1]
    if own in between or not between:
        return own if own in between or own not in used else rest
    return between[-1] if after else between[0]
