"""Recognises descriptions of images that describe nothing."""

import re

# Medium wrote “Image for post” for every image without a description.
_GENERIC = re.compile(
    r"(?:an? |the )?(?:image|img|picture|photo|figure|fig|graphic|screenshot|illustration|thumbnail)"
    r"(?: (?:for|of|from) (?:the )?(?:post|article|story|entry|paper)| \d+)?(?: here)?[ .]*"
    r"|post image|alt(?: text)?|untitled|图片?|圖片?|图像|圖像|画像|写真|图",
    re.IGNORECASE,
)


def is_generic_alt(text: str) -> bool:
    """Return whether an image's description says only that it is an image, such as `Image for post`."""
    return bool(_GENERIC.fullmatch(" ".join(text.split())))
