"""The commands, as a curator types them."""

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
from tests.conftest import REPOSITORY, Run
from tests.publications import ISSUE, PUBLICATION, write_publication

WEEKLY = 'issue_title: "{name} — Week {week}, {year}"\n'


def test_the_help_lists_every_command_with_its_own_first_line(run: Run) -> None:
    """The help, which imports no command, says of each what the command says of itself."""
    help_text = run("--help", code=0).stdout
    for name, (_, line) in main.commands_in.items():
        assert line in help_text
        assert run(name, "--help", code=0).stdout.split("\n\n")[1].strip() == line


def test_the_version_is_told(run: Run) -> None:
    """`--version` names the distribution and its version."""
    assert run("--version", code=0).stdout == f"newsletter-press {__version__}\n"


def test_it_runs_as_a_module() -> None:
    """`python -m newsletter` is the same command."""
    done = subprocess.run([sys.executable, "-m", "newsletter", "--version"], capture_output=True, text=True, check=True)
    assert done.stdout == f"newsletter-press {__version__}\n"


def test_a_publication_begins_with_three_commands(run: Run, folder: Path) -> None:
    """`init`, `new-issue` and an entry written: the issue renders, and no command asked for more."""
    assert run("init", "my-letter", code=0).stdout == "my-letter/newsletter.yaml\n"
    assert (folder / "my-letter" / "newsletter.yaml").read_text().splitlines()[2] == "name: My Letter"
    path = run("-C", "my-letter", "new-issue", code=0).stdout.strip()
    issue = folder / "my-letter" / path
    unwritten = run("-C", "my-letter", "check", "--json", code=1)
    told = json.loads(unwritten.stdout)
    assert {problem["rule"] for problem in told if problem["file"] == "newsletter.yaml"} == {"scaffold-left"}
    assert [problem["path"] for problem in told if problem["file"] != "newsletter.yaml"] == [
        "sections.featured[0].title",
        "sections.featured[0].url",
        "sections.featured[0].comment",
    ]
    text = issue.read_text()
    text = text.replace("- title:", "- title: A story").replace("      url:", "      url: https://example.com/", 1)
    text = text.replace("preheader:", "preheader: A story that is worth it, and why that is so", 1)
    issue.write_text(text.replace("comment: |\n", "comment: |\n        Worth it.\n"))
    assert "all is well, 1 entry." in run("-C", "my-letter", "check", code=0).stderr
    rendered = run("-C", "my-letter", "render", "all", code=0).stdout.split()
    assert rendered == [
        f"build/001/{name}" for name in ("email.html", "email.txt", "medium.md", "medium.html", "medium.json")
    ]


def test_nothing_is_ever_overwritten(run: Run, folder: Path) -> None:
    """`init` and `new-issue` refuse where their file is, and change nothing."""
    run("init", "letter", code=0)
    before = {path: path.read_bytes() for path in (folder / "letter").rglob("*") if path.is_file()}
    assert "is there already" in run("init", "letter", code=1).stderr
    run("-C", "letter", "new-issue", "first", code=0)
    (folder / "letter/issues/first.yaml").write_text("mine")
    assert "is there already" in run("-C", "letter", "new-issue", "first", "--number", "7", code=1).stderr
    assert (folder / "letter/issues/first.yaml").read_text() == "mine"
    assert all(path.read_bytes() == content for path, content in before.items())


def test_a_file_is_no_folder(run: Run, folder: Path) -> None:
    """Where a file has the name of the folder, that is said."""
    (folder / "letter").write_text("mine")
    for place in ("letter", "letter/deeper"):
        told = run("init", place, code=1).stderr
        assert told == f"Error: {place}/newsletter.yaml cannot be written: letter is a file\nName a folder.\n"


def test_init_leaves_a_gitignore_alone(run: Run, folder: Path) -> None:
    """In a folder that is a repository already, its .gitignore stays as it is."""
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
def test_the_next_issue_follows_from_the_archive(
    publication: str, last: str, slug: str, title: str, day: str, run: Run, folder: Path
) -> None:
    """Number, date, title and slug follow from the last issue and the publication's rhythm."""
    write_publication(folder, publication=PUBLICATION + publication, _001=ISSUE.replace("2024-05-05", last))
    result = run("new-issue", code=0)
    assert result.stdout == f"issues/{slug}.yaml\n"
    assert "has passed" in result.stderr
    text = (folder / "issues" / f"{slug}.yaml").read_text()
    number = "" if "{week}" in publication else "2"
    written = [line.rstrip() for line in text.replace('"', "").splitlines() if not line.startswith("#")]
    assert written[:3] == [f"title: {title}", f"date: {day}", f"number: {number}".rstrip()]


def test_what_is_given_is_kept(run: Run, folder: Path) -> None:
    """Slug, number, date and title on the command line come before what would follow."""
    write_publication(folder, _001=ISSUE)
    run("new-issue", "special", "--number", "40", "--date", "2024-08-01", "--title", 'Say: "hi" # it\'s', code=0)
    text = (folder / "issues/special.yaml").read_text()
    for line in ('title: "Say: \\"hi\\" # it\'s"', "date: 2024-08-01", "number: 40"):
        assert f"\n{line}\n" in text
    assert "is that of special" in run("new-issue", "other", "--number", "40", code=1).stderr


def test_a_first_issue_is_dated_on_the_next_day_of_the_rhythm(run: Run, folder: Path) -> None:
    """Without an archive the date is the first of the rhythm from today on."""
    write_publication(folder, publication=PUBLICATION + "rhythm: {weekday: thursday}\n")
    run("new-issue", code=0)
    text = (folder / "issues/001.yaml").read_text()
    day = date.fromisoformat(text.partition("\ndate: ")[2][:10])
    assert day.weekday() == 3
    assert timedelta(-1) <= day - date.today() < timedelta(7)


@pytest.mark.parametrize("slug", ["UPPER", "a_b", "site", "assets", "../x", "a.b", "ä", "-x", "x" * 200])
def test_a_slug_that_is_none_is_refused(slug: str, run: Run, folder: Path) -> None:
    """A slug is lower-case letters, digits and hyphens, and none of the reserved ones."""
    write_publication(folder)
    assert "slug" in run("new-issue", "--", slug, code=1).stderr
    assert list((folder / "issues").iterdir()) == []


def test_issues_are_listed_newest_first(run: Run, folder: Path) -> None:
    """The list says slug, date, status, number, counts and title; `--json` says it to a program."""
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


def test_a_narrow_terminal_cuts_titles_only(folder: Path) -> None:
    """On a terminal of 80 columns slug, date, status and counts stand whole."""
    write_publication(folder, _2024_week_19=ISSUE.replace("Issue 1", "Issue 1, " + "a long title " * 9))
    program = "import pty, sys; sys.exit(pty.spawn([sys.executable, '-m', 'newsletter', 'list']))"
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(REPOSITORY), "COLUMNS": "80", "TERM": "dumb"}
    done = subprocess.run([sys.executable, "-c", program], cwd=folder, env=environment, capture_output=True, check=True)
    line = done.stdout.decode().splitlines()[1]
    assert "2024-week-19  2024-05-05  published       1  1 (1+0+0+0+0)  The Weekly Lens" in line
    assert len(line.rstrip()) <= 80


def test_an_empty_archive_says_what_to_do(run: Run, folder: Path) -> None:
    """Where there is no issue yet, each command says how to begin one."""
    write_publication(folder)
    assert "newsletter new-issue" in run("list", code=0).stderr
    assert "newsletter new-issue" in run("render", "all", code=1).stderr


def test_without_a_publication_it_says_how_to_begin(run: Run) -> None:
    """Outside of a publication every command names `init` and `-C`."""
    for command in (["list"], ["check"], ["render", "text"], ["new-issue"], ["schema", "--write"]):
        assert "newsletter init DIR" in run(*command, code=1).stderr


def test_an_issue_is_named_by_slug_number_or_path(run: Run, folder: Path) -> None:
    """029, 29 and issues/029.yaml are the same issue, and no name is the newest."""
    older = ISSUE.replace("number: 1", "number: 28").replace("Issue 1", "Issue 28").replace("2024-05-05", "2024-04-28")
    write_publication(folder, _029=ISSUE.replace("number: 1", "number: 29"), _028=older)
    texts = {
        run("render", "text", *name, "-o", "-", code=0).stdout for name in ([], ["029"], ["29"], ["issues/029.yaml"])
    }
    assert len(texts) == 1
    assert "Issue 28" in run("render", "text", "28", "-o", "-", code=0).stdout.splitlines()[0]
    assert "Did you mean 029?" in run("check", "02", code=1).stderr


def test_a_number_that_two_issues_have_is_ambiguous(run: Run, folder: Path) -> None:
    """Two issues of one number are named, and neither is chosen."""
    write_publication(folder, a=ISSUE, b=ISSUE)
    assert "2 issues have the number 1: a, b" in run("check", "1", code=1).stderr


def test_an_output_goes_where_it_is_told(run: Run, folder: Path) -> None:
    """`-o` names a file, a folder in place of build/, or standard output."""
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


def test_many_issues_are_each_done_or_reported(run: Run, folder: Path) -> None:
    """A command over several issues does what it can, reports each, and exits 1 if one failed."""
    write_publication(folder, good=ISSUE, bad=ISSUE + "x: y\n", fine=ISSUE)
    result = run("render", "text", "good", "bad", "missing", "fine", code=1)
    assert result.stdout.split() == ["build/good/email.txt", "build/fine/email.txt"]
    assert "unknown key `x`" in result.stderr
    assert "no issue `missing`" in result.stderr


def test_a_broken_issue_is_left_out_of_the_past_ones_and_named(run: Run, folder: Path) -> None:
    """An earlier issue that cannot be read stops no other, and is not dropped in silence."""
    write_publication(folder, _001=ISSUE.replace("title:", "tilte:"), _002=ISSUE.replace("2024-05-05", "2024-05-12"))
    result = run("render", "text", "002", code=0)
    assert "Left out of the past issues: issues/001.yaml:1:1" in result.stderr
    assert "title" in run("check", code=1).stdout + run("check", code=1).stderr


def test_the_scaffold_shows_every_field(run: Run, folder: Path) -> None:
    """Every field that an author writes stands in the scaffold, each with its place; `origin` a digest writes."""
    write_publication(folder)
    run("new-issue", "next", code=0)
    text = (folder / "issues/next.yaml").read_text()
    (folder / "issues/next.yaml").write_text(
        text.replace("- title:", "- title: A")
        .replace("      url:", "      url: https://a.example", 1)
        .replace("comment: |", "comment: A")
    )
    issue = read_issue(folder / "issues/next.yaml").issue
    head, _, body = text.partition("\nsections:")
    assert all(f"\n{name}:" in head for name in type(issue).model_fields if name != "sections")
    entry = issue.sections.featured[0]
    assert all(f" {name}:" in body for name in type(entry).model_fields if name != "origin")
    lines = text.splitlines()
    for name in (*type(issue).model_fields, *(name for name in type(entry).model_fields if name != "origin")):
        at = next(n for n, line in enumerate(lines) if re.match(rf"[\s-]*{name}:", line))
        above = lines[at - 2 : at]
        assert any("#" in line for line in above), name


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_can_complete(shell: str, run: Run) -> None:
    """The script for each shell is printed, and names our variable."""
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
    """The shell completes the slugs of the publication here, above, or in the folder of `-C`."""
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
    """What is wrong in the command itself is told with exit 2."""
    write_publication(folder)
    assert run(*arguments, code=2).stderr


def test_the_end_of_the_calendar_and_of_the_numbers_is_told(run: Run, folder: Path) -> None:
    """After the last day and the last number there is a message, not a traceback."""
    write_publication(folder, a=ISSUE.replace("2024-05-05", "9999-12-31"))
    assert "--date" in run("new-issue", code=1).stderr
    write_publication(folder, a=ISSUE.replace("number: 1\n", "number: 999999\n"))
    assert "--number" in run("new-issue", code=1).stderr


def test_an_output_never_takes_the_place_of_the_authors_file(run: Run, folder: Path) -> None:
    """`-o` refuses a YAML file, and a name whose suffix fits none of the outputs."""
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


def test_an_issue_whose_entries_cannot_be_read_is_listed_with_a_question(run: Run, folder: Path) -> None:
    """The list shows what it knows, says what it does not, and exits 1."""
    write_publication(folder, _1=ISSUE + "  papers: [\n")
    listed = run("list", code=1)
    assert listed.stdout.splitlines()[1].split()[:5] == ["1", "2024-05-05", "published", "1", "?"]
    assert "issues/1.yaml:" in listed.stderr


def test_a_yml_file_is_not_passed_over_in_silence(run: Run, folder: Path) -> None:
    """An issue ends in .yaml; one that ends in .yml is named."""
    write_publication(folder, _1=ISSUE)
    (folder / "issues/2.yml").write_text(ISSUE)
    assert "issues/2.yml" in run("list", code=1).stderr


def test_a_folder_that_cannot_be_entered_is_wrong_usage(run: Run, folder: Path) -> None:
    """`-C` into a file, nowhere, or a name that no system takes is told with exit 2."""
    (folder / "file").write_text("")
    for name in ("file", "nowhere", "a\0b", "x" * 300):
        assert "-C" in run("-C", name, "list", code=2).stderr


def test_a_slug_of_digits_is_the_number(run: Run, folder: Path) -> None:
    """`new-issue 030` is issue 30, and a slug that is a date widens no later slug."""
    write_publication(folder, _20240505=ISSUE)
    run("new-issue", "030", code=0)
    assert "\nnumber: 30\n" in (folder / "issues/030.yaml").read_text()
    assert run("new-issue", code=0).stdout == "issues/031.yaml\n"


@pytest.mark.parametrize("title", ["a\nb", "a\x1b[31m", "a\u202eb"])
def test_a_title_that_no_issue_may_have_is_refused(title: str, run: Run, folder: Path) -> None:
    """What would not pass the check is not written."""
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
def test_what_the_system_refuses_is_one_message(arguments: list[str], run: Run, folder: Path) -> None:
    """A name too long, a file in place of a folder: a message and exit 1."""
    write_publication(folder, _1=ISSUE)
    told = run(*arguments, code=1).stderr
    assert "Error: " in told
    assert "Traceback" not in told


def shell(command: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """A command in a real shell."""
    line = command.replace("newsletter ", f"{sys.executable} -m newsletter ")
    variables = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(REPOSITORY), **environment}
    return subprocess.run(line, shell=True, cwd=folder, env=variables, capture_output=True, check=False)


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "latin-1"])
def test_a_terminal_that_cannot_show_a_letter_still_gets_the_text(encoding: str, folder: Path) -> None:
    """Outputs are UTF-8 wherever they go; talk shows the number of a letter that the terminal has not."""
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
def test_a_terminal_that_goes_away_is_no_traceback(command: str, folder: Path) -> None:
    """A full disk, a closed output, a folder that is gone: never a traceback."""
    write_publication(folder, _1=ISSUE)
    done = shell(command, folder)
    assert b"Traceback" not in done.stderr
    assert b"Exception" not in done.stderr


def test_a_special_file_stays_what_it_is(run: Run, folder: Path) -> None:
    """`-o` follows a link and writes into a device; neither is replaced."""
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


def test_a_number_that_cannot_be_read_is_not_denied(run: Run, folder: Path) -> None:
    """An issue whose head has a fault is told by that fault, by its number too, and the list is not called empty."""
    write_publication(folder, _001=ISSUE.replace("2024-05-05", "5 May 2024"))
    assert "issues/001.yaml:2:7" in run("check", "1", code=1).stdout + run("check", "1", code=1).stderr
    assert "No issue yet" not in run("list", code=1).stderr


def test_an_untouched_scaffold_has_no_entry(run: Run, folder: Path) -> None:
    """What is blank all over is not counted."""
    write_publication(folder)
    run("new-issue", code=0)
    assert json.loads(run("list", "--json", code=0).stdout)[0]["entries"] == 0


def test_the_publication_is_no_issue(run: Run, folder: Path) -> None:
    """Naming newsletter.yaml as an issue is told as what it is."""
    write_publication(folder, _1=ISSUE)
    assert "is the publication" in run("check", "newsletter.yaml", code=1).stderr


def test_a_folder_where_a_file_belongs_stops_before_anything_is_written(run: Run, folder: Path) -> None:
    """Of five files all are written or none."""
    write_publication(folder, _1=ISSUE)
    (folder / "build/1/medium.json").mkdir(parents=True)
    assert "is a folder" in run("render", "all", code=1).stderr
    assert [path.name for path in (folder / "build/1").iterdir()] == ["medium.json"]


def test_the_next_command_can_be_copied(run: Run, folder: Path) -> None:
    """What `init` says to type next is a command, whatever the folder is called."""
    told = run("init", "Mon Été / Ü", code=0).stderr
    assert "`newsletter -C 'Mon Été / Ü' new-issue`" in told
    assert "`newsletter new-issue`" in run("init", ".", code=0).stderr
