"""``make demo-film``: the bundled storyboard through real Airflow, on the bundled server; no key, no money.

Sixteen scenes and their cut, in English or, with ``--language ja``, in Japanese. The film is left as
``.demo-film/film.mp4`` with its captions beside it; ``--again`` runs once more on the kept bucket and pays for nothing.
Everything lies under ``.demo-film``.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from pathlib import Path
from typing import Any

from devtools.demo import Demo
from testbed.airflow_env import DAGS, REPOSITORY
from testbed.processes import StepError

FOLDER = REPOSITORY / ".demo-film"
FILMS = {"en": "last_lantern.yaml", "ja": "last_lantern.ja.yaml"}


def conf_of(language: str) -> dict[str, Any]:
    """What the run is told; the shortest waits that are still waits."""
    film = DAGS / "include" / "storyboards" / FILMS[language]
    return {"storyboard": str(film), "model": "sora-2", "poll_interval": 0.2}


def keep_film(folder: Path) -> Path:
    """Copy the film and its captions out of the exported archive; the film's path.

    :raises StepError: there is not one film.
    """
    receipts = [path for path in (folder / "archive").rglob("receipt.json") if _kind(path) == "final_cut"]
    if not receipts:
        raise StepError(f"There is no film in {folder / 'archive'}.")
    latest = max(receipts, key=lambda path: path.stat().st_mtime)
    # Named like the film: so a player finds the captions by itself.
    for name, kept in (("video.mp4", "film.mp4"), ("captions.vtt", "film.vtt"), ("captions.srt", "film.srt")):
        found = latest.with_name(name)
        if found.exists():
            shutil.copyfile(found, folder / kept)
    return folder / "film.mp4"


def _kind(path: Path) -> str:
    return str(json.loads(path.read_text("utf-8")).get("kind"))


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m devtools.demo_film", description=__doc__)
    parser.add_argument("--language", choices=tuple(FILMS), default="en", help="of the film (default: en)")
    parser.add_argument("--again", action="store_true", help="run once more on the kept bucket; pays nothing")
    asked = parser.parse_args(argv)
    try:
        code = Demo(FOLDER, asked.again, {"storyboard": conf_of(asked.language)}).run()
        film = keep_film(FOLDER)
    except StepError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped; everything that was started has been ended.", file=sys.stderr)
        return 130
    print(f"film: {film.relative_to(REPOSITORY)}")
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
