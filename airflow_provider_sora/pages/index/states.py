"""An index that is there already, brought up to what was decided since it was written, or without what is gone."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any

from airflow_provider_sora.exceptions import ContentError
from airflow_provider_sora.pages.index.building import HTML_NAME, JSON_NAME, count_states, sums_of
from airflow_provider_sora.pages.index.material import Nearby, thumbnails
from airflow_provider_sora.pages.index.page import render_page
from airflow_provider_sora.stores.contract import NameTakenError
from airflow_provider_sora.stores.destination import split_object_uri
from airflow_provider_sora.stores.open import open_store

if TYPE_CHECKING:
    from airflow_provider_sora.stores.options import ArchiveOptions


def videos_of(index: str, options: ArchiveOptions | None) -> list[str]:
    """Addresses of the videos of an ``index.json``.

    :raises ContentError: it is no index.
    """
    return [str(video["uri"]) for video in _read(index, options)["videos"]]


def write_states(index: str, states: Mapping[str, str], options: ArchiveOptions | None) -> bool:
    """Put what people decided into an ``index.json`` and the page beside it.

    :param states: by the video's address.
    :returns: False where nothing has changed, or somebody else is writing the pages, who reads the same decisions.
    :raises ContentError: it is no index.
    :raises ArchiveError: the store failed.
    """

    def brought_up(found: dict[str, Any]) -> bool:
        told = [video.get("review") for video in found["videos"]]
        for video in found["videos"]:
            video["review"] = states.get(str(video["uri"]), video.get("review"))
        found["totals"]["review"] = count_states(found["videos"])
        return told != [video["review"] for video in found["videos"]]

    return _rewritten(index, brought_up, options)


def drop_videos(index: str, videos: Collection[str], options: ArchiveOptions | None) -> bool:
    """Take videos that are gone, and every link to them, out of an ``index.json`` and the page beside it.

    :param videos: their addresses.
    :returns: False where it has none of them, or somebody else is writing the pages.
    :raises ContentError: it is no index.
    :raises ArchiveError: the store failed.
    """

    def without(found: dict[str, Any]) -> bool:
        kept = [video for video in found["videos"] if str(video["uri"]) not in videos]
        linked = [entry for entry in found.get("skipped", ()) if entry.get("clip_uri") in videos]
        for entry in linked:
            entry.pop("clip_uri", None)
            entry.pop("clip_link", None)
        if len(kept) == len(found["videos"]):
            return bool(linked)
        found["videos"] = kept
        found["totals"] |= sums_of(kept)
        if found["totals"].get("review") is not None:
            found["totals"]["review"] = count_states(kept)
        return True

    return _rewritten(index, without, options)


def _rewritten(index: str, change: Callable[[dict[str, Any]], bool], options: ArchiveOptions | None) -> bool:
    """Write the index and its page again where ``change`` says that it changed something."""
    folder, _ = split_object_uri(index)
    store = open_store(folder, options)
    before = {name: store.look(name) for name in (JSON_NAME, HTML_NAME)}
    found = _read(index, options)
    if not change(found):
        return False
    page = render_page(found, thumbnails(found["videos"], Nearby(store, options))).encode("utf-8", "replace")
    text = json.dumps(found, ensure_ascii=False, indent=2).encode("utf-8", "surrogatepass")
    try:
        # The index last: by it a page that could not be written is found again.
        store.replace(HTML_NAME, page, content_type="text/html; charset=utf-8", expected=before[HTML_NAME])
        store.replace(JSON_NAME, text, content_type="application/json", expected=before[JSON_NAME])
    except NameTakenError:
        return False
    return True


def _read(index: str, options: ArchiveOptions | None) -> dict[str, Any]:
    folder, name = split_object_uri(index)
    try:
        found = json.loads(open_store(folder, options).read_bytes(name))
        if not isinstance(found["videos"], list) or not all(video["uri"] for video in found["videos"]):
            raise TypeError("its videos are no list of videos")
    except (ValueError, KeyError, TypeError) as error:
        raise ContentError(f"{index} is no index of clips ({error}). It was left as it is.") from error
    return dict(found)
