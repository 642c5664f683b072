"""Inlining: premailer does with our settings what it would do without our short cuts."""

from lxml import etree
from premailer import Premailer

from newsletter.render import inline_css
from newsletter.render.format import Format
from tests.conftest import REPOSITORY

PAGE = (
    "<!DOCTYPE html><html><head><style>@media print { a { color: red !important } } .a { color: teal }</style></head>"
    '<body><p class="a b">x <a href="{{unsubscribe_url}}">y</a></p><img width="110" src="https://a.example/b.png"/></body></html>'
)


def test_the_rules_that_are_kept_are_premailers_own() -> None:
    """What is read of a style sheet once equals what premailer reads of it each time."""
    css = "p { color: red; margin: 0 0 1px } p.a, td > a { font-family: Georgia,serif; color: RGB(1, 2, 3) !important }"
    stock = Premailer("", strip_important=False, disable_validation=True)._parse_style_rules(css, 0)
    for _ in range(2):
        assert inline_css._Inliner("")._parse_style_rules(css, 0) == stock


def test_only_our_rules_are_inlined() -> None:
    """The page's own sheets stay whole, links and widths as they are, and no mark of the work is left."""
    done = inline_css.inline_css(PAGE, "p.b { color: red; margin: 0 } a { color: blue }")
    assert done.startswith("<!DOCTYPE html>\n<html>")
    assert "@media print { a { color: red !important } } .a { color: teal }" in done
    assert '<p class="a b" style="color:red;margin:0">' in done
    assert '<a href="{{unsubscribe_url}}" style="color:blue">' in done
    assert '<img width="110"' in done
    assert Premailer.attribute_name not in done


def test_a_sheet_from_elsewhere_is_not_fetched() -> None:
    """An @import in a publication's own email.css is left out, and nothing is asked of the network."""
    done = inline_css.inline_css(PAGE, '@import url("http://127.0.0.1:9/a.css"); a { color: blue }')
    assert "127.0.0.1" not in done
    assert "color:blue" in done


def test_requests_is_the_real_one_for_everybody_else() -> None:
    """The empty module that premailer was given is gone from where others look."""
    import requests

    assert requests.get.__module__ == "requests.api"


def test_every_sample_is_whole_html() -> None:
    """The golden emails are parsed without a complaint but for the anchors' names, which are ids too."""
    for path in (REPOSITORY / "tests/golden").glob(f"*/{Format.EMAIL.value}"):
        parser = etree.HTMLParser()
        etree.fromstring(path.read_text(), parser)
        assert {entry.type_name for entry in parser.error_log} <= {"DTD_ID_REDEFINED"}
