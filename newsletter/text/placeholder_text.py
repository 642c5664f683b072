"""Finds placeholders for text that is not written yet, but not text about placeholders."""

import re
import unicodedata

# Placeholders that no sentence contains by chance.
_CERTAIN = re.compile(
    r"""
    @(?:title|date|number|slug)@                        # the scaffold's
    | \b(?:TKTK)+(?:TK)?\b
    | \b[Ll]orem\ [Ii]psum\ dolor\b
    """,
    re.VERBOSE,
)
_CERTAIN_WIDE = re.compile(
    r"""
    (?<![有尚])待(?:补充|補充|完善|填写|填寫|撰写|撰寫) | 此[处處](?:填写|填寫|插入|添加)
    | (?:ここ|こちら)に(?:記入|入力|挿入|本文|文章|コメント|タイトル|リンク|画像)
    | (?:要(?:追記|加筆)|(?:後|あと)で(?:書|か)く|仮タイトル|ダミーテキスト|サンプルテキスト)$
    """,
    re.VERBOSE,
)
_OPEN, _CLOSE = "[【〔「『<{(（［", "]】〕」』>})）］"
# An instruction between brackets. Round ones are left out: they enclose ordinary remarks.
_REST = r"[^\[\]【】〔〕<>{}［］]{0,80}"
_INSTRUCTION = re.compile(
    r"[\[【〔<{［]\s*(?:"
    rf"(?:insert|fill[ ]in|placeholder|to be (?:written|added|completed|determined))\b{_REST}"
    rf"|(?:add|enter|put|write|your|image|picture|link|url|title|name|description|text|comment)\b{_REST}\bhere"
    rf"|(?:请|請)?(?:在此|此处|此處)?(?:插入|填写|填寫|输入|輸入|补充|補充){_REST}"
    rf"|{_REST}(?:を)?(?:挿入|記入|入力)(?:する|してください|予定)?"
    r")\s*[\]】〕>}］]",
    re.IGNORECASE,
)
_OPEN_INSTRUCTION = "[【〔<{［"
_LONGEST_WHOLE = 40
# The whole text.
_WHOLE = re.compile(
    r"(?:todo|tbd|tba|tbc|tk|fixme|x{3,}|lorem ipsum|\.\.\.+|…+|\?\?+|placeholder(?: text)?|asdf\w*|foo ?bar"
    r"|(?:add|enter|insert|your)? ?(?:title|comment|text|link|description|name) here|(?:entry |issue )?title"
    r"|untitled(?: (?:document|issue|entry|design|post|draft|\d+))*|new (?:entry|title)|example\.(?:com|org|net)"
    r"|待定|待写|待寫|占位(?:符|文字|文本)?|标题|標題|无标题|無標題|未命名|タイトル|無題|仮題|未定|未記入|準備中|(?:〇〇|○○|××)+)",
    re.IGNORECASE,
)
_MARK = re.compile(r"(?<![\w.@/#$'’`“\"*-])(?P<mark>TODO|FIXME|TBD|TBA|TK|XXX+|x{3,})(?![\w@/'’`”\"*]|\.\w|-\w)")
# What is marked or is about marks: “TODO lists”, “FIXME comments”.
_THING = re.compile(
    r"\s*(?:and|or|&|/|,)?\s*(?:(?:TODO|FIXME|TBD|XXX)s?\s*)?(?:-?\s*)(?:lists?|comments?|apps?|applications?|items?|tasks?"
    r"|groups?|managers?|mvc|notes?|files?|tags?|markers?|trackers?|bots?|tools?|debt|backlogs?|annotations?|entries"
    r"|labels?|texts?|strings?|placeholders?|リスト|アプリ|コメント|清单|清單|列表|应用|應用|注释|註釋)\b",
    re.IGNORECASE,
)
_VERB = re.compile(
    r"\s+(?:add|check|write|rewrite|fix|find|replace|insert|describe|explain|ask|link|update|expand|finish|complete|verify"
    r"|mention|translate|shorten|confirm|remove|cite|image|title|link|comment|source|credit)\b",
    re.IGNORECASE,
)

# What follows a mark at the start of a sentence about it: “TODO is not a plan”.
_ABOUT = re.compile(
    r"(?:\s*[,&/–—-]|\s(?:and|are|as|at|by|can|considered|does|for|from|has|have|in|is|kills?|meets?|of|on|or|to|versus"
    r"|vs|was|were|will|with|without|works?)\b|\s[^\x00-\x7f])",
    re.IGNORECASE,
)
# Before such a word, a mark at the end is the subject of the sentence: “your TODO”.
_BEFORE_A_SUBJECT = frozenset(
    """
    a about an and as at every for from in into is my no of on or our the their this to under using via with your
    """.split()  # noqa: SIM905 (easier to read than a list)
)


def find_placeholder(text: str) -> str:
    """Return the first placeholder in a text, or "".

    A word such as TODO is a placeholder if it stands alone, in brackets, before a colon or at an end, but not in a
    sentence about it: “Why TODO lists fail”.
    """
    plain = unicodedata.normalize("NFKC", text).strip() if not text.isascii() else text.strip()
    bare = plain.strip(_OPEN + _CLOSE + " .:!*_")
    if len(bare) <= _LONGEST_WHOLE and _WHOLE.fullmatch(bare or plain):
        return text.strip()
    found = _CERTAIN.search(text) or (None if text.isascii() else _CERTAIN_WIDE.search(text))
    if not found and any(mark in text for mark in _OPEN_INSTRUCTION):
        found = _INSTRUCTION.search(text)
    if found:
        return found[0].strip()
    return next((mark["mark"] for mark in _MARK.finditer(text) if _is_placeholder(mark, text)), "")


def _is_placeholder(found: "re.Match[str]", text: str) -> bool:
    mark, before, after = found["mark"], text[: found.start()].rstrip(), text[found.end() :]
    if before[-1:] in _OPEN and before and after.lstrip()[:1] in (*_CLOSE, ":", "："):
        return True
    if _THING.match(after):
        return False
    starts = not before or before[-1] in ".!?。！？:：;—\n" + _OPEN
    if starts and after.lstrip()[:1] in (":", "："):
        return mark in ("TODO", "FIXME", "TBD", "TBA", "TK") or mark.startswith("xxx")
    ends = not after.strip(" .!…。") or after.lstrip()[:1] in _CLOSE
    word = before.split()[-1].strip(",;(") if before else ""
    if mark in ("TODO", "FIXME"):
        if starts:
            return not _ABOUT.match(after)
        return bool(_VERB.match(after)) or (ends and word.islower() and word not in _BEFORE_A_SUBJECT)
    if mark in ("TBD", "TBA", "TK"):
        return ends and bool(before) and word not in ("a", "an", "the", "of", "or")
    # Three capitals after a name are a Roman number, as in “Super Bowl XXX”.
    return (
        len(mark) > 3
        or mark.islower()
        or ((not word[:1].isupper() or word.lower() in {"by", *_BEFORE_A_SUBJECT}) and after[:1] not in (":", "："))
    )
