"""Reads and decompresses response bodies in chunks, so that memory use is limited."""

import zlib
from collections.abc import AsyncIterable

from newsletter.errors import FetchError

# 32 makes zlib detect whether the header is that of gzip or of zlib.
_WINDOW = 32 + zlib.MAX_WBITS
_GZIP = b"\x1f\x8b"


async def read_body(chunks: AsyncIterable[bytes], encoding: str, most: int) -> bytes:
    """Read and decompress a body.

    Args:
        chunks: the body as it arrives.
        encoding: the value of Content-Encoding; "" if the header is missing.
        most: the maximum size after decompression, in bytes.

    Raises:
        FetchError: the body is too large or damaged, or its encoding is not supported.
    """
    encoding = encoding.strip().lower()
    if encoding not in ("", "identity", "gzip", "x-gzip", "deflate"):
        raise FetchError(f"the response has an unsupported encoding, `{encoding[:20]}`")
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
    return FetchError(f"the response is larger than {most / 1_000_000:g} MB")


def _unpack(unpacker: "zlib._Decompress", packed: bytes, unpacked: bytearray, most: int) -> "zlib._Decompress":
    """Append a decompressed chunk to `unpacked`, up to one byte more than `most`.

    Returns:
        The decompressor for the next chunk.
    """
    try:
        while packed and len(unpacked) <= most:
            unpacked += unpacker.decompress(packed, most + 1 - len(unpacked))
            packed = unpacker.unconsumed_tail
            if unpacker.eof:
                # A gzip file may have several members (RFC 1952 §2.2). Other data after a member is ignored.
                packed = unpacker.unused_data if unpacker.unused_data.startswith(_GZIP) else b""
                unpacker = zlib.decompressobj(_WINDOW) if packed else unpacker
    except zlib.error as error:
        raise FetchError("the response cannot be decompressed") from error
    return unpacker
