"""``airflow sora catalogue`` and ``airflow sora feed``: what a run would see, and why the rest is left out."""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Sequence
from typing import Any

from airflow_provider_sora.cli.command import command, show
from airflow_provider_sora.exceptions import ConfigurationError

_SHOWN = {"sku": 24, "guid": 40, "title": 48, "market": 8, "category": 20, "published": 25, "photo": 48, "link": 48}


@command
def catalogue(args: Namespace) -> int:
    """The products of a shop's export; 1 when there is none."""
    from airflow_provider_sora.inputs.catalogues import preview

    columns = columns_of(args.columns)
    found = preview(args.source, columns=columns, encoding=args.encoding, market=args.market)
    products, skipped = found["products"], found["skipped"]
    show(
        found,
        args.output,
        [
            (f"layout {found['layout']}: {len(products)} products", _brief(products)),
            (f"left out: {len(skipped)}", skipped),
        ],
    )
    return 0 if products else 1


@command
def feed(args: Namespace) -> int:
    """The items of a feed; 1 when there is none."""
    from airflow_provider_sora.inputs.feeds import preview

    found = preview(args.source)
    items, skipped = found["items"], found["skipped"]
    show(found, args.output, [(f"{len(items)} items", _brief(items)), (f"left out: {len(skipped)}", skipped)])
    return 0 if items else 1


def columns_of(words: Sequence[str] | None) -> dict[str, str] | None:
    """``sku=Artikelnr photo="Bild 1"``, or one JSON object.

    :raises ConfigurationError: it is neither.
    """
    if not words:
        return None
    text = " ".join(words).strip()
    if text.startswith("{"):
        try:
            found = json.loads(text)
        except ValueError as error:
            raise ConfigurationError(f"--columns is no JSON object: {error}. Nothing was read.") from error
        return {str(name): str(column) for name, column in found.items()}
    pairs = {}
    for word in words:
        name, sign, column = word.partition("=")
        if not (name and sign and column):
            raise ConfigurationError(f"--columns {word!r} is not NAME=COLUMN, such as sku=Artikelnr. Nothing was read.")
        pairs[name] = column
    return pairs


def _brief(rows: Sequence[dict[str, Any]]) -> list[dict[str, str]]:
    """The columns that fit a terminal; JSON and YAML have them all."""
    return [
        {name: _cut(str(row.get(name) or ""), width) for name, width in _SHOWN.items() if name in row} for row in rows
    ]


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"
