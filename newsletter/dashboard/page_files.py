"""Serves the dashboard's pages, and their scripts, styles and images."""

from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response

_FOLDER = Path(__file__).parent / "page"
_KINDS = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


def html_page(name: str, token: str) -> Response:
    """Return a page, with the secret that it sends with each edit."""
    text = (_FOLDER / name).read_text(encoding="utf-8")
    return HTMLResponse(text.replace("PREVIEW-TOKEN", token))


def page_file(request: Request) -> Response:
    """Return a file that a page uses."""
    path = _FOLDER / request.path_params["name"]
    if path.suffix not in _KINDS or path not in _FOLDER.iterdir():
        return Response(status_code=404)
    return FileResponse(path, media_type=_KINDS[path.suffix])
