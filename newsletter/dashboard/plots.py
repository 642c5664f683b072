"""The plots of reports in the dashboard: as objects for JSON, which `page/plots.js` shows, and their style sheet."""

import re
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from newsletter.publication.template_folders import TEMPLATES
from newsletter.reports.plots import Plot

# Comments of the templates' language.
_COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)


def plot_object(plot: Plot) -> dict[str, Any]:
    """Return a plot as an object for JSON."""
    return {
        "title": plot.title,
        "description": plot.description,
        "svg": plot.svg,
        "columns": plot.columns,
        "rows": plot.rows,
    }


def plots_style(_: Request) -> Response:
    """Return the style sheet of plots, which reports in HTML use, too."""
    text = (TEMPLATES / "reports" / "plots.css").read_text(encoding="utf-8")
    return Response(_COMMENT.sub("", text), media_type="text/css")
