"""A multipart body that is sent from the pieces it is made of: a file of the user's own is never copied to be sent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

#: Bytes handed to the transport at a time; it copies what the socket does not take at once.
_BLOCK = 1 << 16


@dataclass(frozen=True, slots=True)
class FilePart:
    """One file of a multipart body."""

    name: str
    file_name: str
    content_type: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class MultipartBody:
    """The bytes of a body: ``len()`` for its Content-Length, iterated once for each request that carries it."""

    boundary: str
    _pieces: tuple[bytes, ...] = field(repr=False)

    def __len__(self) -> int:
        return sum(map(len, self._pieces))

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._pieces:
            view = memoryview(piece)
            for at in range(0, len(view), _BLOCK):
                yield bytes(view[at : at + _BLOCK])

    @property
    def content_type(self) -> str:
        return f"multipart/form-data; boundary={self.boundary}"


def multipart_body(form: Sequence[tuple[str, str]], files: Sequence[FilePart]) -> MultipartBody:
    """A multipart/form-data body. The boundary comes from the content, so equal requests are equal bytes."""
    parts: list[tuple[str, bytes]] = [(f'name="{_token(name)}"', text.encode()) for name, text in form]
    for part in files:
        head = f'name="{_token(part.name)}"; filename="{_token(part.file_name)}"\r\nContent-Type: {part.content_type}'
        parts.append((head, part.data))
    boundary = "sora-part"
    while any(boundary.encode() in data for _, data in parts):
        boundary += "-x"
    pieces: list[bytes] = []
    for number, (head, data) in enumerate(parts):
        before = "\r\n" if number else ""
        pieces += [f"{before}--{boundary}\r\nContent-Disposition: form-data; {head}\r\n\r\n".encode(), data]
    pieces.append(f"\r\n--{boundary}--\r\n".encode() if parts else f"--{boundary}--\r\n".encode())
    return MultipartBody(boundary, tuple(pieces))


def _token(text: str) -> str:
    return text.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
