"""Serves the dashboard's pages, and their scripts, styles and images."""

from html import escape
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response

from newsletter.dashboard.navigation import ISSUES, NavigationLink, navigation_html

_FOLDER = Path(__file__).parent / "page"
_KINDS = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


def html_page(name: str, token: str) -> Response:
    """Return a page, with the secret that it sends with each edit."""
    return _page(name, {"PREVIEW-TOKEN": token, "<!-- NAVIGATION -->": navigation_html(ISSUES)})


def view_page(script: str, token: str, current: NavigationLink, publication: str) -> Response:
    """Return the page of a view.

    Args:
        script: The name of the script that fills it.
        token: The secret that it sends with each change.
        current: The view, which the navigation marks.
        publication: The name of the publication.
    """
    values = {
        "VIEW-TITLE": escape(current.title),
        "VIEW-SCRIPT": escape(script),
        "PREVIEW-TOKEN": token,
        "<!-- NAVIGATION -->": navigation_html(current),
        # Last, since the author chose it.
        "PUBLICATION-NAME": escape(publication),
    }
    return _page("view.html", values)


def _page(name: str, values: dict[str, str]) -> Response:
    text = (_FOLDER / name).read_text(encoding="utf-8")
    for placeholder, value in values.items():
        text = text.replace(placeholder, value)
    return HTMLResponse(text)


def page_file(request: Request) -> Response:
    """Return a file that a page uses."""
    path = _FOLDER / request.path_params["name"]
    if path.suffix not in _KINDS or path not in _FOLDER.iterdir():
        return Response(status_code=404)
    return FileResponse(path, media_type=_KINDS[path.suffix])
