"""The first click: a connection made in Airflow's own form, and *Test* on the list of connections.

Airflow 3.3.2's list sends port 0 for a connection without a port, finds that it differs from the stored one, and
answers 400 before any hook is asked. A stored port, 0 included, is how a provider's form gets past that.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_sora.provider_info import CONNECTION_FIELDS
from tests.support.animatic import KEY, AnimaticServer, lent_server
from tests.support.browser import needs_browser
from tests.support.web_ui import api_server, browser_page

pytestmark = [needs_browser, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with api_server(tmp_path_factory.mktemp("ui")) as root, browser_page(root) as opened:
        opened.root = root
        yield opened


def open_form(page: Any, conn_id: str) -> None:
    page.goto(f"{page.root}/connections")
    page.get_by_role("button", name="Add Connection").first.click()
    page.fill("input[name=connection_id]", conn_id)
    page.get_by_role("combobox").last.click()
    page.keyboard.type("Sora")
    page.keyboard.press("Enter")
    page.get_by_text("Base URL", exact=True).wait_for()


def add(page: Any, conn_id: str, host: str, *, key: str = "", port: str = "") -> None:
    open_form(page, conn_id)
    page.fill("input[name=host]", host)
    if key:
        page.fill("input[name=password]", key)
    if port:
        page.fill("input[name=port]", port)
    page.get_by_role("button", name="Save").click()
    page.get_by_role("row").filter(has_text=conn_id).wait_for()


def click_test(page: Any, conn_id: str) -> tuple[int, dict[str, Any], str]:
    """The status and answer of Airflow's API, and what the page told the person."""
    page.goto(f"{page.root}/connections")
    button = page.get_by_role("row").filter(has_text=conn_id).get_by_role("button", name="Test Connection")
    with page.expect_response(lambda answer: answer.url.endswith("/connections/test")) as caught:
        button.click()
    toast = page.locator("[data-scope=toast][data-part=root]").last
    toast.wait_for()
    return caught.value.status, caught.value.json(), toast.inner_text()


def test_a_stored_port_makes_the_icon_say_who_answered(page: Any, tmp_path: Path) -> None:
    with lent_server() as server:
        add(page, "with_zero", server.url, key=KEY, port="0")
        status, answer, told = click_test(page, "with_zero")
        assert (status, answer["status"]) == (200, True), answer
        assert "Animatic" in told and "create" in told
        # The port as a field of its own, as other connection types have it.
        address, _, port = server.root.rpartition(":")
        add(page, "with_port", f"{address}/v1", key=KEY, port=port)
        status, answer, told = click_test(page, "with_port")
        assert (status, answer["status"]) == (200, True), answer
        assert server.stats()["paid_posts"] == 0


def test_a_wrong_key_and_a_dead_server_are_told_in_words(page: Any) -> None:
    with AnimaticServer() as server:
        add(page, "wrong_key", server.url, key="quite-another-key", port="0")
        status, answer, told = click_test(page, "wrong_key")
        assert (status, answer["status"]) == (200, False)
        assert "key" in told and "Next:" in told
        address = server.url
    add(page, "gone", address, key=KEY, port="0")
    status, answer, told = click_test(page, "gone")
    assert (status, answer["status"]) == (200, False)
    assert "No connection to" in told and "Next:" in told


def test_without_a_port_airflow_itself_refuses(page: Any) -> None:
    """Airflow's own answer, as docs/connection.md tells it: should this fail, a newer Airflow has mended it."""
    with lent_server() as server:
        add(page, "no_port", server.url, key=KEY)
        status, _, _ = click_test(page, "no_port")
    assert status == 400


def test_the_form_offers_every_dialect(page: Any) -> None:
    open_form(page, "listed")
    page.get_by_role("button", name="Extra Fields", exact=True).click()
    page.get_by_text("Dialect", exact=True).wait_for()
    field = page.locator("#element_dialect")
    field.click()
    offered = {option.inner_text() for option in page.get_by_role("option").all()}
    assert set(CONNECTION_FIELDS["dialect"]["schema"]["enum"]) <= offered


def picture(page: Any, name: str, *, area: Any = None) -> None:
    """``SORA_SCREENSHOTS=docs/images`` takes those of docs/connection.md anew; few colours keep them small.

    :param area: what of the page to keep, as far as it is to be seen without scrolling.
    """
    if not (folder := os.environ.get("SORA_SCREENSHOTS")):
        return
    from PIL import Image

    path, box = Path(folder, name), area and area.bounding_box()
    page.screenshot(path=str(path))
    with Image.open(path) as taken:
        seen = taken.convert("RGB")
        if box:
            left, top = int(box["x"]), int(box["y"])
            right, bottom = left + int(box["width"]), top + int(box["height"])
            seen = seen.crop((left, top, right, min(bottom, seen.height)))
        seen.quantize(64, dither=Image.Dither.NONE).save(path, optimize=True)


def test_the_way_that_the_page_shows_in_pictures(page: Any) -> None:
    """The labels, notes and order of docs/connection.md, from an empty form to the server's answer."""
    with AnimaticServer() as server:
        open_form(page, "sora_default")
        dialog = page.get_by_role("dialog")
        page.fill("input[name=host]", server.url)
        page.fill("input[name=password]", KEY)
        page.fill("input[name=port]", "0")
        for label in ("Base URL", "API key", "Port (0: as in Base URL)", "User (basic auth only)"):
            dialog.get_by_text(label, exact=True).wait_for()
        picture(page, "form-server.png", area=dialog)
        dialog.get_by_role("button", name="Standard Fields", exact=True).click()
        dialog.get_by_role("button", name="Extra Fields", exact=True).click()
        dialog.get_by_text("Dialect", exact=True).wait_for()
        page.set_viewport_size({"width": 1280, "height": 1500})
        dialog.get_by_text("Prices (USD per second)", exact=True).wait_for()
        picture(page, "form-extra.png", area=dialog)
        page.set_viewport_size({"width": 1280, "height": 1000})
        dialog.get_by_role("button", name="Save").click()
        page.get_by_role("row").filter(has_text="sora_default").wait_for()
        _, answer, told = click_test(page, "sora_default")
        assert answer["status"] is True and "Animatic" in told
        picture(page, "form-test.png")
