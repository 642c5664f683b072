"""The documentation says what is so: its commands run, and its links lead somewhere."""

import re
import shlex
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from newsletter.http.http_cache import HttpCache
from newsletter.http.http_response import HttpResponse
from tests.conftest import REPOSITORY, Run
from tests.publications import ISSUE, write_publication
from tests.transports.mail_server import mail_server

pytestmark = pytest.mark.slow

PAGES = sorted([REPOSITORY / "README.md", *(REPOSITORY / "docs").glob("*.md")])


def blocks(page: Path, language: str) -> list[str]:
    """The fenced blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(), re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("page", ["README.md", "docs/writing.md"])
def test_a_pages_commands_run(page: str, folder: Path) -> None:
    """The commands of a page run as they are printed, line by line, with an entry written where it says so."""
    (block,) = [text for text in blocks(REPOSITORY / page, "sh") if "newsletter init" in text]
    place = folder
    for line in block.splitlines():
        if line.startswith("cd "):
            place /= line.split()[1]
        elif line.startswith("# write "):
            issue = place / "issues/001.yaml"
            text = issue.read_text().replace("- title:", "- title: A").replace("comment: |", "comment: A")
            issue.write_text(text.replace("      url:", "      url: https://a.example", 1))
        else:
            command = [sys.executable, "-m", *line.partition("  #")[0].split()]
            done = subprocess.run(command, cwd=place, capture_output=True, text=True, check=False)
            assert done.returncode == 0, (line, done.stderr)


ARXIV = """\
<html lang="en"><head><link rel="canonical" href="https://arxiv.org/abs/2103.01988">
<meta name="citation_title" content="Self-supervised Pretraining of Visual Features in the Wild">
<meta name="citation_author" content="Goyal, Priya"><meta name="citation_arxiv_id" content="2103.01988"></head></html>
"""
BLOG = '<html lang="en"><head><title>How lenses are ground</title></head></html>'


def test_a_week_with_it(folder: Path) -> None:
    """The README's week runs as it is printed, word for word, with the pages as they were fetched before."""
    write_publication(folder)
    cache = HttpCache(folder / ".newsletter/cache")
    for url, text in {"https://arxiv.org/abs/2103.01988": ARXIV, "https://workshop.example.org/lenses": BLOG}.items():
        cache.keep("GET", HttpResponse(url, url, 200, "text/html", text.encode(), len(text), 0.1))
    issue = folder / "issues/001.yaml"
    for number, block in enumerate(blocks(REPOSITORY / "README.md", "console")[:3]):
        if number == 1:
            head, sections, entries = issue.read_text().rpartition("  papers:\n")
            head = head.replace("preheader:", "preheader: A billion images without labels, and how lenses are ground")
            for words in ("They train on a billion images, and and no label is needed.", "Sand, water, patience."):
                entries = entries.replace("comment: |\n\n", f"comment: |\n        {words}\n\n", 1)
            issue.write_text(head + sections + entries)
        elif number == 2:
            issue.write_text(issue.read_text().replace("and and", "and"))
        assert said_by(block, folder) == block


def said_by(block: str, folder: Path) -> str:
    """A block's commands with what they say."""
    said = ""
    for command in re.findall(r"^\$ (.*)$", block, re.MULTILINE):
        done = subprocess.run(
            [sys.executable, "-m", *shlex.split(command)],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=True,
        )
        said += f"$ {command}\n{done.stdout}"
    return said


def test_an_issue_goes_out_as_the_readme_says(folder: Path, run: Run) -> None:
    """From an empty folder to a sent issue, against a real mail server: each reader has it once."""
    with mail_server() as server:
        run("init", "weekly", code=0)
        (settings,) = blocks(REPOSITORY / "README.md", "yaml")
        publication = folder / "weekly/newsletter.yaml"
        before, _, after = publication.read_text().partition("delivery:\n")
        publication.write_text(f"{before}{settings.replace('2525', str(server.port))}{after.partition('[]')[2]}")
        (folder / "weekly/issues/001.yaml").write_text(ISSUE.replace("status: published", "status: draft"))
        (folder / "weekly/people.csv").write_text("email,name\nann@example.org,Ann\nbo@example.org,Bo\n")
        for block in blocks(REPOSITORY / "README.md", "console")[3:]:
            assert said_by(block, folder / "weekly") == block
    readers = [received.recipient for received in server.received]
    assert readers[0] == "me@example.org"
    assert sorted(readers[1:]) == ["ann@example.org", "bo@example.org"]
    assert "status: published" in (folder / "weekly/issues/001.yaml").read_text()


def test_the_guides_example_is_an_issue(run: Run, folder: Path) -> None:
    """The issue that the guide shows is checked without a complaint."""
    (example,) = blocks(REPOSITORY / "docs" / "writing.md", "yaml")
    run("init", "letter", code=0)
    (folder / "letter/issues/001.yaml").write_text(example)
    assert "all is well" in run("-C", "letter", "check", "001", code=0).stderr


def test_the_import_that_the_guide_shows_is_real(run: Run, folder: Path) -> None:
    """The story, the report and the issue of docs/importing.md belong together."""
    page = (REPOSITORY / "docs/importing.md").read_text()
    (story,) = re.findall(r"^````markdown\n(.*?)^````", page, re.DOTALL | re.MULTILINE)
    (report,) = blocks(REPOSITORY / "docs/importing.md", "text")
    (issue,) = blocks(REPOSITORY / "docs/importing.md", "yaml")
    write_publication(folder)
    (folder / "story.md").write_text(story)
    result = run("import", "medium", "story.md", code=0)
    assert f"$ newsletter import medium story.md\n{result.stdout}{result.stderr}" == report
    assert (folder / "issues/007.yaml").read_text() == issue


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_pages_links_lead_somewhere(page: Path) -> None:
    """A link to a file of the repository leads to one that is there."""
    prose = re.sub(r"^```.*?^```|`[^`\n]+`", "", page.read_text(), flags=re.DOTALL | re.MULTILINE)
    for target in re.findall(r"\]\(([^)\s]+)\)", prose):
        if not target.startswith(("http:", "https:", "#")):
            assert (page.parent / target.partition("#")[0]).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_pages_modules_exist(page: Path) -> None:
    """A module that a page names, such as `text/tree.py`, is a file of the package or of the repository."""
    named = set(re.findall(r"`(?:newsletter/)?([a-z_]+/[a-z_/]+\.py)`", page.read_text()))
    folders = (REPOSITORY / "newsletter", REPOSITORY)
    assert [path for path in sorted(named) if not any((folder / path).is_file() for folder in folders)] == []


def test_every_target_of_the_makefile_is_explained() -> None:
    """The README names every target that a person calls."""
    targets = re.findall(r"^(\w+):", (REPOSITORY / "Makefile").read_text(), re.MULTILINE)
    readme = (REPOSITORY / "README.md").read_text()
    for target in set(targets) - {"samples", "setup"}:
        assert f"`make {target}`" in readme


def test_every_dependency_is_pinned() -> None:
    """The constraints name a version of every dependency, and no address."""
    constraints = (REPOSITORY / "constraints.txt").read_text()
    pinned = {line.partition("==")[0].lower() for line in constraints.splitlines() if "==" in line}
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    for requirement in [*project["dependencies"], *project["optional-dependencies"]["dev"]]:
        assert re.split(r"[>=<\[ ]", requirement)[0].lower() in pinned
    assert "/" not in constraints


def test_the_wheel_carries_the_templates(tmp_path: Path) -> None:
    """An installed workspace has its templates, labels and scaffolds inside the package."""
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
    assert page == {"icon.svg", "index.html", "preview.css", "preview.js"}
    assert packed == {path.relative_to(REPOSITORY) for path in (REPOSITORY / "templates").rglob("*.*")}
