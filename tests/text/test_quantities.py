"""Numbers of two texts on one story are compared."""

import pytest

from newsletter.text.quantities import contradicted_quantity


@pytest.mark.parametrize(
    ("text", "source", "numbers"),
    [
        ("Simulates 10^6 atoms.", "It simulates 10^5 atoms.", ("10^6", "10^5")),
        ("Simulates 10⁶ atoms.", "It simulates up to 10⁵ atoms.", ("10⁶", "10⁵")),
        ("It is 10^6 times faster.", "A speed-up of 10^5.", ("10^6", "10^5")),
        ("A speed-up of 10⁶ with lenses", "Lenses are 10⁵ times faster.", ("10⁶", "10⁵")),
        ("It has 3×10^6 lenses.", "It has 3×10^7 lenses.", ("3×10^6", "3×10^7")),
        ("A model of 175 million parameters", "GPT has 175 billion parameters.", ("175 million", "175 billion")),
        ("A model with 175M parameters", "GPT has 175B parameters.", ("175M", "175B")),
        ("A billion images without labels", "It learns from a million images.", ("A billion", "a million")),
        ("A dataset in 180 languages", "11 million images, 108 languages", ("180", "108")),
        ("A dataset in 109 languages", "It has 108 languages.", ("109", "108")),
        ("An accuracy of 59% accuracy", "It has 95% accuracy.", ("59%", "95%")),
        ("37.6 million examples", "It has 36.7 million examples.", ("37.6 million", "36.7 million")),
        ("拥有 3670 万个实体", "包含 3760 万个实体和 1150 万个图像", ("3670 万", "3760 万")),
        ("1億枚の画像", "10億枚の画像を使う", ("1億", "10億")),
        ("10 万个特征", "超过 1 万个特征", ("10 万", "1 万")),
    ],
)
def test_a_contradiction_is_found(text: str, source: str, numbers: tuple[str, str]) -> None:
    """Another power of ten, another scale, or another count of the same thing."""
    found = contradicted_quantity(text, source)
    assert found is not None
    assert tuple(quantity.words for quantity in found) == numbers


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("Simulates 10^6 atoms.", "It simulates 10^6 atoms in 10^5 steps."),
        ("Simulates a million atoms.", "It simulates 10^6 atoms."),
        ("Simulates 1,000,000 atoms.", "It simulates 10⁶ atoms."),
        ("Simulates 1M atoms.", "It simulates 1 million atoms."),
        ("100 万个图像", "It has 1 million images."),
        ("More than 37 million examples", "It has 37.6 million examples."),
        ("38 million examples", "It has 37.6 million examples."),
        ("About 110 languages", "It has 108 languages."),
        ("Over a billion images", "It learns from 1.3 billion images."),
        ("Nearly 200 lenses", "It has 187 lenses."),
        ("A billion images", "It learns from a billion images in 20 days."),
        ("11.5 million images", "37.6 million image–text examples, 11.5 million distinct images"),
        ("12 million images", "37.6 million image–text examples, 11.5 million distinct images"),
        ("Two papers make GANs cheaper", "One paper trains 1.5 times as fast."),
        ("3 models are compared", "It compares 5 models."),
        ("It has 20 lenses", "It has 30 mirrors."),
        ("YOLOX, of 2021", "It exceeds the lenses of 2020."),
        ("GPT-3 has a rival", "GPT-2 had one."),
        ("PyTorch 1.8 is out", "After 1.7, PyTorch adds lenses."),
        ("CIFAR-10 suffices", "CIFAR-100 is harder."),
        ("50% of the data", "The accuracy is 90%."),
        ("It takes 14.38 of FID", "It reaches an FID of 14.38 with 10% of CIFAR-10."),
        ("It is 20 times faster", "It is 30 times smaller."),
        ("20 years of lenses", "In 30 seconds, a lens is ground."),
        ("A 16x16 patch", "An image is worth 32x32 words."),
        ("It costs $20", "It costs 30 hours."),
        ("On 10-20 lenses", "On 30 lenses"),
        ("A 100-page book on lenses", "It has 20 chapters and 300 figures."),
        ("At 12:30", "At 11:30"),
        ("See 2103.00430", "See 2103.00397"),
        ("50 million images, and 20 million texts", "70 million images and texts, 50 million of them images"),
        ("10 languages", "20 languages from Asia and 30 languages from Europe"),
        ("GPT-3 with 175 billion parameters is not needed", "It has 1.3 billion parameters."),
        ("It learns from 400 million images", "It is tested on 50,000 images."),
        (f"{10**400} lenses", f"{10**401} lenses"),
        ("999999999999999 lenses", "9 lenses"),
        ("It takes 10^-99 seconds", "It takes 0 seconds"),
        ("0% of lenses", "10% of lenses"),
        ("The ResNet 50 models", "The ResNet 101 models"),
        ("On Windows 11 machines", "It needs Windows 10 machines."),
        ("A lens", "A mirror"),
    ],
)
def test_other_counts_and_rounded_numbers_are_right(text: str, source: str) -> None:
    """A highlight may round a number, and count something else."""
    assert contradicted_quantity(text, source) is None
