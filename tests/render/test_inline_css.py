"""Inlining of CSS: newsletter's use of premailer gives the same result as premailer itself."""

import pytest
from lxml import etree
from premailer import Premailer

from newsletter.render import inline_css
from newsletter.render.format import Format
from tests.conftest import REPOSITORY

PAGE = (
    "<!DOCTYPE html><html><head><style>@media print { a { color: red !important } } .a { color: teal }</style></head>"
    '<body><p class="a b">x <a href="{{unsubscribe_url}}">y</a></p><img width="110" src="https://a.example/b.png"/></body></html>'
)


def test_cached_rules_are_premailers_rules() -> None:
    """The cached rules of a style sheet equal the rules that premailer parses."""
    css = "p { color: red; margin: 0 0 1px } p.a, td > a { font-family: Georgia,serif; color: RGB(1, 2, 3) !important }"
    stock = Premailer("", strip_important=False, disable_validation=True)._parse_style_rules(css, 0)
    for _ in range(2):
        assert inline_css._Inliner("")._parse_style_rules(css, 0) == stock


def test_styles_are_not_validated(monkeypatch: pytest.MonkeyPatch) -> None:
    """Styles that cssutils does not know stay, and it compiles no pattern to validate them."""
    compiled: list[object] = []

    def ensure(pattern: object) -> None:
        compiled.append(pattern)

    monkeypatch.setattr("cssutils.util.LazyRegex.ensure", ensure)
    page = '<p style="border:nonsense;font-size:huge;margin:1px">x</p>'
    styles = "color:teal;border:nonsense;font-size:huge;margin:1px"
    assert f'<p style="{styles}">x</p>' in inline_css.inline_css(page, "p { color: teal }")
    assert not compiled


def test_only_the_given_rules_are_inlined() -> None:
    """The page's own style sheets, links and widths are unchanged, and no attribute of premailer remains."""
    done = inline_css.inline_css(PAGE, "p.b { color: red; margin: 0 } a { color: blue }")
    assert done.startswith("<!DOCTYPE html>\n<html>")
    assert "@media print { a { color: red !important } } .a { color: teal }" in done
    assert '<p class="a b" style="color:red;margin:0">' in done
    assert '<a href="{{unsubscribe_url}}" style="color:blue">' in done
    assert '<img width="110"' in done
    assert Premailer.attribute_name not in done


def test_an_imported_style_sheet_is_not_fetched() -> None:
    """An `@import` in a publication's own email.css is removed, and no request is made."""
    done = inline_css.inline_css(PAGE, '@import url("http://127.0.0.1:9/a.css"); a { color: blue }')
    assert "127.0.0.1" not in done
    assert "color:blue" in done


def test_other_modules_import_the_real_requests() -> None:
    """The empty `requests` module that premailer imports is not left in `sys.modules`."""
    import requests

    assert requests.get.__module__ == "requests.api"


def test_every_sample_is_valid_html() -> None:
    """The golden emails are parsed without errors, except for anchors whose name is also their id."""
    for path in (REPOSITORY / "tests/golden").glob(f"*/{Format.EMAIL.value}"):
        parser = etree.HTMLParser()
        etree.fromstring(path.read_text(), parser)
        assert {entry.type_name for entry in parser.error_log} <= {"DTD_ID_REDEFINED"}
