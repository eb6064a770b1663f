from __future__ import annotations

import pytest

from airflow_provider_sora.cli.inputs import columns_of
from airflow_provider_sora.exceptions import ConfigurationError


def test_pairs_constants_and_json() -> None:
    assert columns_of(["sku=Artikelnr", "photo=Bild 1", "market==de"]) == {
        "sku": "Artikelnr",
        "photo": "Bild 1",
        "market": "=de",
    }
    assert columns_of(['{"sku": "Artikelnr"}']) == {"sku": "Artikelnr"}
    assert columns_of(None) is None


@pytest.mark.parametrize("words", [["Artikelnr"], ["=x"], ["sku="], ["{broken"]])
def test_what_is_neither_is_told(words: list[str]) -> None:
    with pytest.raises(ConfigurationError, match="--columns"):
        columns_of(words)
