"""The dashboard's API for the list of subscribers: what it answers, and what it refuses."""

import json
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from newsletter.database.database import Database
from newsletter.database.engine import parse_url
from newsletter.database.schema_version import upgrade_schema
from tests.conftest import Run
from tests.dashboard.api_client import ApiClient
from tests.dashboard.previewing import Preview, run_preview
from tests.publications import PUBLICATION, write_publication

POSTS = (
    *("/api/subscribers", "/api/subscribers/1/unsubscribe", "/api/subscribers/1/erase", "/api/subscribers/1/tags"),
    *("/api/import/file", "/api/import/check", "/api/import/start", "/api/import/stop", "/api/import/discard"),
    "/api/deliverability",
)
CSV = """\
email,name,tags,status
ann@example.org,Ann Lee,beta,active
bob@example.org,<b>Bob</b>,"beta,early bird",unsubscribed
cid@example.org,"=HYPERLINK(""https://evil.example"")",,active
"""


@pytest.fixture
def preview(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Preview]:
    """The dashboard of a publication without subscribers."""
    monkeypatch.delenv("NEWSLETTER_DATABASE", raising=False)
    write_publication(folder)
    with run_preview(folder) as preview:
        yield preview


@pytest.fixture
def client(preview: Preview) -> ApiClient:
    return ApiClient(preview)


def import_csv(run: Run, folder: Path, text: str = CSV) -> None:
    (folder / "people.csv").write_text(text)
    run("subscribers", "import", "people.csv", "--consent", "moved", code=0)


def listed(client: ApiClient, **selection: object) -> list[str]:
    status, body = client.get(f"/api/subscribers?{urlencode(selection)}")
    assert status == 200, body
    return [one["email"].partition("@")[0] for one in body["subscribers"]]


@pytest.mark.parametrize("path", POSTS)
def test_changes_require_the_token(client: ApiClient, path: str) -> None:
    """A request without the token of the page is rejected, as one from any other page."""
    assert client.send("POST", path, b"{}", {}) == (
        403,
        "Forbidden: the request does not have the token of this dashboard.\n",
    )
    rebound = {"Host": "evil.example", "X-Preview-Token": client.token()}
    assert client.send("POST", path, b"{}", rebound)[0] == 403
    forged = {"Origin": "https://evil.example", "X-Preview-Token": client.token()}
    assert client.send("POST", path, b"{}", forged)[0] == 403


def test_a_publication_without_a_database(client: ApiClient, folder: Path) -> None:
    """The list is empty, and looking at it creates no database."""
    overview = client.get("/api/subscribers/overview")[1]
    assert (overview["exists"], overview["states"]) == (False, {})
    assert listed(client) == []
    assert client.get("/api/subscribers/1")[0] == 404
    assert client.post("/api/subscribers/1/erase")[0] == 422
    assert not (folder / "newsletter.db").exists()


def test_search_and_filter(client: ApiClient, run: Run, folder: Path) -> None:
    """Both select, and the counts are those of all that match. A filter with errors has a message and advice."""
    import_csv(run, folder)
    assert listed(client) == ["cid", "ann", "bob"]
    assert listed(client, search="bob") == ["bob"]
    assert listed(client, filter="tag:beta -state:unsubscribed") == ["ann"]
    assert listed(client, search="lee", filter="state:unsubscribed") == []
    _, page = client.get("/api/subscribers?filter=tag:beta")
    assert (page["counts"], page["more"]) == ({"active": 1, "unsubscribed": 1}, False)
    status, error = client.get("/api/subscribers?filter=tga:beta")
    assert (status, error) == (422, {"message": "unknown condition `tga:`", "advice": "Did you mean tag:?"})
    overview = client.get("/api/subscribers/overview")[1]
    assert overview["states"] == {"active": 2, "unsubscribed": 1}
    assert overview["tags"] == [{"tag": "beta", "count": 2}, {"tag": "early bird", "count": 1}]
    assert overview["languages"] == [{"language": "", "count": 3}]


def test_pages_of_the_list(client: ApiClient, run: Run, folder: Path) -> None:
    """Each page has 50 subscribers. The next one begins after the last of it."""
    import_csv(run, folder, "email\n" + "".join(f"reader{number}@example.org\n" for number in range(120)))
    pages, before = [], ""
    while True:
        _, page = client.get(f"/api/subscribers?before={before}")
        pages.append([one["email"] for one in page["subscribers"]])
        if not page["more"]:
            break
        before = page["subscribers"][-1]["id"]
    assert [len(page) for page in pages] == [50, 50, 20]
    assert [address for page in pages for address in page] == [
        f"reader{number}@example.org" for number in reversed(range(120))
    ]
    assert len(client.get("/api/subscribers?before=x")[1]["subscribers"]) == 50


def test_the_csv_file_is_that_of_the_command(client: ApiClient, run: Run, folder: Path) -> None:
    """The export selects as the list does. Formulas are guarded."""
    import_csv(run, folder, CSV + "".join(f"reader{number}@example.org,,,active\n" for number in range(1200)))
    assert client.get("/api/subscribers/subscribers.csv") == (200, run("subscribers", "export", code=0).stdout)
    text = client.get("/api/subscribers/subscribers.csv?search=cid@")[1]
    assert "\"'=HYPERLINK(" in text
    assert text.count("\n") == 2
    assert client.get("/api/subscribers/subscribers.csv?filter=x")[0] == 422


def shown(run: Run, address: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run("subscribers", "show", address, "--json", code=0).stdout)
    return found


def test_one_subscriber(client: ApiClient, run: Run, folder: Path) -> None:
    """A page has what `subscribers show --json` prints, and its actions are in the history."""
    import_csv(run, folder)
    path = f"/api/subscribers/{client.get('/api/subscribers?search=ann@')[1]['subscribers'][0]['id']}"
    assert client.post(f"{path}/tags", {"tag": " new "})[0] == 200
    assert client.post(f"{path}/tags", {"tag": "new"})[1]["message"] == "`ann@example.org` already has the tag new"
    assert client.post(f"{path}/tags", {"tag": 'a"b'})[0] == 422
    assert client.post(f"{path}/tags", {"tag": "beta", "off": True})[0] == 200
    assert client.post(f"{path}/unsubscribe")[0] == 200
    status, error = client.post(f"{path}/unsubscribe")
    assert (status, error["message"]) == (422, "this subscriber gets no newsletter already")
    status, found = client.get(path)
    found.pop("id")
    assert (status, found) == (200, shown(run, "ann@example.org"))
    assert found["subscriber"]["tags"] == ["new"]
    assert found["subscriber"]["state"] == "unsubscribed"
    assert [(each["kind"], each["detail"]) for each in found["events"]] == [
        ("tagged", "+new"),
        ("tagged", "-beta"),
        ("unsubscribed", "by the author, in the dashboard"),
    ]


def test_erasure(client: ApiClient, run: Run, folder: Path) -> None:
    """An erased subscriber is gone. The list says that the address is suppressed, and adds it only on request."""
    import_csv(run, folder)
    path = f"/api/subscribers/{client.get('/api/subscribers?search=ann@')[1]['subscribers'][0]['id']}"
    assert client.post(f"{path}/erase") == (200, {"address": "ann@example.org"})
    assert client.get(path)[0] == client.post(f"{path}/erase")[0] == client.post(f"{path}/tags", {"tag": "x"})[0] == 404
    note = client.get("/api/subscribers?search=ANN@example.org")[1]["note"]
    assert re.fullmatch(r"ANN@example.org is suppressed \(erased, \d{4}-\d\d-\d\d\)\. It is never mailed\.", note)
    assert client.get("/api/subscribers/overview")[1]["suppressions"] == {"erased": 1}
    new = {"address": "ann@example.org", "consent": "asked me"}
    status, error = client.post("/api/subscribers", new)
    assert (status, error["message"]) == (423, "`ann@example.org` is suppressed (erased)")
    assert client.post("/api/subscribers", new | {"again": True})[0] == 200
    assert listed(client, search="ann@") == ["ann"]


def test_adding_a_subscriber(client: ApiClient, run: Run) -> None:
    """All fields are stored. Each value that is not valid has a message."""
    new = {"address": "Ida@Example.org", "consent": "asked me", "name": "Ida", "language": "EN_us", "tags": 'a, "b, c"'}
    for field, value in {
        "address": "ida@",
        "consent": " ",
        "name": "a\nb",
        "language": "klingon!",
        "tags": 'a"b',
    }.items():
        status, error = client.post("/api/subscribers", new | {field: value})
        assert (status, bool(error["message"] and error["advice"])) == (422, True), field
    status, added = client.post("/api/subscribers", new)
    assert (status, added["address"]) == (200, "Ida@Example.org")
    found = shown(run, "ida@example.org")["subscriber"]
    assert (found["name"], found["language"], found["tags"]) == ("Ida", "en-US", ["a", "b, c"])
    status, error = client.post("/api/subscribers", new)
    assert (status, error["message"]) == (422, "`Ida@Example.org` is already a subscriber")


VIEWS = ("/subscribers", "/subscribers/1", "/subscribers/import", "/deliverability", "/api/import")
READS = ("/api/subscribers/overview", "/api/subscribers", "/api/subscribers/1", "/api/subscribers/subscribers.csv")


@pytest.mark.parametrize("headers", [{"Host": "evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}])
def test_other_pages_cannot_read_the_list(client: ApiClient, headers: dict[str, str]) -> None:
    """A request for another host, from another origin or from another site is rejected."""
    for path in (*READS, *VIEWS, "/api/import/events", "/api/subscribers/growth", "/api/deliverability"):
        status, text = client.send("GET", path, None, headers)
        assert (status, text.startswith("Forbidden: ")) == (403, True), path


def test_an_older_database(client: ApiClient, folder: Path) -> None:
    """All requests say how to upgrade it. Nothing is changed."""
    database = Database(parse_url(f"sqlite:///{folder / 'newsletter.db'}"))
    with database, database.write() as connection:
        upgrade_schema(connection, "0009")
    for status, error in (*map(client.get, READS), client.post("/api/subscribers/1/erase")):
        assert (status, "newsletter db upgrade" in error["advice"]) == (422, True), error


def test_a_locked_database(client: ApiClient, run: Run, folder: Path) -> None:
    """It can be read. A change says that another program has locked it."""
    import_csv(run, folder)
    write_publication(folder, publication=PUBLICATION + "database: sqlite:///newsletter.db?timeout=0.1\n")
    connection = sqlite3.connect(folder / "newsletter.db", isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    try:
        assert len(listed(client)) == 3
        status, error = client.post("/api/subscribers", {"address": "ida@example.org", "consent": "asked"})
    finally:
        connection.close()
    assert status == 422
    assert error["message"].endswith("is locked by another program")


def test_a_database_that_is_away(client: ApiClient, folder: Path) -> None:
    """Each request has a message without the password."""
    write_publication(folder, publication=PUBLICATION + "database: postgresql://lens:geheim@127.0.0.1:1/lens\n")
    for status, error in map(client.get, READS):
        assert (status, "geheim" in str(error), bool(error["message"])) == (422, False, True)
    write_publication(folder, publication=PUBLICATION.replace("name:", "nam:"))
    assert client.get("/api/subscribers")[0] == 422
    assert client.get("/subscribers")[0] == 200
