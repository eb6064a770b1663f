"""What a file is, by its first bytes, and under which name and type it is kept. No byte of it is ever quoted."""

from __future__ import annotations

from dataclasses import dataclass

#: As many first bytes are enough to tell.
HEAD = 64


@dataclass(frozen=True, slots=True)
class Container:
    """A kind of file.

    :param label: what to call it in a message.
    :param file_name: of the archived video; ``content_type`` likewise.
    :param demuxer: the decoder's name for it; None where it has none.
    :param boxes: it is made of MP4's boxes, which are checked while they pass by.
    """

    label: str
    file_name: str
    content_type: str
    demuxer: str | None = None
    boxes: bool = False


MP4 = Container("MP4", "video.mp4", "video/mp4", "mov", boxes=True)
QUICKTIME = Container("QuickTime", "video.mov", "video/quicktime", "mov", boxes=True)
WEBM = Container("WebM", "video.webm", "video/webm", "matroska")
MATROSKA = Container("Matroska", "video.mkv", "video/x-matroska", "matroska")
AVI = Container("AVI", "video.avi", "video/x-msvideo", "avi")
TRANSPORT = Container("MPEG transport stream", "video.ts", "video/mp2t", "mpegts")
OGG = Container("Ogg", "video.ogv", "video/ogg", "ogg")
FLASH = Container("Flash video", "video.flv", "video/x-flv", "flv")
#: What nobody here can judge: kept, and marked, so that no player and no page takes it for a checked video.
UNCHECKED = Container("a file of unknown kind", "video.unchecked", "application/octet-stream")

#: Every name that an archived video can have; the usual one first.
CONTAINERS = (MP4, QUICKTIME, WEBM, MATROSKA, AVI, TRANSPORT, OGG, FLASH, UNCHECKED)
VIDEO_FILES = {container.file_name: container for container in CONTAINERS}
_FIRST_BOXES = (b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")
_PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"\0\0\1\0")


def container_of(head: bytes) -> Container | None:
    """The container that a file's first bytes (64, or all of it) announce; None for a page, text or picture.

    A server's error page is no video in whatever status it comes, and neither is a still.
    """
    kind = head[4:8]
    if kind == b"ftyp":
        return QUICKTIME if head[8:12] == b"qt  " else MP4
    if kind in _FIRST_BOXES:
        return QUICKTIME
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return WEBM if b"webm" in head else MATROSKA
    if head.startswith(b"RIFF") and kind_in_riff(head) == b"AVI ":
        return AVI
    if head.startswith(b"OggS"):
        return OGG
    if head.startswith(b"FLV\x01"):
        return FLASH
    if _is_picture(head) or _is_text(head):
        return None
    return TRANSPORT if head[:1] == b"G" and len(head) > 4 and head[3] & 0x30 else UNCHECKED


def kind_in_riff(head: bytes) -> bytes:
    return head[8:12]


def described(head: bytes) -> str:
    """What a file is, in words, without any of its bytes."""
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if not head:
        return "nothing at all"
    if text.startswith(b"<"):
        return "a web page (HTML or XML)"
    if text.startswith((b"{", b"[")):
        return "JSON"
    if _is_picture(head):
        return "a picture"
    if _is_text(head):
        return "text"
    found = container_of(head)
    return found.label if found is not None else UNCHECKED.label


def _is_picture(head: bytes) -> bool:
    return head.startswith(_PICTURES) or (head.startswith(b"RIFF") and kind_in_riff(head) == b"WEBP")


def _is_text(head: bytes) -> bool:
    """Whether this is text in an encoding of today: no control characters but those of lines and tabs."""
    if any(byte < 32 and byte not in b"\t\n\r\f\x1b" for byte in head):
        return False
    for cut in range(4):  # the head may end within a character
        try:
            head[: len(head) - cut].decode("utf-8")
        except UnicodeDecodeError:
            continue
        return True
    return False
