"""What is kept of a selected item, and of a claim to one: as values, and as the small JSON that lies in the bucket.

Notes of older runs say less than today's, and an ``inputs.json`` says more; both are read here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from airflow_provider_sora.inputs.feeds.stories import Known


@dataclass(frozen=True, slots=True)
class Selected:
    """An item as the run that selected it kept it. What that run did not say is None.

    :param names: of an article: all that it is remembered by; None before stories went by names.
    :param digest: of an article's texts; ``shown`` of its prompt.
    :param story: what stays of an article.
    :param destination: prefix URL below which its clips were archived.
    :param title: not in notes, which are kept for good.
    :param guid: of an article that was selected before stories were kept; ``link`` likewise.
    """

    identity: str | None = None
    names: tuple[str, ...] | None = None
    digest: str | None = None
    shown: str | None = None
    story: Known | None = None
    destination: str | None = None
    title: str | None = None
    guid: str | None = None
    link: str | None = None

    @property
    def known(self) -> Known:
        """What tells whether another article is the same story."""
        guid = self.guid or (self.identity or "").partition("\n")[0]
        return self.story or Known(guid, self.link or "", self.digest or "", "")

    def is_called(self, name: str) -> bool:
        """Whether the item is remembered by ``name``."""
        return name == self.identity or name in (self.names or ())

    @property
    def noted(self) -> Selected:
        """The part of it that is kept for good, beside the claims."""
        return replace(self, title=None, guid=None, link=None)

    def to_json(self) -> dict[str, Any]:
        """``guid`` and ``link`` are read only: what is written today has its story."""
        told = {
            "identity": self.identity,
            "names": None if self.names is None else list(self.names),
            "digest": self.digest,
            "shown": self.shown,
            "story": self.story and self.story.to_json(),
            "about": None if self.title is None else {"title": self.title},
        }
        kept = {name: value for name, value in told.items() if value is not None}
        return {**kept, "clip": {"destination": self.destination}}

    @classmethod
    def from_json(cls, entry: Mapping[str, Any]) -> Selected:
        """An item of a note, of the index of old stories or of an ``inputs.json``."""
        clip, story = entry.get("clip") or {}, entry.get("story")
        labels = clip.get("labels") or {}
        return cls(
            identity=entry.get("identity"),
            names=tuple(entry["names"]) if "names" in entry else None,
            digest=entry.get("digest"),
            shown=entry.get("shown"),
            story=Known.from_json(story) if isinstance(story, Mapping) else None,
            destination=clip.get("destination"),
            title=(entry.get("about") or {}).get("title"),
            guid=labels.get("guid"),
            link=labels.get("article_url"),
        )


@dataclass(frozen=True, slots=True)
class Note:
    """What one run selected.

    :param inputs: the name of its ``inputs.json``; None where the note was read from that itself.
    """

    inputs: str | None
    items: tuple[Selected, ...]

    def to_json(self) -> dict[str, Any]:
        return {"inputs": self.inputs, "items": [item.to_json() for item in self.items]}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Note:
        return cls(document.get("inputs"), tuple(Selected.from_json(item) for item in document.get("items", ())))


@dataclass(frozen=True, slots=True)
class Claim:
    """Which ``inputs.json`` an item will stand in."""

    inputs: str

    def to_json(self) -> dict[str, Any]:
        return {"inputs": self.inputs}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Claim:
        return cls(str(document["inputs"]))
