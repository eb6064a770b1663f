"""What goes wrong with a photo is told in words of the shop, in the language of the page: real errors, not made up."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from PIL import Image

from airflow_provider_sora import exceptions
from airflow_provider_sora.error_details import kinds
from airflow_provider_sora.exceptions import InvalidRequestError, SoraError
from airflow_provider_sora.inputs.pictures import load_reference
from airflow_provider_sora.inputs.pictures.photo_address import photo_address
from airflow_provider_sora.words.page_words import reason_in, words
from airflow_provider_sora.words.reasons import as_told, of_failure, of_photo


def told(source: str, **options) -> dict:
    with pytest.raises(SoraError) as raised:
        load_reference(source, size="64x36", fit="contain", what="photo", **options)
    return of_photo(raised.value)


def check(reason: dict, code: str) -> None:
    assert reason["code"] == code, reason
    for text in (reason["reason"], reason_in(reason, words("ja"))):
        assert not re.search("input_reference|this worker|Nothing was paid", text)
    assert re.search("[ぁ-ん]", reason_in(reason, words("ja")))


def test_photos_on_disk(tmp_path: Path) -> None:
    good = io.BytesIO()
    Image.new("RGB", (64, 36)).save(good, "PNG")
    moving = io.BytesIO()
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    frames[0].save(moving, "WEBP", save_all=True, append_images=frames[1:])
    for name, data in {
        "cut.png": good.getvalue()[:60], "page.jpg": b"<!doctype html>", "moving.webp": moving.getvalue(),
        "large.png": good.getvalue() + b"x" * 1000,
    }.items():  # fmt: skip
        (tmp_path / name).write_bytes(data)
    check(told(f"{tmp_path}/none.png"), "photo_missing")
    check(told(f"{tmp_path}/cut.png"), "photo_damaged")
    check(told(f"{tmp_path}/page.jpg"), "photo_kind")
    check(told(f"{tmp_path}/moving.webp"), "photo_animated")
    check(told(f"{tmp_path}/large.png", max_bytes=500), "photo_large")
    assert "ウェブページ" in reason_in(told(f"{tmp_path}/page.jpg"), words("ja"))


def test_photos_on_the_web() -> None:
    check(told("https://127.0.0.1:9/a.jpg"), "photo_private")
    check(told("http://shop.example/a.jpg"), "photo_insecure")


def test_photos_in_a_catalogue() -> None:
    with pytest.raises(InvalidRequestError) as raised:
        photo_address("../../secret.png", "/shop/catalogue.csv")
    check(of_photo(raised.value), "photo_outside")


def test_what_has_no_code_is_quoted() -> None:
    check(of_photo(InvalidRequestError("photo is odd.")), "photo")
    reason = as_told(InvalidRequestError("The feed is odd.", step="mend it."))
    assert reason["reason"] == "The feed is odd." and reason_in(reason, words("ja")) == "使えない: The feed is odd."


#: Those that leave a task; a store's own errors, where they are loaded, are turned into one of these below.
_PUBLIC = [name for name, cls in kinds(SoraError).items() if cls.__module__ == exceptions.__name__]


@pytest.mark.parametrize("name", sorted(_PUBLIC))
def test_every_kind_of_error_has_its_words(name: str) -> None:
    reason = of_failure(kinds(SoraError)[name]("the server's own words", cost=""))
    assert reason["reason"] == f"{name}: the server's own words"
    japanese = reason_in(reason, words("ja"))
    assert "the server's own words" in japanese and (name == "SoraError" or name not in japanese)
