"""The documentation is correct: its commands run as printed, and its links work."""

import email
import email.policy
import re
import shlex
import signal
import subprocess
import sys
import tomllib
import urllib.request
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY, Run
from tests.publications import ISSUE, write_publication
from tests.transports.mail_server import mail_server

pytestmark = pytest.mark.slow

PAGES = sorted([*REPOSITORY.glob("*.md"), *(REPOSITORY / "docs").rglob("*.md")])


def blocks(page: Path, language: str) -> list[str]:
    """Return the fenced blocks of a language in a page."""
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(), re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("page", ["README.md", "docs/writing.md"])
def test_a_pages_commands_run(page: str, folder: Path) -> None:
    """The commands of a page run as printed, with an entry written where a comment says so."""
    (block,) = [text for text in blocks(REPOSITORY / page, "sh") if "newsletter init" in text]
    working_folder = folder
    for line in block.splitlines():
        if line.startswith("cd "):
            working_folder /= line.split()[1]
        elif line.startswith("# fill in "):
            issue = working_folder / "issues/001.yaml"
            text = issue.read_text().replace("- title:", "- title: A").replace("comment: |", "comment: A")
            issue.write_text(text.replace("      url:", "      url: https://a.example", 1))
        else:
            command = [sys.executable, "-m", *line.partition("  #")[0].split()]
            done = subprocess.run(command, cwd=working_folder, capture_output=True, text=True, check=False)
            assert done.returncode == 0, (line, done.stderr)


# What the preflight prints depends on the servers.
_PREFLIGHT = re.compile(
    r"^Preflight of .*?^(?:Everything passed|\d+ (?:error|warning)s?[^\n]*)\.\n", re.DOTALL | re.MULTILINE
)


def output_of(block: str, folder: Path) -> str:
    """Run the commands of a console block. Returns the block with their output, without the list of the preflight."""
    output = ""
    for command in re.findall(r"^\$ (.*)$", block, re.MULTILINE):
        done = subprocess.run(
            [sys.executable, "-m", *shlex.split(command)],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=True,
        )
        output += f"$ {command}\n{_PREFLIGHT.sub('', done.stdout)}"
    return output


def fill_in(scaffold: str, settings: str) -> str:
    """Replace the top-level keys of a scaffold by the settings that the README shows."""
    for key in re.findall(r"^(\w+):", settings, re.MULTILINE):
        scaffold = re.sub(rf"^{key}:.*\n(?:[ ].*\n)*", "", scaffold, flags=re.MULTILINE)
    return scaffold + settings


def test_publish_and_send(folder: Path, run: Run) -> None:
    """The README's steps work in their order: settings, archive, pages, list, test, send, and an unsubscribe link."""
    readme = REPOSITORY / "README.md"
    replaced, added, deploy = blocks(readme, "yaml")
    shell = " ".join(blocks(readme, "sh"))
    publication = folder / "weekly"
    with mail_server() as server:
        run("init", publication, code=0)
        local = f"host: 127.0.0.1\n      port: {server.port}\n      security: none"
        added = added.replace("host: smtp.example.com", local).replace("      username: ann@example.com\n", "")
        path = publication / "newsletter.yaml"
        path.write_text(fill_in(path.read_text(), replaced) + added + deploy)
        (publication / "issues/001.yaml").write_text(ISSUE.replace("status: published", "status: draft"))
        (publication / "people.csv").write_text("email,name\nann@example.org,Ann\nbo@example.org,Bo\n")

        for command in ("newsletter doctor", "newsletter publish 001 --no-send", "newsletter serve"):
            assert command in shell
        run("-C", publication, "doctor", code=0)
        # The web host does not exist.
        assert "https://example.com/001/" in run("-C", publication, "publish", "001", "--no-send", "--dry-run").stderr
        run("-C", publication, "build", "--drafts", code=0)
        (uploaded,) = re.findall(r"^  deploy: rsync -a (\S+) ", deploy, re.MULTILINE)
        assert (publication / uploaded / "001/index.html").is_file()
        for block in blocks(readme, "console"):
            assert output_of(block, publication) == block
    recipients = [received.recipient for received in server.received]
    assert recipients[0] == "ann@example.com"
    assert sorted(recipients[1:]) == ["ann@example.org", "bo@example.org"]
    assert "status: published" in (publication / "issues/001.yaml").read_text()

    message = email.message_from_bytes(server.received[1].content, policy=email.policy.default)
    link = str(message["List-Unsubscribe"]).partition("https://example.com")[2].partition(">")[0]
    with serve(publication) as port:
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}{link}", data=b"List-Unsubscribe=One-Click", method="POST"
        )
        assert urllib.request.urlopen(request).status == 200
    left = run("-C", publication, "subscribers", "list", "--filter", "state:unsubscribed", code=0).stdout
    assert server.received[1].recipient in left


@contextmanager
def serve(publication: Path) -> Iterator[int]:
    """Run `newsletter serve` on a free port, and stop it with Ctrl-C."""
    command = [sys.executable, "-m", "newsletter", "serve", "--port", "0"]
    process = subprocess.Popen(command, cwd=publication, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout
    try:
        yield int(re.findall(r":(\d+)", process.stdout.readline())[0])
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate()


def test_the_example_of_the_guide_is_an_issue(run: Run, folder: Path) -> None:
    """`check` finds no problems in it."""
    (example,) = blocks(REPOSITORY / "docs" / "writing.md", "yaml")
    run("init", "letter", code=0)
    (folder / "letter/issues/001.yaml").write_text(example)
    assert "no problems found" in run("-C", "letter", "check", "001", code=0).stderr


def test_the_import_in_the_guide_is_correct(run: Run, folder: Path) -> None:
    """Importing the story in docs/importing.md gives the report and the issue shown there."""
    page = (REPOSITORY / "docs/importing.md").read_text()
    (story,) = re.findall(r"^````markdown\n(.*?)^````", page, re.DOTALL | re.MULTILINE)
    (report,) = blocks(REPOSITORY / "docs/importing.md", "text")
    (issue,) = blocks(REPOSITORY / "docs/importing.md", "yaml")
    write_publication(folder)
    (folder / "story.md").write_text(story)
    result = run("import", "medium", "story.md", code=0)
    assert f"$ newsletter import medium story.md\n{result.stdout}{result.stderr}" == report
    assert (folder / "issues/007.yaml").read_text() == issue


def prose_of(page: Path) -> str:
    """The text of a page without its code blocks."""
    return re.sub(r"^(`{3,}).*?^\1", "", page.read_text(), flags=re.DOTALL | re.MULTILINE)


def anchors(page: Path) -> set[str]:
    """The anchors that GitHub gives to the headings of a page."""
    headings = re.findall(r"^#+ (.*)$", prose_of(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_links_between_pages_work(page: Path) -> None:
    """A link to a file of the repository, or to a heading in it, has a target."""
    prose = re.sub(r"`[^`\n]+`", "", prose_of(page))
    for target in re.findall(r"\]\(([^)\s]+)\)", prose):
        if not target.startswith(("http:", "https:")):
            name, _, anchor = target.partition("#")
            path = page.parent / name if name else page
            assert path.exists(), target
            assert not anchor or anchor in anchors(path), target


def test_every_page_is_in_the_index() -> None:
    """docs/README.md links to each page, and the list of decisions to each decision."""
    for index in (REPOSITORY / "docs/README.md", REPOSITORY / "docs/decisions/README.md"):
        text = index.read_text()
        for page in index.parent.glob("*.md"):
            assert page == index or f"({page.name})" in text, page


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_a_pages_modules_exist(page: Path) -> None:
    """A module that a page names, such as `text/tree.py`, is a file of the package or of the repository."""
    named = set(re.findall(r"`(?:newsletter/)?([a-z_]+/[a-z_/]+\.py)`", page.read_text()))
    folders = (REPOSITORY / "newsletter", REPOSITORY)
    assert [path for path in sorted(named) if not any((folder / path).is_file() for folder in folders)] == []


def test_every_target_of_the_makefile_is_explained() -> None:
    """CONTRIBUTING.md describes every target that a person runs."""
    targets = re.findall(r"^(\w+):", (REPOSITORY / "Makefile").read_text(), re.MULTILINE)
    page = (REPOSITORY / "CONTRIBUTING.md").read_text()
    for target in set(targets) - {"samples", "setup", "help"}:
        assert f"`make {target}`" in page


def test_every_dependency_is_pinned() -> None:
    """The constraints contain a version of each dependency, and no URL."""
    constraints = (REPOSITORY / "constraints.txt").read_text()
    pinned = {line.partition("==")[0].lower() for line in constraints.splitlines() if "==" in line}
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    for requirement in [*project["dependencies"], *project["optional-dependencies"]["dev"]]:
        assert re.split(r"[>=<\[ ]", requirement)[0].lower() in pinned
    assert "/" not in constraints


def test_the_wheel_contains_the_templates(tmp_path: Path) -> None:
    """The installed package contains templates, labels and scaffolds."""
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path],
        cwd=REPOSITORY,
        capture_output=True,
        check=True,
    )
    (wheel,) = tmp_path.glob("newsletter_press-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "installed")
    program = (
        "import sys; sys.path.insert(0, 'installed'); from newsletter.cli.main import main; main(['init', 'letter'])"
    )
    subprocess.run([sys.executable, "-I", "-c", program], cwd=tmp_path, check=True)
    packed = {
        path.relative_to(tmp_path / "installed/newsletter")
        for path in (tmp_path / "installed/newsletter/templates").rglob("*.*")
    }
    assert (tmp_path / "installed/newsletter/check/rules/email/caniemail.json").is_file()
    page = {path.name for path in (tmp_path / "installed/newsletter/dashboard/page").iterdir()}
    assert page == {path.name for path in (REPOSITORY / "newsletter/dashboard/page").iterdir()}
    assert packed == {path.relative_to(REPOSITORY) for path in (REPOSITORY / "templates").rglob("*.*")}
