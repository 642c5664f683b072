"""Images of the archive: their copies, how often they are encoded, and what a killed build keeps."""

import io
import os
import subprocess
import sys
from pathlib import Path
from signal import SIGKILL

import pytest
from lxml import html
from PIL import Image, ImageDraw

from newsletter.archive.build import build_archive
from newsletter.archive.build_report import BuildOptions, BuildStage
from newsletter.archive.page_view import ArchiveUrls
from newsletter.archive.pictures import archive_images
from newsletter.text.images import COLUMN, asset_key, decode_image, decoding_memory, make_asset
from newsletter.text.web_images import make_web_images
from tests.archive.test_build import PLAIN, SECOND, SITE, files
from tests.conftest import Run
from tests.publications import ISSUE, write_publication

PHOTOGRAPH = (1600, 900)
# Kills the program as soon as three images are finished.
_KILLED = """
import os, signal
from newsletter.archive import encode_images
from newsletter.cli.main import main

write = encode_images.write_whole

def write_and_die(path, content):
    write(path, content)
    if len(list(path.parent.glob("*.json"))) == 3:
        os.kill(os.getpid(), signal.SIGKILL)

encode_images.write_whole = write_and_die
main()
"""


@pytest.fixture
def encoded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The formats of the images that were encoded, in order."""
    formats: list[str] = []
    save = Image.Image.save

    def counted(image: Image.Image, file: object, format: str, **options: object) -> None:
        formats.append(format)
        save(image, file, format, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(Image.Image, "save", counted)
    return formats


def photograph(size: tuple[int, int] = PHOTOGRAPH, kind: str = "JPEG") -> bytes:
    """Return a file as detailed as a photograph. Each call gives another one."""
    channels = [Image.effect_noise((size[0] // 16, size[1] // 16), 60).resize(size) for _ in range(3)]
    file = io.BytesIO()
    Image.merge("RGB", channels).save(file, kind)
    return file.getvalue()


def drawing(size: tuple[int, int], *, smooth: bool = False) -> bytes:
    """Return a PNG of discs in 40 colours. Smooth edges add colours."""
    scale = 4 if smooth else 1
    image = Image.new("RGB", (size[0] * scale, size[1] * scale), "white")
    draw = ImageDraw.Draw(image)
    for number in range(40):
        x, y = number * 137 % size[0] * scale, number * 73 % size[1] * scale
        draw.ellipse((x, y, x + 90 * scale, y + 90 * scale), fill=(number * 6, number * 37 % 256, number * 91 % 256))
    file = io.BytesIO()
    image.reduce(scale).save(file, "PNG")
    return file.getvalue()


def write_issues(folder: Path, **images: bytes) -> None:
    """Write two issues. Each shows all images."""
    entries = "".join(
        f"    - {{title: T, url: 'https://example.com/{name}', comment: C, image: images/{name}}}\n" for name in images
    )
    write_publication(folder, publication=PLAIN, _1=f"{ISSUE}  papers:\n{entries}", _2=f"{SECOND}  papers:\n{entries}")
    (folder / "issues/images").mkdir()
    for name, content in images.items():
        (folder / "issues/images" / name).write_bytes(content)


def assets() -> dict[str, tuple[int, int]]:
    """Return the sizes in pixels of the files in `assets/` by their suffix and width, without thumbnails."""
    found = {}
    for path in (SITE / "assets").iterdir():
        if ".small." not in path.name:
            with Image.open(path) as image:
                found[f"{image.width}{path.suffix}"] = image.size
    return found


def test_an_image_is_encoded_once_and_nothing_is_discarded(run: Run, folder: Path, encoded: list[str]) -> None:
    """Three files with the same photograph, shown in two issues, are encoded once. Every result is in the archive."""
    content = photograph()
    write_issues(folder, a=content, b=content, c=content)
    encoded.clear()
    run("build", code=0)
    # The asset, two copies and the thumbnail.
    assert sorted(encoded) == ["JPEG", "WEBP", "WEBP", "WEBP"]
    assert len(list((SITE / "assets").iterdir())) == len(encoded)


def test_a_photograph_has_a_copy_for_phones(run: Run, folder: Path) -> None:
    """The page offers both widths, with the width of the display."""
    write_issues(folder, a=photograph())
    run("build", code=0)
    assert assets() == {"1056.jpg": (1056, 594), "1056.webp": (1056, 594), "720.webp": (720, 405)}
    (source,) = html.fromstring((SITE / "1/index.html").read_bytes()).xpath("//figure//source")
    assert [part.split()[1] for part in source.get("srcset").split(", ")] == ["1056w", "720w"]
    assert source.get("sizes") == "min(640px, 86vw)"
    assert source.get("type") == "image/webp"


def test_the_kind_of_picture_decides_on_the_format(run: Run, folder: Path) -> None:
    """A drawing keeps its pixels, also if its asset is smaller. Others are lossy."""
    content = drawing((1400, 500))
    write_issues(folder, a=content)
    run("build", code=0)
    assert assets() == {"1056.png": (1056, 377), "1400.webp": (1400, 500)}
    (copy,) = (path for path in (SITE / "assets").glob("*.webp") if ".small." not in path.name)
    with Image.open(copy) as shown, Image.open(io.BytesIO(content)) as source:
        assert shown.convert("RGB").tobytes() == source.convert("RGB").tobytes()
    others = {
        "large drawing": (drawing((2400, 500)), ["1056.avif", "1056.png", "720.avif"]),
        "many colours": (drawing((1000, 500), smooth=True), ["1000.avif", "1000.png", "720.avif"]),
        "photograph": (photograph((1000, 500), "PNG"), ["1000.png", "1000.webp", "720.webp"]),
    }
    for name, (image, expected) in others.items():
        (folder / "issues/images/a").write_bytes(image)
        run("build", code=0)
        assert sorted(assets()) == expected, name


def test_a_killed_build_keeps_what_it_encoded(run: Run, folder: Path, encoded: list[str]) -> None:
    """After a build was killed, the next one encodes only the rest, and the archive is that of a clean build."""
    write_issues(folder, **{f"{number}": photograph() for number in range(8)})
    killed = subprocess.run([sys.executable, "-c", _KILLED, "build"], cwd=folder, check=False)
    assert killed.returncode == -SIGKILL
    assert not SITE.exists()
    (kept,) = folder.glob(".newsletter/site/*/images")
    finished = len(list(kept.glob("*.json")))
    assert finished == 3
    encoded.clear()
    run("build", code=0)
    assert encoded.count("JPEG") == 8 - finished
    assert not kept.exists()
    whole = files(SITE)
    run("build", "--output", "clean", code=0)
    assert files(folder / "clean") == whole


def test_a_damaged_image_of_a_killed_build_is_encoded_again(run: Run, folder: Path, encoded: list[str]) -> None:
    """An image that was not written completely is not published."""
    write_issues(folder, **{f"{number}": photograph() for number in range(4)})
    subprocess.run([sys.executable, "-c", _KILLED, "build"], cwd=folder, check=False)
    (kept,) = folder.glob(".newsletter/site/*/images")
    for path in kept.iterdir():
        os.truncate(path, path.stat().st_size // 2)
    encoded.clear()
    run("build", code=0)
    assert encoded.count("JPEG") == 4
    whole = files(SITE)
    run("build", "--output", "clean", code=0)
    assert files(folder / "clean") == whole


def test_a_failed_build_keeps_what_it_encoded(run: Run, folder: Path, encoded: list[str]) -> None:
    """An error in an issue does not discard the images of the others."""
    content = photograph()
    write_issues(folder, a=content)
    (folder / "issues/images/b").write_text("no image")
    issue = folder / "issues/2.yaml"
    issue.write_text(issue.read_text().replace("images/a", "images/b"))
    assert "not a valid image" in run("build", code=1).stderr
    (folder / "issues/images/b").write_bytes(content)
    encoded.clear()
    run("build", code=0)
    assert encoded == ["WEBP"], "only the thumbnail"


@pytest.mark.parametrize(
    ("names", "made"),
    [
        (["1056x594.jpg", "1056x594.webp"], ["720x405.webp"]),
        (["1056x594.jpg", "1056x594.avif"], []),
        (["1056x594.jpg"], []),
    ],
    ids=["without the copy for phones", "with an AVIF copy", "without a copy"],
)
def test_images_of_an_earlier_version_keep_their_urls(names: list[str], made: list[str]) -> None:
    """Assets and copies that an earlier version made stay. Only a missing copy for phones is added."""
    content = photograph()
    key = asset_key(content, COLUMN)
    present = [f"{key}-{name}" for name in names]
    images = archive_images(ArchiveUrls("https://lens.example.org/"), frozenset(present))
    assert images.find_or_make(content, COLUMN) == present[0]
    assert images.names_of(key) == [*present, *(f"{key}-{name}" for name in made)]
    assert sorted(images.new) == sorted([*present[:1], *(f"{key}-{name}" for name in made)] if made else [])


@pytest.mark.parametrize("progressive", [False, True])
def test_a_large_jpeg_is_decoded_at_a_lower_resolution(progressive: bool) -> None:
    """It takes less memory, and its asset has the right size. A progressive JPEG takes more."""
    file = io.BytesIO()
    Image.new("RGB", (6000, 4000), "#336699").save(file, "JPEG", progressive=progressive)
    decoded = decode_image(file.getvalue(), COLUMN)
    assert (decoded.image.size, decoded.fitted.size) == ((1500, 1000), (1056, 704))
    assert (decoding_memory(file.getvalue(), COLUMN) > 100_000_000) == progressive


@pytest.mark.parametrize(("orientation", "size"), [(1, (1056, 352)), (3, (1056, 352)), (6, (1056, 3168))])
def test_a_large_turned_jpeg_has_the_right_size(orientation: int, size: tuple[int, int]) -> None:
    """The orientation of a camera is respected before the size is chosen."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    file = io.BytesIO()
    Image.new("RGB", (6000, 2000), "#336699").save(file, "JPEG", exif=exif)
    with Image.open(io.BytesIO(make_asset(file.getvalue(), COLUMN).content)) as asset:
        assert asset.size == size


def test_a_build_reports_its_progress(folder: Path) -> None:
    """First each image, then each issue."""
    write_issues(folder, a=photograph(), b=photograph())
    steps: list[tuple[BuildStage, int, int]] = []
    build_archive(folder, folder / "build/site", BuildOptions(), lambda *step: steps.append(step))
    assert steps == [(stage, done, 2) for stage in (BuildStage.IMAGES, BuildStage.ISSUES) for done in (1, 2)]


def test_a_picture_that_is_too_tall_for_a_copy() -> None:
    """WebP and AVIF are limited to 16,383 pixels. The page shows the asset."""
    file = io.BytesIO()
    Image.new("RGB", (1000, 17_000), "teal").save(file, "PNG")
    assert [asset.name.rpartition(".")[2] for asset in make_web_images(file.getvalue(), COLUMN)] == ["png"]
