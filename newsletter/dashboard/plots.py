"""The plots of reports in the dashboard: as objects for JSON, which `page/plots.js` shows, and their style sheet."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from newsletter.reports.bar_chart import CHART_STYLE
from newsletter.reports.plots import Plot


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
    """Return the style sheet of plots."""
    return Response(CHART_STYLE, media_type="text/css")
