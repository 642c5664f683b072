"""The commands as an author types them."""

import json
import re
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest

from newsletter import __version__
from newsletter.cli.main import main
from newsletter.issue.issue_file import read_issue
from newsletter.publication.section import DEFAULT_SECTIONS, FEATURED
from tests.conftest import REPOSITORY, Run
from tests.publications import ISSUE, PUBLICATION, with_one_entry, write_publication

WEEKLY = 'issue_title: "{name} — Week {week}, {year}"\n'


def test_the_help_lists_every_command_with_its_summary(run: Run) -> None:
    """The help, which imports no command, has the same summary of each command as the command itself."""
    help_text = run("--help", code=0).stdout
    for name, (_, line) in main.commands_in.items():
        assert line in help_text
        assert run(name, "--help", code=0).stdout.split("\n\n")[1].strip() == line


def test_the_version_is_printed(run: Run) -> None:
    """`--version` prints the distribution and its version."""
    assert run("--version", code=0).stdout == f"newsletter-press {__version__}\n"


def test_the_command_runs_as_a_module() -> None:
    """`python -m newsletter` is the same command."""
    done = subprocess.run([sys.executable, "-m", "newsletter", "--version"], capture_output=True, text=True, check=True)
    assert done.stdout == f"newsletter-press {__version__}\n"


def test_three_commands_create_a_publication(run: Run, folder: Path) -> None:
    """After `init`, `new-issue` and one entry, the issue passes the checks and renders."""
    assert run("init", "my-letter", code=0).stdout == "my-letter/newsletter.yaml\n"
    assert (folder / "my-letter" / "newsletter.yaml").read_text().splitlines()[2] == "name: My Letter"
    path = run("-C", "my-letter", "new-issue", code=0).stdout.strip()
    issue = folder / "my-letter" / path
    problems = json.loads(run("-C", "my-letter", "check", "--json", code=1).stdout)
    assert {problem["rule"] for problem in problems if problem["file"] == "newsletter.yaml"} == {"scaffold-left"}
    assert [problem["path"] for problem in problems if problem["file"] != "newsletter.yaml"] == [
        "sections.featured[0].title",
        "sections.featured[0].url",
        "sections.featured[0].comment",
    ]
    issue.write_text(with_one_entry(issue.read_text()))
    assert "no problems found in 1 entry." in run("-C", "my-letter", "check", code=0).stderr
    rendered = run("-C", "my-letter", "render", "all", code=0).stdout.split()
    assert rendered == [
        f"build/001/{name}" for name in ("email.html", "email.txt", "medium.md", "medium.html", "medium.json")
    ]


def test_existing_files_are_not_overwritten(run: Run, folder: Path) -> None:
    """If their file exists, `init` and `new-issue` fail and change nothing."""
    run("init", "letter", code=0)
    before = {path: path.read_bytes() for path in (folder / "letter").rglob("*") if path.is_file()}
    assert "already exists" in run("init", "letter", code=1).stderr
    run("-C", "letter", "new-issue", "first", code=0)
    (folder / "letter/issues/first.yaml").write_text("mine")
    assert "already exists" in run("-C", "letter", "new-issue", "first", "--number", "7", code=1).stderr
    assert (folder / "letter/issues/first.yaml").read_text() == "mine"
    assert all(path.read_bytes() == content for path, content in before.items())


def test_init_fails_if_the_folder_is_a_file(run: Run, folder: Path) -> None:
    """If the folder or its parent is a file, the message says so."""
    (folder / "letter").write_text("mine")
    for place in ("letter", "letter/deeper"):
        message = run("init", place, code=1).stderr
        assert (
            message == f"Error: {place}/newsletter.yaml cannot be written: letter is a file\nChoose another folder.\n"
        )


def test_init_keeps_an_existing_gitignore(run: Run, folder: Path) -> None:
    """In a folder that is already a repository, .gitignore is not changed."""
    (folder / ".gitignore").write_text("mine\n")
    run("init", ".", code=0)
    assert (folder / ".gitignore").read_text() == "mine\n"


@pytest.mark.parametrize(
    ("publication", "last", "slug", "title", "day"),
    [
        ("", "2024-05-05", "002", "The Weekly Lens — Issue 2", "2024-05-12"),
        ("", "2024-05-07", "002", "The Weekly Lens — Issue 2", "2024-05-12"),
        ("rhythm: {weekday: wednesday}\n", "2024-05-05", "002", "The Weekly Lens — Issue 2", "2024-05-08"),
        ("rhythm: {every: 10 days}\n", "2024-05-05", "002", "The Weekly Lens — Issue 2", "2024-05-15"),
        ("rhythm: {every: month, weekday: friday}\n", "2024-12-06", "002", "The Weekly Lens — Issue 2", "2025-01-03"),
        (WEEKLY, "2024-12-22", "2024-week-52", "The Weekly Lens — Week 52, 2024", "2024-12-29"),
        (
            WEEKLY + "rhythm: {weekday: monday}\n",
            "2024-12-23",
            "2025-week-01",
            "The Weekly Lens — Week 1, 2025",
            "2024-12-30",
        ),
        (
            WEEKLY + "rhythm: {every: month}\n",
            "2024-05-05",
            "2024-06-02",
            "The Weekly Lens — Week 22, 2024",
            "2024-06-02",
        ),
    ],
)
def test_the_next_issue_is_derived_from_the_last_one(
    publication: str, last: str, slug: str, title: str, day: str, run: Run, folder: Path
) -> None:
    """Number, date, title and slug are derived from the last issue and `rhythm`."""
    write_publication(folder, publication=PUBLICATION + publication, _001=ISSUE.replace("2024-05-05", last))
    result = run("new-issue", code=0)
    assert result.stdout == f"issues/{slug}.yaml\n"
    assert "is in the past, because it is derived from the last issue" in result.stderr
    text = (folder / "issues" / f"{slug}.yaml").read_text()
    number = "" if "{week}" in publication else "2"
    written = [line.rstrip() for line in text.replace('"', "").splitlines() if not line.startswith("#")]
    assert written[:3] == [f"title: {title}", f"date: {day}", f"number: {number}".rstrip()]


def test_options_take_precedence(run: Run, folder: Path) -> None:
    """Slug, number, date and title on the command line replace the derived ones."""
    write_publication(folder, _001=ISSUE)
    run("new-issue", "special", "--number", "40", "--date", "2024-08-01", "--title", 'Say: "hi" # it\'s', code=0)
    text = (folder / "issues/special.yaml").read_text()
    for line in ('title: "Say: \\"hi\\" # it\'s"', "date: 2024-08-01", "number: 40"):
        assert f"\n{line}\n" in text
    assert "is already used by special" in run("new-issue", "other", "--number", "40", code=1).stderr


def test_the_first_issue_is_dated_on_the_next_day_of_the_rhythm(run: Run, folder: Path) -> None:
    """Without an earlier issue, the date is the first day of `rhythm` from today on."""
    write_publication(folder, publication=PUBLICATION + "rhythm: {weekday: thursday}\n")
    run("new-issue", code=0)
    text = (folder / "issues/001.yaml").read_text()
    day = date.fromisoformat(text.partition("\ndate: ")[2][:10])
    assert day.weekday() == 3
    assert timedelta(-1) <= day - date.today() < timedelta(7)


def test_an_existing_slug_is_an_error_that_names_the_next_free_one(run: Run, folder: Path) -> None:
    """Files of issues that cannot be read are not free either. Nothing is overwritten."""
    write_publication(folder, _001=ISSUE, _002="broken")
    result = run("new-issue", "001", code=1)
    assert (
        "issues/001.yaml already exists\nOpen it, or choose another slug; the next free one is 003.\n" in result.stderr
    )
    assert "issues/002.yaml already exists" in run("new-issue", code=1).stderr
    assert (folder / "issues/002.yaml").read_text() == "broken"
    assert run("new-issue", "003", code=0).stdout == "issues/003.yaml\n"


def test_an_existing_slug_of_a_dated_issue(run: Run, folder: Path) -> None:
    """Without numbers, the next free slug is a date, or one with a suffix."""
    write_publication(folder, publication=PUBLICATION + WEEKLY, _2024_week_18=ISSUE)
    assert "the next free one is 2024-week-19.\n" in run("new-issue", "2024-week-18", code=1).stderr
    existing = ("new-issue", "2024-week-18", "--date", "2024-05-05")
    assert "the next free one is 2024-week-18-2.\n" in run(*existing, code=1).stderr


def test_a_draft_without_entries_is_mentioned(run: Run, folder: Path) -> None:
    """A further draft is created, and a line names the one that has no entries yet."""
    write_publication(folder, _001=ISSUE)
    mention = "issues/002.yaml is also a draft without entries."
    assert "without entries" not in run("new-issue", code=0).stderr
    assert mention in run("new-issue", code=0).stderr.splitlines()
    run("add", "--no-fetch", "-i", "002", "https://a.example/", code=0)
    assert mention not in run("new-issue", code=0).stderr


@pytest.mark.parametrize("slug", ["UPPER", "a_b", "site", "assets", "../x", "a.b", "ä", "-x", "x" * 200])
def test_an_invalid_slug_is_rejected(slug: str, run: Run, folder: Path) -> None:
    """A slug has lower-case letters, digits and hyphens, and is not a reserved name."""
    write_publication(folder)
    assert "slug" in run("new-issue", "--", slug, code=1).stderr
    assert list((folder / "issues").iterdir()) == []


def test_issues_are_listed_newest_first(run: Run, folder: Path) -> None:
    """The list has slug, date, status, number, counts and title; `--json` has the same as JSON."""
    draft = (
        ISSUE.replace("status: published", "status: draft")
        .replace("2024-05-05", "2024-05-12")
        .replace("number: 1\n", "")
    )
    write_publication(folder, _001=ISSUE, week_2=draft)
    lines = run("list", code=0).stdout.splitlines()
    assert lines[0].split() == ["Slug", "Date", "Status", "Number", "Entries", "Title"]
    assert lines[1].split()[:5] == ["week-2", "2024-05-12", "draft", "–", "1"]
    assert lines[2].split()[:5] == ["001", "2024-05-05", "published", "1", "1"]
    listed = json.loads(run("list", "--json", code=0).stdout)
    assert listed[1] == {
        "slug": "001",
        "date": "2024-05-05",
        "status": "published",
        "number": 1,
        "entries": 1,
        "sections": {"featured": 1, "use_cases": 0, "papers": 0, "articles": 0, "other": 0},
        "title": "The Weekly Lens — Issue 1",
    }


def test_a_narrow_terminal_shortens_only_titles(folder: Path) -> None:
    """On a terminal of 80 columns, slug, date, status and counts are complete."""
    write_publication(folder, _2024_week_19=ISSUE.replace("Issue 1", "Issue 1, " + "a long title " * 9))
    program = "import pty, sys; sys.exit(pty.spawn([sys.executable, '-m', 'newsletter', 'list']))"
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(REPOSITORY), "COLUMNS": "80", "TERM": "dumb"}
    done = subprocess.run([sys.executable, "-c", program], cwd=folder, env=environment, capture_output=True, check=True)
    line = done.stdout.decode().splitlines()[1]
    assert "2024-week-19  2024-05-05  published       1  1 (1+0+0+0+0)  The Weekly Lens" in line
    assert len(line.rstrip()) <= 80


def test_without_issues_the_message_names_new_issue(run: Run, folder: Path) -> None:
    """If there is no issue, each command says how to create one."""
    write_publication(folder)
    assert "newsletter new-issue" in run("list", code=0).stderr
    assert "newsletter new-issue" in run("render", "all", code=1).stderr


def test_without_a_publication_the_message_names_init(run: Run) -> None:
    """Outside of a publication, every command suggests `init`."""
    for command in (["list"], ["check"], ["render", "text"], ["new-issue"], ["schema", "--write"]):
        assert "newsletter init DIR" in run(*command, code=1).stderr


def test_an_issue_is_named_by_slug_number_or_path(run: Run, folder: Path) -> None:
    """029, 29 and issues/029.yaml name the same issue. Without a name, it is the newest."""
    older = ISSUE.replace("number: 1", "number: 28").replace("Issue 1", "Issue 28").replace("2024-05-05", "2024-04-28")
    write_publication(folder, _029=ISSUE.replace("number: 1", "number: 29"), _028=older)
    texts = {
        run("render", "text", *name, "-o", "-", code=0).stdout for name in ([], ["029"], ["29"], ["issues/029.yaml"])
    }
    assert len(texts) == 1
    assert "Issue 28" in run("render", "text", "28", "-o", "-", code=0).stdout.splitlines()[0]
    assert "Did you mean 029?" in run("check", "02", code=1).stderr


def test_a_number_of_two_issues_is_ambiguous(run: Run, folder: Path) -> None:
    """The message names both issues, and neither is used."""
    write_publication(folder, a=ISSUE, b=ISSUE)
    assert "2 issues have the number 1: a, b" in run("check", "1", code=1).stderr


def test_output_option_names_the_destination(run: Run, folder: Path) -> None:
    """`-o` names a file, a folder instead of build/, or standard output."""
    write_publication(folder, _001=ISSUE)
    assert run("render", "email", "-o", "out.html", code=0).stdout == "out.html\n"
    assert run("render", "medium", "-o", "story.md", code=0).stdout == "story.md\n"
    assert run("render", "email", "-o", "dist/", code=0).stdout == "dist/001/email.html\n"
    assert run("render", "all", "-o", "dist", code=0).stdout.split()[-1] == "dist/001/medium.json"
    assert (folder / "out.html").read_text() == (folder / "dist/001/email.html").read_text()
    assert run("render", "medium", "-o", "-", code=0).stdout == (folder / "story.md").read_text()
    for wrong in (
        ["all", "-o", "-"],
        ["all", "-o", "x.html"],
        ["text", "001", "001", "-o", "x.txt"],
        ["text", "001", "001", "-o", "-"],
    ):
        assert "-o" in run("render", *wrong, code=2).stderr
    assert not (folder / "build").exists()


def test_each_of_several_issues_is_rendered_or_reported(run: Run, folder: Path) -> None:
    """Valid issues are rendered, the others are reported, and the exit code is 1."""
    write_publication(folder, good=ISSUE, bad=ISSUE + "x: y\n", fine=ISSUE)
    result = run("render", "text", "good", "bad", "missing", "fine", code=1)
    assert result.stdout.split() == ["build/good/email.txt", "build/fine/email.txt"]
    assert "unknown key `x`" in result.stderr
    assert "the issue `missing` does not exist" in result.stderr


def test_an_unreadable_issue_is_left_out_of_the_past_issues_and_reported(run: Run, folder: Path) -> None:
    """An earlier issue that cannot be read does not stop the others from rendering, and is reported."""
    write_publication(folder, _001=ISSUE.replace("title:", "tilte:"), _002=ISSUE.replace("2024-05-05", "2024-05-12"))
    result = run("render", "text", "002", code=0)
    assert "This issue is not listed as a past issue: issues/001.yaml:1:1" in result.stderr
    assert "title" in run("check", code=1).stdout + run("check", code=1).stderr


def test_the_scaffold_shows_every_field(run: Run, folder: Path) -> None:
    """The scaffold has every field, each with a comment above. Only `origin` is missing: digests write it."""
    write_publication(folder)
    run("new-issue", "next", code=0)
    text = (folder / "issues/next.yaml").read_text()
    (folder / "issues/next.yaml").write_text(
        text.replace("- title:", "- title: A")
        .replace("      url:", "      url: https://a.example", 1)
        .replace("comment: |", "comment: A")
    )
    issue = read_issue(folder / "issues/next.yaml", DEFAULT_SECTIONS).issue
    head, _, body = text.partition("\nsections:")
    assert all(f"\n{name}:" in head for name in type(issue).model_fields if name != "sections")
    entry = issue.sections[FEATURED][0]
    assert all(f" {name}:" in body for name in type(entry).model_fields if name != "origin")
    lines = text.splitlines()
    for name in (*type(issue).model_fields, *(name for name in type(entry).model_fields if name != "origin")):
        at = next(n for n, line in enumerate(lines) if re.match(rf"[\s-]*{name}:", line))
        above = lines[at - 2 : at]
        assert any("#" in line for line in above), name


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_completion_script_is_printed(shell: str, run: Run) -> None:
    """The script for each shell contains the variable of this command."""
    assert "_NEWSLETTER_COMPLETE" in run("completion", shell, code=0).stdout


@pytest.mark.parametrize(
    ("words", "place"),
    [
        ("newsletter render email 02", "."),
        ("newsletter render email 02", "docs"),
        (f"newsletter -C {REPOSITORY} check 02", "/"),
    ],
)
def test_issues_are_completed(words: str, place: str) -> None:
    """The shell completes slugs of the publication in the current folder, a parent, or the folder of `-C`."""
    environment = {
        "PATH": "",
        "_NEWSLETTER_COMPLETE": "bash_complete",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(words.split()) - 1),
    }
    done = subprocess.run(
        [sys.executable, "-c", "from newsletter.cli.main import main; main(prog_name='newsletter')"],
        cwd=REPOSITORY / place,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "plain,029\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ["-C", "nowhere", "list"],
        ["chekc"],
        ["schema"],
        ["schema", "issue", "--write"],
        ["new-issue", "--date", "5 May"],
        ["new-issue", "--date", "2024-02-30"],
        ["render"],
        ["render", "html"],
    ],
)
def test_wrong_usage_exits_with_2(arguments: list[str], run: Run, folder: Path) -> None:
    """An invalid command line is reported with exit code 2."""
    write_publication(folder)
    assert run(*arguments, code=2).stderr


def test_rendering_an_issue_without_an_output_suggests_all_outputs(run: Run, folder: Path) -> None:
    """A misspelled output gets the correct name instead."""
    write_publication(folder, _001=ISSUE)
    suggestion = "To render an issue: `newsletter render all 001 -o out`."
    assert suggestion in run("render", "001", "-o", "out", code=2).stderr
    assert "Did you mean 'email'?" in run("render", "emial", code=2).stderr


def test_the_last_date_and_the_last_number_are_reported(run: Run, folder: Path) -> None:
    """After the last possible date and number there is a message, not a traceback."""
    write_publication(folder, a=ISSUE.replace("2024-05-05", "9999-12-31"))
    assert "--date" in run("new-issue", code=1).stderr
    write_publication(folder, a=ISSUE.replace("number: 1\n", "number: 999999\n"))
    assert "--number" in run("new-issue", code=1).stderr


def test_an_output_never_overwrites_files_of_the_author(run: Run, folder: Path) -> None:
    """`-o` rejects YAML files, the folders of the author, and suffixes of no output."""
    write_publication(folder, _1=ISSUE)
    for arguments in (
        ["text", "-o", "issues/1.yaml"],
        ["email", "-o", "newsletter.yaml"],
        ["medium", "-o", "a.markdown"],
        ["email", "-o", "templates/email.mjml"],
        ["medium", "-o", "schemas/issue.schema.json"],
    ):
        assert "-o" in run("render", *arguments, code=2).stderr
    assert (folder / "issues/1.yaml").read_text() == ISSUE


def test_an_issue_with_unreadable_entries_is_listed_with_a_question_mark(run: Run, folder: Path) -> None:
    """The list shows what can be read, reports the error, and exits with 1."""
    write_publication(folder, _1=ISSUE + "  papers: [\n")
    listed = run("list", code=1)
    assert listed.stdout.splitlines()[1].split()[:5] == ["1", "2024-05-05", "published", "1", "?"]
    assert "issues/1.yaml:" in listed.stderr


def test_a_yml_file_is_reported(run: Run, folder: Path) -> None:
    """Issues end in .yaml; a file that ends in .yml is reported."""
    write_publication(folder, _1=ISSUE)
    (folder / "issues/2.yml").write_text(ISSUE)
    assert "issues/2.yml" in run("list", code=1).stderr


def test_an_invalid_folder_is_wrong_usage(run: Run, folder: Path) -> None:
    """`-C` with a file, a missing folder or an impossible name is reported with exit code 2."""
    (folder / "file").write_text("")
    for name in ("file", "nowhere", "a\0b", "x" * 300):
        assert "-C" in run("-C", name, "list", code=2).stderr


def test_a_slug_of_digits_is_the_number(run: Run, folder: Path) -> None:
    """`new-issue 030` is issue 30. A slug that is a date does not change the width of later slugs."""
    write_publication(folder, _20240505=ISSUE)
    run("new-issue", "030", code=0)
    assert "\nnumber: 30\n" in (folder / "issues/030.yaml").read_text()
    assert run("new-issue", code=0).stdout == "issues/031.yaml\n"


@pytest.mark.parametrize("title", ["a\nb", "a\x1b[31m", "a\u202eb"])
def test_an_invalid_title_is_rejected(title: str, run: Run, folder: Path) -> None:
    """A title that would not pass the check is not written."""
    write_publication(folder)
    assert "the title: " in run("new-issue", "--title", title, code=1).stderr
    assert list((folder / "issues").iterdir()) == []


@pytest.mark.parametrize(
    "arguments",
    [
        ["init", "a" * 300],
        ["render", "text", "-o", "a" * 5_000],
        ["check", "1" * 5_000],
        ["render", "text", "-o", "newsletter.yaml/x/y.txt"],
    ],
)
def test_a_system_error_is_one_message(arguments: list[str], run: Run, folder: Path) -> None:
    """A name that is too long, or a file instead of a folder, gives one message and exit code 1."""
    write_publication(folder, _1=ISSUE)
    message = run(*arguments, code=1).stderr
    assert "Error: " in message
    assert "Traceback" not in message


def shell(command: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """Run a command in a real shell."""
    line = command.replace("newsletter ", f"{sys.executable} -m newsletter ")
    variables = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(REPOSITORY), **environment}
    return subprocess.run(line, shell=True, cwd=folder, env=variables, capture_output=True, check=False)


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "latin-1"])
def test_a_terminal_without_a_character_still_gets_the_text(encoding: str, folder: Path) -> None:
    """Rendered outputs are always UTF-8. Messages escape characters that the terminal cannot encode."""
    write_publication(folder, _1=ISSUE.replace("The Weekly Lens — Issue 1", "日本"))
    rendered = shell("newsletter render text -o -", folder, PYTHONIOENCODING=encoding)
    assert rendered.stdout.decode().startswith("日本\n")
    listed = shell("newsletter list", folder, PYTHONIOENCODING=encoding)
    assert any(shown in listed.stdout for shown in (b"\\u65e5\\u672c", "日本".encode()))
    assert (listed.returncode, listed.stderr) == (0, b"")


@pytest.mark.parametrize(
    "command",
    [
        "newsletter list > /dev/full",
        "newsletter check --json > /dev/full",
        "newsletter schema issue > /dev/full",
        "newsletter list >&-",
        "newsletter render text -o - | head -1",
        "mkdir g; cd g; rmdir ../g; newsletter list",
    ],
)
def test_a_closed_output_gives_no_traceback(command: str, folder: Path) -> None:
    """A full disk, a closed output or a deleted folder never gives a traceback."""
    write_publication(folder, _1=ISSUE)
    done = shell(command, folder)
    assert b"Traceback" not in done.stderr
    assert b"Exception" not in done.stderr


def test_links_and_devices_are_not_replaced(run: Run, folder: Path) -> None:
    """`-o` follows a link and writes to a device, and replaces neither."""
    write_publication(folder, _1=ISSUE)
    (folder / "real.txt").write_text("old")
    (folder / "link.txt").symlink_to("real.txt")
    run("render", "text", "-o", "link.txt", code=0)
    assert (folder / "link.txt").is_symlink()
    assert (folder / "real.txt").read_text().startswith("The Weekly Lens")
    run("render", "text", "-o", "/dev/null", code=0)
    assert Path("/dev/null").is_char_device()
    piped = shell("newsletter render text -o /dev/stdout | head -1", folder)
    assert piped.stdout.decode() == "The Weekly Lens — Issue 1\n"


def test_an_issue_with_an_unreadable_head_is_reported_by_its_error(run: Run, folder: Path) -> None:
    """If the head of an issue has an error, naming it by number prints that error, and the list is not empty."""
    write_publication(folder, _001=ISSUE.replace("2024-05-05", "5 May 2024"))
    assert "issues/001.yaml:2:7" in run("check", "1", code=1).stdout + run("check", "1", code=1).stderr
    assert "No issues" not in run("list", code=1).stderr


def test_an_unchanged_scaffold_has_no_entry(run: Run, folder: Path) -> None:
    """An entry with only blank fields is not counted."""
    write_publication(folder)
    run("new-issue", code=0)
    assert json.loads(run("list", "--json", code=0).stdout)[0]["entries"] == 0


def test_the_publication_is_not_an_issue(run: Run, folder: Path) -> None:
    """If newsletter.yaml is named as an issue, the message says that it is the publication."""
    write_publication(folder, _1=ISSUE)
    assert "is not an issue" in run("check", "newsletter.yaml", code=1).stderr


def test_a_folder_with_the_name_of_an_output_prevents_all_writes(run: Run, folder: Path) -> None:
    """Either all five files are written or none."""
    write_publication(folder, _1=ISSUE)
    (folder / "build/1/medium.json").mkdir(parents=True)
    assert "is a folder" in run("render", "all", code=1).stderr
    assert [path.name for path in (folder / "build/1").iterdir()] == ["medium.json"]


def test_the_suggested_command_can_be_copied(run: Run, folder: Path) -> None:
    """`init` quotes the folder in the command that it suggests."""
    message = run("init", "Mon Été / Ü", code=0).stderr
    assert "`newsletter -C 'Mon Été / Ü' new-issue`" in message
    assert "`newsletter new-issue`" in run("init", ".", code=0).stderr
