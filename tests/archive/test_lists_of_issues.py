"""The lists of the archive: issues with their subtitles and thumbnails, and tags."""

from io import BytesIO
from pathlib import Path

import pytest
from lxml import html
from PIL import Image

from tests.archive.test_build import FIGURED, PLAIN, SECOND, SITE, files, with_subtitle
from tests.conftest import Run
from tests.publications import ISSUE, write_publication


def page_at(path: str) -> html.HtmlElement:
    """Return a built page."""
    return html.fromstring((SITE / path / "index.html").read_bytes())


def picture(file: Path, size: tuple[int, int], colour: str = "#b4430f") -> None:
    """Write an image of one colour."""
    Image.new("RGB", size, colour).save(file)


def figured(*images: str) -> str:
    """Return an issue with an entry for each image."""
    entry = ISSUE[ISSUE.index("    - id:") :]
    entries = [
        entry.replace("id: lens", f"id: lens-{n}").replace("lenses", f"lenses-{n}") for n, _ in enumerate(images)
    ]
    text = ISSUE[: ISSUE.index("highlights:")] + "sections:\n  featured:\n"
    return text + "".join(
        each.replace("      comment:", f"      image: {image}\n      comment:")
        for each, image in zip(entries, images, strict=True)
    )


def test_an_issue_has_a_thumbnail_of_its_first_large_image(run: Run, folder: Path) -> None:
    """It is small, has its size and no alternative text, and is loaded lazily. An issue without images has none."""
    text = figured("https://example.com/remote.png", "icon.png", "tall.png", "wide.png")
    write_publication(folder, publication=PLAIN, _1=text, _2=SECOND)
    picture(folder / "issues/icon.png", (40, 40))
    picture(folder / "issues/tall.png", (400, 900), "#204080")
    picture(folder / "issues/wide.png", (900, 450))
    run("build", code=0)
    (image,) = page_at("").xpath("//ol/li/img")
    assert {name: image.get(name) for name in ("alt", "width", "height", "loading")} == {
        "alt": "",
        "width": "96",
        "height": "64",
        "loading": "lazy",
    }
    assert image.getparent().xpath("a/@href") == ["/1/"]
    file = SITE / image.get("src").lstrip("/")
    assert file.stat().st_size < 4_000
    with Image.open(file) as shown:
        assert shown.size == (192, 128)
        assert shown.convert("RGB").getpixel((90, 60))[2] > 100  # type: ignore[index]
    assert image.get("src") not in (SITE / "1/index.html").read_text()


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "I;16", "CMYK", "1"])
def test_an_image_of_any_mode_has_a_thumbnail(run: Run, folder: Path, mode: str) -> None:
    """Also with transparency, which becomes white, or with 16 bits a pixel."""
    write_publication(folder, publication=PLAIN, _1=figured("a.tiff"))
    image = Image.new(mode, (300, 200)) if mode in ("RGBA", "LA") else Image.new("L", (300, 200), 255)
    (image if image.mode == mode else image.convert(mode) if mode != "I;16" else _sixteen_bits()).save(
        folder / "issues/a.tiff"
    )
    run("build", code=0)
    (source,) = page_at("").xpath("//ol/li/img/@src")
    least, most = (120, 136) if mode == "I;16" else (240, 255)
    with Image.open(BytesIO((SITE / source.lstrip("/")).read_bytes())) as shown:
        assert all(least <= value <= most for value in shown.convert("RGB").getpixel((90, 60)))  # type: ignore[union-attr]


def _sixteen_bits() -> Image.Image:
    return Image.frombytes("I;16", (300, 200), b"\x80\x80" * 300 * 200)


def test_a_thumbnail_follows_its_image(run: Run, folder: Path) -> None:
    """A build with a cache has the same files as a clean one, and keeps no thumbnail that no list shows."""
    write_publication(folder, publication=PLAIN, _1=figured("a.png", "b.png"), _2=SECOND)
    picture(folder / "issues/a.png", (400, 300))
    picture(folder / "issues/b.png", (1400, 900), "#204080")
    run("build", code=0)
    before = page_at("").xpath("//ol/li/img/@src")
    for change in (
        lambda: (folder / "issues/1.yaml").write_text(figured("b.png", "a.png")),
        lambda: picture(folder / "issues/b.png", (800, 800)),
        lambda: (folder / "issues/1.yaml").write_text(ISSUE),
    ):
        change()
        run("build", code=0)
        incremental = files(SITE)
        run("build", "--output", "clean", code=0)
        assert {**incremental, ".newsletter-files": b""} == {**files(folder / "clean"), ".newsletter-files": b""}
        assert page_at("").xpath("//ol/li/img/@src") != before
        before = page_at("").xpath("//ol/li/img/@src")
    assert before == []
    assert not list(SITE.rglob("*.small.webp"))


def test_an_issue_has_its_subtitle(run: Run, folder: Path) -> None:
    """Below its title; a subtitle that is part of the title is not repeated."""
    write_publication(
        folder,
        publication=PLAIN,
        _1=with_subtitle(ISSUE, "The Weekly Lens — Issue 1", "Lenses & <sand>"),
        _2=with_subtitle(SECOND, "The Weekly Lens — A story", "Other <sand>"),
    )
    run("build", code=0)
    rows = page_at("").xpath("//ol/li")
    assert [row.xpath("a/text() | span/text()") for row in rows] == [
        ["A story", "Other <sand>"],
        ["Issue 1: Lenses & <sand>"],
    ]


def test_only_tags_with_several_entries_have_a_number(run: Run, folder: Path) -> None:
    """The others are a plain list below them on the page of all tags. The home page and the search leave them out."""
    publication = PLAIN.replace("search: false", "search: true")
    tagged = [
        text.replace("      url:", f"      tags: [glass, {tag}]\n      url:")
        for text, tag in ((ISSUE, "sand"), (SECOND, "sun"))
    ]
    write_publication(folder, publication=publication, _1=tagged[0], _2=tagged[1])
    run("build", code=0)
    for path in ("", "search", "tags"):
        page = page_at(path)
        assert page.xpath("//ul[@class='tags']/li/a/text()") == ["glass"]
        assert page.xpath("//ul[@class='tags']/li/span/text()") == ["2"]
        assert page.xpath("//ul[@class='single']/li/a/text()") == (["sand", "sun"] if path == "tags" else [])
        assert not page.xpath("//ul[@class='single']//span")
    (folder / "issues/2.yaml").unlink()
    run("build", code=0)
    for path in ("", "search", "tags"):
        assert page_at(path).xpath("//ul[@class='single']/li/a/text()") == ["glass", "sand"]
        assert not page_at(path).xpath("//ul[@class='tags']")


def test_an_entry_without_tags_has_no_line_of_tags(run: Run, folder: Path) -> None:
    """Its anchor is beside the domain, with a name for screen readers."""
    write_publication(folder, publication=PLAIN, _1=ISSUE)
    run("build", code=0)
    entry = page_at("1").xpath("//article[@class='entry']")[0]
    assert not entry.xpath(".//p[@class='marks']")
    (anchor,) = entry.xpath("p[@class='where']/a[@class='anchor']")
    assert (anchor.get("href"), anchor.get("aria-label")) == ("#lens", "#: How lenses are ground")


def test_an_upright_image_is_at_most_480_pixels_high(run: Run, folder: Path) -> None:
    """Its size is in the page, so that its space is reserved in proportion. It is marked, to be centred."""
    write_publication(folder, publication=PLAIN, _1=ISSUE.replace("      comment:", FIGURED))
    picture(folder / "issues/a.png", (600, 1400))
    run("build", code=0)
    (image,) = page_at("1").xpath("//figure[@class='upright']//img")
    assert (image.get("width"), image.get("height")) == ("206", "480")
