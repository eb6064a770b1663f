"""Check an MP4 while its bytes pass by, without a decoder: box sizes must add up to the length.

A file cut anywhere still opens in most players, so opening proves nothing; the walk does.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from airflow_provider_sora.archive.mp4_moov import MovieHeader, read_moov
from airflow_provider_sora.exceptions import ContentError

#: A ``moov`` above this is not kept; the file is still checked, only its details stay unknown.
MOOV_LIMIT = 16 << 20
#: The usertype of the ``uuid`` boxes of C2PA; version and flags follow, then what the box is for.
_C2PA = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
#: The other purpose is ``merkle``: hashes that a manifest refers to, and no manifest.
_MANIFESTS = (b"manifest", b"original", b"update")


@dataclass(frozen=True, slots=True)
class MediaInfo:
    """What the file says about itself; None where it does not say.

    :param duration_seconds: of the whole presentation.
    :param frame_rate: frames per second on average.
    :param video_codec: sample entry such as ``avc1``; ``audio_codec`` likewise (``mp4a``).
    :param c2pa: whether a C2PA manifest box is present; its signature is not checked.
    """

    duration_seconds: float | None = None
    width: int | None = None
    height: int | None = None
    frame_rate: float | None = None
    video_codec: str | None = None
    audio_codec: str | None = None
    has_audio: bool | None = None
    c2pa: bool = False

    @property
    def size(self) -> str | None:
        return f"{self.width}x{self.height}" if self.width and self.height else None


@dataclass(slots=True)
class BoxWalker:
    """Feed it every byte once, then :meth:`finish`. Memory is bounded by the ``moov`` box."""

    length: int = 0
    c2pa: bool = False
    moov_count: int = 0
    mdat_bytes: int = -1
    _header: bytearray = field(default_factory=bytearray)
    _left: int = 0
    _to_end: bool = False
    _keep: bytearray | None = None
    _keep_limit: int = 0
    _kind: bytes = b""
    _movie: MovieHeader | None = None
    _start: bytes = b""

    def feed(self, data: bytes | memoryview) -> None:
        """Take the next bytes.

        :raises ContentError: as soon as they cannot be an MP4.
        """
        view = memoryview(data)
        if len(self._start) < 64:
            self._start += bytes(view[: 64 - len(self._start)])
        self.length += len(view)
        while len(view):
            if self._left or self._to_end:
                take = len(view) if self._to_end else min(self._left, len(view))
                self._body(view[:take])
                view = view[take:]
                if not self._to_end:
                    self._left -= take
                    if not self._left:
                        self._end_of_box()
            else:
                view = self._read_header(view)

    def finish(self) -> MediaInfo:
        """The end of the stream was reached.

        :raises ContentError: when the file is cut, or is no video.
        """
        if self._to_end:
            self._end_of_box()
        elif self._left or self._header:
            missing = f"{self._left} bytes of its {_word(self._kind)} box" if self._left else "part of a box header"
            raise ContentError(f"The video is cut: after {self.length} bytes {missing} are missing.")
        if not self.length:
            raise ContentError("The server sent an empty video.")
        if self.moov_count != 1:
            raise ContentError(f"The file has {self.moov_count or 'no'} moov boxes where an MP4 has one.")
        if self.mdat_bytes <= 0:
            raise ContentError("The file holds no media data (its mdat box is missing or empty).")
        movie = self._movie
        if movie is None:
            return MediaInfo(c2pa=self.c2pa)
        return MediaInfo(
            duration_seconds=movie.duration_seconds,
            width=movie.width,
            height=movie.height,
            frame_rate=movie.frame_rate,
            video_codec=movie.video_codec,
            audio_codec=movie.audio_codec,
            has_audio=movie.has_audio,
            c2pa=self.c2pa,
        )

    def _read_header(self, view: memoryview) -> memoryview:
        want = 16 if len(self._header) >= 8 and self._header[:4] == b"\0\0\0\1" else 8
        take = want - len(self._header)
        self._header += view[:take]
        view = view[take:]
        if len(self._header) < want or (want == 8 and self._header[:4] == b"\0\0\0\1"):
            return view
        size = int.from_bytes(self._header[8:16] if want == 16 else self._header[:4], "big")
        kind = bytes(self._header[4:8])
        self._header.clear()
        if not self._kind and kind != b"ftyp":
            raise ContentError(f"The server sent no MP4 but {_looks_like(self._start)}.")
        self._kind = kind
        self._to_end = size == 0 and want == 8
        if not self._to_end and size < want:
            raise ContentError(f"The file is damaged: its {_word(kind)} box claims a size of {size} bytes.")
        self._left = 0 if self._to_end else size - want
        self._begin_box(kind)
        if not self._left and not self._to_end:
            self._end_of_box()
        return view

    def _begin_box(self, kind: bytes) -> None:
        self._keep = None
        if kind == b"moov":
            self.moov_count += 1
            if self._to_end or self._left <= MOOV_LIMIT:
                self._keep, self._keep_limit = bytearray(), MOOV_LIMIT
        elif kind == b"uuid":
            self._keep, self._keep_limit = bytearray(), 32
        elif kind == b"mdat":
            self.mdat_bytes = max(self.mdat_bytes, 0)

    def _body(self, part: memoryview) -> None:
        if self._keep is not None:
            self._keep += part[: self._keep_limit - len(self._keep)]
        elif self._kind == b"mdat":
            self.mdat_bytes += len(part)

    def _end_of_box(self) -> None:
        if self._keep is not None:
            if self._kind == b"moov" and self.moov_count == 1:
                self._movie = read_moov(bytes(self._keep))
            elif self._kind == b"uuid" and self._keep.startswith(_C2PA):
                self.c2pa = self.c2pa or bytes(self._keep[20:]).partition(b"\0")[0] in _MANIFESTS
            self._keep = None


def inspect_mp4(data: bytes) -> MediaInfo:
    """Check a whole file held in memory.

    :raises ContentError: when it is no whole MP4.
    """
    walker = BoxWalker()
    walker.feed(data)
    return walker.finish()


def _word(kind: bytes) -> str:
    return kind.decode("latin-1").encode("unicode_escape").decode() or "first"


def _looks_like(start: bytes) -> str:
    head = start.lstrip().lower()
    if head.startswith((b"<!doctype", b"<html", b"<?xml", b"<")):
        return "a web page (HTML or XML)"
    if head.startswith((b"{", b"[")):
        return "JSON"
    if start.startswith((b"\x89PNG", b"\xff\xd8\xff", b"RIFF", b"GIF8")):
        return "a picture"
    return f"bytes that begin with {start[:12]!r}"
