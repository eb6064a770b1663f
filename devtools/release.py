"""What stands in the way of a release: ``python -m devtools.release``. Names each thing, and ends with 1 then."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

REPOSITORY = Path(__file__).resolve().parent.parent
_SECTION = re.compile(r"^## \[(.+?)\](.*)$", re.MULTILINE)


def address(pyproject: str) -> Iterator[str]:
    """The project must have an address that is somebody's."""
    for name, url in tomllib.loads(pyproject)["project"]["urls"].items():
        host = urlsplit(url).hostname or ""
        if host == "example" or host.endswith(".example"):
            yield f"pyproject.toml: {name} is {url}, which nobody can open"


def changelog(text: str, version: str) -> Iterator[str]:
    """Its top section must be this version's, with a day."""
    found = _SECTION.search(text)
    if found is None or found[1] != version:
        yield f"CHANGELOG.md: the top section is of {found[1] if found else 'no version'}, not of {version}"
    elif not re.fullmatch(r" - \d{4}-\d{2}-\d{2}", found[2]):
        yield f"CHANGELOG.md: the section of {version} has no day: {found[0]!r}"


def tree(status: str, tags: str, version: str) -> Iterator[str]:
    """What is built must be what is tagged. ``status`` and ``tags`` as git prints them."""
    if status.strip():
        yield "git: there are changes that are not committed"
    if f"v{version}" not in tags.split():
        yield f"git: this commit has no tag v{version}"


def git(*words: str) -> str:
    return subprocess.run(["git", *words], cwd=REPOSITORY, capture_output=True, text=True, check=True).stdout


def main() -> int:
    from airflow_provider_sora import __version__

    found = [
        *address((REPOSITORY / "pyproject.toml").read_text("utf-8")),
        *changelog((REPOSITORY / "CHANGELOG.md").read_text("utf-8"), __version__),
        *tree(git("status", "--porcelain"), git("tag", "--points-at", "HEAD"), __version__),
    ]
    for line in found:
        print(line)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
