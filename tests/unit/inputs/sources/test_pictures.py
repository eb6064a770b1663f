"""Where a picture may come from, and what is refused there."""

from __future__ import annotations

import base64
import hashlib
import io
import os
import socket
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from PIL import Image

from airflow_provider_sora.exceptions import InvalidRequestError
from airflow_provider_sora.inputs import pictures as reference
from airflow_provider_sora.inputs.pictures.load import load_reference
from airflow_provider_sora.masking.addresses import shown
from airflow_provider_sora.web import guard


def png(size: tuple[int, int] = (64, 36)) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, (200, 30, 40)).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "写真 1.jpg"  # a PNG under a JPEG's name: only the content counts
    path.write_bytes(png())
    return path


def load(source: Any, **options: Any) -> Any:
    return load_reference(source, **{"size": "64x36", **options})


def test_the_package_offers_the_function() -> None:
    assert reference.load_reference is load_reference
    with pytest.raises(AttributeError):
        reference.nothing_like_it  # noqa: B018


def test_a_path_is_read_and_described(photo: Path) -> None:
    made = load(str(photo))
    assert made.data == photo.read_bytes()
    assert made.sha256 == hashlib.sha256(made.data).hexdigest()
    assert (made.content_type, made.file_name, made.width, made.height) == ("image/png", "reference.png", 64, 36)
    assert made.origin == str(photo)
    assert (made.url, made.file_id) == (None, None)


def test_a_path_object_and_a_file_address_are_the_same(photo: Path) -> None:
    assert load(photo).sha256 == load(photo.as_uri()).sha256 == load(str(photo)).sha256


def test_a_home_path_is_expanded(photo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(photo.parent))
    assert load(f"~/{photo.name}").width == 64


@pytest.mark.parametrize("source", ["file-AbC123", "file_abc-1"])
def test_an_uploaded_file_is_passed_on_unseen(source: str) -> None:
    made = load(source, fit="contain")
    assert (made.file_id, made.data, made.origin) == (source, None, f"file_id:{source}")


def test_a_file_id_of_another_form_is_named_as_one() -> None:
    assert load("file_id:assistant=7:x").file_id == "assistant=7:x"
    with pytest.raises(InvalidRequestError, match="without an id"):
        load("file_id: ")


@pytest.mark.parametrize(
    "address",
    [
        "data:image/png;base64," + base64.b64encode(png()).decode(),
        "data:image/png;base64," + base64.urlsafe_b64encode(png()).decode().rstrip("="),
        "data:;base64," + quote(base64.b64encode(png()).decode(), safe=""),
        "DATA:image/jpeg," + quote(png()),
    ],
)
def test_a_data_url_is_read(address: str) -> None:
    made = load(address)
    assert made.data == png()
    assert len(made.origin) < 80 and "URL of" in made.origin


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("data:image/png;base64", "without a comma"),
        ("data:image/png;base64,!!!!", "base64 cannot be read"),
        ("data:image/png;base64,", "is empty"),
        ("data:text/html,<html></html>", "is a web page"),
    ],
)
def test_a_bad_data_url_is_refused(address: str, words: str) -> None:
    with pytest.raises(InvalidRequestError, match=rf"{words}.*Nothing was paid"):
        load(address)


def test_what_is_too_large_is_refused_everywhere(photo: Path) -> None:
    for source in (str(photo), "data:image/png;base64," + base64.b64encode(png()).decode(), "data:," + "x" * 400):
        with pytest.raises(InvalidRequestError, match=r"more than the 50 bytes allowed. Nothing was paid"):
            load(source, max_bytes=50)


def test_a_missing_file_names_itself(tmp_path: Path) -> None:
    with pytest.raises(InvalidRequestError, match=r"no\.png.*No such file.*Nothing was paid"):
        load(str(tmp_path / "no.png"))


def test_only_plain_files_are_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe"):
        with pytest.raises(InvalidRequestError, match=r"(not a plain file|directory).*Nothing was paid"):
            load(str(path))


def test_a_file_address_with_a_host_is_refused() -> None:
    with pytest.raises(InvalidRequestError, match="names the host 'server'"):
        load("file://server/photo.png")


def test_a_file_address_that_is_none_is_refused() -> None:
    with pytest.raises(InvalidRequestError, match=r"file://\[x/a.png.*is no file:// address.*Nothing was paid"):
        load("file://[x/a.png")


@pytest.mark.parametrize("source", ["", "  "])
def test_nothing_is_refused(source: str) -> None:
    with pytest.raises(InvalidRequestError, match="input_reference is empty"):
        load(source)


def test_an_unknown_store_is_refused_by_name() -> None:
    with pytest.raises(InvalidRequestError, match=r"nosuchstore://bucket/photo.png.*cannot be read by this Airflow"):
        load("nosuchstore://user:secret@bucket/photo.png")


@pytest.mark.parametrize("size", ["720p", "1280*720", "0x720", "-1x2", "99999x99999", "1280x720 "])
def test_a_wrong_size_is_named(size: str, photo: Path) -> None:
    with pytest.raises(InvalidRequestError, match="size is"):
        load(photo, size=size)


def test_fitting_needs_a_size_and_a_known_way(photo: Path) -> None:
    with pytest.raises(InvalidRequestError, match="needs a size"):
        load(photo, size=None, fit="cover")
    with pytest.raises(InvalidRequestError, match="allowed are exact, cover, contain"):
        load(photo, fit="stretch")
    assert load(photo, size=None).width == 64


def test_secrets_of_an_address_are_not_shown() -> None:
    assert shown("https://me:pw@host:8443/a/b.png?sig=1#x") == "https://host:8443/a/b.png"
    assert shown("gs://conn@bucket/a.png") == "gs://bucket/a.png"
    assert shown("https://me:pw@host?sig=1") == "https://host"
    assert shown("gs://bucket/a#1?.png") == "gs://bucket/a#1?.png"
    assert "AAAA" not in shown("data:image/png;base64,AAAA")


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fc00::1",
        "fec0::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "2002:7f00:1::",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    ],
)
def test_addresses_that_are_not_public(address: str) -> None:
    assert not guard.is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_addresses_that_are_public(address: str) -> None:
    assert guard.is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/a.png",
        "https://[::1]/a.png",
        "https://[::ffff:10.0.0.1]/a.png",
        "https://2130706433/a.png",
        "https://0x7f000001/a.png",
        "https://0x7f.1/a.png",
        "https://0177.0.0.1/a.png",
        "https://localhost/a.png",
        "https://LOCALHOST./a.png",
        "https://１２７.0.0.1/a.png",
        "https://127。0。0。1/a.png",
        "https://ⓛocalhost/a.png",
        "https://8.8.8.8@127.0.0.1/a.png",
        "https://8.8.8.8:pw@[::1]:8443/a.png",
        "https://[fe80::1]/a.png",
        "https://[fe80::1%lo]/a.png",
        "https://[64:ff9b::7f00:1]/a.png",
        "https://[64:ff9b:1::8.8.8.8]/a.png",
        "https://[2002:7f00:1::]/a.png",
        "https://169.254.169.254/latest/meta-data",
    ],
)
def test_private_hosts_are_refused_however_they_are_written(url: str) -> None:
    with pytest.raises(InvalidRequestError, match=r"non-public address. Nothing was paid"):
        load(url)


def test_one_private_address_among_several_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    def resolve(host: str, port: int, **_: Any) -> list[Any]:
        return [(socket.AF_INET, 1, 6, "", (ip, port)) for ip in ("8.8.8.8", "10.0.0.7")]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    with pytest.raises(InvalidRequestError, match=r"'shop.test' at 10.0.0.7"):
        load("https://shop.test/a.png")


def test_the_connection_goes_to_the_address_that_was_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    connected: list[Any] = []

    def resolve(host: str, port: int, **_: Any) -> list[Any]:
        asked.append(host)
        return [(socket.AF_INET, 1, 6, "", ("8.8.8.8" if len(asked) == 1 else "127.0.0.1", port))]

    def connect(address: Any, *_: Any, **__: Any) -> socket.socket:
        connected.append(address)
        raise ConnectionRefusedError("refused")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(Exception, match="Nothing was paid"):
        load("https://rebind.test/a.png")
    assert (asked, connected) == (["rebind.test"], [("8.8.8.8", 443)])


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://shop.test/a.png", "without TLS"),
        ("https:///a.png", "only https://"),
        ("https://[::1/a.png", "not a web address"),
        ("https://shop.test:99999/a.png", "not a web address"),
        ("https://" + "a" * 80 + ".test/a.png", "is no name"),
    ],
)
def test_odd_web_addresses_are_refused(url: str, words: str) -> None:
    with pytest.raises(InvalidRequestError, match=rf"{words}.*Nothing was paid"):
        load(url)
