"""A client of the dashboard's API, which sends the token as its pages do."""

import json
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any

from tests.dashboard.previewing import Preview

# Seconds, on a loaded machine.
_TIMEOUT = 120


@dataclass(frozen=True)
class ApiClient:
    """A client of a running dashboard."""

    preview: Preview

    def get(self, path: str) -> tuple[int, Any]:
        """Return the status and the JSON or text of a response."""
        return self.send("GET", path, None, {})

    def post(self, path: str, data: object = None, *, content: bytes | None = None) -> tuple[int, Any]:
        """Send data as JSON, or the content of a file, with the token."""
        body = json.dumps(data or {}).encode() if content is None else content
        return self.send("POST", path, body, {"X-Preview-Token": self.token()})

    def wait_for_import(self, accepts: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Follow the events of the import until one is accepted, and return it."""
        with closing(HTTPConnection("127.0.0.1", self.preview.port, timeout=_TIMEOUT)) as connection:
            connection.request("GET", "/api/import/events")
            for line in connection.getresponse():
                if line.startswith(b"data: ") and accepts(found := json.loads(line[6:])):
                    return dict(found)
        raise AssertionError("the events have ended")

    def token(self) -> str:
        """Return the token of the pages."""
        text: str = self.get("/subscribers")[1]
        return text.partition('name="token" content="')[2].partition('"')[0]

    def send(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> tuple[int, Any]:
        """Send a request. Returns the status, and the JSON or the text of the response."""
        with closing(HTTPConnection("127.0.0.1", self.preview.port, timeout=_TIMEOUT)) as connection:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            text = response.read().decode()
            is_json = response.getheader("Content-Type", "").startswith("application/json")
            return response.status, json.loads(text) if is_json else text
