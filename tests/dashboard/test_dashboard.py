"""The preview's server: who may ask, what it answers, and how it begins and ends."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from newsletter.dashboard.dashboard_server import PORT, listen
from newsletter.dashboard.edit_actions import differences
from newsletter.dashboard.file_changes import FileChanges
from newsletter.dashboard.framing import CLIP, ColourScheme, frame_email, frame_story, mark_clip, with_scheme
from newsletter.dashboard.issue_previews import IssuePreviews
from tests.conftest import Run
from tests.dashboard.previewing import Preview, issue_text, previewed, write_lens

ISSUE = "/api/issues/lens"


@pytest.fixture(scope="module")
def preview(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Preview]:
    with previewed(write_lens(tmp_path_factory.mktemp("served"))) as preview:
        yield preview


@dataclass(frozen=True)
class Begun:
    """A preview that runs in a process of its own."""

    port: int


def asked(
    preview: Preview | Begun, path: str, headers: dict[str, str] | None = None, order: object = None
) -> tuple[int, dict[str, str], str]:
    """The status, headers and text of an answer; with an order, that of a POST."""
    method = "GET" if order is None else "POST"
    with closing(HTTPConnection("127.0.0.1", preview.port, timeout=20)) as connection:
        connection.request(method, path, None if order is None else json.dumps(order), headers or {})
        response = connection.getresponse()
        return (
            response.status,
            {name.lower(): value for name, value in response.getheaders()},
            response.read().decode("utf-8", "replace"),
        )


def token(preview: Preview | Begun) -> dict[str, str]:
    page = asked(preview, "/issues/lens")[2]
    return {"X-Preview-Token": page.partition('name="token" content="')[2].partition('"')[0]}


def edited(preview: Preview, edit: dict[str, Any], version: str = "") -> tuple[int, dict[str, Any]]:
    version = version or json.loads(asked(preview, ISSUE)[2])["version"]
    status, _, text = asked(preview, f"{ISSUE}/edits", token(preview), {"version": version, "edit": edit})
    return status, json.loads(text or "{}")


FOREIGN = {
    "a name that was bound to this machine": {"Host": "evil.example"},
    "that name with our port": {"Host": "evil.example:{port}"},
    "our name without the port": {"Host": "127.0.0.1"},
    "another origin": {"Origin": "https://evil.example"},
    "another port of this machine": {"Origin": "http://127.0.0.1:1"},
    "an origin that is not told": {"Origin": "null"},
    "another site, without an origin": {"Sec-Fetch-Site": "cross-site"},
}


@pytest.mark.parametrize(
    "path", ["/", "/issues/lens", ISSUE, f"{ISSUE}/checks", "/api/changes", "/assets/x.png", "/frame"]
)
@pytest.mark.parametrize("headers", FOREIGN.values(), ids=FOREIGN)
def test_a_foreign_page_reads_nothing(preview: Preview, headers: dict[str, str], path: str) -> None:
    """Whoever comes by another name, or from another origin, is refused, whatever is asked for."""
    sent = {name: value.replace("{port}", str(preview.port)) for name, value in headers.items()}
    status, answer, text = asked(preview, path, sent)
    assert status == 403
    assert text.startswith("Refused: ")
    assert "access-control-allow-origin" not in answer


def test_a_request_without_a_host_is_refused(preview: Preview) -> None:
    """HTTP/1.0 knows no host, and two of them are one too many."""
    for head in (b"GET / HTTP/1.0\r\n\r\n", b"GET / HTTP/1.1\r\nHost: a\r\nHost: 127.0.0.1\r\n\r\n"):
        with closing(socket.create_connection(("127.0.0.1", preview.port), timeout=20)) as connection:
            connection.sendall(head)
            assert connection.recv(100).split()[1] in (b"403", b"400")


def test_only_our_own_page_changes_a_file(preview: Preview) -> None:
    """An edit without the token, or with another one, changes nothing."""
    order = {"version": json.loads(asked(preview, ISSUE)[2])["version"], "edit": {"kind": "undo"}}
    before = preview.file.read_text()
    for headers in ({}, {"X-Preview-Token": ""}, {"X-Preview-Token": "ü"}, token(preview) | {"Origin": "null"}):
        assert asked(preview, f"{ISSUE}/edits", headers, order)[0] == 403
    assert preview.file.read_text() == before


@pytest.mark.parametrize("path", ["/issues/lens", ISSUE, "/page/preview.css", "/page/preview.js", "/frame"])
def test_policies(preview: Preview, path: str) -> None:
    """Nothing is loaded from elsewhere, no script stands in a page, and what is sent runs nothing."""
    status, headers, _ = asked(preview, path)
    policy = headers["content-security-policy"]
    assert status == 200
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe-eval" not in policy
    assert ("'unsafe-inline'" in policy) == (path == "/frame")
    assert ("sandbox" in policy) == (path == "/frame")
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"


def test_the_page_names_no_other_host() -> None:
    """What the page, its style and its script name lies on this server."""
    for path in Path("newsletter/dashboard/page").resolve().glob("*"):
        assert "://" not in path.read_text().replace("http://www.w3.org/2000/svg", "").replace('"https://"', "")


@pytest.mark.parametrize(
    "path", ["/assets/..%2f..%2fnewsletter.yaml", "/assets/.x", "/page/..%2fserving.py", "/page/x"]
)
def test_only_what_is_meant_is_served(preview: Preview, path: str) -> None:
    """No path leads out of the assets or the page's own files."""
    assert asked(preview, path)[0] == 404


def test_an_issue_as_it_is_shown(preview: Preview) -> None:
    """The issue's prints are those that are rendered, but for the images, which come from the preview."""
    shown = json.loads(asked(preview, f"{ISSUE}?scheme=dark")[2])
    assert "https://lens.example.org/assets/" in shown["prints"]["story"]
    assert "https://lens.example.org/assets/" not in shown["prints"]["framed"]
    name = shown["prints"]["framed"].partition('src="/assets/')[2].partition('"')[0]
    assert asked(preview, f"/assets/{name}")[1]["content-type"] == "image/png"
    assert [part["section"] for part in shown["outline"]] == ["featured", "use_cases", "papers", "articles", "other"]
    assert [issue["slug"] for issue in shown["issues"]] == ["lens", "first"]


def test_no_such_issue(preview: Preview) -> None:
    """An issue that is not there is told with a near one."""
    status, _, text = asked(preview, "/api/issues/lenz")
    assert status == 404
    assert json.loads(text)["advice"] == "Did you mean lens?"


@pytest.mark.parametrize("name", ["1", "newsletter", "lens.yaml", "..", "%00"])
def test_only_a_slug_names_an_issue(preview: Preview, name: str) -> None:
    """No number, no path and no other file of the publication is shown, or edited."""
    assert asked(preview, f"/api/issues/{name}")[0] == 404
    order = {"version": "", "edit": {"kind": "undo"}}
    assert asked(preview, f"/api/issues/{name}/edits", token(preview), order)[0] in (404, 422)


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no such entry": (
        {"kind": "move", "entry": {"section": "papers", "index": 99}, "to": {"section": "papers", "index": 0}},
        "cannot be moved",
    ),
    "no URL": ({"kind": "add", "url": "ftp://a", "section": "papers"}, "http"),
    "no such field": ({"kind": "write", "entry": {"section": "papers", "index": 0}, "fields": {"url": "x"}}, "title"),
    "no such edit": ({"kind": "burn"}, "burn"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_edits_that_are_refused(preview: Preview, case: str) -> None:
    """What cannot be done is told, and the file stays as it was."""
    edit, word = REFUSED[case]
    before = preview.file.read_text()
    status, answer = edited(preview, edit)
    assert status == 422
    assert word in answer["message"]
    assert preview.file.read_text() == before


def test_a_page_that_is_out_of_date(preview: Preview) -> None:
    """An edit of a version that nobody remembers is refused."""
    move = {"kind": "move", "entry": {"section": "papers", "index": 0}, "to": {"section": "papers", "index": 1}}
    assert edited(preview, move, version="0" * 32)[1]["message"] == "this page is out of date"


def test_undoing(preview: Preview) -> None:
    """The last edit goes first; where the file has changed since, both versions are shown, once."""
    before = preview.file.read_text()
    write = {"kind": "write", "entry": {"section": "papers", "index": 0}, "fields": {"title": "Anew"}}
    assert edited(preview, write)[0] == 204
    assert edited(preview, {"kind": "undo"})[0] == 204
    assert preview.file.read_text() == before
    assert edited(preview, write)[0] == 204
    preview.write(before.replace("'Story 9'", "'Theirs'"))
    status, answer = edited(preview, {"kind": "undo"})
    assert (status, answer["mine"]) == (409, before)
    assert ["changed", "      title: 'Theirs'", "      title: 'Story 9'"] in answer["rows"]
    assert edited(preview, {"kind": "undo"})[1]["message"] == "there is nothing to undo"
    preview.write(before)


def test_undoing_where_nothing_can_be_written(tmp_path: Path) -> None:
    """An edit that could not be taken back is told, and remembered: it can be as soon as the system lets it."""
    with previewed(write_lens(tmp_path)) as preview:
        before = preview.file.read_text()
        write = {"kind": "write", "entry": {"section": "papers", "index": 0}, "fields": {"title": "Anew"}}
        assert edited(preview, write)[0] == 204
        lock = tmp_path / ".newsletter" / "edit.lock"
        lock.unlink()
        lock.mkdir()
        status, answer = edited(preview, {"kind": "undo"})
        assert (status, answer["message"]) == (422, f"{lock} cannot be written: Is a directory")
        lock.rmdir()
        assert edited(preview, {"kind": "undo"})[0] == 204
        assert preview.file.read_text() == before


def test_three_thousand_files_at_once(tmp_path: Path) -> None:
    """However many files are saved, pages are told a few times, and the last state is what they see."""
    with (
        previewed(write_lens(tmp_path)) as preview,
        closing(HTTPConnection("127.0.0.1", preview.port, timeout=60)) as answer,
    ):
        answer.request("GET", "/api/changes")
        stream = answer.getresponse()
        while stream.readline() != b"data: 0\n":
            pass
        text = issue_text()
        for number in range(3000):
            (tmp_path / "issues" / "images").mkdir(exist_ok=True)
            (tmp_path / "issues" / "images" / f"{number}.txt").write_text("")
        preview.write(text.replace("Story 20", "The last"))
        counts = []
        while "The last" not in asked(preview, ISSUE)[2]:
            line = stream.readline()
            counts += [line] if line.startswith(b"data") else []
        assert len(counts) <= 20


def test_a_browser_that_is_gone(preview: Preview) -> None:
    """A page that is closed while it waits for changes leaves nothing behind that would matter."""
    for _ in range(30):
        with closing(socket.create_connection(("127.0.0.1", preview.port), timeout=20)) as connection:
            connection.sendall(f"GET /api/changes HTTP/1.1\r\nHost: 127.0.0.1:{preview.port}\r\n\r\n".encode())
            assert connection.recv(12) == b"HTTP/1.1 200"
    assert asked(preview, ISSUE)[0] == 200


def test_a_broken_publication(tmp_path: Path) -> None:
    """While `newsletter.yaml` cannot be read, its fault is shown over the last good rendering."""
    previews = IssuePreviews(write_lens(tmp_path), changes := FileChanges())
    assert previews.preview("lens").fault is None
    text = (tmp_path / "newsletter.yaml").read_text()
    (tmp_path / "newsletter.yaml").write_text("nam: x\n")
    changes.notify()
    preview = previews.preview("lens")
    assert preview.fault is not None
    assert "nam" in preview.fault.problems[0].message + preview.fault.problems[0].source
    assert preview.prints is not None
    assert len(previews.summaries()) == 2
    (tmp_path / "newsletter.yaml").write_text(text)
    changes.notify()
    assert previews.preview("lens").fault is None


def test_a_template_of_ones_own(tmp_path: Path) -> None:
    """A template that comes into the publication, or goes from it, is shown at once."""
    previews = IssuePreviews(write_lens(tmp_path), changes := FileChanges())
    template = tmp_path / "templates" / "email.css"
    template.parent.mkdir()

    def email() -> str:
        changes.notify()
        prints = previews.preview("lens").prints
        assert prints is not None
        return prints.email

    before = email()
    template.write_text("h1 { color: #123457 }\n")
    assert "#123457" in email()
    template.unlink()
    assert email() == before


def test_an_issue_is_rendered_once_a_change(tmp_path: Path) -> None:
    """Several pages that show an issue cost one rendering."""
    previews = IssuePreviews(write_lens(tmp_path), changes := FileChanges())
    first = previews.preview("lens")
    assert previews.preview("lens") is first
    changes.notify()
    assert previews.preview("lens") is not first


# Beginning and ending


def test_a_port_that_is_taken(run: Run, folder: Path) -> None:
    """A named port that is taken is an error with a way out; without one the next free port is found."""
    write_lens(folder)
    with closing(listen(0)) as taken:
        port = taken.getsockname()[1]
        answer = run("preview", "--port", str(port), code=1).stderr
        assert f"port {port} is taken" in answer
        assert "--port" in answer
    with closing(listen(None)) as first, closing(listen(None)) as second:
        assert PORT <= first.getsockname()[1] < second.getsockname()[1]
        assert second.getsockname()[0] == "127.0.0.1"


@pytest.mark.parametrize(
    ("arguments", "word"), [(["nothing"], "there is no issue `nothing`"), (["elsewhere/a.yaml"], "issues/")]
)
def test_an_issue_that_cannot_be_shown(run: Run, folder: Path, arguments: list[str], word: str) -> None:
    """What is not in the publication's issues is refused before anything is served."""
    write_lens(folder)
    assert word in run("preview", *arguments, code=1).stderr


def test_it_ends_when_it_is_told_to(folder: Path) -> None:
    """The command prints where the page is, and Ctrl-C ends it at once, even with a page open."""
    write_lens(folder)
    command = [sys.executable, "-m", "newsletter", "preview", "1"]
    environment = os.environ | {"PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        host, _, rest = address.removeprefix("http://").partition("/")
        assert rest == "issues/first"
        with closing(HTTPConnection(host, timeout=20)) as page:
            page.request("GET", "/api/changes")
            page.getresponse().readline()
            process.send_signal(signal.SIGINT)
            said = process.communicate(timeout=20)[1]
    assert process.returncode == 0
    assert said.splitlines() == ["The page updates each time you save. Press Ctrl-C to stop.", "Stopped."]


def test_it_ends_amid_an_edit(folder: Path) -> None:
    """Ctrl-C while an edit waits for another command says no more than usual, and the edit is not half made."""
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
        preview = Begun(int(process.stdout.readline().split(":")[2].partition("/")[0]))
        version = json.loads(asked(preview, ISSUE)[2])["version"]
        write = {"kind": "write", "entry": {"section": "papers", "index": 0}, "fields": {"title": "Anew"}}
        with closing(HTTPConnection("127.0.0.1", preview.port, timeout=20)) as page:
            page.request("POST", f"{ISSUE}/edits", json.dumps({"version": version, "edit": write}), token(preview))
            asked(preview, "/api/issues")
            process.send_signal(signal.SIGINT)
            said = [process.stderr.readline() for _ in range(2)]
        process.kill()
    assert said == ["The page updates each time you save. Press Ctrl-C to stop.\n", "Stopped.\n"]
    assert (root / "issues" / "lens.yaml").read_text() == issue_text()


def test_a_publication_that_is_moved_away(folder: Path) -> None:
    """Where there is nothing left to show, the preview ends with a word on why."""
    root = write_lens(folder / "lens")
    command = [sys.executable, "-m", "newsletter", "-C", str(root), "preview", "lens"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        process.stderr.readline()
        root.rename(folder / "moved")
        (folder / "moved" / "newsletter.yaml").touch()
        said = process.communicate(timeout=20)[1]
    assert process.returncode == 1
    assert said.startswith("Error: the files cannot be watched: No such file or directory\n")


# The preview's own copies


def test_the_authors_words_are_left_alone() -> None:
    """Only the email's own rules are decided, not words that look like them."""
    head = "<head><style>@media (prefers-color-scheme: dark) { a }</style></head>"
    page = head + "<body>(prefers-color-scheme: dark) light dark"
    assert with_scheme(page, ColourScheme.DARK).endswith("<body>(prefers-color-scheme: dark) light dark")
    assert "@media (min-width: 0)" in with_scheme(page, ColourScheme.DARK)
    assert "@media (max-width: 0)" in with_scheme(page, ColourScheme.LIGHT)
    assert "invert" in with_scheme(page, ColourScheme.GMAIL)


def test_the_clip_is_counted_in_bytes() -> None:
    """The mark stands at the last block that begins before Gmail's limit, in UTF-8, and nowhere in a small email."""
    page = "<body>" + "".join(f"<p>{'é' * 994}{number:05}</p>" for number in range(60))
    marked = mark_clip(page)
    before = marked.partition(" data-clip")[0].encode()
    assert CLIP - 2000 < len(before) <= CLIP
    assert marked.replace(" data-clip", "") == page
    assert mark_clip(page[:1000]) == page[:1000]


def test_images_off_and_cards() -> None:
    """Without images their words stay; on Medium a URL that stands alone is a card."""
    email = '<head></head><img alt="A lens" src="https://a.example/assets/b.png" />'
    assert frame_email(email, "https://a.example/assets/", ColourScheme.LIGHT, images=False).endswith(
        '<img alt="A lens" src="" />'
    )
    story = frame_story("<p>https://example.org/a</p><p>See https://example.org/</p>", "https://a.example/assets/")
    assert story.count('class="card"') == 1


def test_differences() -> None:
    """Two versions stand side by side with the lines around, and what is far from any change is left out."""
    theirs = [str(number) for number in range(40)]
    mine = [*theirs[:5], "five", *theirs[6:30], "new", *theirs[30:]]
    rows = differences("\n".join(theirs), "\n".join(mine))
    assert ("changed", "5", "five") in rows
    assert ("changed", "", "new") in rows
    assert rows.count(("gap", "", "")) == 1
    assert ("same", "15", "15") not in rows
