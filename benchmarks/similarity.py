"""The structural similarity (SSIM) of two images, after Wang et al. 2004, in windows of 8 by 8 pixels."""

import io
from typing import Any

from PIL import Image, ImageMath

# The constants of the paper, for values from 0 to 255.
_C1, _C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
_WINDOW = 8


def similarity(source: Image.Image, content: bytes) -> float:
    """Return the mean SSIM of an image file and its source, over the three colours. 1 means that they are equal.

    A file of another size is compared at the size of the source.
    """
    white = Image.new("RGBA", source.size, "white")
    first = Image.alpha_composite(white, source.convert("RGBA")).convert("RGB")
    with Image.open(io.BytesIO(content)) as opened:
        shown = opened.convert("RGBA")
    if shown.size != source.size:
        shown = shown.resize(source.size, Image.Resampling.LANCZOS)
    second = Image.alpha_composite(white, shown).convert("RGB")
    values = [_channel(*pair) for pair in zip(first.split(), second.split(), strict=True)]
    return sum(values) / len(values)


def _channel(first: Image.Image, second: Image.Image) -> float:
    x, y = first.convert("F"), second.convert("F")
    mean_x, mean_y = _mean(x), _mean(y)
    squares = [_mean(ImageMath.lambda_eval(_product, a=a, b=b)) for a, b in ((x, x), (y, y), (x, y))]
    found = ImageMath.lambda_eval(_formula, mx=mean_x, my=mean_y, xx=squares[0], yy=squares[1], xy=squares[2])
    # The mean of all windows.
    return float(found.resize((1, 1), Image.Resampling.BOX).getpixel((0, 0)))


def _mean(image: Image.Image) -> Image.Image:
    return image.reduce(_WINDOW)


def _product(values: dict[str, Any]) -> Any:
    return values["a"] * values["b"]


def _formula(values: dict[str, Any]) -> Any:
    mx, my = values["mx"], values["my"]
    variances = values["xx"] - mx * mx + values["yy"] - my * my
    covariance = values["xy"] - mx * my
    return (mx * my * 2 + _C1) * (covariance * 2 + _C2) / ((mx * mx + my * my + _C1) * (variances + _C2))
