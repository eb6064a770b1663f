"""Check an MP4 while its bytes pass by, without a decoder: box sizes must add up to the length.

A file cut anywhere still opens in most players, so opening proves nothing; the walk does.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from airflow_provider_sora.exceptions import ContentError
from airflow_provider_sora.media.containers import described
from airflow_provider_sora.media.media_info import MediaInfo, ShortfallError, SurplusError
from airflow_provider_sora.media.mp4_fragments import Fragments
from airflow_provider_sora.media.mp4_moov import MovieHeader, read_moov

#: A ``moov`` or ``moof`` above this is not kept; the file is still checked, only its details stay unknown.
KEEP_LIMIT = 16 << 20
#: What is read of a box, and at most how much of it.
_KEPT = {b"moov": KEEP_LIMIT, b"moof": KEEP_LIMIT, b"sidx": KEEP_LIMIT, b"mfra": KEEP_LIMIT, b"uuid": 32}
#: What a file may begin with; QuickTime's older ones have no ``ftyp``.
FIRST_BOXES = frozenset({b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"})
#: A box of these kinds that is not whole is a part of the video that is missing.
_KNOWN = FIRST_BOXES | {
    b"moof", b"mfra", b"sidx", b"ssix", b"styp", b"meta", b"uuid", b"imda", b"emsg", b"prft", b"pdin"
}  # fmt: skip
#: The usertype of the ``uuid`` boxes of C2PA; version and flags follow, then what the box is for.
_C2PA = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
#: The other purpose is ``merkle``: hashes that a manifest refers to, and no manifest.
_MANIFESTS = (b"manifest", b"original", b"update")


@dataclass(slots=True)
class BoxWalker:
    """Feed it every byte once, then :meth:`finish`. Memory is bounded by the ``moov`` box and the largest ``moof``."""

    length: int = 0
    c2pa: bool = False
    moov_count: int = 0
    mdat_bytes: int = -1
    _header: bytearray = field(default_factory=bytearray)
    _at: int = 0  # where in the file the next byte lies; where its box begins
    _box_at: int = 0
    _left: int = 0
    _to_end: bool = False
    _keep: bytearray | None = None
    _kind: bytes = b""
    _surplus: bool = False
    _start: bytes = b""
    _movie: MovieHeader | None = None
    _fragments: Fragments = field(default_factory=Fragments)

    def feed(self, data: bytes | memoryview) -> None:
        """Take the next bytes.

        :raises ContentError: as soon as they cannot be an MP4.
        """
        view = memoryview(data)
        if len(self._start) < 64:
            self._start += bytes(view[: 64 - len(self._start)])
        self.length += len(view)
        while len(view) and not self._surplus:
            before = len(view)
            if self._left or self._to_end:
                take = len(view) if self._to_end else min(self._left, len(view))
                self._body(view[:take])
                view = view[take:]
                self._at += before - len(view)
                if not self._to_end:
                    self._left -= take
                    if not self._left:
                        self._end_of_box()
            else:
                view = self._read_header(view)

    def finish(self, *, stated_seconds: float | None = None) -> MediaInfo:
        """The end of the stream was reached.

        :param stated_seconds: how long the server says the video is, where it does.
        :raises SurplusError: the video is whole, but bytes follow that are no box.
        :raises ShortfallError: its fragments are shorter than what is said of them; it may have lost the last ones.
        :raises ContentError: the file is cut, or is no video.
        """
        if self._to_end:
            self._end_of_box()
        if not self.length:
            raise ContentError("It is empty.")
        unfinished = self._surplus or self._left or self._header
        if unfinished and not self._is_surplus():
            missing = f"{self._left} bytes of its {_word(self._kind)} box" if self._left else "part of a box header"
            raise ContentError(f"The video is cut: after {self.length} bytes {missing} are missing.")
        if self.moov_count != 1:
            raise ContentError(f"The file has {self.moov_count or 'no'} moov boxes where an MP4 has one.")
        if self.mdat_bytes <= 0:
            raise ContentError("The file holds no media data (its mdat box is missing or empty).")
        if gone := self._fragments.missing(self.length) or self._samples_missing():
            raise ContentError(f"The video is cut: {gone}.")
        if short := self._fragments.shortfall(self._movie) or self._shorter_than(stated_seconds):
            raise ShortfallError(short)
        if unfinished:
            raise SurplusError("behind the video bytes follow that belong to no box")
        return self.media()

    def _shorter_than(self, stated: float | None) -> str | None:
        found = self.media().duration_seconds
        if not self._fragments.starts or not stated or found is None or found >= stated - max(0.5, stated / 10):
            return None
        return f"its fragments last {found:g} s, where the server says {stated:g} s"

    def media(self) -> MediaInfo:
        """What was found so far."""
        movie = self._movie
        if movie is None:
            return MediaInfo(c2pa=self.c2pa)
        return MediaInfo(
            duration_seconds=self._fragments.seconds(movie) or movie.duration_seconds,
            width=movie.width,
            height=movie.height,
            frame_rate=self._fragments.frame_rate(movie) or movie.frame_rate,
            video_codec=movie.video_codec,
            audio_codec=movie.audio_codec,
            has_audio=movie.has_audio,
            c2pa=self.c2pa,
        )

    @property
    def pictures(self) -> int | None:
        """How many pictures the file lists, where it lists them all in one place."""
        return None if self._movie is None else self._movie.samples

    def _is_surplus(self) -> bool:
        """Whether what ends unfinished is something behind the video, and no part of it."""
        if self.moov_count != 1 or self.mdat_bytes <= 0:
            return False
        if self._surplus:
            return True
        if self._left:
            return self._kind not in _KNOWN
        # Of a header that is cut off, the size comes first, and its first byte is zero below 16 MiB.
        return not (self._fragments.starts and self._header[:1] == b"\0")

    def _samples_missing(self) -> str | None:
        """A box that runs to the end of the file, whatever its size, fits everywhere; its samples do not."""
        if not self._to_end or self._kind != b"mdat" or self._movie is None:
            return None
        missing = sum(track.sample_bytes for track in self._movie.tracks) - self.mdat_bytes
        return f"{missing} bytes of its samples are missing" if missing > 0 else None

    def _read_header(self, view: memoryview) -> memoryview:
        want = 16 if len(self._header) >= 8 and self._header[:4] == b"\0\0\0\1" else 8
        take = want - len(self._header)
        self._header += view[:take]
        self._at += len(view[:take])
        view = view[take:]
        if len(self._header) < want or (want == 8 and self._header[:4] == b"\0\0\0\1"):
            return view
        size = int.from_bytes(self._header[8:16] if want == 16 else self._header[:4], "big")
        kind = bytes(self._header[4:8])
        if not self._kind and kind not in FIRST_BOXES:
            raise ContentError(f"It is no MP4 but {described(self._start)}.")
        to_end = size == 0 and want == 8
        if not to_end and size < want:
            if kind in _KNOWN or self.moov_count != 1 or self.mdat_bytes <= 0:
                raise ContentError(f"The file is damaged: its {_word(kind)} box claims a size of {size} bytes.")
            self._surplus = True
            return view
        self._header.clear()
        self._box_at = self._at - want
        self._kind, self._to_end = kind, to_end
        self._left = 0 if to_end else size - want
        self._begin_box(kind)
        if not self._left and not self._to_end:
            self._end_of_box()
        return view

    def _begin_box(self, kind: bytes) -> None:
        self._keep = None
        if kind == b"moov":
            self.moov_count += 1
        elif kind == b"mdat":
            self.mdat_bytes = max(self.mdat_bytes, 0)
            self._fragments.waiting = False
        elif kind == b"moof":
            self._fragments.starts.add(self._box_at)
            self._fragments.waiting = True
        if kind in _KEPT and (self._to_end or kind == b"uuid" or self._left <= KEEP_LIMIT):
            self._keep = bytearray()

    def _body(self, part: memoryview) -> None:
        if self._keep is not None:
            self._keep += part[: _KEPT[self._kind] - len(self._keep)]
        elif self._kind == b"mdat":
            self.mdat_bytes += len(part)

    def _end_of_box(self) -> None:
        body, self._keep = self._keep, None
        if body is None:
            return
        if self._kind == b"moov" and self.moov_count == 1:
            self._movie = read_moov(bytes(body))
            self._fragments.begin(self._movie)
        elif self._kind == b"moof":
            self._fragments.add_fragment(bytes(body))
        elif self._kind == b"sidx":
            self._fragments.add_index(self._at, bytes(body))
        elif self._kind == b"mfra":
            self._fragments.add_directory(bytes(body))
        elif self._kind == b"uuid" and body.startswith(_C2PA):
            self.c2pa = self.c2pa or bytes(body[20:]).partition(b"\0")[0] in _MANIFESTS


def inspect_mp4(data: bytes) -> MediaInfo:
    """Check a whole file held in memory.

    :raises ContentError: when it is no whole MP4.
    """
    walker = BoxWalker()
    walker.feed(data)
    return walker.finish()


def _word(kind: bytes) -> str:
    return kind.decode("latin-1").encode("unicode_escape").decode() or "first"
