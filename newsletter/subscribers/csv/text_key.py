"""Normalise names of columns and values, so that spellings of the same word are equal."""

import unicodedata
from functools import lru_cache


@lru_cache(maxsize=10_000)
def text_key(text: str) -> str:
    """Return the letters and digits of a text, in lower case, without accents and without compatibility forms.

    `Opt-out`, `opt_out` and `ＯＰＴ ＯＵＴ` have the key `optout`; `Désabonné` has the key `desabonne`.
    """
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return "".join(character for character in decomposed if character.isalnum())
