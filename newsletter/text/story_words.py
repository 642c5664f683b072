"""Compares what two short texts are about, by the stems of their words."""

import re
import unicodedata

_WORD = re.compile(r"[a-z0-9]+(?:'[a-z]+)?")
# Words that say nothing about the subject of a story.
_COMMON = frozenset(
    """
    about above according across actually after again against all almost alone along already also although always am
    among an and another any anyone anything are around article as at author authors available back based be beat
    beats become becomes been before behind being below best better between beyond big biggest blog both bring
    brings build building built but by can cannot case change changes check come comes coming complete could create
    creating current day days deeper detailed details did different do does doing don done down during each early
    easy effective efficient end ends enough episode especially even ever every everyone everything example examples
    explain explained explains far fast faster few find finding finds first five for found four free from full
    further get gets getting give given gives go goes going good got great guide had happen happens has have having
    he help helps her here high higher his home how however html idea if important improve improved improves
    improving in including inside instead interesting into introducing introduction is isn issue it its itself just
    keep keeps key kind know large last later latest learned least less let lets like likely little long longer look
    looking looks lot low made main make makes making many matter matters may maybe me mean means meet meets might
    more most move much must my need needs never new news next nine no not nothing now number of off often oh ok old
    on once one ones only open opens or other others our out over overview own paper papers part people perform
    performance place point possible post power powerful present presents problem problems process propose proposed
    proposes provide provides put question quick quickly quite rather read real really recent report research
    researchers result results review right run running same say says second see seen set several shall she
    should show showed shown shows simple simply since six small so solve some someone something soon state step
    steps still stop story study such summary take taken takes taking talk tell tells ten than that the their them
    themselves then there these they thing things think this those though three through thus time times tips to
    today together too took top toward towards try turn turns tutorial two under until up update updated upon
    us use used useful user users uses using usually version very vs want wants was watch way ways we week weekly
    well went were what when where whether which while who whole why will with within without won work working works
    world worth would write year years yet you your
    """.split()  # noqa: SIM905 (easier to read than a list)
)
# The stem of all words for one subject. In a newsletter on machine learning, titles use them for each other.
MACHINE_LEARNING = "ai"
_MACHINE_LEARNING = frozenset(
    """
    agent ai algorithm artificial attention bert chatbot classifier cnn data dataset deep detection dl gan gpt
    intelligence intelligent language learn llm machine ml model net network neural neuron nlp nn predict pretrain
    recognition regression reinforcement rl rnn robot selfsupervised supervise supervised train transformer
    unsupervised vision
    """.split()  # noqa: SIM905 (easier to read than a list)
)
_ENDINGS = re.compile(
    r"(?:isations?|izations?|ations?|ements?|ments?|ness(?:es)?|ities|ity|ically|ical|ingly|ings?|edly|ies|ied|ers?|ors?|ions?"
    r"|ives?|able|ible|ally|als?|ous|ful|less|ed|es|ly|[sey])$"
)


def story_stems(text: str) -> frozenset[str]:
    """Return the stems of the words that say what a text in Latin letters is about. Numbers alone are left out."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    words = (word.partition("'")[0] for word in _WORD.findall(plain))
    return frozenset(_stem(word) for word in words if len(word) > 1 and word not in _COMMON and not word.isdigit())


def related(some: frozenset[str], others: frozenset[str]) -> bool:
    """Return whether two texts have a stem in common, or two stems that are alike."""
    return bool(some & others) or any(_alike(one, other) for one in some for other in others)


def in_latin_letters(text: str) -> bool:
    """Return whether all letters of a text are Latin."""
    return all(unicodedata.name(letter, "").startswith("LATIN") for letter in text if letter.isalpha())


def slug_words(url: str) -> str:
    """Return the words of the longest part of a URL's path, or "" if it has fewer than three: it may be an id."""
    path = re.sub(r"^[a-z]+://[^/]*", "", url.partition("?")[0].partition("#")[0], flags=re.IGNORECASE)
    parts = [re.split(r"[-_+.\s]|%20", part) for part in path.split("/")]
    words = max(([word for word in part if word.isalpha() and len(word) > 1] for part in parts), key=len, default=[])
    return " ".join(words) if len(words) >= 3 else ""


def _stem(word: str) -> str:
    stem = word
    while len(shorter := _ENDINGS.sub("", stem)) >= 3 and shorter != stem and stem not in _MACHINE_LEARNING:
        stem = shorter
    return MACHINE_LEARNING if stem in _MACHINE_LEARNING else stem


def _alike(one: str, other: str) -> bool:
    short, long = sorted((one, other), key=len)
    if len(short) >= 3 and short in long:
        return True
    return len(short) >= 4 and short[:4] == long[:4]
