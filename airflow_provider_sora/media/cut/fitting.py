"""How a picture of one shape gets into another: whole on a ground, or cut around what matters."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from airflow_provider_sora.media.cut.edit import CENTRE, Fit
from airflow_provider_sora.media.cut.graph import BT709, LIMITED, UNKNOWN, Chain, picture_form

#: The ground of a blurred picture is drawn this many times smaller: nobody sees it, and blurring costs by the pixel.
_GROUND = 8
#: Levels and matrix that a file leaves unsaid, by its height, as players take them.
_HIGH_DEFINITION = 720


@dataclass(frozen=True, slots=True)
class Fitting:
    """What is taken of a picture and where it is put; all sides even, for colour is stored for two by two pixels.

    :param crop: width, height, x and y in the picture as it is stored.
    :param inner: size that this is scaled to; the film's, or less where it is set on a ground.
    """

    crop: tuple[int, int, int, int]
    inner: tuple[int, int]


def fitting(
    stored: tuple[int, int],
    size: tuple[int, int],
    fit: Fit,
    *,
    focus: tuple[float, float] = CENTRE,
    aspect: Fraction = Fraction(1),
) -> Fitting:
    """Fit a picture into a film of ``size``.

    :param aspect: width of a stored pixel by its height.
    """
    width, height = stored
    seen = Fraction(width) * aspect / height
    shape = Fraction(*size)
    # Sides that differ by a pixel of rounding are the same shape: no line of ground is drawn for it.
    if abs(seen / shape - 1) < Fraction(1, 100):
        return Fitting((width, height, 0, 0), size)
    if fit == "crop":
        kept = (_even(width * shape / seen), height) if seen > shape else (width, _even(height * seen / shape))
        at = [_placed(part, whole, share) for part, whole, share in zip(kept, stored, focus, strict=True)]
        return Fitting((*kept, at[0], at[1]), size)
    inner = (size[0], _even(size[0] / seen)) if seen > shape else (_even(size[1] * seen), size[1])
    return Fitting((width, height, 0, 0), inner)


def _even(value: Fraction) -> int:
    return max(2, round(value / 2) * 2)


def _placed(part: int, whole: int, focus: float) -> int:
    """Where a part begins so that the focus lies in its middle, as far as the picture goes."""
    return min(max(0, round(focus * whole - part / 2)), whole - part) // 2 * 2


def fitting_chain(
    frame: Any, size: tuple[int, int], fit: Fit, focus: tuple[float, float], aspect: Fraction, rate: Fraction
) -> Chain | None:
    """The graph that brings pictures like ``frame`` into the film's form; None where they have it already."""
    turned = _turns(frame)
    stored = (frame.height, frame.width) if turned in (90, 270) else (frame.width, frame.height)
    found = fitting(stored, size, fit, focus=focus, aspect=1 / aspect if turned in (90, 270) else aspect)
    same = found.crop[:2] == stored == found.inner == size and not turned
    if same and frame.format.name == "yuv420p" and _is_tagged(frame):
        return None
    chain = Chain()
    chain.source(picture_form(frame, rate))
    for _ in range(turned // 90):
        chain.then("transpose", "clock")
    if found.inner == size:
        _crop_and_scale(chain, found.crop, stored, size, frame)
    elif fit == "blur":
        _on_its_blur(chain, found, stored, size, frame)
    else:
        _crop_and_scale(chain, found.crop, stored, found.inner, frame)
        chain.then("pad", f"{size[0]}:{size[1]}:(ow-iw)/2:(oh-ih)/2:black")
    chain.then("format", "yuv420p")
    chain.then("setparams", "color_primaries=bt709:color_trc=bt709:colorspace=bt709:range=tv")
    chain.end()
    return chain


def _is_tagged(frame: Any) -> bool:
    """Whether a picture's colours are those of the film, as it says or as players take it."""
    if frame.colorspace == UNKNOWN:
        return bool(frame.height >= _HIGH_DEFINITION)
    return frame.colorspace == BT709 and frame.color_range in (0, LIMITED)


def _turns(frame: Any) -> int:
    """Degrees, clockwise, by which a picture has to be turned to be seen as it was meant."""
    return round(-(frame.rotation or 0) / 90) * 90 % 360


def _scale(width: int, height: int, frame: Any) -> str:
    unsaid = frame.colorspace == UNKNOWN
    matrix = ":in_color_matrix=" + ("bt709" if frame.height >= _HIGH_DEFINITION else "bt601") if unsaid else ""
    return f"{width}:{height}:flags=bicubic{matrix}:out_color_matrix=bt709:out_range=tv"


def _crop_and_scale(
    chain: Chain, crop: tuple[int, int, int, int], stored: tuple[int, int], size: tuple[int, int], frame: Any
) -> Any:
    if crop[:2] != stored:
        chain.then("crop", ":".join(map(str, crop)))
    chain.then("scale", _scale(*size, frame))
    return chain.then("setsar", "1")


def _on_its_blur(chain: Chain, found: Fitting, stored: tuple[int, int], size: tuple[int, int], frame: Any) -> None:
    """The picture whole, on itself enlarged, blurred and darkened."""
    split = chain.then("split", "2")
    cut = fitting(stored, size, "crop")
    chain.then("crop", ":".join(map(str, cut.crop)), behind=(split,), output=0)
    chain.then("scale", _scale(_even(Fraction(size[0], _GROUND)), _even(Fraction(size[1], _GROUND)), frame))
    chain.then("gblur", "sigma=4")
    chain.then("lutyuv", "y=16+(val-16)*0.7")
    chain.then("scale", f"{size[0]}:{size[1]}:flags=bicubic")
    ground = chain.then("setsar", "1")
    chain.then("scale", _scale(*found.inner, frame), behind=(split,), output=1)
    front = chain.then("setsar", "1")
    chain.then("overlay", "(W-w)/2:(H-h)/2", behind=(ground, front))
