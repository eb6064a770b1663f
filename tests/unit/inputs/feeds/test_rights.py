"""What a feed or a table states about rights goes with the article or product, as it is written and unjudged."""

from __future__ import annotations

from pathlib import Path

import pytest

from airflow_provider_sora.inputs.catalogues.reading import read_catalogue
from airflow_provider_sora.inputs.feeds.reading import parse_feed

_RSS = """<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/">
<channel><title>t</title>{feed}<item><title>One</title><link>https://a.example/1</link>{item}</item></channel></rss>"""
_ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><title>t</title><id>x</id>{feed}
<entry><id>1</id><title>One</title>{item}</entry></feed>"""


@pytest.mark.parametrize(
    ("form", "feed", "item", "rights"),
    [
        (_RSS, "<copyright>© Daily 2026</copyright>", "", "© Daily 2026"),
        (_RSS, "<copyright>© Daily</copyright>", "<dc:rights>Mori / CC BY 4.0</dc:rights>", "Mori / CC BY 4.0"),
        (_RSS, "", "<media:copyright>Agency &lt;b&gt;X&lt;/b&gt;</media:copyright>", "Agency X"),
        (_ATOM, "<rights>All reserved</rights>", "<rights>CC0</rights>", "CC0"),
        (_ATOM, "<rights>All reserved</rights>", "", "All reserved"),
        (_ATOM, "", "", ""),
    ],
)
def test_of_an_article(form: str, feed: str, item: str, rights: str) -> None:
    (found,) = parse_feed(form.format(feed=feed, item=item).encode(), source="https://a.example/feed").items
    assert found.rights == rights


@pytest.mark.parametrize(("column", "rights"), [(",rights", "Photo: Mori, CC BY"), ("", "")])
def test_of_a_product(tmp_path: Path, column: str, rights: str) -> None:
    table = tmp_path / "catalogue.csv"
    cell = ',"Photo: Mori, CC BY"' if column else ""
    table.write_text(f"sku,title,selling_points,photo,market{column}\nA-1,Cup,thick,cup.jpg,jp{cell}\n")
    (tmp_path / "cup.jpg").write_bytes(b"")
    (product,) = read_catalogue(str(table), anywhere=True).products
    assert product.rights == rights
