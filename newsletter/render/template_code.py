"""Compiles templates. The code writes a value with one call, where Jinja's makes three and an object.

A page of an archive writes hundreds of values, and most of them are text without a character that is escaped.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame
from markupsafe import Markup, escape

from newsletter.render.merge_fields import replace_braces

Function = TypeVar("Function", bound=Callable[..., Any])


class TemplateCode(CodeGenerator):
    """Generates the code of templates whose values are escaped: `environment.write_html(value)` for each value."""

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        if _is_escaped(frame):
            self.write("environment.write_html(")
        else:
            super()._output_child_pre(node, frame, finalize)

    def _output_child_post(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        if _is_escaped(frame):
            self.write(")")
        else:
            super()._output_child_post(node, frame, finalize)


def _is_escaped(frame: Frame) -> bool:
    # A template can turn escaping off for a part. The context is volatile if that is known only when it is filled.
    return bool(frame.eval_ctx.autoescape) and not frame.eval_ctx.volatile


def write_html(value: Any) -> str:
    """Return a value as escaped HTML. Its braces are replaced, so that they cannot form a merge field."""
    if type(value) is str:
        if not ("&" in value or "<" in value or ">" in value or '"' in value or "'" in value or "{" in value):
            return value
    elif type(value) is Markup and "{" not in value:
        return value
    return escape(finalize_html(value))


def finalize_html(value: Any) -> str:
    """Return a value with its braces replaced. Jinja escapes a string afterwards, and Markup is already escaped."""
    safe: str = value if type(value) in (str, Markup) else escape(value)
    return type(safe)(replace_braces(safe)) if "{" in safe else safe


def direct(function: Function) -> Function:
    """Mark a function of newsletter that templates may call: the sandbox does not examine it at each call."""
    function.__dict__["direct"] = True
    return function
