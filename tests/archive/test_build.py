"""The web archive: what is built, what stays, and what stands in the way."""

import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import unquote, urldefrag, urljoin, urlsplit
from urllib.request import Request, urlopen
from xml.etree import ElementTree as Xml

import pytest
from lxml import html
from PIL import Image

from tests.conftest import REPOSITORY, Run
from tests.publications import ISSUE, PUBLICATION, write_publication

SITE = Path("build/site")
SECOND = ISSUE.replace("Issue 1", "Issue 2").replace("2024-05-05", "2024-05-12").replace("number: 1", "number: 2")
DRAFT = SECOND.replace("Issue 2", "Issue 3").replace("05-12", "05-19").replace("number: 2", "number: 3")
DRAFT = DRAFT.replace("published", "draft")
TAGGED = ISSUE.replace("      url:", "      tags: [C++, 機械学習]\n      url:")
PLAIN = PUBLICATION + "site: {search: false, cards: false}\n"
FIGURED = "      image: a.png\n      comment:"
ATOM = "{http://www.w3.org/2005/Atom}"


def files(folder: Path) -> dict[str, bytes]:
    """Every file below a folder with its bytes."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def pages(folder: Path) -> Iterator[tuple[str, html.HtmlElement]]:
    """Every page of a site with its tree."""
    for path in sorted(folder.rglob("*.html")):
        yield path.relative_to(folder).as_posix(), html.fromstring(path.read_bytes())


def write_two(folder: Path) -> Path:
    """A publication with two issues that are out and a draft, without search and cards."""
    return write_publication(folder, publication=PLAIN, _1=TAGGED, _2=SECOND, _3=DRAFT)


@pytest.fixture
def two(folder: Path) -> Path:
    """A publication with two issues that are out and a draft, without search and cards."""
    return write_two(folder)


def test_a_site_is_built(run: Run, two: Path) -> None:
    """Every published issue has its page; drafts have none; the last line on stdout is the folder."""
    result = run("build", code=0)
    assert result.stdout == "build/site\n"
    assert re.fullmatch(r"Built 2 issues: \d+ files written, 0 removed\.\n", result.stderr)
    found = files(SITE)
    assert {"index.html", "1/index.html", "2/index.html", "about/index.html", "tags/index.html", "404.html"} <= {*found}
    assert {"feed.xml", "feed.json", "sitemap.xml", "robots.txt", "site/style.css"} <= {*found}
    assert "3/index.html" not in found
    assert b"How lenses are ground" in found["1/index.html"]


def test_drafts_are_built_when_asked_for_and_marked(run: Run, two: Path) -> None:
    """`--drafts` adds a draft's page, marks it, and hides it from search engines, feeds and the map."""
    run("build", "--drafts", code=0)
    page = html.fromstring((SITE / "3/index.html").read_bytes())
    assert "Draft" in [mark.text for mark in page.find_class("mark")]
    assert page.xpath("//meta[@name='robots']/@content") == ["noindex"]
    for name in ("feed.xml", "feed.json", "sitemap.xml"):
        assert "/3/" not in (SITE / name).read_text()
    run("build", code=0)
    assert not (SITE / "3").exists()


@pytest.mark.slow
@pytest.mark.parametrize(
    "base", ["https://lens.example.org/", "https://example.org/a%20letter/of ours/".replace(" ", "-")]
)
def test_every_link_inside_leads_somewhere(run: Run, folder: Path, base: str) -> None:
    """Whatever a page links to or loads within the site is there, its fragment too, at the root and below a path."""
    text = (REPOSITORY / "newsletter.yaml").read_text().replace("https://news.example.org/", base)
    (folder / "newsletter.yaml").write_text(text)
    for name in ("issues", "templates"):
        (folder / name).symlink_to(REPOSITORY / name)
    run("build", code=0)
    anchors = {name: {*page.xpath("//@id")} for name, page in pages(SITE)}
    checked = 0
    for name, page in pages(SITE):
        here = urljoin(base, name.removesuffix("index.html"))
        for link in page.xpath("//@href | //@src | //@srcset | //@data-index"):
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
    """An issue links to the one before and the one after; a tag's page links to the entry itself."""
    run("build", code=0)
    first, second = (html.fromstring((SITE / name / "index.html").read_bytes()) for name in "12")
    assert first.xpath("//a[@rel='next']/@href") == ["/2/"]
    assert second.xpath("//a[@rel='prev']/@href") == ["/1/"]
    (tag,) = first.xpath("//p[@class='marks']/a[text()='C++']/@href")
    page = html.fromstring((SITE / unquote(tag).strip("/") / "index.html").read_bytes())
    assert page.xpath("//main//li/a/@href") == ["/1/#lens"]
    assert (SITE / "tags/機械学習/index.html").is_file()


def test_an_issue_says_what_it_is_to_programs(run: Run, two: Path) -> None:
    """Canonical link, Open Graph and JSON-LD are whole addresses and valid JSON, whatever the title holds."""
    (two / "issues/2.yaml").write_text(SECOND.replace("title: The", "title: </script>{{x}} & The", 1))
    run("build", code=0)
    page = html.fromstring((SITE / "2/index.html").read_bytes())
    (said,) = page.xpath("//script[@type='application/ld+json']/text()")
    assert json.loads(said)["headline"] == "</script>{{x}} & The Weekly Lens — Issue 2"
    assert page.xpath("//link[@rel='canonical']/@href") == ["https://lens.example.org/2/"]
    assert page.xpath("//meta[@property='og:url']/@content") == ["https://lens.example.org/2/"]
    assert "{{" not in (SITE / "2/index.html").read_text().replace(said, "")


def test_the_atom_feed_keeps_its_rules(run: Run, two: Path) -> None:
    """RFC 4287: a feed has id, title, updated and author; an entry id, title, updated and its content."""
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


def test_the_json_feed_keeps_its_rules(run: Run, two: Path) -> None:
    """JSON Feed 1.1: version, title and items with an id, an address and the whole content; tags are the entries'."""
    run("build", code=0)
    feed = json.loads((SITE / "feed.json").read_text())
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert feed["feed_url"] == "https://lens.example.org/feed.json"
    assert [item["id"] for item in feed["items"]] == ["https://lens.example.org/2/", "https://lens.example.org/1/"]
    assert feed["items"][1]["tags"] == ["C++", "機械学習"]
    assert all("<em>ground</em>" in item["content_html"] for item in feed["items"])


def test_feeds_have_the_latest_twenty_issues(run: Run, folder: Path) -> None:
    """Of 22 issues, both feeds have the 20 newest with their content, newest first, as docs/site.md says."""
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


def test_images_are_sized_lazy_and_lighter(run: Run, folder: Path) -> None:
    """A figure has its size, is loaded when it is seen, and comes in a lighter format; feeds have whole URLs."""
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
    """Each issue has a picture of 1200 by 630 pixels, and says where it is."""
    write_publication(folder, publication=PUBLICATION + "site: {search: false}\n", _1=ISSUE)
    run("build", code=0)
    with Image.open(SITE / "1/card.png") as card:
        assert card.size == (1200, 630)
    page = html.fromstring((SITE / "1/index.html").read_bytes())
    assert page.xpath("//meta[@property='og:image']/@content") == ["https://lens.example.org/1/card.png"]


def test_nothing_is_written_where_nothing_changed(run: Run, two: Path) -> None:
    """A second build writes no file, not even the same bytes again; a touched file is no change."""
    run("build", code=0)
    before = {path: path.stat().st_mtime_ns for path in SITE.rglob("*")}
    (two / "issues/1.yaml").touch()
    assert run("build", code=0).stderr == "Built 2 issues: 0 files written, 0 removed.\n"
    assert {path: path.stat().st_mtime_ns for path in SITE.rglob("*")} == before


def test_only_what_depends_on_a_change_is_written(run: Run, two: Path) -> None:
    """Another word in an old comment changes that issue's page, and the feeds that carry it."""
    run("build", code=0)
    before = files(SITE)
    (two / "issues/1.yaml").write_text(TAGGED.replace("polished.", "polished twice."))
    assert run("build", code=0).stderr == "Built 2 issues: 3 files written, 0 removed.\n"
    after = files(SITE)
    assert {path for path in after if after[path] != before[path]} - {".newsletter-files"} == {
        "1/index.html",
        "feed.json",
        "feed.xml",
    }


def test_what_no_longer_belongs_is_removed(run: Run, two: Path) -> None:
    """The page of an issue that is gone goes, with its folder; its neighbour has none any more."""
    run("build", code=0)
    (two / "issues/1.yaml").unlink()
    run("build", code=0)
    assert not (SITE / "1").exists()
    assert not (SITE / "tags/機械学習").exists()
    assert b'rel="prev"' not in (SITE / "2/index.html").read_bytes()


def test_a_publications_own_template(run: Run, two: Path) -> None:
    """A template of the same name in the publication's own folder is used, and only while it is there."""
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
    """Issues that are made by several processes have the bytes of those made one by one, and their faults are told."""
    issues = {f"_{n}": ISSUE.replace("number: 1", f"number: {n}") for n in range(1, 131)}
    write_publication(folder, publication=PLAIN, **issues)
    run("build", code=0)
    whole = files(SITE)
    for number in range(1, 131):
        assert f"{number}/index.html" in whole
    (folder / "issues/7.yaml").write_text(issues["_7"] + "  nonsense: []\n")
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


def test_a_lighter_copy_stays_while_one_of_two_issues_shows_it(run: Run, folder: Path) -> None:
    """An image of two issues keeps its copies when the first of them goes."""
    figured = [text.replace("      comment:", FIGURED) for text in (ISSUE, SECOND)]
    third = SECOND.replace("Issue 2", "Issue 3").replace("05-12", "05-08").replace("number: 2", "number: 3")
    write_publication(folder, publication=PLAIN, _1=figured[0], _2=figured[1], _3=third)
    Image.new("RGB", (900, 450), "#b4430f").save(folder / "issues/a.png")
    run("build", code=0)
    (folder / "issues/1.yaml").unlink()
    run("build", code=0)
    (source,) = html.fromstring((SITE / "2/index.html").read_bytes()).xpath("//figure//source/@srcset")
    assert (SITE / str(source).lstrip("/")).is_file()


def test_no_anchor_is_the_pages_own(run: Run, folder: Path) -> None:
    """An entry may be called by any word: no page has one id twice."""
    titles = ("Content", "Call", "Email", "Latest", "Papers")
    entries = "".join(f"    - {{title: {t}, url: 'https://example.com/{t}', comment: A}}\n" for t in titles)
    form = "links: {subscribe: {url: 'https://example.com/', action: 'https://example.com/'}}\n"
    write_publication(folder, publication=PLAIN + form, _1=ISSUE + "  papers:\n" + entries)
    run("build", code=0)
    for name, page in pages(SITE):
        found = page.xpath("//@id")
        assert len(found) == len({*found}), name


def test_entries_without_an_id_keep_their_anchor_when_they_move(run: Run, two: Path) -> None:
    """An anchor is made of the title's words; entries of one title are told apart by their URLs."""
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


def test_a_look_at_the_site(two: Path) -> None:
    """`--serve` shows the site on this machine, below its path, with its own page for what is missing, until Ctrl-C."""
    (two / "newsletter.yaml").write_text(PLAIN.replace("lens.example.org/", "lens.example.org/größe/letter/"))
    program = "from newsletter.cli.main import main; main()"
    command = [sys.executable, "-c", program, "build", "--serve", "--port", "0"]
    with subprocess.Popen(command, cwd=two, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as process:
        assert process.stderr is not None
        process.stderr.readline()
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
