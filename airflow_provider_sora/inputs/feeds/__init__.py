"""A newsroom's feeds, read with suspicion: their bytes, their formats, their dates, and which articles are one story.

:func:`read_feeds` and :func:`preview` are what other parts need. ``inputs.encoding`` and :mod:`.markup` make bytes
into a document, :mod:`.formats` into entries, :mod:`.item` into articles, :mod:`.stories` tells which are one.
"""

from __future__ import annotations

from airflow_provider_sora.inputs.feeds.item import FeedItem, item_from_mapping
from airflow_provider_sora.inputs.feeds.reading import Feed, parse_feed, preview, read_feed, read_feeds, sources_of

__all__ = ["Feed", "FeedItem", "item_from_mapping", "parse_feed", "preview", "read_feed", "read_feeds", "sources_of"]
