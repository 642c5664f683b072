"""Builds that fail: invalid issues, full disks, files of the author, killed builds and concurrent builds."""

import json
import re
import resource
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from lxml import html
from PIL import Image

from newsletter.archive.file_moves import FileTransaction
from newsletter.archive.output_folder import OutputFolder, stage
from newsletter.errors import AccessError
from tests.archive.test_build import DRAFT, FIGURED, LEFT_OUT, PLAIN, SECOND, SITE, TAGGED, files, write_two
from tests.conftest import REPOSITORY, Run
from tests.publications import ISSUE, PUBLICATION, write_publication

BROKEN = ISSUE.replace("      comment:", "      link: x\n      comment:")


@pytest.fixture
def two(folder: Path) -> Path:
    """A publication with two published issues and a draft, without search and cards."""
    return write_two(folder)


def test_a_changed_page_is_restored(run: Run, two: Path) -> None:
    """A file of the archive that was changed or deleted is restored, and nothing else is written."""
    run("build", code=0)
    whole = files(SITE)
    (SITE / "1/index.html").write_text("changed")
    (SITE / "feed.xml").unlink()
    assert run("build", code=0).stderr == "Built 2 issues: 2 files written, 0 removed.\n" + LEFT_OUT
    assert files(SITE) == whole


@pytest.mark.parametrize("name", ["site.json", "issues.json"])
@pytest.mark.parametrize("damage", [b"", b"{}", b"[1", b'{"seal": 1, "files": {}}'])
def test_a_damaged_cache_causes_a_clean_build(run: Run, two: Path, name: str, damage: bytes) -> None:
    """If the cache is damaged, the archive is built again with the same bytes."""
    run("build", code=0)
    whole = files(SITE)
    (cache,) = (two / ".newsletter/site").glob(f"*/{name}")
    cache.write_bytes(damage)
    run("build", code=0)
    assert files(SITE) == whole


@pytest.mark.parametrize("kept", [0, 1, 40, -1])
def test_entries_missing_in_the_cache_are_read_again(run: Run, two: Path, kept: int) -> None:
    """If the end of the cached entries is missing, the tag pages are complete after an edit of one issue."""
    run("build", code=0)
    (cache,) = (two / ".newsletter/site").glob("*/entries")
    cache.write_bytes(cache.read_bytes()[:kept])
    (two / "issues/2.yaml").write_text(SECOND.replace("      url:", "      tags: [more]\n      url:", 1))
    run("build", code=0)
    incremental = files(SITE)
    assert "tags/more/index.html" in incremental
    shutil.rmtree(two / ".newsletter")
    shutil.rmtree(SITE)
    run("build", code=0)
    assert files(SITE) == incremental


def test_the_cache_of_another_version_is_not_read(run: Run, two: Path) -> None:
    """The cache of a version whose records have other fields is replaced without a message."""
    run("build", code=0)
    whole = files(SITE)
    (cache,) = (two / ".newsletter/site").glob("*/issues.json")
    saved = json.loads(cache.read_bytes())
    saved |= {"shape": "another", "issues": [issue[1:] for issue in saved["issues"]]}
    cache.write_text(json.dumps(saved))
    (SITE / "feed.xml").unlink()
    assert run("build", code=0).stderr == "Built 2 issues: 1 file written, 0 removed.\n" + LEFT_OUT
    assert files(SITE) == whole


def test_files_of_the_author_stay(run: Run, two: Path) -> None:
    """A file that newsletter did not write stays, even in a folder whose page is removed."""
    run("build", code=0)
    own = {SITE / "CNAME": "lens.example.org", SITE / "1/notes.txt": "mine", SITE / "own/index.html": "mine"}
    for path, text in own.items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    (two / "issues/1.yaml").unlink()
    run("build", code=0)
    assert not (SITE / "1/index.html").exists()
    assert all(path.read_text() == text for path, text in own.items())


def test_a_file_of_the_author_is_not_overwritten(run: Run, two: Path) -> None:
    """If a file that newsletter did not write has the path of a page, the build fails and changes nothing."""
    SITE.mkdir(parents=True)
    (SITE / "index.html").write_text("mine")
    result = run("build", code=1)
    assert "contains files that the archive would overwrite: index.html" in result.stderr
    assert files(SITE) == {"index.html": b"mine"}
    assert [path.name for path in SITE.parent.iterdir()] == ["site"]


def test_an_obsolete_page_that_was_edited_stays(run: Run, two: Path) -> None:
    """A page that is no longer part of the archive stays if it was edited by hand, and the build reports it."""
    run("build", code=0)
    (SITE / "1/index.html").write_text("mine now")
    (two / "issues/1.yaml").unlink()
    assert "build/site/1/index.html is no longer part of the site" in run("build", code=0).stderr
    assert (SITE / "1/index.html").read_text() == "mine now"


def test_paths_outside_the_folder_are_not_removed(run: Run, two: Path) -> None:
    """A line of the list of files with a path outside the folder does not remove that file."""
    run("build", code=0)
    victim = two / "victim"
    victim.write_text("")
    listed = SITE / ".newsletter-files"
    digest = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    listed.write_text(listed.read_text() + f"{digest}  ../../victim\n{digest}  {victim}\n")
    (two / "issues/1.yaml").unlink()
    run("build", code=0)
    assert victim.exists()


def test_an_invalid_issue_publishes_nothing(run: Run, two: Path) -> None:
    """The build names the issue and the line, and the archive is unchanged. `--keep-going` leaves out the issue."""
    run("build", code=0)
    whole = files(SITE)
    (two / "issues/2.yaml").write_text(SECOND.replace("      url:", "      link:"))
    result = run("build", code=1)
    assert "issues/2.yaml:13:7: error: unknown key `link`" in result.stderr
    assert "Nothing was built" in result.stderr
    assert files(SITE) == whole
    result = run("build", "--keep-going", code=1)
    assert "issues/2.yaml:13:7" in result.stderr
    assert "Built 1 issue, 1 skipped" in result.stderr
    assert not (SITE / "2").exists()
    assert b'rel="next"' not in (SITE / "1/index.html").read_bytes()
    assert run("build", "--keep-going", code=1).stderr.count("issues/2.yaml:13:7") == 1


def test_an_invalid_draft_does_not_stop_a_build(run: Run, two: Path) -> None:
    """An invalid draft stops the build only with `--drafts`."""
    (two / "issues/3.yaml").write_text(DRAFT.replace("      url:", "      link:"))
    run("build", code=0)
    assert "issues/3.yaml" in run("build", "--drafts", code=1).stderr


def test_two_issues_with_one_number(run: Run, two: Path) -> None:
    """Issues in the same language have different numbers. A repeated number is an error in the later issue."""
    (two / "issues/2.yaml").write_text(SECOND.replace("number: 2", "number: 1"))
    assert "issues/2.yaml:3:1: error: the number 1 is already used by 1.yaml" in run("build", code=1).stderr
    (two / "issues/2.yaml").write_text(SECOND.replace("number: 2", "number: 1\nlanguage: ja"))
    run("build", code=0)


@pytest.mark.parametrize("slug", ["site", "assets", "tags", "about", "search", "..", "a..b", "A"])
def test_invalid_slugs(run: Run, two: Path, slug: str) -> None:
    """A reserved name and an invalid slug are errors, and nothing is written."""
    (two / f"issues/{slug}.yaml").write_text(DRAFT)
    assert f"issues/{slug}.yaml: " in run("build", code=1).stderr
    assert not SITE.exists()


def test_names_that_are_no_issues(run: Run, two: Path) -> None:
    """A name without a slug, a folder, and symbolic links that lead nowhere or to themselves stop no build."""
    issues, styles = two / "issues", two / "templates/web"
    styles.mkdir(parents=True)
    (issues / ".yaml").touch()
    (issues / "folder.yaml").mkdir()
    (issues / ".#1.yaml").symlink_to("author@host.1234")
    for link in (issues / "loop.yml", styles / "loop.css"):
        link.symlink_to(link.name)
    assert "Built 2 issues" in run("build", code=0).stderr


def test_two_files_with_one_slug(run: Run, two: Path) -> None:
    """`1.yml` next to `1.yaml` is an error: the file name of an issue ends in .yaml."""
    (two / "issues/1.yml").write_text(ISSUE)
    assert "issues/1.yml: the name of an issue must end in .yaml" in run("build", code=1).stderr


def test_a_template_that_fails_on_one_page(run: Run, two: Path) -> None:
    """The error names the page, the template and its line, and the archive is unchanged."""
    run("build", code=0)
    whole = files(SITE)
    (two / "templates/web").mkdir(parents=True)
    builtin = REPOSITORY / "templates/web"
    failing = "{% if issue.heading == 'Issue 2' %}{{ nothing }}{% endif %}\n"
    text = (builtin / "issue.html").read_text().replace('<article class="issue"', failing + '<article class="issue"')
    (two / "templates/web/issue.html").write_text(text)
    result = run("build", code=1)
    assert re.search(r"2\.yaml: template .*templates/web/issue\.html:\d+: 'nothing' is undefined", result.stderr)
    assert files(SITE) == whole
    (two / "templates/web/issue.html").unlink()
    (two / "templates/web/tags.html").write_text("{{ nothing }}")
    assert "tags/index.html: template " in run("build", code=1).stderr
    assert files(SITE) == whole


@pytest.mark.parametrize("output", ["file", "file/below", ".", "issues", "issues/site", "templates/x"])
def test_invalid_output_folders(run: Run, two: Path, output: str) -> None:
    """A file, a path below a file, and the publication's own folders are rejected, and nothing is changed."""
    (two / "file").write_text("mine")
    before = files(two)
    assert run("build", "-o", output, code=1).stderr.startswith("Error: ")
    assert {path: text for path, text in files(two).items() if not path.startswith(".newsletter/")} == before


def limit_file_size() -> None:
    """Limit the size of files, so that the page of a long issue cannot be written."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (18_000, 18_000))


def test_no_space_left(two: Path) -> None:
    """If a file cannot be written completely, the build fails and the archive is unchanged."""
    program = "from newsletter.cli.main import main; main()"
    build = [sys.executable, "-c", program, "build"]
    subprocess.run(build, cwd=two, check=True, capture_output=True)
    whole = files(two / SITE)
    (two / "issues/2.yaml").write_text(SECOND.replace("polished.", "polished. " * 1900))

    done = subprocess.run(build, cwd=two, check=False, capture_output=True, text=True, preexec_fn=limit_file_size)
    assert done.returncode == 1
    assert "cannot be written: File too large" in done.stderr
    assert "Traceback" not in done.stderr
    assert files(two / SITE) == whole
    assert [path.name for path in (two / "build").iterdir()] == ["site"]


def test_the_neighbour_of_an_issue_left_out_keeps_its_images(run: Run, folder: Path) -> None:
    """`--keep-going` renders the neighbours of an issue that it leaves out again, with their images."""
    write_publication(folder, publication=PLAIN, _1=BROKEN, _2=SECOND.replace("      comment:", FIGURED))
    Image.new("RGB", (900, 450), "#b4430f").save(folder / "issues/a.png")
    run("build", "--keep-going", code=1)
    (folder / "issues/1.yaml").unlink()
    assert run("build", code=0).stderr == "Built 1 issue: 0 files written, 0 removed.\n"


def build_without_the_first(run: Run, folder: Path) -> None:
    """Build an archive of two issues, the first of which cannot be rendered."""
    (folder / "templates/web").mkdir(parents=True)
    text = (REPOSITORY / "templates/web/issue.html").read_text()
    failing = "{% block main %}{% if issue.heading == 'Issue 1' %}{{ nothing }}{% endif %}"
    (folder / "templates/web/issue.html").write_text(text.replace("{% block main %}", failing))
    assert "Built 1 issue, 1 skipped" in run("build", "--keep-going", code=1).stderr


def test_an_image_of_a_failed_issue_is_made_for_the_next(run: Run, folder: Path) -> None:
    """If the first of two issues with the same image cannot be rendered, the second still has the image."""
    figured = [text.replace("      comment:", FIGURED) for text in (ISSUE, SECOND)]
    write_publication(folder, publication=PLAIN, _1=figured[0], _2=figured[1])
    Image.new("RGB", (900, 450), "#b4430f").save(folder / "issues/a.png")
    build_without_the_first(run, folder)
    (source,) = html.fromstring((SITE / "2/index.html").read_bytes()).xpath("//figure//source/@srcset")
    assert (SITE / str(source).lstrip("/")).is_file()


def test_an_image_of_a_failed_issue_is_not_in_a_new_archive(run: Run, folder: Path) -> None:
    """The archive has only the files of its list, although the image was encoded before its issue failed."""
    write_publication(folder, publication=PLAIN, _1=ISSUE.replace("      comment:", FIGURED), _2=SECOND)
    Image.new("RGB", (900, 450), "#b4430f").save(folder / "issues/a.png")
    build_without_the_first(run, folder)
    listed = [line.split("  ", 1)[1] for line in (SITE / ".newsletter-files").read_text().splitlines()]
    assert sorted(files(SITE)) == sorted([*listed, ".newsletter-files"])
    assert not (SITE / "assets").exists()


def test_a_folder_that_appears_during_the_build_is_not_replaced(tmp_path: Path) -> None:
    """The staging folder becomes the output folder only if there is none. A file of the author in it stays."""
    site = tmp_path / "site"
    output = OutputFolder(site)
    with output.staging() as staged:
        new = {"a/b": stage(staged, "a/b", b"new")}
        site.mkdir()
        (site / "own").write_text("own")
        with pytest.raises(AccessError, match="cannot be written: Directory not empty"):
            output.publish(staged, new, {}, {})
    assert list(tmp_path.iterdir()) == [site]
    assert [path.name for path in site.iterdir()] == ["own"]
    shutil.rmtree(site)
    with output.staging() as staged:
        output.publish(staged, {"a/b": stage(staged, "a/b", b"new")}, {}, {})
    assert sorted(files(site)) == [".newsletter-files", "a/b"]


def test_feeds_have_the_content_of_an_issue_that_moves_up(run: Run, folder: Path) -> None:
    """If a later issue is left out, the feeds contain one earlier issue more, with its content."""
    issues = {
        f"_{n}": ISSUE.replace("number: 1", f"number: {n}").replace("2024-05-05", f"2024-05-{n:02}")
        for n in range(1, 22)
    }
    write_publication(folder, publication=PLAIN, **issues)
    (folder / "issues/21.yaml").write_text(issues["_21"].replace("      url:", "      link:"))
    run("build", "--keep-going", code=1)
    items = json.loads((SITE / "feed.json").read_text())["items"]
    assert len(items) == 20
    assert all("<em>ground</em>" in item["content_html"] for item in items)


def test_errors_in_all_issues_do_not_empty_the_archive(run: Run, two: Path) -> None:
    """If every issue has an error, `--keep-going` leaves the archive unchanged."""
    run("build", code=0)
    whole = files(SITE)
    for name in "12":
        (two / f"issues/{name}.yaml").write_text(BROKEN)
    assert "Nothing was built" in run("build", "--keep-going", code=1).stderr
    assert files(SITE) == whole


def test_a_language_without_labels_is_an_error_at_its_line(run: Run, two: Path) -> None:
    """An issue in a language without labels is an error at the line of `language`."""
    (two / "issues/2.yaml").write_text(SECOND.replace("number: 2", "number: 2\nlanguage: xx"))
    assert "issues/2.yaml:4:1: error: labels for the language `xx` are missing" in run("build", code=1).stderr


def test_a_title_that_no_font_can_draw(run: Run, folder: Path) -> None:
    """An issue whose title no scalable font can draw, such as an emoji, is built with the card of the publication."""
    write_publication(
        folder, publication=PUBLICATION + "site: {search: false}\n", _1=ISSUE.replace("The Weekly Lens — Issue 1", "🚀")
    )
    run("build", code=0)
    page = html.fromstring((SITE / "1/index.html").read_bytes())
    (card,) = page.xpath("//meta[@property='og:image']/@content")
    assert (SITE / str(card).removeprefix("https://lens.example.org/")).is_file()


def test_a_missing_list_of_files(run: Run, two: Path) -> None:
    """If the list of files is missing, unchanged files can still be replaced, and the list is written again."""
    run("build", code=0)
    listed = SITE / ".newsletter-files"
    listed.unlink()
    (two / "issues/1.yaml").write_text(TAGGED.replace("polished.", "polished twice."))
    run("build", code=0)
    listed.unlink()
    run("build", code=0)
    assert "1/index.html" in listed.read_text()


def test_a_folder_that_is_a_symbolic_link(run: Run, two: Path) -> None:
    """Files behind a symbolic link in the archive are not removed."""
    run("build", code=0)
    (SITE / "1").rename(two / "moved")
    (SITE / "1").symlink_to(two / "moved")
    (two / "issues/1.yaml").unlink()
    run("build", code=0)
    assert (two / "moved/index.html").exists()


def test_a_link_to_a_folder_of_the_publication(run: Run, two: Path) -> None:
    """A symbolic link to one of the publication's own folders is rejected like that folder."""
    (two / "out").symlink_to(two / "issues")
    assert "out contains files of your publication" in run("build", "-o", "out", code=1).stderr


def test_an_output_on_another_file_system(run: Run, two: Path) -> None:
    """The output folder can be a mount point, into which files cannot be moved from its parent."""
    elsewhere = Path("/dev/shm")
    with TemporaryDirectory(dir=elsewhere if elsewhere.is_dir() else two) as mounted:
        (two / "out").symlink_to(mounted)
        for text in (SECOND, SECOND.replace("polished.", "polished twice.")):
            (two / "issues/2.yaml").write_text(text)
            run("build", "-o", "out", code=0)
        run("build", code=0)
        assert files(Path(mounted)) == files(SITE)


def test_a_failure_in_the_middle_is_undone(tmp_path: Path) -> None:
    """If one file cannot be moved into place, replaced files are restored and new files are removed."""
    site, staged = tmp_path / "site", tmp_path / "staged"
    output = OutputFolder(site)
    staged.mkdir()
    first = {path: stage(staged, path, b"old") for path in ("a", "gone/b", "z")}
    output.publish(staged, first, {}, {})
    whole = files(site)
    second = {path: stage(staged, path, b"new") for path in ("a", "fresh/c")} | {"z": first["z"]}
    with pytest.raises(AccessError, match="No such file") as refused:
        output.publish(staged, second, {}, {})
    assert refused.value.advice.startswith("The archive is unchanged.")
    assert files(site) == whole
    assert not (site / "fresh").exists()
    moves = FileTransaction(site, staged)
    moves.remove("gone/b")
    assert not (site / "gone").exists()
    assert moves.undo()
    assert files(site) == whole


def test_a_full_disk_stops_the_build(two: Path) -> None:
    """`--keep-going` leaves out invalid issues, but a full disk stops the build."""
    program = "from newsletter.cli.main import main; main()"
    build = [sys.executable, "-c", program, "build", "--keep-going"]
    (two / "issues/2.yaml").write_text(SECOND.replace("polished.", "polished. " * 1900))
    done = subprocess.run(build, cwd=two, check=False, capture_output=True, text=True, preexec_fn=limit_file_size)
    assert done.returncode == 1
    assert done.stderr.count("cannot be written: File too large") == 1
    assert not (two / SITE).exists()


def test_a_terminated_build(two: Path) -> None:
    """A build that receives SIGTERM removes its staged files and ends its processes."""
    (two / "templates/web").mkdir(parents=True)
    slow = "{% for number in range(100000) %}{% endfor %}{% extends 'web/page.html' %}"
    (two / "templates/web/issue.html").write_text(slow)
    for number in range(1, 131):
        (two / f"issues/{number}.yaml").write_text(ISSUE.replace("number: 1", f"number: {number}"))
    program = "from newsletter.cli.main import main; main()"
    with subprocess.Popen([sys.executable, "-c", program, "build"], cwd=two, stderr=subprocess.PIPE) as process:
        while not (two / "build/.site.newsletter-build").exists():
            assert process.poll() is None
        process.terminate()
        # The worker processes share this pipe, so it is only read to its end when all of them have ended.
        assert process.communicate()[1].endswith(b"Aborted!\n")
    assert process.returncode == 1
    assert [*(two / "build").iterdir()] == []


@pytest.mark.slow
def test_two_builds_at_once(two: Path) -> None:
    """Two builds of the same archive run one after the other, and the archive is that of the last."""
    command = [sys.executable, "-c", "from newsletter.cli.main import main; main()", "build"]
    builds = [
        subprocess.Popen([*command, *more], cwd=two, stderr=subprocess.PIPE, text=True) for more in ([], ["--drafts"])
    ]
    for build in builds:
        with build:
            assert "Error" not in build.communicate()[1]
        assert build.returncode == 0
    drafts = (two / SITE / "3").exists()
    done = subprocess.run([*command, *(["--drafts"] if drafts else [])], cwd=two, capture_output=True, text=True)
    assert " 0 files written, 0 removed" in done.stderr
