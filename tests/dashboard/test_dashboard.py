"""The dashboard's server: allowed requests, responses, start and stop."""

import io
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from threading import Event
from typing import Any
from urllib.parse import quote

import pytest
from filelock import FileLock
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from watchfiles import Change

from newsletter.dashboard.dashboard_server import PORT, listen
from newsletter.dashboard.differences import differences
from newsletter.dashboard.file_changes import FileChanges
from newsletter.dashboard.framing import (
    CLIP,
    ColourScheme,
    frame_email,
    frame_story,
    mark_clip,
    with_scheme,
    without_styles,
)
from newsletter.dashboard.issue_previews import IssuePreviews
from newsletter.dashboard.render_draft import render_draft
from newsletter.dashboard.watch_files import AuthorFiles
from newsletter.files import read_bytes
from newsletter.render.issue_title import heading
from tests.conftest import Run
from tests.dashboard.previewing import HEAD, Preview, issue_text, run_preview, write_lens
from tests.publications import PUBLICATION, write_publication

ISSUE = "/api/issues/lens"


@pytest.fixture(scope="module")
def preview(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Preview]:
    with run_preview(write_lens(tmp_path_factory.mktemp("served"))) as preview:
        yield preview


@dataclass(frozen=True)
class PreviewProcess:
    """A preview that runs in another process."""

    port: int


def fetch(
    preview: Preview | PreviewProcess, path: str, headers: dict[str, str] | None = None, data: object = None
) -> tuple[int, dict[str, str], str]:
    """Send a GET request, or a POST request with data. Returns the status, headers and text of the response."""
    method = "GET" if data is None else "POST"
    with closing(HTTPConnection("127.0.0.1", preview.port, timeout=20)) as connection:
        connection.request(method, path, None if data is None else json.dumps(data), headers or {})
        response = connection.getresponse()
        return (
            response.status,
            {name.lower(): value for name, value in response.getheaders()},
            response.read().decode("utf-8", "replace"),
        )


def token(preview: Preview | PreviewProcess) -> dict[str, str]:
    page = fetch(preview, "/issues/lens")[2]
    return {"X-Preview-Token": page.partition('name="token" content="')[2].partition('"')[0]}


def send_edit(preview: Preview, edit: dict[str, Any], version: str = "") -> tuple[int, dict[str, Any]]:
    """Send an edit of the file as it is now, or of an older version. Returns the status and the response."""
    while not version:
        shown = json.loads(fetch(preview, ISSUE)[2])
        # The server may not have noticed yet that a test wrote the file.
        if shown["text"] == preview.file.read_text():
            version = shown["version"]
    status, _, text = fetch(preview, f"{ISSUE}/edits", token(preview), {"version": version, "edit": edit})
    return status, json.loads(text or "{}")


FOREIGN = {
    "a foreign name that resolves to this machine": {"Host": "evil.example"},
    "that name with the port": {"Host": "evil.example:{port}"},
    "the host without the port": {"Host": "127.0.0.1"},
    "another origin": {"Origin": "https://evil.example"},
    "another port of this machine": {"Origin": "http://127.0.0.1:1"},
    "an opaque origin": {"Origin": "null"},
    "another site, without an origin": {"Sec-Fetch-Site": "cross-site"},
}


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/issues/lens",
        ISSUE,
        f"{ISSUE}/checks",
        "/api/changes",
        "/api/inbox",
        "/api/new-issue",
        "/assets/x.png",
        "/frame",
        "/campaigns",
        "/subscribers",
        "/deliverability",
        "/schedule",
    ],
)
@pytest.mark.parametrize("headers", FOREIGN.values(), ids=FOREIGN)
def test_other_pages_cannot_read_anything(preview: Preview, headers: dict[str, str], path: str) -> None:
    """A request for another host or from another origin is rejected at every path."""
    sent = {name: value.replace("{port}", str(preview.port)) for name, value in headers.items()}
    status, received, text = fetch(preview, path, sent)
    assert status == 403
    assert text.startswith("Forbidden: ")
    assert "access-control-allow-origin" not in received


def test_a_request_without_exactly_one_host_is_rejected(preview: Preview) -> None:
    """A request without a Host header (HTTP/1.0) or with two of them is rejected."""
    for head in (b"GET / HTTP/1.0\r\n\r\n", b"GET / HTTP/1.1\r\nHost: a\r\nHost: 127.0.0.1\r\n\r\n"):
        with closing(socket.create_connection(("127.0.0.1", preview.port), timeout=20)) as connection:
            connection.sendall(head)
            assert connection.recv(100).split()[1] in (b"403", b"400")


def test_an_edit_requires_the_token(preview: Preview) -> None:
    """An edit without the token or with a wrong one is rejected and changes nothing."""
    data = {"version": json.loads(fetch(preview, ISSUE)[2])["version"], "edit": {"kind": "undo"}}
    before = preview.file.read_text()
    for headers in ({}, {"X-Preview-Token": ""}, {"X-Preview-Token": "ü"}, token(preview) | {"Origin": "null"}):
        assert fetch(preview, f"{ISSUE}/edits", headers, data)[0] == 403
    assert preview.file.read_text() == before


@pytest.mark.parametrize(
    "path", ["/issues/lens", ISSUE, "/page/dashboard.css", "/page/dashboard.js", "/frame", "/campaigns"]
)
def test_security_headers(preview: Preview, path: str) -> None:
    """Pages load nothing from other hosts and have no inline scripts. Frames are sandboxed."""
    status, headers, _ = fetch(preview, path)
    policy = headers["content-security-policy"]
    assert status == 200
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe-eval" not in policy
    assert ("'unsafe-inline'" in policy) == (path == "/frame")
    assert ("sandbox" in policy) == (path == "/frame")
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"


def test_the_page_refers_to_no_other_host() -> None:
    """The page, its style sheet and its scripts contain no URL of another host."""
    for path in Path("newsletter/dashboard/page").resolve().glob("*"):
        assert "://" not in path.read_text().replace("http://www.w3.org/2000/svg", "").replace('"https://"', "")


@pytest.mark.parametrize(
    "path",
    [
        "/assets/..%2f..%2fnewsletter.yaml",
        "/assets/.x",
        f"/assets/{'x' * 300}",
        "/page/..%2fapplication.py",
        "/page/..",
        "/page/x.js",
        f"/page/{'x' * 300}.js",
    ],
)
def test_no_other_files_are_served(preview: Preview, path: str) -> None:
    """No path leads outside the assets and the files of the page, and no name is too long."""
    fetch(preview, ISSUE)  # writes assets
    assert fetch(preview, path)[0] == 404


def test_the_api_returns_an_issue(preview: Preview) -> None:
    """The outputs are the rendered ones, except that frames get their images from the preview."""
    shown = json.loads(fetch(preview, f"{ISSUE}?scheme=dark")[2])
    assert "https://lens.example.org/assets/" in shown["outputs"]["story"]
    assert "https://lens.example.org/assets/" not in shown["outputs"]["framed_email"]
    name = shown["outputs"]["framed_email"].partition('src="/assets/')[2].partition('"')[0]
    assert fetch(preview, f"/assets/{name}")[1]["content-type"] == "image/png"
    assert [part["section"] for part in shown["outline"]] == ["featured", "use_cases", "papers", "articles", "other"]
    assert "issues" not in shown


def test_an_issue_has_the_version_of_the_list(preview: Preview) -> None:
    """The page requests the list of issues only if its version has changed."""
    listed = json.loads(fetch(preview, "/api/issues")[2])
    assert [issue["slug"] for issue in listed["issues"]] == ["lens", "first"]
    assert json.loads(fetch(preview, ISSUE)[2])["list"] == listed["list"]


def test_the_list_changes_only_with_what_it_shows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the changed issues are summarized again. Undoing a change returns the version of before."""
    summarized: list[str] = []

    def counted(title: str, publication: str) -> str:
        summarized.append(title)
        return heading(title, publication)

    monkeypatch.setattr("newsletter.dashboard.issue_summaries.heading", counted)
    previews = IssuePreviews(write_lens(tmp_path), changes := FileChanges())
    file = tmp_path / "issues/lens.yaml"
    text = file.read_text()

    def version(changed: str) -> str:
        summarized.clear()
        file.write_text(changed)
        changes.notify()
        return previews.summaries().version

    first = version(text)
    assert len(summarized) == 2
    assert version(text.replace("Story 1", "Story one")) == first
    assert summarized == []
    other = version(text.replace("The Weekly Lens — Issue 2", "Lenses"))
    assert (other != first, summarized) == (True, ["Lenses"])
    assert previews.summaries().summaries[0].title == "Lenses"
    broken = version(text.replace("title:", "titel:"))
    assert broken not in (first, other)
    assert previews.summaries().summaries[0] == ("lens", "", "", "")
    assert version(text) == first
    (tmp_path / "newsletter.yaml").write_text((tmp_path / "newsletter.yaml").read_text().replace("Lens", "Glass"))
    assert version(text) != first


def test_an_unknown_issue(preview: Preview) -> None:
    """The error for an unknown issue suggests a similar slug."""
    status, _, text = fetch(preview, "/api/issues/lenz")
    assert status == 404
    assert json.loads(text)["advice"] == "Did you mean lens?"


@pytest.mark.parametrize("name", ["1", "newsletter", "lens.yaml", "..", "%00"])
def test_an_issue_is_requested_by_its_slug_only(preview: Preview, name: str) -> None:
    """A number, a path or another file of the publication is neither shown nor edited."""
    assert fetch(preview, f"/api/issues/{name}")[0] == 404
    data = {"version": "", "edit": {"kind": "undo"}}
    assert fetch(preview, f"/api/issues/{name}/edits", token(preview), data)[0] in (404, 422)


REJECTED: dict[str, tuple[dict[str, Any], str]] = {
    "an unknown entry": (
        {"kind": "move", "entry": {"section": "papers", "index": 99}, "to": {"section": "papers", "index": 0}},
        "cannot move, add or delete the entry",
    ),
    "an undeclared section": (
        {"kind": "move", "entry": {"section": "papers", "index": 0}, "to": {"section": "recipes", "index": 0}},
        "the section `recipes` is not declared",
    ),
    "a link for an undeclared section": (
        {"kind": "add", "url": "https://a.example/", "section": "recipes", "read": False},
        "the section `recipes` is not declared",
    ),
    "an invalid URL": ({"kind": "add", "url": "ftp://a", "section": "papers"}, "http"),
    "an unknown field": (
        {"kind": "write", "entry": {"section": "papers", "index": 0}, "fields": {"colour": "x"}},
        "title",
    ),
    "an unknown kind of edit": ({"kind": "burn"}, "burn"),
}


@pytest.mark.parametrize("case", REJECTED)
def test_invalid_edits(preview: Preview, case: str) -> None:
    """An invalid edit gets a message and leaves the file unchanged."""
    edit, word = REJECTED[case]
    before = preview.file.read_text()
    status, body = send_edit(preview, edit)
    assert status == 422
    assert word in body["message"]
    assert preview.file.read_text() == before


OWN_SECTIONS = PUBLICATION + "sections: {recipes: Recipes, gear: Knives & pans, other: The rest}\n"


def test_the_dashboard_has_the_sections_of_the_publication(tmp_path: Path) -> None:
    """The outline has all declared sections in order, with their labels. An entry can move to each of them."""
    soup = "    - {title: Soup, url: https://soup.example/, comment: Warm.}\n"
    text = HEAD.replace("[lenses](@e1)", "soups") + "  other:\n" + soup + "  recipes:\n" + soup.replace("soup", "stew")
    write_publication(tmp_path, publication=OWN_SECTIONS, lens=text.replace("  featured:\n", "  recipes:\n"))
    with run_preview(tmp_path) as preview:
        shown = json.loads(fetch(preview, ISSUE)[2])
        assert shown["error"] is None
        assert [(part["section"], part["label"], len(part["entries"])) for part in shown["outline"]] == [
            ("recipes", "Recipes", 1),
            ("gear", "Knives & pans", 0),
            ("other", "The rest", 1),
        ]
        edit = {"kind": "move", "entry": {"section": "other", "index": 0}, "to": {"section": "gear", "index": 0}}
        assert send_edit(preview, edit)[0] == 204
        link = {"kind": "add", "url": "https://pan.example/", "section": "gear", "read": False}
        assert send_edit(preview, link)[0] == 200
        moved = json.loads(fetch(preview, ISSUE)[2])["outline"]
    assert [[entry["url"] for entry in part["entries"]] for part in moved] == [
        ["https://stew.example/"],
        ["https://soup.example/", "https://pan.example/"],
        [],
    ]


@pytest.mark.parametrize("key", ["no", "on", "1"])
def test_sections_that_yaml_reads_as_other_values(preview: Preview, key: str) -> None:
    """An issue with such a section is shown with an error. Its entries can be edited, and moved to a declared one."""
    before = preview.file.read_text()
    trap = before + f"  {key}:\n    - title: Trap\n      url: https://trap.example/\n      comment: It.\n"
    preview.write(trap)
    while json.loads(fetch(preview, ISSUE)[2])["text"] != trap:
        pass
    shown = json.loads(fetch(preview, ISSUE)[2])
    assert [part["section"] for part in shown["outline"]][-1] == key
    assert f"`{key}`" in shown["error"]["problems"][0]["message"]
    entry = {"section": key, "index": 0}
    write = {"kind": "write", "entry": entry, "fields": {"title": "Sprung"}, "section": "papers"}
    assert send_edit(preview, write)[0] == 204
    after = json.loads(fetch(preview, ISSUE)[2])["outline"]
    papers = next(part for part in after if part["section"] == "papers")
    assert papers["entries"][-1]["title"] == "Sprung"
    assert send_edit(preview, {"kind": "create", "section": key, "fields": {"title": "New"}})[0] == 422
    preview.write(before)


def test_a_link_whose_page_cannot_be_read(preview: Preview) -> None:
    """Pasting it gets a message with the reason, and adds nothing unless the page need not be read."""
    before = preview.file.read_text()
    link: dict[str, object] = {"kind": "add", "url": f"http://127.0.0.1:{preview.port}/", "section": "papers"}
    status, body = send_edit(preview, link)
    assert (status, preview.file.read_text()) == (424, before)
    assert body["message"] == (
        "the page cannot be read, and nothing was added: 127.0.0.1 resolves to the private address 127.0.0.1"
    )
    assert "`newsletter add --allow-private`" in body["advice"]
    assert send_edit(preview, {**link, "read": False})[0] == 200
    assert str(link["url"]) in preview.file.read_text()
    assert send_edit(preview, {"kind": "undo"})[0] == 204


def test_an_edit_from_an_outdated_page(preview: Preview) -> None:
    """An edit of a version that is not in the cache is rejected."""
    move = {"kind": "move", "entry": {"section": "papers", "index": 0}, "to": {"section": "papers", "index": 1}}
    assert send_edit(preview, move, version="0" * 32)[1]["message"] == "this page is out of date"


def upload(preview: Preview, content: bytes, name: str = "A photo") -> tuple[int, dict[str, Any]]:
    with closing(HTTPConnection("127.0.0.1", preview.port, timeout=60)) as connection:
        connection.request("POST", f"{ISSUE}/images?name={quote(name)}", content, token(preview))
        response = connection.getresponse()
        return response.status, json.loads(response.read())


def png(width: int, height: int, **options: Any) -> bytes:
    file = io.BytesIO()
    Image.new("1", (width, height)).save(file, "PNG", **options)
    return file.getvalue()


NO_IMAGES = {
    "no image": (b"<html>", "not a valid image"),
    "nothing": (b"", "not a valid image"),
    "an SVG with a script": (b'<svg onload="alert(1)">', "the image is an SVG"),
    "half an image": (png(800, 800)[:90], "the image is broken"),
    "too many pixels": (png(9_000, 9_000), "too many pixels"),
    "too many bytes": (b"\x89PNG" * 6_250_001, "larger than 25,000,000 bytes"),
}


@pytest.mark.parametrize("case", NO_IMAGES)
def test_uploads_that_are_no_images(preview: Preview, case: str) -> None:
    """The upload is rejected with a message, and no file is written."""
    content, word = NO_IMAGES[case]
    before = sorted(preview.root.rglob("images/**/*"))
    status, body = upload(preview, content)
    assert (status, word in body["message"]) == (422, True)
    assert sorted(preview.root.rglob("images/**/*")) == before


def image_edit(image: object, index: int = 0) -> dict[str, Any]:
    return {"kind": "write", "entry": {"section": "papers", "index": index}, "fields": {"image": image}}


def test_uploaded_images(preview: Preview) -> None:
    """An image is stored next to the issue under a safe name, without its texts, once its entry is saved."""
    before = preview.file.read_text()
    folder = preview.root / "issues" / "images" / "lens"
    texts = PngInfo()
    texts.add_text("Author", "Ida")
    content = png(40, 30, pnginfo=texts)
    status, body = upload(preview, content, "../../Über den Kanal")
    assert (status, body) == (200, {"image": "images/lens/uber-den-kanal.png", "width": 40, "height": 30})
    assert upload(preview, content, "Über den Kanal")[1] == body
    assert not folder.exists()
    assert upload(preview, png(40, 31), "Über den Kanal")[1]["image"] == "images/lens/uber-den-kanal-2.png"
    assert send_edit(preview, image_edit(body["image"]))[0] == 204
    assert [path.name for path in folder.iterdir()] == ["uber-den-kanal.png"]
    assert b"Ida" not in (folder / "uber-den-kanal.png").read_bytes()
    assert upload(preview, content, "Über den Kanal")[1]["image"] == "images/lens/uber-den-kanal-3.png"
    preview.write(before)


def test_uploads_are_not_written_outside_the_publication(tmp_path: Path) -> None:
    """Neither if the link was there, nor if it was made before the entry is saved."""
    outside = tmp_path / "outside"
    outside.mkdir()
    with run_preview(write_lens(tmp_path / "lens")) as preview:
        folder = preview.root / "issues" / "images" / "lens"
        image = upload(preview, png(40, 30))[1]["image"]
        folder.parent.mkdir(exist_ok=True)
        folder.symlink_to(outside)
        for status, body in (upload(preview, png(40, 31)), send_edit(preview, image_edit(image))):
            assert status == 422
            assert "cannot be written: a symbolic link leads out of" in body["message"]
        assert not list(outside.iterdir())


def test_no_image_is_left_if_saving_fails(tmp_path: Path) -> None:
    """If the entry cannot be saved, its image is no file. It is written with the next attempt; no file is replaced."""
    with run_preview(write_lens(tmp_path)) as preview:
        folder = preview.root / "issues" / "images" / "lens"
        image = upload(preview, png(40, 30))[1]["image"]
        original = preview.file.read_text()
        version = json.loads(fetch(preview, ISSUE)[2])["version"]
        preview.write(original.replace("      title: 'Story 3'\n", "      title: 'Story 3'\n      image: theirs.png\n"))
        status, conflict = send_edit(preview, image_edit(image), version)
        assert (status, list(folder.glob("*"))) == (409, [])
        replace = {"kind": "replace", "text": conflict["mine"]}
        assert send_edit(preview, replace, conflict["version"])[0] == 204
        assert [path.name for path in folder.iterdir()] == ["a-photo.png"]
        first, second = (upload(preview, png(40, height))[1]["image"] for height in (31, 32))
        (preview.root / "issues" / second).write_bytes(b"theirs")
        edit = image_edit(first) | {"fields": {"image": first, "comment": f"![A lens]({second})"}}
        status, body = send_edit(preview, edit)
        assert (status, body["advice"]) == (422, "Choose the image again.")
        assert (preview.root / "issues" / second).read_bytes() == b"theirs"
        assert not (preview.root / "issues" / first).exists()


def test_the_inbox_changed(preview: Preview) -> None:
    """An entry is not taken from an inbox that has changed since it was shown. A missing inbox is empty."""
    assert json.loads(fetch(preview, "/api/inbox")[2]) == {"version": "", "entries": []}
    inbox = preview.root / "inbox.yaml"
    inbox.write_text("sections:\n  papers:\n    - title: One\n      url: https://example.org/one\n      comment: It.\n")
    shown = json.loads(fetch(preview, "/api/inbox")[2])
    take = {"inbox": shown["version"], "section": "papers", "index": 0, "to": "other"}
    inbox.write_text(inbox.read_text().replace("One", "Two"))
    before = preview.file.read_text()
    status, _, text = fetch(preview, f"{ISSUE}/inbox", token(preview), take)
    assert (status, json.loads(text)["message"]) == (422, "the inbox has changed since it was shown")
    assert preview.file.read_text() == before
    inbox.unlink()


def test_undo(tmp_path: Path) -> None:
    """Undo reverts the last edit. If the file has changed since, the response has both versions, once."""
    with run_preview(write_lens(tmp_path)) as preview:
        before = preview.file.read_text()
        write = {"kind": "write", "entry": {"section": "papers", "index": 0}, "fields": {"title": "Anew"}}
        assert send_edit(preview, write)[0] == 204
        assert send_edit(preview, {"kind": "undo"})[0] == 204
        assert preview.file.read_text() == before
        assert send_edit(preview, write)[0] == 204
        preview.write(before.replace("'Story 9'", "'Theirs'"))
        status, body = send_edit(preview, {"kind": "undo"})
        assert (status, body["mine"]) == (409, before)
        assert ["changed", "      title: 'Theirs'", "      title: 'Story 9'"] in body["rows"]
        assert send_edit(preview, {"kind": "undo"})[1]["message"] == "there is nothing to undo"


def test_undo_when_the_file_cannot_be_written(tmp_path: Path) -> None:
    """If undo fails, the edit stays in the history, and a later undo reverts it."""
    with run_preview(write_lens(tmp_path)) as preview:
        before = preview.file.read_text()
        write = {"kind": "write", "entry": {"section": "papers", "index": 0}, "fields": {"title": "Anew"}}
        assert send_edit(preview, write)[0] == 204
        lock = tmp_path / ".newsletter" / "edit.lock"
        lock.unlink()
        lock.mkdir()
        status, body = send_edit(preview, {"kind": "undo"})
        assert (status, body["message"]) == (422, f"{lock} cannot be written: Is a directory")
        lock.rmdir()
        assert send_edit(preview, {"kind": "undo"})[0] == 204
        assert preview.file.read_text() == before


def test_many_changes_cause_few_notifications(tmp_path: Path) -> None:
    """After 3,000 changed files, pages were notified at most 20 times and show the last state."""
    with (
        run_preview(write_lens(tmp_path)) as preview,
        closing(HTTPConnection("127.0.0.1", preview.port, timeout=60)) as connection,
    ):
        connection.request("GET", "/api/changes")
        stream = connection.getresponse()
        while stream.readline() != b"data: 0\n":
            pass
        text = issue_text()
        for number in range(3000):
            (tmp_path / "issues" / "images").mkdir(exist_ok=True)
            (tmp_path / "issues" / "images" / f"{number}.txt").write_text("")
        preview.write(text.replace("Story 20", "The last"))
        counts = []
        while "The last" not in fetch(preview, ISSUE)[2]:
            line = stream.readline()
            counts += [line] if line.startswith(b"data") else []
        assert len(counts) <= 20


def test_a_browser_that_disconnects(preview: Preview) -> None:
    """Pages that are closed while they wait for changes do not affect the server."""
    for _ in range(30):
        with closing(socket.create_connection(("127.0.0.1", preview.port), timeout=20)) as connection:
            connection.sendall(f"GET /api/changes HTTP/1.1\r\nHost: 127.0.0.1:{preview.port}\r\n\r\n".encode())
            assert connection.recv(12) == b"HTTP/1.1 200"
    assert fetch(preview, ISSUE)[0] == 200


def test_an_invalid_publication(tmp_path: Path) -> None:
    """While `newsletter.yaml` is invalid, the preview has its error and the last valid outputs."""
    previews = IssuePreviews(write_lens(tmp_path), changes := FileChanges())
    assert previews.preview("lens").error is None
    text = (tmp_path / "newsletter.yaml").read_text()
    (tmp_path / "newsletter.yaml").write_text("nam: x\n")
    changes.notify()
    preview = previews.preview("lens")
    assert preview.error is not None
    assert "nam" in preview.error.problems[0].message + preview.error.problems[0].source
    assert preview.outputs is not None
    assert len(previews.summaries().summaries) == 2
    (tmp_path / "newsletter.yaml").write_text(text)
    changes.notify()
    assert previews.preview("lens").error is None


def test_a_custom_template(tmp_path: Path) -> None:
    """A template that is added to the publication or removed from it takes effect at the next change."""
    previews = IssuePreviews(write_lens(tmp_path), changes := FileChanges())
    template = tmp_path / "templates" / "email.css"
    template.parent.mkdir()

    def email() -> str:
        changes.notify()
        outputs = previews.preview("lens").outputs
        assert outputs is not None
        return outputs.email

    before = email()
    template.write_text("h1 { color: #123457 }\n")
    assert "#123457" in email()
    template.unlink()
    assert email() == before


def test_an_issue_is_rendered_once_per_change(tmp_path: Path) -> None:
    """Requests for the same issue share one rendering until a file changes."""
    previews = IssuePreviews(write_lens(tmp_path), changes := FileChanges())
    first = previews.preview("lens")
    assert previews.preview("lens") is first
    changes.notify()
    assert previews.preview("lens") is not first


def test_an_edit_does_not_wait_for_a_rendering(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An edit is saved while an issue is rendered."""
    rendering, saved = Event(), Event()

    def render_slowly(*arguments: Any) -> Any:
        rendering.set()
        assert saved.wait(60)
        return render_draft(*arguments)

    with run_preview(write_lens(tmp_path)) as preview, ThreadPoolExecutor() as pool:
        version = json.loads(fetch(preview, ISSUE)[2])["version"]
        monkeypatch.setattr("newsletter.dashboard.issue_previews.render_draft", render_slowly)
        try:
            other = pool.submit(fetch, preview, "/api/issues/first")
            assert rendering.wait(60)
            status, _ = send_edit(preview, {"kind": "write-issue", "fields": {"title": "Saved"}}, version)
            assert not other.done()
        finally:
            saved.set()
        assert (status, other.result()[0]) == (204, 200)
        assert json.loads(fetch(preview, ISSUE)[2])["fields"]["title"] == "Saved"


# Start and stop


def test_a_preview_of_a_slug_lists_no_issues(run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the dashboard reads the issues. A number is searched in all of them."""
    write_lens(folder)
    read: list[str] = []
    opened: list[str] = []

    def counted(path: Path) -> bytes:
        read.append(path.name)
        return read_bytes(path)

    monkeypatch.setattr("newsletter.issue.issue_list.read_bytes", counted)
    monkeypatch.setattr("newsletter.cli.preview.run_dashboard", lambda _, page, *__, **___: opened.append(page))
    run("preview", "lens", code=0)
    assert (opened, read) == (["/issues/lens"], [])
    run("preview", "2", code=0)
    assert (opened, sorted(read)) == (["/issues/lens", "/issues/lens"], ["first.yaml", "lens.yaml"])


def test_a_preview_of_a_link_out_of_the_publication(run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is refused before the dashboard starts."""
    write_lens(folder)
    monkeypatch.setattr("newsletter.cli.preview.run_dashboard", lambda *_, **__: pytest.fail("started"))
    (folder.parent / "other.yaml").write_text(issue_text())
    (folder / "issues/other.yaml").symlink_to(folder.parent / "other.yaml")
    assert "a symbolic link leads out of the publication" in run("preview", "other", code=1).stderr


def test_a_port_in_use(run: Run, folder: Path) -> None:
    """A given port that is in use is an error. Without one, the next free port is used."""
    write_lens(folder)
    with closing(listen(0)) as taken:
        port = taken.getsockname()[1]
        stderr = run("preview", "--port", str(port), code=1).stderr
        assert f"port {port} is already in use" in stderr
        assert "--port" in stderr
    with closing(listen(None)) as first, closing(listen(None)) as second:
        assert PORT <= first.getsockname()[1] < second.getsockname()[1]
        assert second.getsockname()[0] == "127.0.0.1"


@pytest.mark.parametrize(
    ("arguments", "word"), [(["nothing"], "the issue `nothing` does not exist"), (["elsewhere/a.yaml"], "issues/")]
)
def test_an_issue_that_cannot_be_shown(run: Run, folder: Path, arguments: list[str], word: str) -> None:
    """A file that is not an issue of the publication is an error before the server starts."""
    write_lens(folder)
    assert word in run("preview", *arguments, code=1).stderr


@pytest.mark.parametrize(("arguments", "shown"), [(["preview", "1"], "issues/first"), (["dashboard"], "")])
def test_ctrl_c_stops_the_dashboard(folder: Path, arguments: list[str], shown: str) -> None:
    """The command prints the URL of the page. Ctrl-C stops it, also while a page is open."""
    write_lens(folder)
    command = [sys.executable, "-m", "newsletter", *arguments]
    environment = os.environ | {"PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        host, _, rest = address.removeprefix("http://").partition("/")
        assert rest == shown
        with closing(HTTPConnection(host, timeout=20)) as page:
            page.request("GET", "/api/changes")
            page.getresponse().readline()
            process.send_signal(signal.SIGINT)
            stderr = process.communicate(timeout=20)[1]
    assert process.returncode == 0
    assert stderr.splitlines() == ["The page updates each time you save. Press Ctrl-C to stop.", "Stopped."]


def test_a_folder_without_a_publication(folder: Path) -> None:
    """The command says that the page creates a publication, and writes nothing itself."""
    command = [sys.executable, "-m", "newsletter", "dashboard"]
    environment = os.environ | {"PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        stderr = process.communicate(timeout=20)[1]
    assert process.returncode == 0
    assert stderr.splitlines()[0] == f"There is no newsletter in {folder} yet. Open the page to create one there."
    assert list(folder.iterdir()) == []


ANSWERS = {"name": "Bread", "language": "en", "sender": "", "sections": "general"}


def test_creating_a_publication(tmp_path: Path) -> None:
    """It needs the token of the page, and replaces no file. The dashboard follows on the same port."""
    (tmp_path / "schemas").mkdir()
    (tmp_path / "schemas/issue.schema.json").write_text("{}")
    (tmp_path / ".gitignore").write_text("mine\n")
    with run_preview(tmp_path) as preview:
        assert fetch(preview, "/api/issues")[0] == 404
        assert fetch(preview, "/api/publication", None, ANSWERS)[0] == 403
        assert fetch(preview, "/api/publication", {"Origin": "https://evil.example"})[0] == 403
        status, _, text = fetch(preview, "/api/publication", token(preview), ANSWERS)
        assert (status, json.loads(text)["message"]) == (
            422,
            f"{tmp_path}/schemas/issue.schema.json already exists",
        )
        assert not (tmp_path / "newsletter.yaml").exists()
        (tmp_path / "schemas/issue.schema.json").unlink()
        status, _, text = fetch(preview, "/api/publication", token(preview), ANSWERS)
        created = json.loads(text)
        assert (status, created["notes"]) == (
            200,
            ["Add build/, .newsletter/ and newsletter.db* to your .gitignore."],
        )
        assert "from" not in [each["about"] for each in created["left"]]
        assert json.loads(fetch(preview, "/api/issues")[2])["publication"] == "Bread"
    assert (tmp_path / ".gitignore").read_text() == "mine\n"


def test_a_publication_that_was_created_in_the_terminal_meanwhile(tmp_path: Path) -> None:
    """The next time that the page is opened, it is the dashboard."""
    with run_preview(tmp_path) as preview:
        assert "A new newsletter" in fetch(preview, "/")[2]
        write_lens(tmp_path)
        assert fetch(preview, "/")[1]["location"] == "/"
        assert fetch(preview, "/")[1]["location"] == "/issues/lens"


def test_ctrl_c_during_an_edit(folder: Path) -> None:
    """Ctrl-C while an edit waits for a lock prints the usual message and leaves the file unchanged."""
    root = write_lens(folder)
    command = [sys.executable, "-m", "newsletter", "preview", "lens"]
    with (
        FileLock(root / ".newsletter" / "edit.lock"),
        subprocess.Popen(
            command,
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONUNBUFFERED": "1"},
        ) as process,
    ):
        assert process.stdout is not None
        assert process.stderr is not None
        preview = PreviewProcess(int(process.stdout.readline().split(":")[2].partition("/")[0]))
        version = json.loads(fetch(preview, ISSUE)[2])["version"]
        write = {"kind": "write", "entry": {"section": "papers", "index": 0}, "fields": {"title": "Anew"}}
        with closing(HTTPConnection("127.0.0.1", preview.port, timeout=20)) as page:
            page.request("POST", f"{ISSUE}/edits", json.dumps({"version": version, "edit": write}), token(preview))
            fetch(preview, "/api/issues")
            process.send_signal(signal.SIGINT)
            lines = [process.stderr.readline() for _ in range(2)]
        process.kill()
    assert lines == ["The page updates each time you save. Press Ctrl-C to stop.\n", "Stopped.\n"]
    assert (root / "issues" / "lens.yaml").read_text() == issue_text()


@pytest.mark.parametrize(
    ("name", "seen"),
    [
        ("newsletter.yaml", True),
        ("issues/029.yaml", True),
        ("issues/.029.yaml.tmp", False),
        ("newsletter.db", False),
        ("newsletter.db-wal", False),
        ("newsletter.db.sending", False),
        ("list.sqlite3-journal", False),
    ],
)
def test_changes_that_update_the_page(name: str, seen: bool) -> None:
    """A campaign, which writes to the database many times a second, does not render the open issue each time."""
    assert AuthorFiles()(Change.modified, f"/publication/{name}") == seen


def test_a_moved_publication(folder: Path) -> None:
    """If the publication is moved while the preview runs, the preview stops with an error."""
    root = write_lens(folder / "lens")
    command = [sys.executable, "-m", "newsletter", "-C", str(root), "preview", "lens"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        process.stderr.readline()
        root.rename(folder / "moved")
        (folder / "moved" / "newsletter.yaml").touch()
        stderr = process.communicate(timeout=20)[1]
    assert process.returncode == 1
    assert stderr.startswith("Error: the files cannot be watched: No such file or directory\n")


# Outputs for frames


def test_a_colour_scheme_does_not_change_the_text() -> None:
    """A colour scheme changes the styles of an email, and not text that looks like them."""
    head = "<head><style>@media (prefers-color-scheme: dark) { a }</style></head>"
    page = head + "<body>(prefers-color-scheme: dark) light dark"
    assert with_scheme(page, ColourScheme.DARK).endswith("<body>(prefers-color-scheme: dark) light dark")
    assert "@media (min-width: 0)" in with_scheme(page, ColourScheme.DARK)
    assert "@media (max-width: 0)" in with_scheme(page, ColourScheme.LIGHT)
    assert "invert" in with_scheme(page, ColourScheme.GMAIL)


def test_the_clip_limit_is_in_bytes() -> None:
    """The mark is on the last block before Gmail's limit in UTF-8 bytes. A small email has none."""
    page = "<body>" + "".join(f"<p>{'é' * 994}{number:05}</p>" for number in range(60))
    marked = mark_clip(page)
    before = marked.partition(" data-clip")[0].encode()
    assert CLIP - 2000 < len(before) <= CLIP
    assert marked.replace(" data-clip", "") == page
    assert mark_clip(page[:1000]) == page[:1000]


def test_hidden_images_and_link_cards() -> None:
    """Hidden images keep their alternative text. A URL that is a whole paragraph becomes a card."""
    email = '<head></head><img alt="A lens" src="https://a.example/assets/b.png" />'
    assert frame_email(email, "https://a.example/assets/", ColourScheme.LIGHT, images=False).endswith(
        '<img alt="A lens" src="" />'
    )
    story = frame_story("<p>https://example.org/a</p><p>See https://example.org/</p>", "https://a.example/assets/")
    assert story.count('class="card"') == 1
    assert (
        without_styles("<STYLE media='x'>\np { }\n</style >\n<p>&lt;style></p><style>a</style>")
        == "\n<p>&lt;style></p>"
    )


def test_differences() -> None:
    """The rows have the changed lines with the lines around them. Other lines are left out."""
    theirs = [str(number) for number in range(40)]
    mine = [*theirs[:5], "five", *theirs[6:30], "new", *theirs[30:]]
    rows = differences("\n".join(theirs), "\n".join(mine))
    assert ("changed", "5", "five") in rows
    assert ("changed", "", "new") in rows
    assert rows.count(("gap", "", "")) == 1
    assert ("same", "15", "15") not in rows
