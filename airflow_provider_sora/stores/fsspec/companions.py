"""What a store without metadata keeps beside an object: a hidden one, ``.NAME.meta.json``.

``fs`` is an fsspec file system, ``path`` the object's path in it. Its errors pass as they are.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def side_path(path: str) -> str:
    folder, _, last = path.rpartition("/")
    return f"{folder}/.{last}.meta.json"


def read_side(fs: Any, path: str) -> dict[str, Any]:
    """What is kept of the object; empty where there is nothing, or nothing that can be read."""
    try:
        found = json.loads(fs.cat_file(side_path(path)))
    except (FileNotFoundError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def write_side(fs: Any, path: str, content: Mapping[str, Any]) -> None:
    fs.makedirs(path.rpartition("/")[0], exist_ok=True)
    fs.pipe_file(side_path(path), json.dumps(content).encode())


def commit_with_side(fs: Any, path: str, stream: Any, side: Mapping[str, Any]) -> None:
    """The hidden object comes first: a crash between would leave an object without proof of origin.

    Whoever loses puts back what the winner had written; the winner looks once more, since the loser may have written in
    between. What neither sees is a loser that writes later still: then the two are of one size, or the object counts as
    nobody's.

    :param stream: the object's, opened with ``autocommit=False`` and closed.
    """
    before = read_side(fs, path)
    write_side(fs, path, side)
    try:
        stream.commit()
    except BaseException:
        if not fs.exists(path):
            fs.rm_file(side_path(path))
        elif before:  # another worker was faster: this one belongs to what lies there
            write_side(fs, path, before)
        raise
    if read_side(fs, path) != side:
        write_side(fs, path, side)


class Beside:
    """Where metadata goes on all other stores, as a :class:`.metadata_home.MetadataHome`."""

    whole_at_close = False

    def opened_with(self, content_type: str, metadata: Mapping[str, str]) -> dict[str, Any]:
        return {}

    def finish(self, fs: Any, path: str, stream: Any, side: Mapping[str, Any]) -> None:
        stream.close()
        commit_with_side(fs, path, stream, side)

    def read(self, fs: Any, path: str, info: Mapping[str, Any]) -> dict[str, Any]:
        return read_side(fs, path)

    def copy(self, fs: Any, source: str, path: str, side: Mapping[str, Any]) -> None:
        write_side(fs, path, side)
        fs.cp_file(source, path)

    def paths(self, path: str) -> list[str]:
        return [path, side_path(path)]
