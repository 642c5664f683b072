"""The code of compiled templates writes the same as Jinja's own code."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup, escape

from newsletter.errors import TemplateError
from newsletter.render.merge_fields import MergeField
from newsletter.render.template_code import direct, finalize_html, write_html
from newsletter.render.templates import Templates

TEXT = st.text("ab é&<>\"'{}\u2028", max_size=8)


@given(TEXT | TEXT.map(Markup) | st.integers() | st.none() | st.sampled_from(MergeField))
def test_a_value_is_escaped_as_jinja_escapes_it(value: object) -> None:
    """Text is escaped once, text that is escaped already is not, and no brace of a value remains."""
    assert write_html(value) == str(escape(finalize_html(value)))
    assert "{" not in write_html(value)


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{{ text }}", "a &lt;b&gt; &amp; &#34;c&#34;"),
        ("{% set block %}<i>{{ text }}</i>{% endset %}{{ block }}", "<i>a &lt;b&gt; &amp; &#34;c&#34;</i>"),
        ("{% macro part(x) %}<i>{{ x }}</i>{% endmacro %}{{ part(text) }}", "<i>a &lt;b&gt; &amp; &#34;c&#34;</i>"),
        ("{% filter upper %}{{ text }}{% endfilter %}", "A &LT;B&GT; &AMP; &#34;C&#34;"),
        ("{% autoescape false %}{{ text }}{% endautoescape %}", 'a <b> & "c"'),
        ("{% autoescape raw %}{{ text }}{% endautoescape %}", 'a <b> & "c"'),
        ("{{ html(text) }}", '<b>a <b> & "c"</b>'),
        ("{% for _ in [1, 2] %}{{ html(text=text) }}{% endfor %}", '<b>a <b> & "c"</b>' * 2),
        ("{{ merge.view_url }} {{ '{' }}{{ '{view_url}' }}}", "{{view_url}} \ufdd0\ufdd0view_url}}"),
    ],
)
def test_templates_write_values_as_with_jinja(tmp_path: Path, template: str, expected: str) -> None:
    """Blocks, macros, filters and parts without escaping get the same text; a function is called with its arguments."""
    (tmp_path / "page.html").write_text(template)
    values = {"text": 'a <b> & "c"', "raw": False, "html": direct(lambda text: Markup(f"<b>{text}</b>"))}
    assert Templates((tmp_path,)).fill("page.html", values) == expected


@pytest.mark.parametrize("template", ["{{ html.__globals__ }}", "{{ html.__code__ }}"])
def test_templates_read_nothing_from_functions(tmp_path: Path, template: str) -> None:
    """A function that is called directly gives a template no more than another."""
    (tmp_path / "page.html").write_text(template)
    with pytest.raises(TemplateError, match="__"):
        Templates((tmp_path,)).fill("page.html", {"html": direct(lambda text: text)})
