"""The news DAG from feed to index."""

from __future__ import annotations


def test_the_sample_feed_is_made_archived_and_indexed(bench) -> None:
    result = bench.run("news_insert", max_items=2)
    assert result.state == "success", result.states()
    assert bench.paid() == 4
    assert len(bench.names("/video.mp4")) == 4
