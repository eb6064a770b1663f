"""Which stories earlier runs selected, whatever their links and guids look like today.

Before articles went by several names, each was claimed under its guid as the feed wrote it, or its link with all that
servers add to it. Those claims are looked up under their old name, and, since the same story may come with another
link today, in an index of them by what stays, made once from the runs' notes.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace

from airflow_provider_sora.inputs.feeds.item import FeedItem
from airflow_provider_sora.inputs.feeds.stories import Known, names, relation
from airflow_provider_sora.runs.paths import RunPaths
from airflow_provider_sora.runs.remembered.selected import Selected
from airflow_provider_sora.runs.remembered.selection import Memory

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

    entry: Selected | None
    changed: bool
    free: tuple[str, ...]


class KnownStories:
    """The stories of one DAG below one prefix."""

    def __init__(self, memory: Memory, paths: RunPaths) -> None:
        self.memory = memory
        self._index_name = f"{paths.state}/stories-before-names.json"
        self._index: dict[str, Selected] | None = None

    def find(self, item: FeedItem) -> Found:
        """Look an article up, under all its names and its old one."""
        free = []
        for name in names(item):
            entry = self.memory.earlier(name)
            told = relation(item, entry.known) if entry else None
            if told:
                return Found(entry, told == "changed", ())
            if entry is None:
                free.append(name)
        old_names = dict.fromkeys((*names(item), *names(replace(item, feed=""))))
        for entry in (self.memory.earlier(item.guid), *(self._before().get(name) for name in old_names)):
            told = relation(item, entry.known) if entry and entry.names is None else None
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

    def _before(self) -> Mapping[str, Selected]:
        """What was selected before stories had names, by the names it would have."""
        if self._index is None:
            kept = self.memory.store.get(self._index_name)
            if kept is None:
                kept = {name: entry.to_json() for name, entry in self._indexed().items()}
                kept = kept if self.memory.read_only else self.memory.store.keep(self._index_name, kept)
            self._index = {name: Selected.from_json(entry) for name, entry in kept.items()}
        return self._index

    def _indexed(self) -> dict[str, Selected]:
        found: dict[str, Selected] = {}
        for inputs_name, entry in self.memory.noted(_RUNS):
            if entry.names is None:
                whole = self._whole(str(inputs_name), entry)
                item = FeedItem(whole.known.guid, "", link=whole.known.link or None)
                # Their texts are known by digest only, and their feeds not at all.
                found |= {name: whole for name in names(item) if name.startswith(("link\n", "guid\n"))}
        if found:
            log.info("Indexed %d names of stories that were selected before stories had names.", len(found))
        return found

    def _whole(self, inputs_name: str, noted: Selected) -> Selected:
        """A note with the link that its ``inputs.json`` has, where that still lies in its place."""
        chosen = self.memory.inputs(inputs_name)
        entry = next((one for one in chosen if one.identity == noted.identity), noted)
        story = Known(entry.known.guid, entry.known.link, entry.known.text, "")
        return Selected(noted.identity, story=story, destination=noted.destination, title=entry.title)


def _is_misread(entry: Selected, item: FeedItem) -> bool:
    """Whether an old title is today's, perhaps in a wrong encoding, or nobody can tell: that is no correction."""
    old = entry.title or ""
    return old in ("", item.title) or "\ufffd" in old or (_is_japanese(old) and not _is_japanese(item.title))


def _is_japanese(text: str) -> bool:
    return any("\u3041" <= character <= "\u9fff" or "\uff61" <= character <= "\uff9f" for character in text)
