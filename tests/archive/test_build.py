"""The web archive: its pages, feeds and images, and which files a build writes and removes."""

import json
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import unquote, urldefrag, urljoin, urlsplit
from urllib.request import Request, urlopen
from xml.etree import ElementTree as Xml

import pytest
from lxml import html
from PIL import Image

from newsletter.archive.dev_server import ArchiveServer
from tests.conftest import REPOSITORY, Run
from tests.publications import ISSUE, PUBLICATION, write_publication

SITE = Path("build/site")
SECOND = ISSUE.replace("Issue 1", "Issue 2").replace("2024-05-05", "2024-05-12").replace("number: 1", "number: 2")
DRAFT = SECOND.replace("Issue 2", "Issue 3").replace("05-12", "05-19").replace("number: 2", "number: 3")
DRAFT = DRAFT.replace("published", "draft")
TAGGED = ISSUE.replace("      url:", "      tags: [C++, 機械学習]\n      url:")
PLAIN = PUBLICATION + "site: {search: false, cards: false}\n"
FIGURED = "      image: a.png\n      comment:"
LEFT_OUT = "Left out 1 draft. Use --drafts to include it.\n"
ATOM = "{http://www.w3.org/2005/Atom}"


def files(folder: Path) -> dict[str, bytes]:
    """Return the content of every file below a folder by its path."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def pages(folder: Path) -> Iterator[tuple[str, html.HtmlElement]]:
    """Yield the path and the parsed page of every HTML file below a folder."""
    for path in sorted(folder.rglob("*.html")):
        yield path.relative_to(folder).as_posix(), html.fromstring(path.read_bytes())


def write_two(folder: Path) -> Path:
    """Write a publication with two published issues and a draft, without search and cards."""
    return write_publication(folder, publication=PLAIN, _1=TAGGED, _2=SECOND, _3=DRAFT)


@pytest.fixture
def two(folder: Path) -> Path:
    """A publication with two published issues and a draft, without search and cards."""
    return write_two(folder)


def test_an_archive_is_built(run: Run, two: Path) -> None:
    """Every published issue has a page, and a draft has none. stdout is the folder."""
    result = run("build", code=0)
    assert result.stdout == "build/site\n"
    assert re.fullmatch(r"Built 2 issues: \d+ files written, 0 removed\.\n" + LEFT_OUT, result.stderr)
    found = files(SITE)
    assert {"index.html", "1/index.html", "2/index.html", "about/index.html", "tags/index.html", "404.html"} <= {*found}
    assert {"feed.xml", "feed.json", "sitemap.xml", "robots.txt", "site/style.css"} <= {*found}
    assert "3/index.html" not in found
    assert b"How lenses are ground" in found["1/index.html"]


def test_drafts_are_built_with_an_option(run: Run, two: Path) -> None:
    """`--drafts` adds the page of a draft, marks it, and hides it from search engines, feeds and the sitemap."""
    run("build", "--drafts", code=0)
    page = html.fromstring((SITE / "3/index.html").read_bytes())
    assert "Draft" in [mark.text for mark in page.find_class("mark")]
    assert page.xpath("//meta[@name='robots']/@content") == ["noindex"]
    for name in ("feed.xml", "feed.json", "sitemap.xml"):
        assert "/3/" not in (SITE / name).read_text()
    run("build", code=0)
    assert not (SITE / "3").exists()


def test_drafts_that_are_left_out_are_counted(run: Run, two: Path) -> None:
    """A build says how many drafts it left out, also if it has nothing to do, and says nothing with `--drafts`."""
    many = "Left out 2 drafts. Use --drafts to include them.\n"
    (two / "issues/4.yaml").write_text(DRAFT.replace("number: 3", "number: 4").replace("05-19", "05-26"))
    for _ in range(2):
        assert run("build", code=0).stderr.endswith(many)
    for _ in range(2):
        assert re.fullmatch(r"Built 4 issues.*\n", run("build", "--drafts", code=0).stderr)
    (two / "issues/4.yaml").unlink()
    assert run("build", code=0).stderr.endswith(LEFT_OUT)
    (two / "issues/3.yaml").unlink()
    assert "Left out" not in run("build", code=0).stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    "base", ["https://lens.example.org/", "https://example.org/a%20letter/of ours/".replace(" ", "-")]
)
def test_every_internal_link_has_a_target(run: Run, folder: Path, base: str) -> None:
    """Every internal link has an existing file and fragment, in an archive at the root and below a path."""
    text = (REPOSITORY / "newsletter.yaml").read_text().replace("https://news.example.org/", base)
    (folder / "newsletter.yaml").write_text(text)
    for name in ("issues", "templates"):
        shutil.copytree(REPOSITORY / name, folder / name, dirs_exist_ok=True)
    run("build", code=0)
    anchors = {name: {*page.xpath("//@id")} for name, page in pages(SITE)}
    checked = 0
    for name, page in pages(SITE):
        here = urljoin(base, name.removesuffix("index.html"))
        sets = [part.split()[0] for text in page.xpath("//@srcset") for part in text.split(", ")]
        for link in [*page.xpath("//@href | //@src | //@data-index"), *sets]:
            target, fragment = urldefrag(urljoin(here, link))
            if not target.startswith(base) or target == f"{base}subscribe/":
                assert urlsplit(link).scheme, link
                continue
            path = unquote(urlsplit(target).path.removeprefix(urlsplit(base).path))
            file = f"{path}index.html" if not path or path.endswith("/") else path
            assert (SITE / file).is_file(), (name, link)
            assert not fragment or unquote(fragment) in anchors[file], (name, link)
            checked += 1
    assert checked > 500


def test_neighbours_and_tags(run: Run, two: Path) -> None:
    """An issue links to the issues before and after it, and the page of a tag links to the entry."""
    run("build", code=0)
    first, second = (html.fromstring((SITE / name / "index.html").read_bytes()) for name in "12")
    assert first.xpath("//a[@rel='next']/@href") == ["/2/"]
    assert second.xpath("//a[@rel='prev']/@href") == ["/1/"]
    (tag,) = first.xpath("//p[@class='marks']/a[text()='C++']/@href")
    page = html.fromstring((SITE / unquote(tag).strip("/") / "index.html").read_bytes())
    assert page.xpath("//main//li/a/@href") == ["/1/#lens"]
    assert (SITE / "tags/機械学習/index.html").is_file()


def test_an_issue_has_metadata(run: Run, two: Path) -> None:
    """The canonical link and Open Graph have absolute URLs, and JSON-LD is valid with any title."""
    (two / "issues/2.yaml").write_text(SECOND.replace("title: The", "title: </script>{{x}} & The", 1))
    run("build", code=0)
    page = html.fromstring((SITE / "2/index.html").read_bytes())
    (data,) = page.xpath("//script[@type='application/ld+json']/text()")
    assert json.loads(data)["headline"] == "</script>{{x}} & The Weekly Lens — Issue 2"
    assert page.xpath("//link[@rel='canonical']/@href") == ["https://lens.example.org/2/"]
    assert page.xpath("//meta[@property='og:url']/@content") == ["https://lens.example.org/2/"]
    assert "{{" not in (SITE / "2/index.html").read_text().replace(data, "")


def test_the_atom_feed_is_valid(run: Run, two: Path) -> None:
    """RFC 4287: a feed has id, title, updated and author. An entry has id, title, updated and its content."""
    run("build", code=0)
    feed = Xml.fromstring((SITE / "feed.xml").read_bytes())
    for name in ("id", "title", "updated", "author"):
        assert len(feed.findall(ATOM + name)) == 1
    links = {link.get("rel"): link.get("href") for link in feed.findall(f"{ATOM}link")}
    assert links == {"self": "https://lens.example.org/feed.xml", "alternate": "https://lens.example.org/"}
    entries = feed.findall(f"{ATOM}entry")
    assert [entry.findtext(f"{ATOM}id") for entry in entries] == [f"https://lens.example.org/{n}/" for n in "21"]
    for entry in entries:
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT00:00:00Z", entry.findtext(f"{ATOM}updated") or "")
        content = entry.find(f"{ATOM}content")
        assert content is not None
        assert content.get("type") == "html"
        assert "<em>ground</em>" in (content.text or "")


def test_the_json_feed_is_valid(run: Run, two: Path) -> None:
    """JSON Feed 1.1: a feed has version and URL. An item has id, the full content, and the tags of its entries."""
    run("build", code=0)
    feed = json.loads((SITE / "feed.json").read_text())
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert feed["feed_url"] == "https://lens.example.org/feed.json"
    assert [item["id"] for item in feed["items"]] == ["https://lens.example.org/2/", "https://lens.example.org/1/"]
    assert feed["items"][1]["tags"] == ["C++", "機械学習"]
    assert all("<em>ground</em>" in item["content_html"] for item in feed["items"])


def test_feeds_have_the_latest_twenty_issues(run: Run, folder: Path) -> None:
    """Of 22 issues, both feeds contain the latest 20 with their content, newest first, as in docs/archive.md."""
    issues = {
        f"_{n}": ISSUE.replace("Issue 1", f"Issue {n}").replace("05-05", f"05-{n:02}").replace("r: 1", f"r: {n}")
        for n in range(1, 23)
    }
    write_publication(folder, publication=PLAIN, **issues)
    run("build", code=0)
    latest = [f"https://lens.example.org/{n}/" for n in range(22, 2, -1)]
    assert [item["id"] for item in json.loads((SITE / "feed.json").read_text())["items"]] == latest
    entries = Xml.fromstring((SITE / "feed.xml").read_bytes()).findall(f"{ATOM}entry")
    assert [entry.findtext(f"{ATOM}id") for entry in entries] == latest
    assert all("<em>ground</em>" in (entry.findtext(f"{ATOM}content") or "") for entry in entries)


def test_images_are_sized_lazy_and_compressed(run: Run, folder: Path) -> None:
    """An image has its size, is loaded lazily, and has a smaller copy in another format. Feeds have absolute URLs."""
    write_publication(
        folder, publication=PLAIN, _1=ISSUE.replace("      comment:", "      image: a.png\n      comment:")
    )
    Image.new("RGB", (900, 450), "#b4430f").save(folder / "issues/a.png")
    run("build", code=0)
    page = html.fromstring((SITE / "1/index.html").read_bytes())
    (image,) = page.xpath("//figure//img")
    assert (image.get("width"), image.get("height"), image.get("loading")) == ("640", "320", "lazy")
    (lighter,) = page.xpath("//source/@srcset")
    sizes = [(SITE / url.lstrip("/")).stat().st_size for url in (lighter, image.get("src"))]
    assert sizes[0] < sizes[1]
    item = json.loads((SITE / "feed.json").read_text())["items"][0]
    assert f'src="https://lens.example.org{image.get("src")}"' in item["content_html"]
    Image.new("RGB", (800, 200)).save(folder / "issues/a.png")
    run("build", code=0)
    assert html.fromstring((SITE / "1/index.html").read_bytes()).xpath("//figure//img/@height") == ["160"]
    assert not (SITE / str(image.get("src")).lstrip("/")).exists()


def test_a_card_is_drawn(run: Run, folder: Path) -> None:
    """Each issue has a social card of 1200 by 630 pixels, and its page has the card's URL."""
    write_publication(folder, publication=PUBLICATION + "site: {search: false}\n", _1=ISSUE)
    run("build", code=0)
    with Image.open(SITE / "1/card.png") as card:
        assert card.size == (1200, 630)
    page = html.fromstring((SITE / "1/index.html").read_bytes())
    assert page.xpath("//meta[@property='og:image']/@content") == ["https://lens.example.org/1/card.png"]


def with_subtitle(issue: str, title: str, subtitle: str) -> str:
    """Return an issue with another title and a subtitle."""
    return issue.replace(issue.splitlines()[0], f'title: "{title}"\nsubtitle: "{subtitle}"')


def test_the_subtitle_stands_where_a_title_is_only_a_number(run: Run, folder: Path) -> None:
    """In lists, links, feeds and `og:title`. The issue's page shows it as a headline below the title."""
    published = DRAFT.replace("draft", "published")
    write_publication(
        folder,
        publication=PLAIN + 'issue_title: "{name} — The {number} lenses"\n',
        _1=with_subtitle(TAGGED, "The Weekly Lens — Issue 1", "Lenses & <sand>"),
        _2=with_subtitle(SECOND, "The Weekly Lens — A story", "Other sand"),
        _3=with_subtitle(published, "The Weekly Lens — The 3 lenses", "Third"),
        _4=with_subtitle(published.replace("05-19", "05-26").replace("number: 3", "number: 4"), "第4号", "レンズ"),
    )
    run("build", code=0)
    titles = ["第4号：レンズ", "The 3 lenses: Third", "A story", "Issue 1: Lenses & <sand>"]
    home = html.fromstring((SITE / "index.html").read_bytes())
    assert home.xpath("//ol/li/a/text()") == titles
    feed = json.loads((SITE / "feed.json").read_text())
    assert [item["title"] for item in feed["items"]] == titles
    atom = Xml.fromstring((SITE / "feed.xml").read_bytes())
    assert [entry.findtext(f"{ATOM}title") for entry in atom.findall(f"{ATOM}entry")] == titles
    for slug, title in zip("4321", titles, strict=True):
        page = html.fromstring((SITE / slug / "index.html").read_bytes())
        assert page.xpath("//meta[@property='og:title']/@content") == [title]
        assert page.xpath("//title/text()") == [f"{title} — The Weekly Lens"]
        assert len(page.xpath("//p[@class='subtitle leading']")) == (slug != "2")
    assert html.fromstring((SITE / "1/index.html").read_bytes()).xpath("//h1/text()") == ["Issue 1"]
    assert html.fromstring((SITE / "2/index.html").read_bytes()).xpath("//a[@rel='prev']/b/text()") == [titles[3]]


@pytest.mark.parametrize(("title", "changes"), [("The Weekly Lens — Issue 1", True), ("How lenses are ground", False)])
def test_a_card_has_the_subtitle_if_the_title_is_only_a_number(
    title: str, changes: bool, run: Run, folder: Path
) -> None:
    """A change of the subtitle changes the picture."""
    cards = []
    for subtitle in ("Sand", "Glass"):
        publication = PUBLICATION + "site: {search: false}\n"
        write_publication(folder, publication=publication, _1=with_subtitle(ISSUE, title, subtitle))
        run("build", code=0)
        cards.append((SITE / "1/card.png").read_bytes())
    assert (cards[0] != cards[1]) == changes


def test_nothing_is_written_if_nothing_changed(run: Run, two: Path) -> None:
    """A second build writes no file, even if a source file has a new modification time."""
    run("build", code=0)
    before = {path: path.stat().st_mtime_ns for path in SITE.rglob("*")}
    (two / "issues/1.yaml").touch()
    assert run("build", code=0).stderr == "Built 2 issues: 0 files written, 0 removed.\n" + LEFT_OUT
    assert {path: path.stat().st_mtime_ns for path in SITE.rglob("*")} == before


def test_only_files_that_depend_on_a_change_are_written(run: Run, two: Path) -> None:
    """A change in the comment of an entry changes the page of its issue, and the feeds."""
    run("build", code=0)
    before = files(SITE)
    (two / "issues/1.yaml").write_text(TAGGED.replace("polished.", "polished twice."))
    assert run("build", code=0).stderr == "Built 2 issues: 3 files written, 0 removed.\n" + LEFT_OUT
    after = files(SITE)
    assert {path for path in after if after[path] != before[path]} - {".newsletter-files"} == {
        "1/index.html",
        "feed.json",
        "feed.xml",
    }


def test_obsolete_files_are_removed(run: Run, two: Path) -> None:
    """The page of a deleted issue is removed with its folder, and its neighbour no longer links to it."""
    run("build", code=0)
    (two / "issues/1.yaml").unlink()
    run("build", code=0)
    assert not (SITE / "1").exists()
    assert not (SITE / "tags/機械学習").exists()
    assert b'rel="prev"' not in (SITE / "2/index.html").read_bytes()


def test_a_publications_own_template(run: Run, two: Path) -> None:
    """A template of the same name in the publication's folder is used, until it is removed."""
    run("build", code=0)
    whole = files(SITE)
    (two / "templates/web").mkdir(parents=True)
    own = two / "templates/web/missing.html"
    own.write_text('{% extends "web/page.html" %}{% block main %}Gone fishing{% endblock %}')
    run("build", code=0)
    assert b"Gone fishing" in (SITE / "404.html").read_bytes()
    own.unlink()
    run("build", code=0)
    assert files(SITE) == whole


def test_many_issues_in_several_processes(run: Run, folder: Path) -> None:
    """Several processes produce the same bytes as one process, and report the errors of issues."""
    issues = {f"_{n}": ISSUE.replace("number: 1", f"number: {n}") for n in range(1, 131)}
    write_publication(folder, publication=PLAIN, **issues)
    run("build", code=0)
    whole = files(SITE)
    for number in range(1, 131):
        assert f"{number}/index.html" in whole
    (folder / "issues/7.yaml").write_text(issues["_7"] + "nonsense: []\n")
    (folder / "newsletter.yaml").write_text(PLAIN + "author: A\n")
    assert "issues/7.yaml:" in run("build", code=1).stderr
    (folder / "newsletter.yaml").write_text(PLAIN)
    (folder / "issues/7.yaml").write_text(issues["_7"])
    for slug in range(2, 131):
        (folder / f"issues/{slug}.yaml").rename(folder / f"{slug}.kept")
    run("build", code=0)
    for start in range(2, 131, 40):
        for slug in range(start, min(start + 40, 131)):
            (folder / f"{slug}.kept").rename(folder / f"issues/{slug}.yaml")
        run("build", code=0)
    assert files(SITE) == whole


def test_a_smaller_copy_stays_while_an_issue_shows_it(run: Run, folder: Path) -> None:
    """If one of two issues with the same image is deleted, the smaller copy of the image stays."""
    figured = [text.replace("      comment:", FIGURED) for text in (ISSUE, SECOND)]
    third = SECOND.replace("Issue 2", "Issue 3").replace("05-12", "05-08").replace("number: 2", "number: 3")
    write_publication(folder, publication=PLAIN, _1=figured[0], _2=figured[1], _3=third)
    Image.new("RGB", (900, 450), "#b4430f").save(folder / "issues/a.png")
    run("build", code=0)
    (folder / "issues/1.yaml").unlink()
    run("build", code=0)
    (source,) = html.fromstring((SITE / "2/index.html").read_bytes()).xpath("//figure//source/@srcset")
    assert (SITE / str(source).lstrip("/")).is_file()


def test_no_id_is_repeated(run: Run, folder: Path) -> None:
    """The anchors of entries, which can be any word, never repeat an id of the page."""
    titles = ("Content", "Call", "Email", "Latest", "Papers")
    entries = "".join(f"    - {{title: {t}, url: 'https://example.com/{t}', comment: A}}\n" for t in titles)
    form = "links: {subscribe: {url: 'https://example.com/', action: 'https://example.com/'}}\n"
    write_publication(folder, publication=PLAIN + form, _1=ISSUE + "  papers:\n" + entries)
    run("build", code=0)
    for name, page in pages(SITE):
        found = page.xpath("//@id")
        assert len(found) == len({*found}), name


def test_entries_without_an_id_keep_their_anchor_when_they_move(run: Run, two: Path) -> None:
    """An anchor is made from the title, and for entries with the same title also from the URL."""
    entry = "    - {title: 'Same — title!', url: 'https://example.com/%s', comment: A}\n"
    for order in ("ab", "ba"):
        (two / "issues/1.yaml").write_text(ISSUE + "  papers:\n" + "".join(entry % name for name in order))
        run("build", code=0)
        page = html.fromstring((SITE / "1/index.html").read_bytes())
        found = {a.get("href"): a.getparent().get("id") for a in page.xpath("//h3/a") if "Same" in (a.text or "")}
        assert len({*found.values()}) == 2
        if order == "ab":
            first = found
    assert first == found


def test_links_that_lead_out_of_the_archive_are_not_served(tmp_path: Path) -> None:
    """Neither a file, nor a folder, nor the 404 page. Links inside the archive are followed."""
    site = tmp_path / "site"
    site.mkdir()
    (site / "page.html").write_text("page")
    (tmp_path / "secret.html").write_text("secret")
    links = {"a.html": "../secret.html", "all": "..", "404.html": "../secret.html", "b.html": "page.html"}
    for name, target in links.items():
        (site / name).symlink_to(target)
    server = ArchiveServer(site, "/", 0)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        with urlopen(f"{server.address}b.html") as answer:
            assert answer.read() == b"page"
        for path in ("a.html", "all/secret.html", "nothing"):
            with pytest.raises(HTTPError, match="404") as missing:
                urlopen(server.address + path)
            assert missing.value.read() == b"Not Found"
            missing.value.close()
    finally:
        server.stop()
        thread.join()


def test_the_archive_is_served(two: Path) -> None:
    """`--serve` serves the archive on this machine, below its path and with its 404 page, until Ctrl-C."""
    (two / "newsletter.yaml").write_text(PLAIN.replace("lens.example.org/", "lens.example.org/größe/letter/"))
    program = "from newsletter.cli.main import main; main()"
    command = [sys.executable, "-c", program, "build", "--serve", "--port", "0"]
    with subprocess.Popen(command, cwd=two, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as process:
        assert process.stderr is not None
        assert [process.stderr.readline() for _ in range(2)][1] == LEFT_OUT
        home = re.findall(r"http://127\.0\.0\.1:\d+/gr%C3%B6%C3%9Fe/letter/", process.stderr.readline())[0]
        with urlopen(home) as answer:
            assert answer.read() == (two / SITE / "index.html").read_bytes()
        for path in ("/", urlsplit(home).path.rstrip("/")):
            with urlopen(urljoin(home, path)) as answer:
                assert answer.url == home
        with pytest.raises(HTTPError, match="421") as refused:
            urlopen(Request(home, headers={"Host": "a.page.on.the.web"}))
        refused.value.close()
        with urlopen(Request(f"{home}1/", headers={"Host": "localhost:8000"})) as answer:
            assert answer.headers["Cache-Control"] == "no-cache"
        outside = urljoin(home, "/elsewhere/")
        inside = ("nothing/", "../../../newsletter.yaml", "%2e%2e/%2e%2e/newsletter.yaml")
        for url in (outside, *(home + path for path in inside)):
            with pytest.raises(HTTPError, match="404") as missing:
                urlopen(url)
            assert missing.value.read() == (two / SITE / "404.html").read_bytes()
            missing.value.close()
        taken = subprocess.run(
            [*command[:-1], home.split(":")[2][:5].rstrip("/")], cwd=two, capture_output=True, text=True, check=False
        )
        assert taken.returncode == 1
        assert "cannot be used: Address already in use" in taken.stderr
        process.send_signal(signal.SIGINT)
        assert process.stderr.read().endswith("Stopped.\n")
    assert process.returncode == 0
