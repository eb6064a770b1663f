"""Look at a picture's bytes, and make them fit where that was asked for. Pure: bytes in, bytes out."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from airflow_provider_sora.exceptions import InvalidRequestError

if TYPE_CHECKING:
    from PIL import Image

#: Pictures above this are refused before they are decoded (a small file can unfold to gigabytes).
MAX_PIXELS = 64_000_000

_EXIF_ORIENTATION = 0x0112

#: What a file is, by its first bytes, never by its name: (offset, bytes, kind).
_MAGIC: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\xff\xd8\xff", "jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "png"),
    (8, b"WEBP", "webp"),
    (0, b"GIF8", "a GIF"),
    (0, b"BM", "a BMP"),
    (0, b"II*\x00", "a TIFF"),
    (0, b"MM\x00*", "a TIFF"),
    (4, b"ftypavif", "an AVIF"),
    (4, b"ftypavis", "an AVIF"),
    (4, b"ftyphei", "a HEIC"),
    (4, b"ftyphev", "a HEIC"),
    (4, b"ftypmif1", "a HEIC"),
    (4, b"ftyp", "a video (MP4 or MOV)"),
    (0, b"\xff\x0a", "a JPEG XL"),
    (0, b"\x00\x00\x00\x0cJXL ", "a JPEG XL"),
    (0, b"\x00\x00\x00\x0cjP  ", "a JPEG 2000"),
    (0, b"8BPS", "a Photoshop file"),
    (0, b"%PDF", "a PDF"),
    (0, b"\x1f\x8b", "gzip data"),
    (0, b"PK\x03\x04", "a ZIP archive"),
)
_TAKEN = ("jpeg", "png", "webp")


@dataclass(frozen=True, slots=True)
class Fitted:
    """A picture as it is sent: ``kind`` is jpeg, png or webp; width and height in pixels as a viewer sees it."""

    kind: str
    width: int
    height: int
    data: bytes = field(repr=False)


def sniff(data: bytes) -> str:
    """``jpeg``, ``png``, ``webp``, or words for what it is instead."""
    for offset, magic, kind in _MAGIC:
        if data.startswith(magic, offset) and (kind != "webp" or data.startswith(b"RIFF")):
            return kind
    head = data[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if head.startswith((b"<svg", b"<?xml")) and b"svg" in head:
        return "an SVG"
    if head.startswith((b"<!doctype", b"<html", b"<?xml", b"<")):
        return "a web page"
    if head.startswith((b"{", b"[")):
        return "JSON"
    return "no picture that we know" if data else "empty"


def prepare(
    data: bytes, *, target: tuple[int, int] | None, fit: str, pad_color: str, origin: str, what: str = "input_reference"
) -> Fitted:
    """Check a picture and change it only where something has to change.

    Changed is: EXIF rotation (applied), transparency (flattened on ``pad_color``), CMYK and 16-bit grey
    (converted to 8-bit RGB), and with ``cover`` or ``contain`` the size. Then colours go to sRGB, metadata is
    dropped, and a JPEG is written as JPEG, the others as PNG. Otherwise the bytes come back as they came.

    :param what: what the user called it, for errors, as ``origin`` is where it lay.
    :raises InvalidRequestError: see :func:`~airflow_provider_sora.inputs.pictures.load.load_reference`.
    """
    colour = _colour(pad_color)
    kind = sniff(data)
    if kind not in _TAKEN:
        raise InvalidRequestError(
            f"{what} {origin!r} is {kind}, but must be a JPEG, PNG or WebP picture "
            "(told by its content, not its name).",
            step="convert it first.",
            reason="kind",
            values={"photo": origin, "kind": kind},
        )
    image = _decoded(data, kind, origin, what)
    turned = image.getexif().get(_EXIF_ORIENTATION, 1) in range(2, 9)
    changed = turned or _needs_rgb(image)
    if changed:
        image = _as_rgb(image, colour, turned)
    if target is not None and image.size != target:
        if fit == "exact":
            raise InvalidRequestError(
                f"{what} {origin!r} is {image.width}x{image.height}"
                f"{' after its EXIF rotation' if turned else ''}, but the video is {target[0]}x{target[1]}, and "
                "the fit 'exact' wants them equal.",
                step=(
                    "use reference_options={'fit': 'cover'} (fills, "
                    "cuts what overhangs) or 'contain' (shows all of it on pad_color)."
                ),
            )
        image = _fitted(image if changed else _as_rgb(image, colour, False), target, fit, colour)
        changed = True
    if not changed:
        return Fitted(kind, image.width, image.height, data)
    written = "jpeg" if kind == "jpeg" else "png"
    return Fitted(written, image.width, image.height, _encoded(image, written))


def _colour(pad_color: str) -> tuple[int, int, int]:
    from PIL import ImageColor

    try:
        found = ImageColor.getrgb(pad_color)
    except (ValueError, AttributeError, TypeError) as error:
        raise InvalidRequestError(
            f"pad_color is {pad_color!r}, but must be a colour like '#1a2b3c' or 'white'."
        ) from error
    if len(found) != 3:
        raise InvalidRequestError(f"pad_color {pad_color!r} is see-through; give a solid one.")
    return found


def _decoded(data: bytes, kind: str, origin: str, what: str) -> Image.Image:
    from PIL import Image

    try:
        with warnings.catch_warnings():
            # Pillow warns of what we refuse ourselves (size) and of metadata that we do not use.
            warnings.simplefilter("ignore")
            image = Image.open(io.BytesIO(data), formats=[kind.upper()])
            width, height = image.size
            # A JPEG from a phone may carry a second picture (MPO); that is no animation.
            frames = getattr(image, "n_frames", 1) if kind != "jpeg" else 1
            if width * height <= MAX_PIXELS and frames == 1:
                image.load()
                return image
    except Image.DecompressionBombError as error:
        raise _bomb(what, origin, "far too many") from error
    except Exception as error:  # a decoder meets arbitrary bytes and raises whatever it trips over
        raise InvalidRequestError(
            f"{what} {origin!r} begins like a {kind.upper()} but cannot be read ({error}): it is cut or damaged.",
            step="send a whole picture.",
            reason="damaged",
            values={"photo": origin, "kind": kind.upper()},
        ) from error
    if frames != 1:
        raise InvalidRequestError(
            f"{what} {origin!r} is an animated {kind.upper()} of {frames} pictures, but a video starts "
            "from a single one.",
            step="send one frame of it.",
            reason="animated",
            values={"photo": origin, "frames": str(frames)},
        )
    raise _bomb(what, origin, f"{width}x{height}")


def _bomb(what: str, origin: str, pixels: str) -> InvalidRequestError:
    return InvalidRequestError(
        f"{what} {origin!r} has {pixels} pixels, more than the {MAX_PIXELS:,} that are decoded here.",
        step="send a smaller picture.",
        reason="pixels",
        values={"photo": origin, "pixels": pixels, "limit": f"{MAX_PIXELS:,}"},
    )


def _needs_rgb(image: Image.Image) -> bool:
    if image.mode in ("RGB", "L", "1"):
        return "transparency" in image.info
    if image.mode in ("RGBA", "LA"):
        return bool(image.getchannel("A").getextrema()[0] != 255)
    return image.mode != "P" or "transparency" in image.info


def _as_rgb(image: Image.Image, colour: tuple[int, int, int], turned: bool) -> Image.Image:
    from PIL import Image, ImageOps

    if turned:
        image = ImageOps.exif_transpose(image)
    profile = image.info.get("icc_profile")
    if image.mode.startswith("I"):  # 16-bit grey: Pillow's own conversion would clip it to white
        image = image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        layer = image.convert("RGBA")
        image = Image.new("RGB", layer.size, colour)
        image.paste(layer.convert("RGB"), mask=layer.getchannel("A"))
    return _to_srgb(image, profile)


def _to_srgb(image: Image.Image, profile: Any) -> Image.Image:
    if profile and image.mode in ("RGB", "CMYK", "L"):
        from PIL import ImageCms

        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            converted = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
        except (ImageCms.PyCMSError, OSError):
            converted = None  # a broken or foreign profile: the plain conversion below is what viewers do too
        if converted is not None:
            return converted
    return image.convert("RGB")


def _fitted(image: Image.Image, target: tuple[int, int], fit: str, colour: tuple[int, int, int]) -> Image.Image:
    from PIL import Image

    across, down = target[0] / image.width, target[1] / image.height
    if fit == "cover":
        scale = max(across, down)
        # The part of the picture that stays, centred, in the picture's own pixels.
        width, height = target[0] / scale, target[1] / scale
        left, top = (image.width - width) / 2, (image.height - height) / 2
        return image.resize(target, Image.Resampling.LANCZOS, box=(left, top, left + width, top + height))
    scale = min(across, down)
    inner = max(1, min(target[0], round(image.width * scale))), max(1, min(target[1], round(image.height * scale)))
    canvas = Image.new("RGB", target, colour)
    canvas.paste(
        image.resize(inner, Image.Resampling.LANCZOS), ((target[0] - inner[0]) // 2, (target[1] - inner[1]) // 2)
    )
    return canvas


def _encoded(image: Image.Image, kind: str) -> bytes:
    image.info = {}  # neither the old profile nor old text may come along
    buffer = io.BytesIO()
    if kind == "jpeg":
        image.save(buffer, "JPEG", quality=95, subsampling=0)
    else:
        image.save(buffer, "PNG", compress_level=6)
    return buffer.getvalue()
