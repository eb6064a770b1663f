"""What a reference picture may be, and what is done to it before it is sent."""

from __future__ import annotations

import hashlib
import io
import struct
import zlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from airflow_provider_sora.exceptions import InvalidRequestError
from airflow_provider_sora.inputs.pictures.picture import MAX_PIXELS, prepare, sniff

SMALL = (64, 36)


def picture(
    mode: str = "RGB", size: tuple[int, int] = SMALL, kind: str = "PNG", colour: Any = None, **save: Any
) -> bytes:
    image = Image.new(mode, size, colour if colour is not None else 0)
    buffer = io.BytesIO()
    image.save(buffer, kind, **save)
    return buffer.getvalue()


def fit(data: bytes, target: tuple[int, int] | None = SMALL, how: str = "exact", pad: str = "#000000") -> Any:
    return prepare(data, target=target, fit=how, pad_color=pad, origin="photo")


def pixels(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def quarters(size: tuple[int, int] = (40, 20)) -> Image.Image:
    """Red top left, green top right, blue bottom left, white bottom right."""
    image = Image.new("RGB", size)
    half_w, half_h = size[0] // 2, size[1] // 2
    for box, colour in (
        ((0, 0), (255, 0, 0)),
        ((half_w, 0), (0, 255, 0)),
        ((0, half_h), (0, 0, 255)),
        ((half_w, half_h), (255, 255, 255)),
    ):
        image.paste(colour, (*box, box[0] + half_w, box[1] + half_h))
    return image


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_a_picture_that_fits_is_sent_as_it_is(kind: str, mode: str) -> None:
    data = picture(mode, kind=kind)
    made = fit(data)
    assert made.data == data
    assert (made.kind, made.width, made.height) == (kind.lower(), *SMALL)


def test_metadata_of_a_picture_that_fits_is_left_alone() -> None:
    exif = Image.Exif()
    exif[0x010E] = "a caption"
    exif[0x0112] = 1
    data = picture(kind="JPEG", exif=exif)
    assert fit(data).data == data


def test_an_opaque_alpha_channel_changes_nothing() -> None:
    data = picture("RGBA", colour=(10, 20, 30, 255))
    assert fit(data).data == data


@pytest.mark.parametrize(
    ("orientation", "corners"),
    [
        (1, "rgbw"),
        (2, "grwb"),
        (3, "wbgr"),
        (4, "bwrg"),
        (5, "rbgw"),
        (6, "brwg"),
        (7, "wgbr"),
        (8, "gwrb"),
    ],
)
def test_exif_rotation_is_applied_and_then_forgotten(orientation: int, corners: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    buffer = io.BytesIO()
    quarters().save(buffer, "PNG", exif=exif)
    target = (40, 20) if orientation < 5 else (20, 40)
    made = pixels(fit(buffer.getvalue(), target).data)
    assert made.size == target
    assert made.getexif().get(0x0112, 1) == 1
    names = {(255, 0, 0): "r", (0, 255, 0): "g", (0, 0, 255): "b", (255, 255, 255): "w"}
    right, bottom = made.width - 2, made.height - 2
    seen = "".join(names[made.convert("RGB").getpixel(at)] for at in ((1, 1), (right, 1), (1, bottom), (right, bottom)))
    assert seen == corners


def test_the_size_that_counts_is_the_one_after_rotation() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    data = picture(size=(64, 36), kind="JPEG", exif=exif)
    with pytest.raises(InvalidRequestError, match="36x64 after its EXIF rotation"):
        fit(data, (64, 36))


@pytest.mark.parametrize(
    ("mode", "colour", "kind"),
    [("RGBA", (255, 0, 0, 0), "PNG"), ("LA", (200, 0), "PNG"), ("RGBA", (255, 0, 0, 0), "WEBP")],
)
def test_transparency_shows_the_pad_colour(mode: str, colour: tuple[int, ...], kind: str) -> None:
    made = fit(picture(mode, colour=colour, kind=kind, **({"exact": True} if kind == "WEBP" else {})), pad="#102030")
    assert made.kind == "png"
    assert pixels(made.data).getpixel((5, 5)) == (0x10, 0x20, 0x30)


def test_a_transparent_palette_colour_shows_the_pad_colour() -> None:
    image = Image.new("P", SMALL, 1)
    image.putpalette([0, 0, 0, 255, 255, 255])
    buffer = io.BytesIO()
    image.save(buffer, "PNG", transparency=1)
    assert pixels(fit(buffer.getvalue(), pad="red").data).getpixel((0, 0)) == (255, 0, 0)


def test_a_colour_key_shows_the_pad_colour() -> None:
    data = picture(colour=(1, 2, 3), transparency=(1, 2, 3))
    assert pixels(fit(data, pad="blue").data).getpixel((0, 0)) == (0, 0, 255)


def test_half_transparent_is_mixed() -> None:
    made = pixels(fit(picture("RGBA", colour=(255, 255, 255, 128))).data)
    assert made.getpixel((3, 3)) == (128, 128, 128)


def test_cmyk_becomes_rgb() -> None:
    made = fit(picture("CMYK", kind="JPEG", colour=(0, 255, 255, 0), quality=95))
    shown = pixels(made.data)
    assert (made.kind, shown.mode) == ("jpeg", "RGB")
    red, green, blue = shown.getpixel((5, 5))
    assert red > 240 and green < 15 and blue < 15


def test_a_broken_colour_profile_does_not_matter() -> None:
    made = fit(picture("CMYK", kind="JPEG", colour=(255, 0, 255, 0), quality=95, icc_profile=b"not a profile"))
    red, green, blue = pixels(made.data).getpixel((5, 5))
    assert green > 240 and red < 15 and blue < 15


def test_colours_go_to_srgb_when_a_picture_is_rewritten() -> None:
    linear = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    data = picture(colour=(128, 64, 32), icc_profile=linear, size=(10, 10))
    made = pixels(fit(data, SMALL, "cover").data)
    assert "icc_profile" not in made.info
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    same = pixels(fit(picture(colour=(128, 64, 32), icc_profile=srgb, size=(10, 10)), SMALL, "cover").data)
    assert same.getpixel((5, 5)) == (128, 64, 32)


def test_16_bit_grey_keeps_its_tones() -> None:
    assert pixels(fit(picture("I;16", colour=0x8000)).data).getpixel((0, 0)) == (128, 128, 128)


def test_cover_fills_and_cuts_equally_on_both_sides() -> None:
    buffer = io.BytesIO()
    quarters((400, 100)).save(buffer, "PNG")
    made = pixels(fit(buffer.getvalue(), (100, 100), "cover").data)
    assert made.size == (100, 100)
    assert [made.getpixel(at) for at in ((2, 2), (97, 2), (2, 97), (97, 97))] == [
        (255, 0, 0),
        (0, 255, 0),
        (0, 0, 255),
        (255, 255, 255),
    ]


def test_contain_shows_all_of_it_on_the_pad_colour() -> None:
    buffer = io.BytesIO()
    quarters((200, 100)).save(buffer, "PNG")
    made = pixels(fit(buffer.getvalue(), (100, 100), "contain", "#0a0b0c").data)
    pad = (10, 11, 12)
    assert [made.getpixel((50, y)) for y in (0, 24, 75, 99)] == [pad] * 4
    assert [made.getpixel(at) for at in ((1, 27), (98, 27), (1, 72), (98, 72))] == [
        (255, 0, 0),
        (0, 255, 0),
        (0, 0, 255),
        (255, 255, 255),
    ]


@pytest.mark.parametrize("size", [(3000, 1), (1, 3000)])
@pytest.mark.parametrize("how", ["cover", "contain"])
def test_extreme_shapes_still_fit(size: tuple[int, int], how: str) -> None:
    made = fit(picture(size=size), (64, 36), how)
    assert (made.width, made.height) == (64, 36) == pixels(made.data).size


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_the_same_picture_gives_the_same_bytes(kind: str) -> None:
    buffer = io.BytesIO()
    quarters((300, 200)).save(buffer, kind)
    made = {hashlib.sha256(fit(buffer.getvalue(), (128, 72), "contain").data).hexdigest() for _ in range(3)}
    assert len(made) == 1


def test_no_size_asked_means_any_size_goes() -> None:
    assert fit(picture(size=(7, 9)), None).width == 7


def test_exact_names_both_sizes_and_the_ways_on() -> None:
    with pytest.raises(InvalidRequestError) as caught:
        fit(picture(size=(10, 10)), SMALL)
    for part in ("10x10", "64x36", "reference_options", "cover", "contain", "Nothing was paid"):
        assert part in str(caught.value)


def animated(kind: str) -> bytes:
    buffer = io.BytesIO()
    frames = [Image.new("RGB", SMALL, colour) for colour in ("red", "blue", "green")]
    frames[0].save(buffer, kind, save_all=True, append_images=frames[1:], duration=50)
    return buffer.getvalue()


@pytest.mark.parametrize("kind", ["WEBP", "PNG"])
def test_an_animation_is_refused_as_one(kind: str) -> None:
    with pytest.raises(InvalidRequestError, match=f"animated {kind} of 3 pictures.*Nothing was paid"):
        fit(animated(kind))


def test_a_camera_jpeg_with_a_second_picture_is_no_animation() -> None:
    buffer = io.BytesIO()
    Image.new("RGB", SMALL, "red").save(buffer, "MPO", save_all=True, append_images=[Image.new("RGB", (8, 8))])
    made = fit(buffer.getvalue())
    assert (made.kind, made.data) == ("jpeg", buffer.getvalue())


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (animated("GIF"), "a GIF"),
        (picture(kind="BMP"), "a BMP"),
        (picture(kind="TIFF"), "a TIFF"),
        (b"\x00\x00\x00\x1cftypavif" + bytes(20), "an AVIF"),
        (b"\x00\x00\x00\x1cftypheic" + bytes(20), "a HEIC"),
        (b"\x00\x00\x00\x1cftypisom" + bytes(20), "a video"),
        (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', "an SVG"),
        (b"<!DOCTYPE html><html><body>Not found", "a web page"),
        (b'{"error": "no such key"}', "JSON"),
        (b"%PDF-1.7", "a PDF"),
        (b"RIFF\x00\x00\x00\x00AVI LIST", "no picture that we know"),
        (b"hello", "no picture that we know"),
        (b"", "empty"),
    ],
)
def test_other_things_are_refused_by_what_they_are(data: bytes, words: str) -> None:
    with pytest.raises(InvalidRequestError, match=rf"is {words}.*JPEG, PNG or WebP.*Nothing was paid"):
        fit(data)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.95])
def test_a_cut_picture_is_refused(kind: str, share: float) -> None:
    buffer = io.BytesIO()
    Image.effect_noise((200, 200), 80).convert("RGB").save(buffer, kind)
    data = buffer.getvalue()[: int(len(buffer.getvalue()) * share)]
    with pytest.raises(InvalidRequestError, match="cut or damaged"):
        fit(data, (200, 200))


def png_claiming(width: int, height: int) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(100))) + chunk(b"IEND", b"")


@pytest.mark.parametrize("size", [(8001, 8000), (12_000, 12_000), (60_000, 60_000)])
def test_a_bomb_is_refused_before_it_is_decoded(size: tuple[int, int]) -> None:
    assert size[0] * size[1] > MAX_PIXELS
    with pytest.raises(InvalidRequestError, match="pixels, more than the 64,000,000"):
        fit(png_claiming(*size), None)


@pytest.mark.parametrize("pad", ["no colour", "#12", "#11223344", "", "rgb(1,2"])
def test_a_wrong_pad_colour_is_named(pad: str) -> None:
    with pytest.raises(InvalidRequestError, match=r"pad_color.*Nothing was paid"):
        fit(picture(), pad=pad)


@settings(max_examples=150, deadline=None)
@given(
    head=st.sampled_from([picture(kind="JPEG"), picture(), picture(kind="WEBP"), b"", b"\x89PNG\r\n\x1a\n"]),
    at=st.integers(0, 600),
    noise=st.binary(max_size=64),
)
def test_any_bytes_give_a_picture_or_our_error(head: bytes, at: int, noise: bytes) -> None:
    data = head[:at] + noise + head[at + len(noise) :]
    sniff(data)
    try:
        made = fit(data, (32, 18), "cover")
    except InvalidRequestError as error:
        assert "Nothing was paid" in str(error)
    else:
        assert pixels(made.data).size == (32, 18)
