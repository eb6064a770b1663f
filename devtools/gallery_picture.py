"""Takes ``docs/images/gallery.png``: the gallery inside Airflow as ``make up`` shows it, with its two DAGs' clips.

``python -m devtools.gallery_picture [PATH]`` after ``make up``; wants Chromium and Playwright.
"""

from __future__ import annotations

import shutil
import sys
import time
from pathlib import Path
from typing import Any

from testbed.airflow_env import REPOSITORY
from testbed.stack import UP, USER, remembered, settings_of

PICTURE = REPOSITORY / "docs/images/gallery.png"
#: So many clips are waited for, so long.
CLIPS, PATIENCE_SECONDS = 6, 600
_FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync", "--hide-scrollbars")


def take(page: Any, root: str, password: str, path: Path) -> None:
    """Log in, wait for the clips, and keep what is to be seen."""
    page.goto(root)
    page.fill("input[name=username]", USER)
    page.fill("input[name=password]", password)
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Browse").click()
    page.get_by_role("menuitem", name="Videos").click()
    frame = page.frame_locator("iframe[title=Videos]")
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        frame.locator("[role=status]").first.wait_for()
        if frame.locator("article").count() >= CLIPS:
            break
        if time.monotonic() > deadline:
            raise SystemExit(f"There are fewer than {CLIPS} clips; let the runs of `make up` end first.")
        time.sleep(5)
        page.reload()
    # Pictures are loaded lazily by nobody but the browser: each is asked for as the page shows it.
    page.wait_for_load_state("networkidle")
    # Headless Chromium draws a player that nobody has started as one that is loading.
    frame.locator("article video").evaluate_all("players => players.forEach(player => { player.controls = false })")
    page.screenshot(path=str(path))


def main(argv: list[str]) -> int:
    from playwright.sync_api import sync_playwright

    path = Path(argv[0]) if argv else PICTURE
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=list(_FLAGS))
        page = browser.new_page(viewport={"width": 1280, "height": 900}, color_scheme="light")
        page.set_default_timeout(120_000)
        take(page, remembered(UP).page, settings_of(UP)["password"], path)
        browser.close()
    print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
