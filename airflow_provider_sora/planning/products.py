"""Which products to make clips of: those whose fingerprint has no archived clip, in an order that is fair over days."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from airflow_provider_sora.exceptions import SoraError
from airflow_provider_sora.planning.catalogue import Product
from airflow_provider_sora.planning.fingerprint import Markers
from airflow_provider_sora.planning.style import find_term


@dataclass(frozen=True, slots=True)
class Due:
    """A product without a clip."""

    product: Product
    fingerprint: str


def due_products(
    products: Iterable[Product],
    markers: Markers,
    fingerprint: Callable[[Product], str],
    *,
    blocked_terms: Callable[[Product], Iterable[str]] = lambda product: (),
    force: bool = False,
) -> tuple[list[Due], list[dict[str, Any]]]:
    """Split a catalogue into products to make and the others with a reason.

    Products that fewest runs selected before come first, then the file's own order: one that fails every day does not
    keep the others waiting.

    :param fingerprint: reads the photo; what it raises as one of this provider's errors is that row's reason.
    :param force: make those that have a clip as well.
    """
    archived = set() if force else markers.archived()
    attempts = markers.attempts()
    due: list[Due] = []
    skipped: list[dict[str, Any]] = []
    for product in products:
        term = find_term(f"{product.title} {product.selling_points}", blocked_terms(product))
        if term:
            skipped.append(skip(product, f"blocked: it holds the term {term!r}"))
            continue
        try:
            mark = fingerprint(product)
        except SoraError as error:
            skipped.append(skip(product, str(error)))
            continue
        if mark in archived:
            skipped.append(skip(product, "unchanged: its clip is archived", status="unchanged"))
        else:
            due.append(Due(product, mark))
    due.sort(key=lambda entry: attempts[entry.fingerprint])
    return due, skipped


def skip(product: Product, reason: str, status: str = "skipped") -> dict[str, Any]:
    """An entry for the index's list of what was left out."""
    return {
        "key": f"{product.sku} {product.market}",
        "row": product.row,
        "title": product.title,
        "link": product.url or None,
        "language": product.language,
        "status": status,
        "reason": reason,
    }
