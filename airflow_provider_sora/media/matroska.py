"""Check a WebM or Matroska file without a decoder: the sizes of its elements must add up to its length."""

from __future__ import annotations

from typing import BinaryIO

from airflow_provider_sora.exceptions import ContentError

_EBML = 0x1A45DFA3
_SEGMENT = 0x18538067
_CLUSTER = 0x1F43B675


def check_elements(file: BinaryIO, length: int) -> bool:
    """Walk the elements of a file from its beginning.

    :param length: of the file, in bytes.
    :returns: False when bytes follow that belong to no element.
    :raises ContentError: the file is cut, or no such file.
    """
    at, whole = 0, -1
    media = False
    while at < length:
        file.seek(at)
        found = _header(file.read(12))
        element, head, size = found or (0, 0, 0)
        if at and media and (found is None or (at == whole and element not in (_EBML, _SEGMENT))):
            return False
        if found is None:
            raise ContentError(f"The video is cut or damaged: no element begins at byte {at}.")
        at += head
        if size is None and element not in (_SEGMENT, _CLUSTER):
            raise ContentError("The file is damaged: an element that is neither a segment nor a cluster has no size.")
        # Of live encoders' segments and clusters, which state no size, the content is walked itself.
        at += size or 0
        if at > length:
            raise ContentError(f"The video is cut: after {length} bytes {at - length} are missing.")
        if element in (_SEGMENT, _CLUSTER):
            media = media or bool(size) or element == _CLUSTER
            whole = at if element == _SEGMENT and size is not None else -1
    if not media:
        raise ContentError("The file holds no media data.")
    return True


def _header(data: bytes) -> tuple[int, int, int | None] | None:
    """Id, length of the header, and size of the content (None: unknown); None where no header begins."""
    if not data or not data[0]:
        return None
    id_length = 9 - data[0].bit_length()
    if id_length > 4 or len(data) <= id_length or not data[id_length]:
        return None
    size_length = 9 - data[id_length].bit_length()
    raw = data[id_length : id_length + size_length]
    if len(raw) < size_length:
        return None
    size = int.from_bytes(raw, "big") & ((1 << 7 * size_length) - 1)
    unknown = size == (1 << 7 * size_length) - 1
    return int.from_bytes(data[:id_length], "big"), id_length + size_length, None if unknown else size
