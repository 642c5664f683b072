"""Images of issues: how each kind of file is converted, and which files are rejected."""

import io
import os
import re
import zlib
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from PIL import Image

from newsletter.errors import ImageError
from newsletter.render.format import Format
from newsletter.render.renderer import Renderer
from newsletter.text.images import asset_size, make_asset
from newsletter.workspace.workspace import Workspace
from tests.conftest import Run
from tests.publications import ISSUE, write_publication


def image(
    kind: str, size: tuple[int, int] = (800, 400), mode: str = "RGB", *, noise: bool = True, **options: object
) -> bytes:
    """Make an image file of a format. Noise makes it as large as a photograph."""
    made = Image.effect_noise(size, 60).convert(mode) if noise else Image.new(mode, size)
    file = io.BytesIO()
    made.save(file, kind, **options)
    return file.getvalue()


def frames(kind: str) -> bytes:
    """Make an animation of two frames."""
    first, second = Image.new("RGB", (40, 20), "red"), Image.new("RGB", (40, 20), "blue")
    file = io.BytesIO()
    first.save(file, kind, save_all=True, append_images=[second], duration=100)
    return file.getvalue()


def huge(width: int, height: int) -> bytes:
    """Make a PNG whose header has a size, but which contains no pixels."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return len(content).to_bytes(4, "big") + name + content + zlib.crc32(name + content).to_bytes(4, "big")

    header = width.to_bytes(4, "big") + height.to_bytes(4, "big") + b"\x08\x02\x00\x00\x00"
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def opened(content: bytes) -> Image.Image:
    """Open an image file."""
    return Image.open(io.BytesIO(content))


@pytest.mark.parametrize(
    ("make", "suffix", "size"),
    [
        (partial(image, "PNG", (3000, 1500)), "png", (1056, 528)),
        (partial(image, "JPEG", (3000, 1500), quality=95), "jpg", (1056, 528)),
        (partial(image, "JPEG", (800, 400), quality=98), "jpg", (800, 400)),
        (partial(image, "PNG", (300, 200)), "png", (300, 200)),
        (partial(image, "PNG", (200, 2000)), "png", (200, 2000)),
        (partial(image, "PNG", (1, 1)), "png", (1, 1)),
        (partial(image, "PNG", (800, 400), "RGBA"), "png", (800, 400)),
        (partial(image, "PNG", (2000, 400), "P"), "png", (1056, 211)),
        (partial(image, "PNG", (2000, 400), "1", noise=False), "png", (1056, 211)),
        (partial(image, "PNG", (800, 400), "I;16", noise=False), "png", (800, 400)),
        (partial(image, "JPEG", (800, 400), "CMYK"), "jpg", (800, 400)),
        (partial(image, "WEBP", (800, 400)), "jpg", (800, 400)),
        (partial(image, "WEBP", (800, 400), "RGBA", noise=False, lossless=True), "png", (800, 400)),
        (partial(image, "TIFF", (800, 400)), "jpg", (800, 400)),
        (partial(image, "BMP", (800, 400)), "jpg", (800, 400)),
        (partial(image, "GIF", (800, 400), "P"), "png", (800, 400)),
        (partial(image, "GIF", (2400, 1200), "P"), "png", (1056, 528)),
        (partial(frames, "GIF"), "gif", (40, 20)),
        (partial(frames, "WEBP"), "jpg", (40, 20)),
    ],
    ids=lambda value: str(value) if isinstance(value, tuple | str) else "",
)
def test_an_image_is_converted_for_every_inbox(make: Callable[[], bytes], suffix: str, size: tuple[int, int]) -> None:
    """An asset is at most twice as wide as the column, is never enlarged, and has a format that every client shows."""
    content = make()
    asset = make_asset(content, 528)
    result = opened(asset.content)
    assert asset.name.endswith(f"-{size[0]}x{size[1]}.{suffix}")
    assert result.size == size == asset_size(asset.name)
    assert result.mode in ("L", "LA", "P", "RGB", "RGBA")
    if opened(content).format == result.format and opened(content).size == result.size:
        assert len(asset.content) <= len(content) or opened(content).mode == "CMYK"


def test_a_small_file_is_unchanged() -> None:
    """A file is kept byte for byte if converting it would not make it smaller. Otherwise it is converted."""
    small = image("JPEG", (400, 200), quality=40, optimize=True, progressive=True)
    assert make_asset(small, 528).content == small
    large = image("PNG", (400, 200), noise=False, compress_level=0)
    assert len(make_asset(large, 528).content) < len(large) / 10


def test_a_16_bit_greyscale_keeps_its_shades() -> None:
    """A greyscale of 16 bits per pixel is scaled to 8 bits, not clipped to white."""
    ramp = Image.new("I;16", (5, 1))
    for column, value in enumerate((0, 16_000, 32_000, 48_000, 65_535)):
        ramp.putpixel((column, 0), value)
    file = io.BytesIO()
    ramp.save(file, "PNG")
    made = opened(make_asset(file.getvalue(), 528).content)
    assert [made.getpixel((column, 0)) for column in range(5)] == [0, 62, 124, 186, 255]


def test_metadata_is_removed() -> None:
    """A photograph with metadata is converted without it, even if it does not become smaller."""
    exif = Image.Exif()
    exif[0x010E] = "where it was taken"
    content = image("JPEG", (400, 200), quality=30, exif=exif.tobytes())
    assert b"where it was taken" in content
    assert b"where it was taken" not in make_asset(content, 528).content


def test_a_file_of_gigabytes_is_not_read(run: Run, folder: Path) -> None:
    """A file that is too large is rejected by its size, before it is read."""
    write_publication(folder, _1=ISSUE.replace("comment: |", "image: huge.png\n      comment: |"))
    with (folder / "issues/huge.png").open("wb") as file:
        file.truncate(5_000_000_000)
    assert "5,000,000,000 bytes" in run("check", code=1).stdout


@pytest.mark.parametrize("address", ["/etc/passwd.png", "../newsletter.yaml", "a/../../b.png", "https:foo", "~/a.png"])
def test_an_image_in_a_text_follows_the_same_rules_as_the_image_of_an_entry(
    address: str, run: Run, folder: Path
) -> None:
    """Both reject a path outside the folder and an invalid URL."""
    write_publication(folder, _1=ISSUE + f"\n        ![x]({address})\n")
    in_text = run("check", code=1).stdout
    write_publication(folder, _1=ISSUE.replace("comment: |", f"image: {address}\n      comment: |"))
    as_field = run("check", code=1).stdout
    advice = in_text.splitlines()[3]
    assert advice.startswith("       = ")
    assert advice in as_field


@pytest.mark.parametrize("written", ["<my figure.png>", "my%20figure.png"])
def test_a_file_name_with_a_space_is_found(written: str, folder: Path) -> None:
    """A file name with a space can be written in angle brackets or percent-encoded."""
    write_publication(folder, _1=ISSUE + f"\n        ![x]({written})\n")
    (folder / "issues/my figure.png").write_bytes(image("PNG", (40, 20), noise=False))
    workspace = Workspace(folder)
    assert "-40x20.png" in Renderer(workspace).render(workspace.issue("1"), (Format.MEDIUM,)).texts[Format.MEDIUM]


def test_an_animation_keeps_its_frames() -> None:
    """An animated GIF is unchanged. An animation in another format becomes a still image, as inboxes show it."""
    assert make_asset(frames("GIF"), 528).content == frames("GIF")
    assert not getattr(opened(make_asset(frames("WEBP"), 528).content), "is_animated", False)


def test_a_photograph_is_rotated_by_its_orientation() -> None:
    """The orientation in the metadata is applied to the pixels, and the metadata is removed."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010E] = "where it was taken"
    asset = make_asset(image("JPEG", (400, 200), exif=exif.tobytes()), 528)
    assert asset_size(asset.name) == (200, 400)
    assert b"where it was taken" not in asset.content


def test_the_same_image_has_the_same_name() -> None:
    """The name of an asset depends only on the image and on the width that it is made for."""
    content = image("PNG", (600, 300), noise=False)
    assert make_asset(content, 528).name == make_asset(content, 528).name
    assert make_asset(content, 528).name != make_asset(content, 120).name


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("missing.png", None, "the image file issues/images/missing.png does not exist"),
        ("folder.png", b"folder", "the image file issues/images/folder.png does not exist"),
        ("text.png", b"not an image", "not a valid image"),
        ("empty.png", b"", "not a valid image"),
        ("cut.png", image("PNG")[:2000], "the image is broken"),
        ("cut.jpg", image("JPEG")[:2000], "the image is broken"),
        ("drawing.svg", b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', "SVG"),
        ("wide.png", huge(10_000, 10_000), "too many pixels"),
        ("bomb.png", huge(100_000, 100_000), "too many pixels"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
@pytest.mark.parametrize("field", ["image", "comment"])
def test_an_unusable_image_is_an_error_at_its_line(
    field: str, name: str, content: bytes | None, message: str, run: Run, folder: Path
) -> None:
    """A missing, broken, too large or vector image stops rendering, and nothing is written."""
    if field == "image":
        text = ISSUE.replace("      comment:", f"      image: images/{name}\n      comment:")
    else:
        text = ISSUE + f"\n        ![A lens](images/{name})\n"
    write_publication(folder, _1=text)
    path = folder / "issues" / "images" / name
    path.parent.mkdir()
    if content == b"folder":
        path.mkdir()
    elif content is not None:
        path.write_bytes(content)
    for command in (["render", "all"], ["check"]):
        result = run(*command, code=1)
        output = result.stderr + result.stdout
        assert message in output
        assert f"issues/1.yaml:{14 if field == 'image' else 17}:" in output
        assert "Save" in output or "spelling" in output or "Export" in output
    assert not (folder / "build").exists()


def test_an_asset_is_written_once(run: Run, folder: Path) -> None:
    """Two issues with the same image share one asset, and a second run does not write it again."""
    text = ISSUE.replace("      comment:", "      image: images/lens.png\n      comment:")
    write_publication(folder, one=text, two=text)
    (folder / "issues/images").mkdir()
    (folder / "issues/images/lens.png").write_bytes(image("PNG", (1200, 600)))
    run("render", "all", "one", "two", code=0)
    (asset,) = (folder / "build/assets").iterdir()
    email = (folder / "build/one/email.html").read_text()
    assert f'src="https://lens.example.org/assets/{asset.name}"' in email
    assert 'width="528" height="264"' in email
    written = asset.stat().st_mtime_ns
    run("render", "all", "one", code=0)
    assert asset.stat().st_mtime_ns == written


def test_assets_of_a_failed_issue_are_not_written(run: Run, folder: Path) -> None:
    """An issue that fails writes nothing, not even together with the next issue, which succeeds."""
    with_image = ISSUE.replace("comment: |", "image: a.png\n      comment: |")
    write_publication(
        folder, bad=with_image + "    - {title: B, url: https://b.example, comment: C, image: gone.png}\n", good=ISSUE
    )
    (folder / "issues/a.png").write_bytes(image("PNG", (40, 20), noise=False))
    run("render", "text", "bad", "good", code=1)
    assert [path.name for path in (folder / "build").iterdir()] == ["good"]


@pytest.mark.parametrize(
    ("size", "shown"),
    [((300, 225), (300, 225)), ((600, 900), (320, 480)), ((1500, 300), (528, 106)), ((528, 528), (528, 528))],
)
def test_an_image_is_never_enlarged(size: tuple[int, int], shown: tuple[int, int], folder: Path) -> None:
    """A small image keeps its size, and the height of a portrait image is limited."""
    text = ISSUE.replace("      comment:", "      image: lens.png\n      image_alt: A lens\n      comment:")
    write_publication(folder, _1=text)
    (folder / "issues/lens.png").write_bytes(image("PNG", size, noise=False))
    workspace = Workspace(folder)
    email = Renderer(workspace).render(workspace.issue("1"), (Format.EMAIL,)).texts[Format.EMAIL]
    assert f'alt="A lens" width="{shown[0]}" height="{shown[1]}"' in email
    assert ("max-width:" in email.partition('alt="A lens"')[2].partition(">")[0]) == (shown[0] < 528)
    # Outlook for Windows centres an image only so.
    assert bool(re.search(r'<div align="center"[^>]*><a [^>]*><img', email)) == (shown[0] < 528)


def test_a_remote_image_is_not_fetched(folder: Path) -> None:
    """The outputs contain the URL of a remote image unchanged, and nothing is fetched."""
    write_publication(
        folder, _1=ISSUE.replace("      comment:", "      image: https://cdn.example.com/a.png?x=1\n      comment:")
    )
    workspace = Workspace(folder)
    email = Renderer(workspace).render(workspace.issue("1"), (Format.EMAIL,)).texts[Format.EMAIL]
    assert 'src="https://cdn.example.com/a.png?x=1" alt="Figure for “How lenses are ground”" width="528"' in email


def test_a_small_image_in_a_text_keeps_its_size(folder: Path) -> None:
    """An icon in a comment is not enlarged to the width of the column."""
    write_publication(folder, _1=ISSUE + "\n        ![x](lens.png)\n")
    (folder / "issues/lens.png").write_bytes(image("PNG", (40, 40), noise=False))
    workspace = Workspace(folder)
    email = Renderer(workspace).render(workspace.issue("1"), (Format.EMAIL,)).texts[Format.EMAIL]
    assert "max-width:40px" in email.partition('alt="x"')[2].partition(">")[0]


def test_a_truncated_animation_is_broken() -> None:
    """Every frame of an animation is checked, not only the first."""
    made = [Image.effect_noise((200, 200), 90 + n).convert("P") for n in range(6)]
    file = io.BytesIO()
    made[0].save(file, "GIF", save_all=True, append_images=made[1:])
    assert make_asset(file.getvalue(), 528).content == file.getvalue()
    with pytest.raises(ImageError, match="broken"):
        make_asset(file.getvalue()[: len(file.getvalue()) // 2], 528)


def test_alternative_text_without_an_image_is_reported(run: Run, folder: Path) -> None:
    """`check` reports an alternative text or a credit without an image, because no output shows it."""
    write_publication(
        folder, _1=ISSUE.replace("comment: |", "image_alt: A lens\n      image_credit: me\n      comment: |")
    )
    output = run("check", code=0).stdout
    assert "`image_alt` and `image_credit` without an image are not shown" in output


@pytest.mark.parametrize("linked", ["photo.png", "images"])
def test_a_link_that_leads_out_of_the_publication_is_refused(run: Run, folder: Path, linked: str) -> None:
    """An issue with such an image could publish any image of the author. Links inside the publication are followed."""
    publication, outside = folder / "publication", folder / "outside"
    address = "photo.png" if linked == "photo.png" else "images/photo.png"
    write_publication(publication, _1=ISSUE.replace("comment: |", f"image: {address}\n      comment: |"))
    for place in (outside, publication / "photos"):
        place.mkdir()
        (place / "photo.png").write_bytes(image("PNG"))
    link = publication / "issues" / linked
    for place, code in ((outside, 1), (publication / "photos", 0)):
        link.unlink(missing_ok=True)
        link.symlink_to(place / linked if linked == "photo.png" else place)
        os.chdir(publication)
        result = run("render", "email", "1", code=code)
        assert ("is a symbolic link that leads out of the publication" in result.stderr) is bool(code)


def test_an_asset_that_leads_out_of_the_publication_is_refused(run: Run, folder: Path) -> None:
    publication, outside = folder / "publication", folder / "outside"
    write_publication(publication, _1=ISSUE.replace("comment: |", "image: photo.png\n      comment: |"))
    (publication / "issues" / "photo.png").write_bytes(image("PNG"))
    outside.mkdir()
    (publication / "build").mkdir()
    (publication / "build/assets").symlink_to(outside)
    os.chdir(publication)
    result = run("render", "email", "1", code=1)
    assert "cannot be written: a symbolic link leads out of" in result.stderr
    assert not list(outside.iterdir())
