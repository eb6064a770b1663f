"""Whether two files show the same picture: a CDN saves a photo anew, smaller or as WebP, and nothing has changed.

A look is the picture in 16 by 16 fields of colour, and its shape. It survives another compression, size and file type;
a new colour, crop or badge does not. Pure: bytes in, text out.
"""

from __future__ import annotations

import base64
import io
import warnings

_FIELDS = 16
#: By how much one field's colour, and all of them in the mean, may differ, of 255; and the shape, as a share.
_MOST, _MEAN, _SHAPE = 14, 2.5, 0.02
#: Pictures above this many pixels are not decoded for this.
_MAX_PIXELS = 64_000_000


def look_of(data: bytes) -> str | None:
    """How a picture looks, in about a thousand characters; None for what Pillow cannot decode."""
    from PIL import Image, ImageOps

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image = Image.open(io.BytesIO(data))
            if image.width * image.height > _MAX_PIXELS:
                return None
            image.draft("RGB", (_FIELDS * 8, _FIELDS * 8))  # a JPEG is decoded at an eighth of its size, in no time
            turned = ImageOps.exif_transpose(image).convert("RGBA")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
    ground = Image.new("RGBA", turned.size, "white")
    ground.alpha_composite(turned)
    fields = ground.convert("RGB").resize((_FIELDS, _FIELDS), Image.Resampling.BOX)
    return f"{turned.width / turned.height:.4f} {base64.b64encode(fields.tobytes()).decode()}"


def same_look(one: str, other: str) -> bool:
    """Whether two looks are of the same picture."""
    (shape, fields), (other_shape, other_fields) = (_parts(look) for look in (one, other))
    if abs(shape - other_shape) > _SHAPE * shape or len(fields) != len(other_fields):
        return False
    differences = [abs(a - b) for a, b in zip(fields, other_fields, strict=True)]
    return max(differences) <= _MOST and sum(differences) <= _MEAN * len(differences)


def _parts(look: str) -> tuple[float, bytes]:
    shape, _, fields = look.partition(" ")
    return float(shape), base64.b64decode(fields)
