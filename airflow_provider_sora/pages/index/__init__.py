"""The index of archived videos, as JSON and as one page: of a run, of its day, or of any prefix.

``material`` finds receipts and thumbnails, ``building`` makes the index of them and writes it, ``page`` draws it,
``states`` brings one that is there already up to what was decided since. Not here: cards and rows that other pages
show too (``pages.cards``, ``pages.reason_rows``), or when a run writes its index (``runs.reporting``).
"""

from airflow_provider_sora.pages.index.building import build_index, write_index

__all__ = ["build_index", "write_index"]
