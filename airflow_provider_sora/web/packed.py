"""What comes packed with gzip, unpacked no further than it may weigh."""

from __future__ import annotations

import zlib


def unpack(data: bytes, max_bytes: int) -> bytes:
    """The contents of gzip data, at most one byte more than ``max_bytes``; what is cut off in the middle as far as it
    goes; bytes that are no gzip as they are."""
    if not data.startswith(b"\x1f\x8b"):
        return data
    unpacked, rest = bytearray(), data
    while rest.startswith(b"\x1f\x8b") and len(unpacked) <= max_bytes:  # a file may have several members
        member = zlib.decompressobj(wbits=31)
        try:
            unpacked += member.decompress(rest, max_bytes + 1 - len(unpacked))
        except zlib.error:
            break
        rest = member.unused_data
    return bytes(unpacked)
