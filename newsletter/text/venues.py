"""Finds conferences with their year in URLs and titles."""

import re

# Names that are also common words or abbreviations, such as CHI, FAST and RSS, are left out.
_NAMES = """
    AAAI ACCV ACL AISTATS ASPLOS ASRU AVSS BMVC CIKM COLING COLM CoNLL CoRL CPAL CSCW CVPR EACL ECAI ECCV ECIR EMNLP
    EuroSys FAccT GECCO HPCA ICALP ICASSP ICCV ICDAR ICDE ICDM ICIP ICLR ICML ICPR ICRA ICSE IJCAI IJCNN INFOCOM
    INTERSPEECH IROS ISMAR ISMIR ISSTA KDD L4DC LREC MICCAI MIDL MLSYS NAACL NDSS NeurIPS NIPS NSDI OOPSLA OSDI PAKDD
    PLDI RecSys SIGCOMM SIGGRAPH SIGIR SIGMOD SIGSPATIAL SOSP UAI UIST USENIX VLDB WACV WMT WSDM
"""
_BY_KEY = {name.upper(): name for name in _NAMES.split()}
_VENUE = "|".join(sorted(map(re.escape, _NAMES.split()), key=len, reverse=True))
# `CVPR2021`, `cvpr_2021`, `CVPR/2021`, `CVPR '21` and `CVPR21`. In a title also `2021 CVPR`.
_YEAR = r"[\s_/-]{0,2}(?:19|20)\d{2}(?!\d)|\s?['’]\d\d(?!\d)|-?[012]\d(?!\d)"
_FORM = re.compile(rf"(?<![A-Za-z])(?P<venue>{_VENUE})(?P<year>{_YEAR})", re.IGNORECASE)
_AT_END = re.compile(rf"(?:[(\[|,:–—-]\s*|^)(?:{_VENUE})(?:{_YEAR})\W*$", re.IGNORECASE)
_YEAR_FIRST = re.compile(rf"(?<!\d)(?P<year>20\d{{2}})[\s_/-](?P<venue>{_VENUE})(?![A-Za-z])")
_ANTHOLOGY = re.compile(r"//(?:www\.)?aclanthology\.org/(?P<year>20\d\d)\.(?P<venue>[a-z]+)-", re.IGNORECASE)
_NEURIPS = re.compile(
    r"//(?:papers\.n(?:eur)?ips\.cc|proceedings\.neurips\.cc)/paper(?:_files)?/(?P<year>20\d\d)/", re.IGNORECASE
)
# A title about a conference: its competition, its papers or its reviews.
_ABOUT = re.compile(
    r"\b(?:analy\w+|benchmark\w*|challenges?|competitions?|contests?|datasets?|from|lessons|overview|papers|report"
    r"|reproduc\w*|retrospective|review\w*|since|statistics|survey|tasks?|track|winn\w+|workshops?)\b",
    re.IGNORECASE,
)


def venue_conflict(url: str, title: str) -> tuple[str, str] | None:
    """Return the conference in a title and another one, or another year of it, in the URL; None if they agree.

    A title about a conference, such as `Lessons from the NeurIPS 2019 competition`, names no conflict.
    """
    if not any(character.isdigit() for character in title) or not (named := _in_title(title)):
        return None
    given = _in_url(url)
    if len(given) != 1 or len(named) != 1 or given == named or _ABOUT.search(title):
        return None
    [(venue, year)], [(other, other_year)] = named, given
    # The name of another conference counts only at the end or in brackets: a title may mention one.
    if venue != other and not _AT_END.search(title):
        return None
    return f"{venue} {year}", f"{other} {other_year}"


def _in_title(title: str) -> set[tuple[str, int]]:
    return {_pair(found) for form in (_FORM, _YEAR_FIRST) for found in form.finditer(title)}


def _in_url(url: str) -> set[tuple[str, int]]:
    if found := _NEURIPS.search(url):
        return {("NeurIPS", int(found["year"]))}
    if found := _ANTHOLOGY.search(url):
        return {_pair(found)} if found["venue"].upper() in _BY_KEY else set()
    # `2021/CVPR` in a path may be a date before a word.
    return {_pair(found) for found in _FORM.finditer(url)}


def _pair(found: re.Match[str]) -> tuple[str, int]:
    key = found["venue"].upper()
    year = int(re.sub(r"\D", "", found["year"]))
    return "NeurIPS" if key == "NIPS" else _BY_KEY[key], year + 2000 if year < 100 else year
