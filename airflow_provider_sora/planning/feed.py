"""Where feeds were read before they got a room of their own, :mod:`airflow_provider_sora.inputs.feeds`."""

from airflow_provider_sora.inputs.feeds import Feed, FeedItem, item_from_mapping, parse_feed, read_feed, read_feeds

__all__ = ["Feed", "FeedItem", "item_from_mapping", "parse_feed", "read_feed", "read_feeds"]
