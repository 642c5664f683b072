"""Tests of the command `newsletter add`, with pages on loopback."""

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from newsletter import __version__
from newsletter.issue.draft import EntryDraft
from newsletter.issue.draft_document import read_draft
from newsletter.publication.section import PAPERS, SectionKey
from tests.capture import pages
from tests.capture.test_fetch_entry import picture
from tests.conftest import REPOSITORY, Run
from tests.loopback import Reply, Server, page, redirect, serve_web
from tests.publications import ISSUE, PUBLICATION, write_publication

DRAFT = """\
title: The Weekly Lens — Issue 2
date: 2024-05-12   # or a day later
status: draft
sections:
  papers: []
  articles:
    # my own remark
    - title: 'Mine'
      url: https://example.com/mine
      comment: Words.

# the end
"""


@pytest.fixture
def web() -> Iterator[Server]:
    """A server with a page, its image and a feed."""
    with serve_web() as server:
        server.pages["/blog/"] = page(pages.BLOG)
        server.pages["/blog/bench.png"] = picture()
        server.pages["/paper"] = page(pages.CVF)
        for name in ("new", "old", "atomic"):
            server.pages[f"/{name}"] = page(f"<title>The {name} one</title>")
        server.pages["/feed.xml"] = Reply(pages.FEED.replace("{base}", server.url).encode(), "application/rss+xml")
        yield server


@pytest.fixture
def publication(folder: Path) -> Path:
    """A published issue and a draft."""
    return write_publication(folder, _001=ISSUE, _002=DRAFT)


def entries(path: Path) -> list[tuple[SectionKey, EntryDraft]]:
    """Return the entries of a file with their sections."""
    return [(section, entry) for section, _, entry in read_draft(path).draft.entries()]


def titles(path: Path) -> list[str]:
    return [entry.title for _, entry in entries(path)]


def test_urls_become_entries_of_the_draft(run: Run, publication: Path, web: Server) -> None:
    """Entries are added to their sections in the order of the URLs. Existing lines do not change."""
    done = run("add", "--allow-private", f"{web.url}/paper", f"{web.url}/blog/?utm_source=x", code=0)
    assert done.stdout.splitlines() == [
        "papers    Seeing Through Prisms",
        "articles  A week at the bench & what it taught us",
    ]
    assert done.stderr == "Added 2 entries to issues/002.yaml.\n"
    assert (publication / "issues/002.yaml").read_text() == DRAFT.replace(
        "papers: []\n",
        f"""papers:
    # Lia Ferrari, Chidi Okoye · 2021
    # Prisms split light. We put it together again.
    - title: Seeing Through Prisms
      url: "{web.url}/paper"
      source_title: Seeing Through Prisms
      comment: |

""",
    ).replace(
        "Words.\n",
        f"""Words.

    # Sam Ito · 2021-09-10
    # Five days, one lens.
    - title: A week at the bench & what it taught us
      url: "{web.url}/blog/"
      source_title: A week at the bench & what it taught us
      image: images/002/a-week-at-the-bench-what-it-taught-us.png
      image_alt: A bench with a lens on it
      comment: |

""",
    )
    assert (publication / "issues/images/002/a-week-at-the-bench-what-it-taught-us.png").is_file()
    assert web.agents == {f"newsletter-press/{__version__} (+https://lens.example.org/)"}


def test_a_page_that_cannot_be_read_adds_nothing(run: Run, publication: Path, web: Server) -> None:
    """The reason is printed, the exit code is 1, and the other pages are added."""
    done = run("add", "--allow-private", f"{web.url}/gone", f"{web.url}/paper", code=1)
    assert done.stdout == "papers    Seeing Through Prisms\n"
    assert done.stderr == (
        f"Could not read {web.url}/gone: 127.0.0.1 answered 404 Not Found.\n"
        "Added 1 entry to issues/002.yaml, 1 could not be read. Use --no-fetch to add only the URL of a page.\n"
    )
    assert titles(publication / "issues/002.yaml") == ["Seeing Through Prisms", "Mine"]


def test_nothing_is_written_if_no_page_can_be_read(run: Run, folder: Path, web: Server) -> None:
    """Not even an empty inbox. With `--no-fetch`, the URL is added."""
    write_publication(folder)
    done = run("add", "--allow-private", "--json", f"{web.url}/gone", code=1)
    assert [(one["outcome"], one["reason"], one["file"]) for one in json.loads(done.stdout)] == [
        ("failed", "127.0.0.1 answered 404 Not Found", "")
    ]
    assert not (folder / "inbox.yaml").exists()
    run("add", "--no-fetch", f"{web.url}/gone", code=0)
    assert [entry.url for _, entry in entries(folder / "inbox.yaml")] == [f"{web.url}/gone"]


@pytest.mark.parametrize("broken", [Reply(b"down", status=503), Reply(b" \n"), Reply(b"%PDF", "application/pdf")])
def test_a_page_that_could_not_be_read_is_fetched_again(
    broken: Reply, run: Run, publication: Path, web: Server
) -> None:
    """It is not a known story, and its response is not cached."""
    web.pages["/later"] = broken
    run("add", "--allow-private", f"{web.url}/later", code=1)
    web.pages["/later"] = page("<title>Here now</title>")
    assert run("add", "--allow-private", f"{web.url}/later", code=0).stderr == "Added 1 entry to issues/002.yaml.\n"
    assert titles(publication / "issues/002.yaml") == ["Mine", "Here now"]


def test_a_known_story_is_skipped_and_reported(run: Run, publication: Path, web: Server) -> None:
    """A story is known if it is in the archive, the draft, the inbox or earlier in the input. `--again` adds it."""
    run("add", "--inbox", "--no-fetch", "https://example.com/waiting", code=0)
    again = [
        "http://www.example.com/lenses/?utm_source=mail",
        "https://example.com/mine#x",
        "https://example.com/waiting",
        "https://example.com/twice",
        "https://example.com/twice/",
    ]
    stderr = run("add", "--no-fetch", *again, code=0).stderr.splitlines()
    assert stderr == [
        f"Skipped: {again[0]} (issues/001.yaml:13)",
        f"Skipped: {again[1]} (issues/002.yaml:9)",
        f"Skipped: {again[2]} (inbox.yaml:7)",
        f"Skipped: {again[4]} (given twice)",
        "Added 1 entry to issues/002.yaml, 4 skipped. Use --again to add skipped URLs.",
    ]
    twice = run("add", "--no-fetch", "https://example.com/new", "https://example.com/new/", code=0)
    assert twice.stderr.endswith("Added 1 entry to issues/002.yaml, 1 skipped.\n")
    web.pages["/short"] = redirect("/paper")
    run("add", "--allow-private", f"{web.url}/paper", code=0)
    moved = run("add", "--allow-private", f"{web.url}/short", code=0)
    assert moved.stderr.startswith(f"Skipped: {web.url}/short (issues/002.yaml:")
    assert "Added nothing, 1 skipped" in moved.stderr
    run("add", "--no-fetch", "--again", again[0], code=0)
    assert entries(publication / "issues/002.yaml")[-1][1].url == "http://www.example.com/lenses/"


def test_without_a_draft_entries_go_to_the_inbox(run: Run, folder: Path) -> None:
    """With `--inbox`, they always do. With `--issue`, they go to the given issue."""
    write_publication(folder, _001=ISSUE)
    assert run("add", "--no-fetch", "https://a.example/1", code=0).stderr == (
        "There is no draft. Adding to the inbox.\nAdded 1 entry to inbox.yaml.\n"
    )
    assert (
        "Added 1 entry to issues/001.yaml" in run("add", "--no-fetch", "-i", "1", "https://a.example/2", code=0).stderr
    )
    write_publication(folder, _002=DRAFT)
    run("add", "--no-fetch", "--inbox", "-s", "other", "https://a.example/3", code=0)
    assert [entry.url for _, entry in entries(folder / "inbox.yaml")] == ["https://a.example/1", "https://a.example/3"]
    assert "--inbox" in run("add", "--inbox", "-i", "1", "https://a.example/4", code=2).stderr


def test_image_paths_stay_valid_when_the_inbox_moves_into_an_issue(run: Run, folder: Path, web: Server) -> None:
    """The path of an image in the inbox is relative to the folder of issues."""
    write_publication(folder)
    run("add", "--allow-private", f"{web.url}/blog/", code=0)
    path = folder / run("new-issue", "--from-inbox", code=0).stdout.strip()
    ((_, entry),) = entries(path)
    assert (path.parent / entry.image).is_file()


def test_sections_follow_the_publications_rules(run: Run, folder: Path) -> None:
    """`capture.sections` sets the sections of domains. `--section` takes precedence."""
    rules = PUBLICATION + "capture:\n  sections:\n    cases.example: use_cases\n"
    write_publication(folder, publication=rules, _002=DRAFT)
    run("add", "--no-fetch", "https://www.cases.example/1", "https://arxiv.org/abs/2109.01234", code=0)
    run("add", "--no-fetch", "-s", "featured", "https://www.cases.example/2", code=0)
    found = {entry.url: section for section, entry in entries(folder / "issues/002.yaml")}
    assert found == {
        "https://example.com/mine": "articles",
        "https://www.cases.example/1": "use_cases",
        "https://arxiv.org/abs/2109.01234": "papers",
        "https://www.cases.example/2": "featured",
    }


@pytest.mark.parametrize("kind", ["BOOKMARKS", "FEED", "ATOM", "OPML", "text", "an OPML of another name"])
def test_urls_come_from_files(kind: str, run: Run, publication: Path, web: Server) -> None:
    """The formats of files are detected by their content. `--since` excludes older links."""
    content = {"text": "see {base}/new, and\n{base}/new again", "an OPML of another name": pages.OPML}
    (publication / "list.txt").write_text((content.get(kind) or getattr(pages, kind)).replace("{base}", web.url))
    run("add", "--allow-private", "--since", "2021-09-12", "list.txt", code=0)
    assert titles(publication / "issues/002.yaml")[1:] == ["The atomic one" if kind == "ATOM" else "The new one"]


def test_a_feed_is_fetched(run: Run, publication: Path, web: Server) -> None:
    """`--feed` adds the items of a feed. A feed that cannot be read is an error, and the others are added."""
    done = run("add", "--allow-private", "--feed", f"{web.url}/feed.xml", "--feed", f"{web.url}/none", code=1)
    assert titles(publication / "issues/002.yaml")[1:] == ["The new one", "The old one"]
    assert f"the feed {web.url}/none: 127.0.0.1 answered 404 Not Found" in done.stderr
    (publication / "feed.xml").write_text(pages.FEED)
    assert (
        "feed.xml is a file; `--feed` expects a URL\nGive the file without `--feed`."
        in run("add", "--feed", "feed.xml", code=1).stderr
    )
    assert "--feed" in run("add", "--no-fetch", "--feed", f"{web.url}/feed.xml", code=2).stderr


def test_a_paper_can_be_added_by_its_number(run: Run, publication: Path) -> None:
    """An arXiv number in the form of a citation is a URL of arXiv."""
    run("add", "--no-fetch", "2109.01234", "arXiv:2109.05678v2", code=0)
    assert [(section, entry.url) for section, entry in entries(publication / "issues/002.yaml") if entry.url][:2] == [
        (PAPERS, "https://arxiv.org/abs/2109.01234"),
        (PAPERS, "https://arxiv.org/abs/2109.05678v2"),
    ]


def test_the_note_of_a_bookmark_is_a_comment_above_its_entry(run: Run, publication: Path) -> None:
    """The note is private, so it is a YAML comment that is not published."""
    (publication / "b.html").write_text(
        "<!DOCTYPE NETSCAPE-Bookmark-file-1><DL><p><DT><A HREF='https://a.example/1'>One</A><DD>Read this: #1"
    )
    run("add", "--no-fetch", "b.html", code=0)
    assert "    # Your note: Read this: #1\n    - title: One\n" in (publication / "issues/002.yaml").read_text()


def piped(text: str, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a separate process with a text on standard input."""
    command = [sys.executable, "-m", "newsletter", "add", *arguments]
    environment = {"PYTHONPATH": str(REPOSITORY), "PATH": "/usr/bin:/bin"}
    return subprocess.run(command, cwd=folder, input=text, capture_output=True, text=True, env=environment, check=False)


def test_urls_come_from_standard_input(publication: Path) -> None:
    """Standard input is read with `-` or without arguments. A text without URLs is an error."""
    assert piped("https://a.example/1\nhttps://a.example/2", publication, "--no-fetch").returncode == 0
    assert piped("<https://a.example/3>", publication, "--no-fetch", "https://a.example/4", "-").returncode == 0
    assert [entry.url[-1] for _, entry in entries(publication / "issues/002.yaml")] == ["e", "1", "2", "4", "3"]
    nothing = piped("no words with a scheme", publication)
    assert (nothing.returncode, "standard input contains no URLs" in nothing.stderr) == (1, True)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("example.org/page", "is neither a valid URL nor an existing file"),
        ("ftp://example.org/", "expected an http or https URL, found `ftp:`"),
        ("https://exa mple.org/", "a URL cannot contain a space"),
        ("nothing.txt", "nothing.txt contains no URLs"),
        ("issues", "issues cannot be read: Is a directory\nCheck the name"),
        ("", "`` is neither a valid URL nor an existing file"),
        ("broken.opml", "broken.opml: not a valid OPML file"),
        ("https://", "the URL has no host"),
        ("https://a.example/" + "x" * 5_000, "has 5,018 characters"),
        ("a\0b", "is neither a valid URL nor an existing file"),
    ],
)
def test_an_invalid_url_is_an_error_and_the_rest_is_added(
    source: str, message: str, run: Run, publication: Path
) -> None:
    """The other URLs are added, and the exit code is 1."""
    (publication / "nothing.txt").write_bytes(b"\x00\xff nothing")
    (publication / "broken.opml").write_text("<opml><body>")
    done = run("add", "--no-fetch", source, "https://a.example/1", code=1)
    assert message in done.stderr
    assert [entry.url for _, entry in entries(publication / "issues/002.yaml")][1:] == ["https://a.example/1"]


def test_a_private_address_is_an_error_and_gets_no_request(run: Run, publication: Path, web: Server) -> None:
    """Without `--allow-private`, no notation of this machine's address is requested."""
    port = web.url.rpartition(":")[2]
    web.pages["/inside"] = page("secret")
    urls = [f"http://127.0.0.1:{port}/inside", f"http://localhost:{port}/a", f"http://[::ffff:127.0.0.1]:{port}/b"]
    stderr = run("add", *urls, code=1).stderr
    assert stderr.count("resolves to the private address") == 3
    assert stderr.count("Add `--allow-private` to allow requests to this machine and its network.\n") == 3
    assert web.seen == []
    assert (publication / "issues/002.yaml").read_text() == DRAFT


def test_a_cached_page_is_used_without_its_server(run: Run, publication: Path) -> None:
    """The cache is used if the server is down, but not for private addresses without `--allow-private`."""
    with serve_web() as server:
        server.pages["/paper"] = page(pages.CVF)
        run("add", "--allow-private", "--inbox", f"{server.url}/paper", code=0)
    run("add", "--allow-private", "--again", f"{server.url}/paper", code=0)
    assert titles(publication / "issues/002.yaml")[0] == "Seeing Through Prisms"
    assert "private address" in run("add", "--again", f"{server.url}/paper", code=1).stderr


def test_the_outcomes_are_printed_as_json(run: Run, publication: Path, web: Server) -> None:
    """`--json` lists the URLs in the order of the input."""
    done = run("add", "--allow-private", "--json", f"{web.url}/blog/", "https://example.com/mine", code=0)
    assert json.loads(done.stdout) == [
        {
            "url": f"{web.url}/blog/",
            "outcome": "added",
            "section": "articles",
            "title": "A week at the bench & what it taught us",
            "image": "images/002/a-week-at-the-bench-what-it-taught-us.png",
            "reason": "",
            "advice": "",
            "file": "issues/002.yaml",
        },
        {
            "url": "https://example.com/mine",
            "outcome": "skipped",
            "section": "",
            "title": "",
            "image": "",
            "reason": "issues/002.yaml:9",
            "advice": "",
            "file": "",
        },
    ]


def test_images_are_not_written_outside_the_publication(
    run: Run, publication: Path, web: Server, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The entry is not added then. Files that a link inside the publication leads to are written."""
    outside = tmp_path_factory.mktemp("outside")
    issue = (publication / "issues/002.yaml").read_text()
    (publication / "issues/images").symlink_to(outside)
    error = run("add", "--allow-private", f"{web.url}/blog/", code=1).stderr
    assert "issues/images/002 cannot be written: a symbolic link leads out of" in error
    assert not list(outside.iterdir())
    assert (publication / "issues/002.yaml").read_text() == issue
    (publication / "issues/images").unlink()
    (publication / "pictures").mkdir()
    (publication / "issues/images").symlink_to("../pictures")
    run("add", "--allow-private", f"{web.url}/blog/", code=0)
    assert list((publication / "pictures/002").iterdir())


def test_images_never_overwrite_one_another(run: Run, publication: Path, web: Server) -> None:
    """The images of two stories with the same title are two files. `--no-images` writes none."""
    web.pages["/b/"] = page(pages.BLOG)
    web.pages["/b/bench.png"] = picture(600, 300)
    run("add", "--allow-private", f"{web.url}/blog/", f"{web.url}/b/", code=0)
    stem = "a-week-at-the-bench-what-it-taught-us"
    assert {path.name for path in (publication / "issues/images/002").iterdir()} == {f"{stem}.png", f"{stem}-2.png"}
    run("add", "--allow-private", "--again", "--no-images", f"{web.url}/b/", code=0)
    assert len(list((publication / "issues/images/002").iterdir())) == 2


def test_a_draft_that_cannot_be_read_does_not_change(run: Run, publication: Path, web: Server) -> None:
    """Nothing is written, no image is left over, and the error has a line."""
    broken = DRAFT.replace("papers: []", "papers: none")
    (publication / "issues/002.yaml").write_text(broken)
    stderr = run("add", "--allow-private", "-s", "papers", f"{web.url}/blog/", code=1).stderr
    assert "issues/002.yaml:5" in stderr
    assert (publication / "issues/002.yaml").read_text() == broken
    assert not list((publication / "issues").rglob("*.png"))


def test_an_issue_that_cannot_be_read_is_reported(run: Run, publication: Path) -> None:
    """A warning names the issue, since its stories are not known."""
    (publication / "issues/001.yaml").write_text(ISSUE + "  papers: [\n")
    stderr = run("add", "--no-fetch", "https://example.com/lenses", code=0).stderr
    assert "This file was not searched for duplicates: issues/001.yaml:" in stderr


def test_the_stories_of_an_incomplete_draft_are_known(run: Run, publication: Path) -> None:
    """The stories of a draft without a date are skipped, and there is no warning about the draft."""
    (publication / "issues/002.yaml").write_text(DRAFT.replace("date: 2024-05-12   # or a day later\n", ""))
    stderr = run("add", "--no-fetch", "-i", "002", "https://example.com/mine", "https://a.example/new", code=0).stderr
    assert stderr == (
        "Skipped: https://example.com/mine (issues/002.yaml:8)\n"
        "Added 1 entry to issues/002.yaml, 1 skipped. Use --again to add skipped URLs.\n"
    )


def test_too_many_urls_are_an_error(run: Run, publication: Path) -> None:
    """The error comes before anything is fetched or written."""
    (publication / "all.txt").write_text("\n".join(f"https://a.example/{number}" for number in range(301)))
    assert "found 301 new URLs; at most 300" in run("add", "all.txt", code=1).stderr
    assert (publication / "issues/002.yaml").read_text() == DRAFT


def test_two_concurrent_commands_lose_nothing(publication: Path, web: Server) -> None:
    """The entries of both commands are added. A story that both have is added once."""
    gate = threading.Barrier(2)

    def together() -> Reply:
        gate.wait(30)
        return page("<title>Both wait here</title>")

    web.pages |= {"/gate/0": together, "/gate/1": together}
    web.pages |= {f"/{number}/{n}": page("<title>One of many</title>") for number in range(2) for n in range(10)}
    shared = f"{web.url}/new"
    done: list[subprocess.CompletedProcess[str]] = []
    threads = [
        threading.Thread(
            target=lambda urls: done.append(piped("\n".join(urls), publication, "--allow-private")),
            args=([f"{web.url}/gate/{number}", shared, *(f"{web.url}/{number}/{n}" for n in range(10))],),
        )
        for number in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [one.returncode for one in done] == [0, 0], done
    urls = [entry.url for _, entry in entries(publication / "issues/002.yaml")]
    assert len(urls) == len(set(urls)) == 1 + 2 * 11 + 1
    assert urls.count(shared) == 1


def test_an_interruption_changes_nothing(publication: Path, web: Server) -> None:
    """After Ctrl-C while pages are fetched, the file has not changed, and no image is left over."""
    requested, over = threading.Event(), threading.Event()

    def waiting() -> Reply:
        requested.set()
        over.wait(30)
        return page("too late")

    web.pages["/slow"] = waiting
    command = [sys.executable, "-m", "newsletter", "add", "--allow-private", f"{web.url}/blog/", f"{web.url}/slow"]
    with subprocess.Popen(
        command, cwd=publication, env={"PYTHONPATH": str(REPOSITORY)}, stderr=subprocess.PIPE
    ) as process:
        assert requested.wait(30)
        process.send_signal(signal.SIGINT)
        _, stderr = process.communicate(timeout=30)
    over.set()
    assert (process.returncode, b"Traceback" in stderr) == (1, False)
    assert (publication / "issues/002.yaml").read_text() == DRAFT
    assert not list((publication / "issues").rglob("*.png"))
