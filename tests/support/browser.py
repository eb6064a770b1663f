"""Pages as headless Chromium sees them."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

needs_browser = pytest.mark.skipif(not shutil.which("chromium"), reason="chromium is not installed")

_FLAGS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update", "--hide-scrollbars"),
]
#: Says in the page's title how long its first video is, once the browser has read its head.
_PROBE = (
    "<script>addEventListener('load',()=>{const v=document.querySelector('video');if(!v)return;v.preload='metadata';"
    "v.addEventListener('loadedmetadata',()=>{document.title='plays '+v.duration.toFixed(1)});v.load()})</script>"
)


def unlocked(page: str) -> str:
    """The page's text with a policy that runs any script: a test's probe, and whatever the page should not hold."""
    if "script-src" in page:
        return re.sub(r"script-src [^;\"]*", "script-src 'unsafe-inline'", page, count=1)
    return page.replace("default-src 'none';", "default-src 'none'; script-src 'unsafe-inline';", 1)


def opened(page: Path, profile: Path, *, until: str = "") -> str:
    """The page's DOM after its scripts ran; its title is ``plays SECONDS`` where it has a video that plays.

    :param until: text that the DOM will hold; the browser's own clock runs ahead of a busy machine, and it gets more
        of it until the text is there.
    """
    probe = page.with_name(f"probe-{page.name}")
    probe.write_text(unlocked(page.read_text("utf-8")).replace("</body>", _PROBE + "</body>"), "utf-8")
    dom = ""
    for budget in (10_000, 100_000, 1_000_000):
        flags = [*_FLAGS, "--dump-dom", f"--virtual-time-budget={budget}", f"--user-data-dir={profile}/{budget}"]
        command = ["chromium", *flags, probe.as_uri()]
        dom = subprocess.run(command, capture_output=True, text=True, timeout=90, check=True).stdout
        if until in dom:
            break
    probe.unlink()
    return dom
