"""The style sheet of plots in the dashboard."""

import re

from starlette.requests import Request
from starlette.responses import Response

from newsletter.publication.template_folders import TEMPLATES

# Comments of the templates' language.
_COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)


def plots_style(_: Request) -> Response:
    """Return the style sheet of plots, which reports in HTML use, too."""
    text = (TEMPLATES / "reports" / "plots.css").read_text(encoding="utf-8")
    return Response(_COMMENT.sub("", text), media_type="text/css")
