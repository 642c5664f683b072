"""Recognises the credit of an image in a line of text, in English, Chinese and Japanese."""

import re

_LABELLED = re.compile(
    r"\s*[(（\[【]?\s*(?:(?:image|photo|picture|figure|fig\.|photograph|illustration|graphic|diagram|screenshot|chart)s?"
    r"(?:\s+(?:credits?|source|courtesy(?:\s+of)?|by|from|via))?|credits?|courtesy|sources?|来源|來源"
    r"|画像(?:引用元|引用|出典|提供|元)?|図(?:の出典)?|写真(?:提供)?|出典|引用元"
    r"|(?:图|圖)(?:片|像)?(?:来源|來源|出处|信用|学分|鸣谢|致谢|提供|版权|作者)?|照片|影像来源|摄影|信用|鸣谢|致谢)"
    r"\s*[:：]\s*(?P<credit>\S.*?)\s*[)）\]】]?\s*",
    re.IGNORECASE | re.DOTALL,
)
_PICTURE = (
    r"(?:image|photo|picture|figure|fig\.?|illustration|graphic|diagram|screenshot|chart|table|plot|gif|video|cover)s?"
)
_WORK = r"(?:paper|article|post|blog|authors?|website|site|page|report|video|repo(?:sitory)?|book|talk|slides?|thread)"
_MADE = (
    r"(?:taken|adapted|reproduced|borrowed|excerpted|cited|quoted|courtesy|provided|created|generated|made|credits?|"
    r"source|copyright|modified|captured)"
)
_THE_PICTURE = (
    rf"(?:the |this |these |all |above |header |cover |hero )*{_PICTURE}(?: \(?(?:\d+|[a-z])\)?)?"
    r"(?: (?:is|are|was|were))?"
)
_ENGLISH = "|".join((
    _THE_PICTURE + rf"(?: {_MADE})*,? (?:from|by|via|courtesy of|credits? to|©|\(c\)|[-–—|]) ?\S.*",
    rf"{_PICTURE}(?: \d+)? (?:in|of) (?:the|this|their|that) (?:original )?{_WORK}",
    r"(?:image |photo )?courtesy of \S.*|(?:image |photo )?credits? (?:to|goes to|go to) \S.*|©\s*\S.*",
    r"(?:taken|adapted|reproduced|excerpted|cited|quoted|screenshot|screen capture) from \S.*",
    rf"(?:from|source|via) (?:the |this |their |that )(?:original )?{_WORK}",
))  # fmt: skip
_IMAGE = r"(?:图(?:片|像|表|示)?|圖(?:片|像)?|照片|插图|截图|影像|画面|示意图)"
_OF_WORK = r"(?:论文|論文|文章|原文|本文|报告|博客|网站|官网|报纸|文件|作者|视频|网页|推特|纸张?)"
_FROM = r"(?:来自|來自|来源于?|取自|出自|引自|摘自|源自|选自|改编自|转自|转载自|截取自|引用自|由|©)"
_CHINESE = "|".join((
    rf"(?:本|该|此|这[篇张个些]?|上|下|以上|所有)?{_IMAGE}\s*\d*(?:均|都|是|由)?{_FROM}.*",
    rf"(?:来自|來自|取自|出自|引自|摘自|源自|选自|引用自).{{0,40}}(?:{_IMAGE}|{_OF_WORK})\s*\d*",
    rf".{{0,24}}{_OF_WORK}(?:中|里|上|提供|拍摄|绘制|制作)?的?{_IMAGE}\s*\d*",
    r".{1,40}(?:在|于|上).{0,12}Unsplash.{0,12}|照片由.{1,60}",
))  # fmt: skip
_QUOTED = r"(?:より(?:引用|抜粋|転載|作成)?|から(?:引用|抜粋|転載))"
_JAPANESE = "|".join((
    rf"(?:(?:画像|図表?|写真|イラスト|動画)\s*\d*|※).{{1,60}}{_QUOTED}",
    rf".{{0,40}}(?:論文|記事|サイト|ブログ|本文|動画|資料|ページ|[a-z0-9/])\s*{_QUOTED}",
    r"(?:出典|引用元?|画像提供|写真提供|撮影)\s*[/／]?\s*\S.{0,60}",
))  # fmt: skip
_UNLABELLED = re.compile(
    r"\s*[(（\[【]?\s*(?:" + "|".join((_ENGLISH, _CHINESE, _JAPANESE)) + r")\s*[)）\]】]?\s*", re.IGNORECASE
)
_MAX_LENGTH = 120
# A sentence that ends within the line: this is prose, not a credit.
_PROSE = re.compile(r"[。！？].|[a-z\d)](?<![Ff]ig)[.!?]\s+\S", re.DOTALL)


def read_credit(words: str, labels: tuple[str, ...] = ()) -> str:
    """Return the credit in a line, or "" if it is not a credit line.

    A credit after a label, such as `Image: A. Person`, is returned without the label. A credit in other words, such as
    `Image from this paper`, is returned as it is.

    Args:
        words: The line.
        labels: The labels of credits in the layout, with `{credit}`.
    """
    words = words.strip()
    for label in labels:
        before, _, after = label.partition("{credit}")
        if before.strip() and words.startswith(before.strip()) and words.endswith(after.strip()):
            return words[len(before.strip()) : len(words) - len(after.strip())].strip()
    if found := _LABELLED.fullmatch(words):
        return found["credit"]
    return _without_brackets(words) if is_unlabelled_credit(words) else ""


def is_unlabelled_credit(words: str) -> bool:
    """Return whether a line is a credit without a label and colon, such as `Image from this paper`."""
    return len(words) <= _MAX_LENGTH and not _PROSE.search(words) and bool(_UNLABELLED.fullmatch(words.rstrip(" .。")))


def _without_brackets(words: str) -> str:
    found = re.fullmatch(r"[(（\[【]\s*([^()（）\[\]【】]*?)\s*[)）\]】]", words)
    return found[1] if found else words
