"""Response bodies, read and decompressed piece by piece, so that memory use is bounded."""

import zlib
from collections.abc import AsyncIterable

from newsletter.errors import FetchError

# Either of gzip's and zlib's heads is found by itself.
_WINDOW = 32 + zlib.MAX_WBITS
_GZIP = b"\x1f\x8b"


async def read_body(chunks: AsyncIterable[bytes], encoding: str, most: int) -> bytes:
    """Return the bytes of a body, decompressed.

    Raises:
        FetchError: it has more than `most` bytes, is packed in a way that was not asked for, or is damaged.
    """
    encoding = encoding.strip().lower()
    if encoding not in ("", "identity", "gzip", "x-gzip", "deflate"):
        raise FetchError(f"it is packed as `{encoding[:20]}`, which was not asked for")
    unpacked = bytearray()
    unpacker = zlib.decompressobj(_WINDOW) if encoding not in ("", "identity") else None
    async for chunk in chunks:
        if unpacker is None:
            unpacked += chunk
        else:
            unpacker = _unpack(unpacker, chunk, unpacked, most)
        if len(unpacked) > most:
            raise too_large(most)
    return bytes(unpacked)


def too_large(most: int) -> FetchError:
    """Return the error for a body that is larger than `most` bytes."""
    return FetchError(f"it has more than {most / 1_000_000:g} MB")


def _unpack(unpacker: "zlib._Decompress", packed: bytes, unpacked: bytearray, most: int) -> "zlib._Decompress":
    """Decompress a piece, at most one byte past `most`, and return the decompressor for the next piece."""
    try:
        while packed and len(unpacked) <= most:
            unpacked += unpacker.decompress(packed, most + 1 - len(unpacked))
            packed = unpacker.unconsumed_tail
            if unpacker.eof:
                # A gzip file may have several members; whatever else follows is not read (RFC 1952 §2.2).
                packed = unpacker.unused_data if unpacker.unused_data.startswith(_GZIP) else b""
                unpacker = zlib.decompressobj(_WINDOW) if packed else unpacker
    except zlib.error as error:
        raise FetchError("it is packed, and cannot be unpacked") from error
    return unpacker
