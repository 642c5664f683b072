"""Images of the archive compared with Hugo: 120 photographs in 10 issues, 56 of them distinct.

Hugo makes a JPEG and a WebP of 1056 pixels. newsletter makes these, a WebP for phones, and a thumbnail for each issue.
"""

import shutil
import statistics
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.archive_sample import PUBLICATION
from benchmarks.clock import NEWSLETTER, PYTHON, ROOT, Run, best_of, run_command, time_command
from benchmarks.figures import Figure
from benchmarks.generators import NO_HUGO, find_hugo
from benchmarks.photographs import make_photograph
from benchmarks.similarity import similarity
from newsletter.text.images import COLUMN, decode_image
from newsletter.text.web_images import make_web_images

ISSUES, ENTRIES, DISTINCT = 10, 12, 56
FILES = ISSUES * ENTRIES
ROUNDS = 2
_HUGO = 'baseURL = "https://news.example.org/"\ndisableKinds = ["taxonomy", "term", "RSS", "sitemap"]\n'
_PAGE = """<html><body>{{ range .Resources.ByType "image" }}{{ $jpeg := .Resize "1056x jpg q85" }}
{{ $webp := .Resize "1056x webp q80" }}<picture><source srcset="{{ $webp.RelPermalink }}" type="image/webp">
<img src="{{ $jpeg.RelPermalink }}"></picture>{{ end }}</body></html>"""
# How many of the photographs are compared with their source.
COMPARED = 12
# What the version before made of the same files: a WebP and an AVIF, of which the smaller was kept, took 1.2 times as
# long as Hugo. The bytes of an image with this copy, and how much the copy differs from the source (1 - SSIM).
BEFORE = {"photographs": (261_508, 0.0602), "drawings": (70_979, 0.0025)}
_LARGE = """
import sys
from pathlib import Path
from newsletter.archive.encode_images import ImageEncoder
from newsletter.archive.page_view import ArchiveUrls
from newsletter.archive.pictures import archive_images
images = archive_images(ArchiveUrls("https://news.example.org/"), frozenset())
encoder = ImageEncoder(Path(sys.argv[1]) / "kept", images, 4)
found = encoder.encode(sorted(Path(sys.argv[1]).glob("*.jpg")), lambda done, total: None)
assert len(found) == 8 and all(found.values())
# The kernel hands the maximum of `getrusage` down from the parent, which is larger.
print(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0])
"""


def measure() -> Iterator[Figure]:
    """Yield the time per image of both programs, the bytes and the quality, and the memory for large photographs."""
    with TemporaryDirectory() as name:
        root = Path(name)
        photographs = [make_photograph(number, (1600, 900)) for number in range(DISTINCT)]
        _write_sites(root, photographs)
        yield from _measure_builds(root)
        yield from _compare_with_source("photographs", photographs[:COMPARED])
    drawings = [path.read_bytes() for path in sorted((ROOT / "issues/images").rglob("*.png"))]
    yield from _compare_with_source("drawings", drawings)
    for title, progressive in (("", False), (", progressive", True)):
        with TemporaryDirectory() as name:
            content = make_photograph(0, (6000, 4000), progressive=progressive)
            for number in range(8):
                # Bytes after the end make it another file.
                (Path(name) / f"{number}.jpg").write_bytes(content + bytes([number]))
            memory = int(run_command([PYTHON, "-c", _LARGE, name])) / 1000
        yield Figure(f"peak memory, 24-megapixel photographs{title}, four threads", memory, "MB", 400)


def _write_sites(root: Path, photographs: list[bytes]) -> None:
    for path, text in (
        ("hugo/config.toml", _HUGO),
        ("hugo/layouts/_default/single.html", _PAGE),
        ("hugo/layouts/_default/list.html", "<html></html>"),
        ("newsletter/newsletter.yaml", PUBLICATION),
    ):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    (root / "newsletter/issues/images").mkdir(parents=True)
    for issue in range(ISSUES):
        bundle = root / f"hugo/content/{issue:02}"
        bundle.mkdir(parents=True)
        (bundle / "index.md").write_text(f'---\ntitle: "{issue}"\n---\n')
        lines = [f"title: Issue {issue}", f"date: 2020-01-{issue + 1:02}", f"number: {issue + 1}", "status: published"]
        lines += ["sections:", "  papers:"]
        for entry in range(ENTRIES):
            name, content = f"{issue:02}-{entry:02}.jpg", photographs[(issue * ENTRIES + entry) % DISTINCT]
            (bundle / name).write_bytes(content)
            (root / "newsletter/issues/images" / name).write_bytes(content)
            lines += [f"    - title: Entry {entry}", f"      url: https://example.org/{issue}/{entry}"]
            lines += [f"      image: images/{name}", "      comment: Words."]
        (root / f"newsletter/issues/{issue:02}.yaml").write_text("\n".join(lines) + "\n")


def _measure_builds(root: Path) -> Iterator[Figure]:
    commands = {"newsletter": [NEWSLETTER, "-C", str(root / "newsletter"), "build"]}
    if hugo := find_hugo():
        commands["hugo"] = [hugo, "--source", str(root / "hugo"), "--quiet"]
    runs: dict[str, list[Run]] = {name: [] for name in commands}
    for number in range(ROUNDS):
        for name in list(commands)[:: 1 if number % 2 else -1]:
            for folder in ("build", ".newsletter", "public", "resources"):
                shutil.rmtree(root / name / folder, ignore_errors=True)
            runs[name].append(time_command(commands[name]))
    best = {name: best_of(found) for name, found in runs.items()}
    for name, run in best.items():
        note = f"{run.processor / FILES * 1000:.0f} ms CPU time"
        yield Figure(f"cold build, per image: {name}", run.clock / FILES * 1000, "ms", note=note)
    if "hugo" not in best:
        yield Figure("newsletter / hugo, wall-clock time", note=NO_HUGO)
        return
    ours, hugo_run = best["newsletter"], best["hugo"]
    yield Figure("newsletter / hugo, wall-clock time", ours.clock / hugo_run.clock, "x", 0.25)
    yield Figure("newsletter / hugo, CPU time", ours.processor / hugo_run.processor, "x", 0.25)


def _compare_with_source(title: str, images: list[bytes]) -> Iterator[Figure]:
    """Yield the bytes of images with their largest copies, and how much these differ from the source."""
    size, differences = 0, []
    for content in images:
        asset, *copies = make_web_images(content, COLUMN)
        shown = copies[0].content if copies else asset.content
        size += len(asset.content) + (len(shown) if copies else 0)
        differences.append(1 - similarity(decode_image(content, COLUMN).fitted, shown))
    before, different = BEFORE[title]
    name = f"{title}, without the copies for phones"
    yield Figure(name, size / len(images), "bytes", before * 1.1, f"each; before: {before:,} bytes")
    name = f"{title}, difference of the copy from its source, 1 - SSIM"
    yield Figure(name, statistics.mean(differences), "SSIM", different, f"before: {different}")
