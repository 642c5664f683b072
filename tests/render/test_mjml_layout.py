"""MJML is laid out without a change to its texts and addresses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml.html import HtmlElement, document_fromstring
from markupsafe import escape

from newsletter.render.mjml_layout import lay_out

# What validation accepts in a text, and MJML's own characters.
TEXTS = st.text(
    st.characters(exclude_categories=("Cc", "Cs", "Cn")) | st.sampled_from("<>&\"'\\{}-=/VALUE0"), min_size=1
)


def column(content: str) -> HtmlElement:
    """Lay out the content of a column."""
    body = f"<mj-section><mj-column>{content}</mj-column></mj-section>"
    return document_fromstring(lay_out(f"<mjml><mj-body>{body}</mj-body></mjml>"))


@given(TEXTS, TEXTS)
def test_texts_and_addresses_stay_the_same(text: str, other: str) -> None:
    """In images, buttons and texts, every character and every blank between two words is kept."""
    one, two = escape(f"a{text}b"), escape(f"a{other}b")
    tree = column(
        f'<mj-image src="https://a.example/{one}" alt="{two}" />'
        f'<mj-button href="https://a.example/{two}">{one}</mj-button>'
        f"<mj-text css-class='x'><b>{one}</b>\n{two}<i>{one}</i></mj-text>"
    )
    (image,), (button,) = tree.cssselect("img"), tree.cssselect("a")
    assert (image.get("src"), image.get("alt")) == (f"https://a.example/a{text}b", f"a{other}b")
    assert (button.get("href"), button.text_content()) == (f"https://a.example/a{other}b", f"a{text}b")
    assert tree.cssselect(".x")[0].text_content() == f"a{text}b\na{other}ba{text}b"


@pytest.mark.parametrize("alt", ["VALUE-0-", "VALUE-0- XVALUE-1- é"])
def test_a_text_like_a_mark_is_a_text(alt: str) -> None:
    """Other attributes have a mark while mrml lays out the email. No text is mistaken for one."""
    tree = column(f'<mj-image src="https://a.example/é" alt="{alt}" /><mj-text>VALUE-0-</mj-text>')
    assert [image.get("alt") for image in tree.cssselect("img")] == [alt]
    assert "VALUE-0-" in tree.cssselect("body")[0].text_content()


def test_an_image_without_a_height_has_a_valid_tag() -> None:
    """In mrml's output, it would be `height="auto"`, which HTML does not allow."""
    (image,) = column('<mj-image src="a.png" alt="a" width="96px" />').cssselect("img")
    assert (image.get("width"), image.get("height")) == ("96", None)
