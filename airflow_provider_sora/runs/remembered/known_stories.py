"""Which stories earlier runs selected, whatever their links and guids look like today.

Before articles went by several names, each was claimed under its guid as the feed wrote it, or its link with all that
servers add to it. Those claims are looked up under their old name, and, since the same story may come with another
link today, in an index of them by what stays, made once from the runs' notes.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from airflow_provider_sora.inputs.feeds.item import FeedItem
from airflow_provider_sora.inputs.feeds.stories import known_from, names, relation
from airflow_provider_sora.runs.paths import RunPaths
from airflow_provider_sora.runs.remembered.decisions import Memory

#: So many of the latest runs are looked at for the index: with a run that selects something every quarter of an hour
#: three weeks, longer than feeds go back.
_RUNS = 2000
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Found:
    """What is known of an article.

    :param entry: the story as the run that selected it kept it; None for a new one.
    :param changed: it has another text today.
    :param free: the names under which no other story is claimed.
    """

    entry: Mapping[str, Any] | None
    changed: bool
    free: tuple[str, ...]


class KnownStories:
    """The stories of one DAG below one prefix."""

    def __init__(self, memory: Memory, paths: RunPaths) -> None:
        self.memory = memory
        self._index_name = f"{paths.state}/stories-before-names.json"
        self._index: dict[str, dict[str, Any]] | None = None

    def find(self, item: FeedItem) -> Found:
        """Look an article up, under all its names and its old one."""
        free = []
        for name in names(item):
            entry = self.memory.earlier(name)
            told = relation(item, known_from(entry)) if entry else None
            if told:
                return Found(entry, told == "changed", ())
            if entry is None:
                free.append(name)
        old_names = dict.fromkeys((*names(item), *names(replace(item, feed=""))))
        for entry in (self.memory.earlier(item.guid), *(self._before().get(name) for name in old_names)):
            told = relation(item, known_from(entry)) if entry and "names" not in entry else None
            if entry and told:
                return Found(entry, told == "changed" and not _is_misread(entry, item), ())
        return Found(None, False, tuple(free))

    def version(self, item: FeedItem, shown: str) -> Found:
        """Look up a corrected story, as it would be shown now.

        :param shown: digest of its prompt.
        """
        free = []
        for name in (f"{name}\n{shown}" for name in names(item)):
            entry = self.memory.earlier(name)
            if entry is not None:
                return Found(entry, False, ())
            free.append(name)
        return Found(self.memory.earlier(f"{item.guid}\n{item.digest}"), False, tuple(free))

    def _before(self) -> Mapping[str, dict[str, Any]]:
        """What was selected before stories had names, by the names it would have."""
        if self._index is None:
            self._index = self.memory.store.get(self._index_name)
        if self._index is None:
            found: dict[str, dict[str, Any]] = {}
            for entry in self.memory.noted(_RUNS):
                if "names" not in entry:
                    entry = self._whole(entry)
                    known = known_from(entry)
                    item = FeedItem(known.guid, "", link=known.link or None)
                    # Their texts are known by digest only, and their feeds not at all.
                    found |= {name: entry for name in names(item) if name.startswith(("link\n", "guid\n"))}
            if found:
                log.info("Indexed %d names of stories that were selected before stories had names.", len(found))
            self._index = found if self.memory.read_only else self.memory.store.keep(self._index_name, found)
        return self._index

    def _whole(self, note: dict[str, Any]) -> dict[str, Any]:
        """A note with the link that its ``inputs.json`` has, where that still lies in its place."""
        inputs = self.memory.inputs(str(note.get("inputs")))
        entry = next((one for one in inputs if one.get("identity") == note.get("identity")), note)
        known = known_from(entry)
        told = {"guid": known.guid, "link": known.link, "text": known.text, "feed": ""}
        title = (entry.get("about") or {}).get("title")
        return {"identity": note["identity"], "clip": note["clip"], "story": told, "about": {"title": title}}


def _is_misread(entry: Mapping[str, Any], item: FeedItem) -> bool:
    """Whether an old title is today's, perhaps in a wrong encoding, or nobody can tell: that is no correction."""
    old = str((entry.get("about") or {}).get("title") or "")
    return old in ("", item.title) or "\ufffd" in old or (_is_japanese(old) and not _is_japanese(item.title))


def _is_japanese(text: str) -> bool:
    return any("\u3041" <= character <= "\u9fff" or "\uff61" <= character <= "\uff9f" for character in text)
