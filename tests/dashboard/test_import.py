"""Importing a list in the dashboard: the dry run first, then the import, which can be stopped and continued."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from newsletter.subscribers.csv.import_list import BATCH
from tests.conftest import Run
from tests.dashboard.api_client import ApiClient
from tests.dashboard.previewing import run_preview
from tests.publications import PUBLICATION, write_publication
from tests.subscribers.people import states

CSV = """\
Email;Name;Tags;Status
ann@example.org;Ann Lee;beta;active
BOB@example.org;;;active
bob@example.org;Bob;;unsubscribed
cid@example;Cid;;active
"""
OPTIONS = {"consent": "moved from Revue, 2023-01"}


@pytest.fixture
def client(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ApiClient]:
    """A client of the dashboard of a publication without subscribers."""
    monkeypatch.delenv("NEWSLETTER_DATABASE", raising=False)
    write_publication(folder)
    with run_preview(folder) as preview:
        yield ApiClient(preview)


def upload(client: ApiClient, content: str | bytes, name: str = "people.csv") -> tuple[int, Any]:
    data = content.encode() if isinstance(content, str) else content
    return client.post(f"/api/import/file?name={name}", content=data)


def check(client: ApiClient, **options: object) -> dict[str, Any]:
    """Check the uploaded file, and return the import when the check has ended."""
    status, body = client.post("/api/import/check", OPTIONS | options)
    assert status == 200, body
    return client.wait_for_import(lambda found: found["phase"] != "checking")


def start(client: ApiClient) -> dict[str, Any]:
    """Import the checked file, and return the import when it has ended."""
    status, body = client.post("/api/import/start")
    assert status == 200, body
    return client.wait_for_import(lambda found: found["phase"] != "importing")


def uploads(folder: Path) -> list[Path]:
    return [path for path in (folder / ".newsletter" / "uploads").rglob("*") if path.is_file()]


def test_a_list_is_checked_and_then_imported(client: ApiClient, run: Run, folder: Path) -> None:
    """The check shows what the command's dry run prints, and changes nothing. The import changes the same."""
    status, found = upload(client, CSV)
    assert (status, found["phase"], found["file"]) == (200, "uploaded", "people.csv")
    assert found["header"] == ["Email", "Name", "Tags", "Status"]
    assert [path.stat().st_mode & 0o777 for path in uploads(folder)] == [0o600]
    assert client.post("/api/import/start")[0] == 422
    found = check(client)
    assert not (folder / "newsletter.db").exists()
    (folder / "people.csv").write_text(CSV)
    printed = run("subscribers", "import", "people.csv", "--consent", "moved", "--dry-run", "--json", code=1)
    expected = json.loads(printed.stdout)
    assert {"dry_run": True, **found["counts"]} == expected
    assert found["phase"] == "checked"
    assert found["reading"] == (
        "a list in utf-8: email from `Email`, name from `Name`, tags from `Tags`, state from `Status`."
    )
    added = [(each["address"], each["name"], each["detail"]) for each in found["changes"]["added"]]
    assert added == [("BOB@example.org", "Bob", "unsubscribed"), ("ann@example.org", "Ann Lee", "active")]
    (problem,) = found["problems"]
    assert (problem["line"], problem["source"]) == (5, "cid@example;Cid;;active")
    assert problem["message"].startswith("not a valid email address: `cid@example`")
    assert problem["advice"] == "Use an address such as ann@example.org."
    found = start(client)
    assert {"dry_run": True, **found["counts"]} == expected
    assert found["phase"] == "done"
    assert states(run) == {"BOB": "unsubscribed", "ann": "active"}
    shown = json.loads(run("subscribers", "show", "ann@example.org", "--json", code=0).stdout)
    assert shown["subscriber"]["consent_source"] == "moved from Revue, 2023-01"
    assert client.post("/api/import/discard")[1]["phase"] == "none"
    assert uploads(folder) == []


def test_changes_of_known_subscribers(client: ApiClient) -> None:
    """The check lists what is new, what changes, who would get nothing any more, and who is suppressed."""
    upload(client, "email,name\nann@example.org,\nbob@example.org,\ncid@example.org,\n")
    check(client)
    start(client)
    _, page = client.get("/api/subscribers?search=cid@")
    client.post(f"/api/subscribers/{page['subscribers'][0]['id']}/erase")
    rows = "ann@example.org,Ann,\nbob@example.org,,x\ncid@example.org,,\nida@example.org,,\n"
    upload(client, f"email,name,unsubscribed\n{rows}")
    found = check(client, tags="beta")
    changes = {name: [(row["address"][:3], row["detail"]) for row in rows] for name, rows in found["changes"].items()}
    assert changes == {
        "lowered": [("bob", "active → unsubscribed, +beta")],
        "added": [("ida", "active")],
        "changed": [("ann", "name `` → `Ann`, +beta")],
        "suppressed": [("cid", "erased")],
    }


def test_columns_about_consent_that_are_not_understood(client: ApiClient, run: Run) -> None:
    """The check asks what each value means. With the answers, it shows what would change."""
    upload(client, "email,status,gone\nann@example.org,gratis,\nbob@example.org,weg,yes\n")
    found = check(client)
    assert found["phase"] == "uploaded"
    assert found["error"]["message"] == "2 columns may be about consent and cannot be understood"
    status, gone = found["error"]["unclear"]
    assert (status["name"], status["unknown"], gone["name"], gone["unknown"]) == ("status", False, "gone", True)
    assert status["values"] == [{"value": "gratis", "line": 2}, {"value": "weg", "line": 3}]
    found = check(client, mapping=["status:gratis=active", "status:weg=unsubscribed", "ignore=gone"])
    assert found["error"] is None
    start(client)
    assert states(run) == {"ann": "active", "bob": "unsubscribed"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "`people.csv` is empty"),
        (b"PK\x03\x04xxx", "`people.csv` is a zip archive or a spreadsheet, not a CSV file"),
        (b"a\0b,c\n", "`people.csv` is not a text file"),
        (b"\nann@example.org\n", "`people.csv` begins with an empty line"),
        (b"a," * 5_000_000, "`people.csv` has more than 1,000 columns"),
        (b"x" * 10_000_000, "`people.csv` has more than 1,000 columns"),
    ],
)
def test_files_that_are_no_list(client: ApiClient, folder: Path, content: bytes, message: str) -> None:
    """The upload says what is wrong, with advice. The file is deleted."""
    status, error = upload(client, content)
    assert (status, error["message"], bool(error["advice"])) == (422, message, True)
    assert uploads(folder) == []
    assert client.get("/api/import")[1]["phase"] == "none"


@pytest.mark.parametrize(
    ("text", "encoding", "chosen", "name"),
    [
        ("email,name\nann@example.org,Jürgen\n", "cp1252", "", "Jürgen"),
        ("email,name\nann@example.org,山田花子さんの名前\n", "shift_jis", "shift_jis", "山田花子さんの名前"),
        ("email,name\nann@example.org,مريم\n", "utf-16", "", "مريم"),
        ("email,name\nann@example.org,‫مريم <script>alert(1)</script>\n", "utf-8", "", None),
    ],
)
def test_encodings(client: ApiClient, text: str, encoding: str, chosen: str, name: str | None) -> None:
    """They are detected or chosen. A name with a character that overrides the direction of the text is refused."""
    upload(client, text.encode(encoding))
    found = check(client, encoding=chosen)
    assert [row["name"] for row in found["changes"].get("added", [])] == ([name] if name else [])
    assert found["counts"]["faults"] == (0 if name else 1)


def test_options_that_are_not_valid(client: ApiClient) -> None:
    """Each is refused with a message before the check begins."""
    upload(client, CSV)
    wrong: list[dict[str, Any]] = [{"consent": ""}, {"state": "gone"}, {"tags": 'a"b'}, {"mapping": ["x"]}, {"x": 1}]
    for options in wrong:
        status, error = client.post("/api/import/check", OPTIONS | options)
        assert (status, bool(error["message"])) == (422, True), options
    assert client.get("/api/import")[1]["phase"] == "uploaded"
    found = check(client, encoding="klingon")
    assert found["error"]["message"] == "unknown encoding `klingon`"
    found = check(client, mapping=["email="])
    assert found["error"]["message"] == "`people.csv`: no email address column was found"
    assert "Select it below." in found["error"]["advice"]


@pytest.mark.parametrize(
    "name", ["..%2f..%2fnewsletter.yaml", "%00", "%E2%80%AE.csv", "a" * 5000, ".", "", "con%3Cb%3E"]
)
def test_names_of_files(client: ApiClient, folder: Path, name: str) -> None:
    """Whatever the name is, the file is stored in the folder of uploads."""
    status, found = upload(client, CSV, name)
    assert (status, found["phase"]) == (200, "uploaded")
    assert len(uploads(folder)) == 1
    assert (folder / "newsletter.yaml").read_text() == PUBLICATION


def test_a_link_that_leads_out_of_the_publication(
    client: ApiClient, folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """No file is written outside."""
    outside = tmp_path_factory.mktemp("outside")
    (folder / ".newsletter").mkdir(exist_ok=True)
    (folder / ".newsletter" / "uploads").symlink_to(outside)
    assert upload(client, CSV)[0] == 422
    assert list(outside.iterdir()) == []


ROWS = BATCH + 200


def stop_after_one_batch(client: ApiClient, folder: Path) -> dict[str, Any]:
    """Begin an import, and stop it while another program keeps it from writing its first rows."""
    upload(client, "email\n" + "".join(f"reader{number}@example.org\n" for number in range(ROWS)))
    check(client)
    client.post("/api/subscribers", {"address": "first@example.org", "consent": "asked"})
    with closing(sqlite3.connect(folder / "newsletter.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        client.post("/api/import/start")
        client.wait_for_import(lambda found: found["phase"] == "importing" and found["total"] > 0)
        for path in ("file?name=x.csv", "check", "start", "discard"):
            status, error = client.post(f"/api/import/{path}", OPTIONS if path == "check" else None)
            assert (status, error["message"]) in ((422, "an import is running"), (422, "the import was not checked"))
        client.post("/api/import/stop")
    return client.wait_for_import(lambda found: found["phase"] != "importing")


def test_an_import_is_stopped_and_continued(client: ApiClient, run: Run, folder: Path) -> None:
    """It stops after a transaction, and is marked, so that no issue is sent before it is continued."""
    found = stop_after_one_batch(client, folder)
    assert (found["phase"], found["counts"]["added"]) == ("stopped", BATCH)
    assert len(states(run)) == BATCH + 1
    (unfinished,) = client.get("/api/subscribers/overview")[1]["unfinished"]
    assert (folder / unfinished["file"]).exists()
    found = start(client)
    assert (found["phase"], found["counts"]["added"], found["counts"]["same"]) == ("done", ROWS - BATCH, BATCH)
    assert client.get("/api/subscribers/overview")[1]["unfinished"] == []
    assert uploads(folder) == []


def test_the_file_of_a_stopped_import_is_kept(client: ApiClient, folder: Path) -> None:
    """It is continued with the same file, also if another one was imported meanwhile."""
    stop_after_one_batch(client, folder)
    (kept,) = uploads(folder)
    client.post("/api/import/discard")
    upload(client, CSV)
    check(client)
    assert start(client)["phase"] == "done"
    client.post("/api/import/discard")
    assert uploads(folder) == [kept]
    upload(client, kept.read_bytes())
    check(client)
    assert start(client)["counts"]["added"] == ROWS - BATCH
    assert client.get("/api/subscribers/overview")[1]["unfinished"] == []


def test_files_that_were_not_imported_are_deleted_at_the_next_start(folder: Path) -> None:
    """They have addresses of people, and no page names them any more."""
    write_publication(folder)
    with run_preview(folder) as preview:
        upload(ApiClient(preview), CSV)
    killed = folder / ".newsletter/uploads/incomplete-0123456789ab"
    killed.write_text("email")
    assert len(uploads(folder)) == 2
    with run_preview(folder):
        assert uploads(folder) == []


def test_files_are_kept_while_a_record_cannot_be_read(folder: Path) -> None:
    """Any of them may be the one whose import was interrupted. The view names the record."""
    write_publication(folder)
    with run_preview(folder) as preview:
        client = ApiClient(preview)
        client.post("/api/subscribers", {"address": "first@example.org", "consent": "asked"})
        upload(client, CSV)
    kept = uploads(folder)
    record = folder / ".newsletter/imports/0123.json"
    record.mkdir(parents=True)
    with run_preview(folder) as preview:
        assert uploads(folder) == kept
        (unfinished,) = ApiClient(preview).get("/api/subscribers/overview")[1]["unfinished"]
        assert unfinished == {"file": ".newsletter/imports/0123.json", "began_at": ""}
    record.rmdir()
    with run_preview(folder):
        assert uploads(folder) == []


def test_the_dashboard_stops_during_an_import(run: Run, folder: Path) -> None:
    """The import stops after its transaction. It can be continued when the dashboard is started again."""
    write_publication(folder)
    with run_preview(folder) as preview:
        client = ApiClient(preview)
        upload(client, "email\n" + "".join(f"reader{number}@example.org\n" for number in range(20_000)))
        check(client)
        client.post("/api/import/start")
        client.wait_for_import(lambda found: found["counts"]["added"] > 0)
    added = len(states(run))
    with run_preview(folder) as preview:
        assert len(ApiClient(preview).get("/api/subscribers/overview")[1]["unfinished"]) == (added < 20_000)


def test_a_locked_database_and_an_import(client: ApiClient, run: Run, folder: Path) -> None:
    """The check only reads. The import says why it failed, and can be tried again."""
    write_publication(folder, publication=PUBLICATION + "database: sqlite:///newsletter.db?timeout=0.1\n")
    client.post("/api/subscribers", {"address": "first@example.org", "consent": "asked"})
    upload(client, CSV)
    with closing(sqlite3.connect(folder / "newsletter.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert check(client)["phase"] == "checked"
        found = start(client)
    assert found["phase"] == "failed"
    assert found["error"]["message"].endswith("is locked by another program")
    assert start(client)["phase"] == "done"
    assert len(states(run)) == 3
