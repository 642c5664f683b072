"""Generates photographs: JPEG files with as much detail as those of a camera, all different.

A photograph has shapes with sharp edges, shading, texture at all sizes and the noise of a sensor.
"""

import random
from io import BytesIO

from PIL import Image, ImageChops, ImageDraw, ImageFilter

# The size of each texture's noise as a share of the width, and its strength in levels of brightness.
_TEXTURES = ((1 / 128, 44), (1 / 48, 30), (1 / 16, 20), (1 / 5, 11), (1 / 2.2, 6), (1, 3))
_SHAPES = 140


def make_photograph(number: int, size: tuple[int, int], *, progressive: bool = False) -> bytes:
    """Return the JPEG file of a photograph, with the quality of a camera. The same number gives the same photograph."""
    chance = random.Random(number)
    image = _draw_scene(chance, size)
    light = Image.new("L", size, 128)
    for share, strength in _TEXTURES:
        grain = max(2, round(size[0] * share)), max(2, round(size[1] * share))
        noise = _make_noise(chance, grain, strength).resize(size, Image.Resampling.BICUBIC)
        light = ImageChops.add(light, noise, 1, -128)
    lit = ImageChops.add(image, Image.merge("RGB", (light, light, light)), 1, -128)
    file = BytesIO()
    lit.filter(ImageFilter.UnsharpMask(1, 60, 2)).save(file, "JPEG", quality=88, progressive=progressive)
    return file.getvalue()


def _draw_scene(chance: random.Random, size: tuple[int, int]) -> Image.Image:
    """Draw a background that changes from one corner to the other, and shapes of all sizes."""
    corners = Image.new("RGB", (2, 2))
    corners.putdata([_colour(chance) for _ in range(4)])
    image = corners.resize(size, Image.Resampling.BICUBIC)
    draw = ImageDraw.Draw(image)
    for _ in range(_SHAPES):
        centre = chance.uniform(0, size[0]), chance.uniform(0, size[1])
        reach = size[0] * 0.4 * chance.random() ** 3 + 6
        points = [
            (centre[0] + chance.uniform(-reach, reach), centre[1] + chance.uniform(-reach, reach))
            for _ in range(chance.randint(3, 7))
        ]
        if chance.random() < 0.4:
            xs, ys = sorted((points[0][0], points[1][0])), sorted((points[0][1], points[1][1]))
            draw.ellipse((xs[0], ys[0], xs[1], ys[1]), fill=_colour(chance))
        else:
            draw.polygon(points, fill=_colour(chance))
    return image.filter(ImageFilter.GaussianBlur(size[0] / 1600))


def _make_noise(chance: random.Random, size: tuple[int, int], strength: int) -> Image.Image:
    """Return grey noise around 128 with an approximately normal distribution."""
    count = size[0] * size[1]
    layers = [Image.frombytes("L", size, chance.randbytes(count)) for _ in range(2)]
    mean = Image.blend(layers[0], layers[1], 0.5)
    # The mean of two layers has a standard deviation of about 52 levels.
    return mean.point([round(128 + (value - 128) * strength / 52) for value in range(256)])


def _colour(chance: random.Random) -> tuple[int, int, int]:
    light = chance.randint(20, 220)
    red, green, blue = (max(0, min(255, light + chance.randint(-45, 45))) for _ in range(3))
    return red, green, blue
