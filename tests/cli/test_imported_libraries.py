"""The libraries that commands import: each command imports only what it needs."""

import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from newsletter.publication.template_folders import TEMPLATES
from tests.loopback import page, serve_web
from tests.publications import ISSUE, write_publication

pytestmark = pytest.mark.slow

HEAVY = (
    *("alembic", "email_validator", "psycopg", "sqlalchemy"),
    *("babel", "charset_normalizer", "cssselect", "feedparser", "httpcore", "jinja2", "lxml", "markdown_it", "mjml"),
    *("PIL", "premailer", "pydantic", "requests", "rich", "starlette", "tinycss2", "uvicorn", "watchfiles", "yaml"),
    *("cryptography", "dkim", "dns"),
)
SERVERS = {"starlette", "uvicorn", "watchfiles"}


def imported(folder: Path, *arguments: str) -> set[str]:
    """Return the heavy libraries that a command imports."""
    return imported_modules(folder, *arguments) & set(HEAVY)


def imported_modules(folder: Path, *arguments: str) -> set[str]:
    """Return all modules that a command imports."""
    program = (
        "import sys\nfrom newsletter.cli.main import main\n"
        f"main({list(arguments)}, standalone_mode=False)\nprint('|' + ' '.join(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=folder, capture_output=True, text=True, check=True)
    return set(done.stderr.rpartition("|")[2].split())


@pytest.fixture
def publication(tmp_path: Path) -> Path:
    """A publication with one issue that has an image, rendered once."""
    write_publication(tmp_path, _1=ISSUE.replace("comment: |", "image: a.png\n      comment: |"))
    Image.new("RGB", (800, 400)).save(tmp_path / "issues/a.png")
    imported(tmp_path, "render", "all")
    return tmp_path


def test_the_help_imports_no_heavy_library(publication: Path) -> None:
    """The help and the version need only click."""
    assert imported(publication, "--help") == set()
    assert imported(publication, "--version") == set()
    assert imported(publication, "send", "--help") == set()
    assert imported(publication, "import", "--help") == set()
    assert imported(publication, "render", "all", "--help") == set()
    assert imported(publication, "campaign", "report", "--help") == set()


@pytest.mark.parametrize(
    "arguments",
    [
        ["list", "--json"],
        ["check", "--only", "issue"],
        ["check", "--only", "medium"],
        ["new-issue", "next"],
        ["render", "medium"],
        ["render", "text"],
        ["schema", "issue"],
    ],
)
def test_only_email_commands_import_email_libraries(publication: Path, arguments: list[str]) -> None:
    """Commands that render no email import no library that renders or reads one, or that fetches pages."""
    unwanted = {"cssselect", "httpcore", "lxml", "mjml", "premailer", "requests", "tinycss2"}
    assert not imported(publication, *arguments) & (unwanted | SERVERS)


def test_checks_import_no_signing_library(publication: Path) -> None:
    """The composed message is checked without a database, a key or DNS."""
    assert not imported(publication, "check") & {"cryptography", "dkim", "dns", "sqlalchemy"}
    assert imported(publication, "doctor", "--help") == set()


def test_checks_of_the_issue_read_no_built_in_labels(publication: Path) -> None:
    """Built-in labels are valid. Only those of the publication must be validated."""
    check = ("check", "--only", "issue")
    assert "newsletter.publication.labels" not in imported_modules(publication, *check)
    (publication / "templates/labels").mkdir(parents=True)
    (publication / "templates/labels/en.yaml").write_bytes((TEMPLATES / "labels/en.yaml").read_bytes())
    assert "newsletter.publication.labels" in imported_modules(publication, *check)


def test_a_check_of_the_issue_imports_only_its_rules(publication: Path) -> None:
    """Rules about the email, the message, Medium and requested URLs are not imported, and neither is what they need."""
    modules = imported_modules(publication, "check", "--only", "issue")
    packages = {name.split(".")[3] for name in modules if name.startswith("newsletter.check.rules.")}
    assert packages == {"issue", "publication", "reading"}
    assert not modules & {"newsletter.render.issue_view", "newsletter.render.views", "newsletter.text.lookalikes"}


def test_a_command_that_ends_collects_no_garbage(publication: Path) -> None:
    """At exit, objects are frozen: the system frees the memory of the process sooner than Python does."""
    program = (
        "import atexit, gc\nfrom newsletter.cli.main import main\n"
        "atexit.register(lambda: print(gc.get_freeze_count() > 10_000))\nmain(['list'])"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=publication, capture_output=True, text=True, check=True)
    assert done.stdout.endswith("True\n")


@pytest.mark.parametrize("command", ["dashboard", "preview", "serve"])
def test_the_help_of_a_server_imports_no_server(publication: Path, command: str) -> None:
    """The help of a server command imports no library that serves or renders."""
    assert imported(publication, command, "--help") == set()


def test_adding_a_url_imports_no_renderer(publication: Path) -> None:
    """`add` imports the libraries for feeds and images only for a feed or an image."""
    # The check writes the index, from which `add` knows the URLs of all issues.
    imported(publication, "check", "--only", "issue")
    unwanted = {"babel", "charset_normalizer", "feedparser", "jinja2", "markdown_it", "mjml", "PIL", "premailer"}
    assert not imported(publication, "add", "--no-fetch", "https://a.example/") & unwanted


def test_adding_a_url_without_its_page_imports_no_validation_and_no_client(publication: Path) -> None:
    """If settings and heads are known, `add --no-fetch` needs only libraries for YAML, the terminal and the lock."""
    add = ("add", "--no-fetch", "--issue", "1")
    imported(publication, *add, "https://a.example/1")
    modules = imported_modules(publication, *add, "https://a.example/2")
    assert modules & set(HEAVY) <= {"rich", "yaml"}
    assert not modules & {"asyncio", "pydantic_core", "ssl", "w3lib"}


def test_adding_a_url_imports_no_validation(publication: Path) -> None:
    """If settings and heads are known, `add` needs the client and the parser of pages, but no model."""
    with serve_web() as web:
        web.pages |= {"/1": page("<title>One</title>"), "/2": page("<title>Two</title>")}
        add = ("add", "--allow-private", "--issue", "1")
        imported(publication, *add, f"{web.url}/1")
        assert imported(publication, *add, f"{web.url}/2") == {"httpcore", "lxml", "rich", "yaml"}


@pytest.mark.parametrize("arguments", [["list"], ["new-issue", "next"], ["schema", "issue"], ["init", "other"]])
def test_commands_about_files_import_no_renderer(publication: Path, arguments: list[str]) -> None:
    """Commands that only read heads or write scaffolds import no library for templates, Markdown or calendars."""
    assert not imported(publication, *arguments) & {"jinja2", "markdown_it", "babel", "PIL"}


@pytest.mark.parametrize("arguments", [["list"], ["new-issue", "next"]])
def test_known_settings_and_heads_are_not_validated_again(publication: Path, arguments: list[str]) -> None:
    """The next `list` or `new-issue` needs only libraries for YAML and the terminal, also after an entry was added."""
    imported(publication, "list")
    issue = publication / "issues/1.yaml"
    issue.write_text(issue.read_text() + "    - title: Another\n      url: https://example.com/another\n")
    modules = imported_modules(publication, *arguments)
    assert modules & set(HEAVY) <= {"rich", "yaml"}
    assert not modules & {
        *("annotated_types", "email", "importlib.metadata", "pydantic_core", "ssl", "typing_extensions"),
        *("newsletter.issue.link_index", "newsletter.issue.model", "newsletter.publication.labels"),
        *("newsletter.publication.settings", "newsletter.text.markdown", "newsletter.text.url_keys"),
    }


def test_a_build_without_changes_imports_no_library(publication: Path) -> None:
    """If nothing has changed, the build imports only the library for the terminal."""
    imported(publication, "build")
    assert imported(publication, "build") == {"rich"}


def test_an_existing_asset_is_not_opened(publication: Path) -> None:
    """If its assets exist, an issue is rendered without the image library."""
    assert "PIL" not in imported(publication, "render", "all")


@pytest.mark.parametrize(
    ("arguments", "needed"),
    [
        (["import", "medium", "story.md"], {"markdown_it"}),
        (["import", "medium", "story.html"], {"lxml"}),
        (["import", "buttondown", "story.md"], {"markdown_it"}),
        (["import", "rss", "feed.xml"], {"lxml", "feedparser"}),
    ],
)
def test_an_import_imports_only_the_parser_of_its_source(
    publication: Path, arguments: list[str], needed: set[str]
) -> None:
    """Markdown needs markdown-it, HTML needs lxml, a feed also needs feedparser. None needs a renderer."""
    (publication / "story.md").write_text("# Issue 7\n\n# 1. Papers\n\n[**T**](https://a.example/1)\n\nC.\n")
    (publication / "story.html").write_text("<h1>Issue 7</h1><p>C.</p>")
    item = "<item><title>Issue 7</title><description>C.</description></item>"
    (publication / "feed.xml").write_text(f"<rss version='2.0'><channel><title>F</title>{item}</channel></rss>")
    assert imported(publication, *arguments) == needed | {"pydantic", "yaml", "rich"}


def test_only_database_commands_import_sqlalchemy(publication: Path) -> None:
    """An existing database is read without alembic, and a common address without email-validator."""
    assert imported(publication, "subscribers", "--help") == set()
    assert imported(publication, "db", "--help") == set()
    imported(publication, "subscribers", "add", "ann@example.org", "--consent", "asked")
    needed = imported(publication, "subscribers", "add", "bob@example.org", "--consent", "asked")
    assert "sqlalchemy" in needed
    assert not needed & {"alembic", "email_validator", "psycopg", "jinja2", "lxml"}
    assert "sqlalchemy" not in imported(publication, "check", "--only", "issue")


def test_bounces_import_no_renderer(publication: Path) -> None:
    """`bounces` needs only the libraries for settings, database and terminal."""
    (publication / "a.eml").write_text("Subject: Hello\n\nHello.\n")
    imported(publication, "bounces", "a.eml")
    assert imported(publication, "bounces", "a.eml") == {"pydantic", "rich", "sqlalchemy", "yaml"}
