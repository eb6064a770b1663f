"""What a catalogue is read into: products, and why the other rows are none."""

from __future__ import annotations

from dataclasses import dataclass

from airflow_provider_sora.words.left_out import LeftOut


@dataclass(frozen=True, slots=True)
class Product:
    """One product that is to have a clip.

    :param row: the number of its (first) row in the file; for CSV the header is row 1.
    :param photo: path or URL, resolved against the catalogue's own folder when relative; see
        :func:`~airflow_provider_sora.inputs.pictures.photo_address.photo_address` for what it may be.
    :param market: lower case, such as ``jp``; ``""`` where neither the table nor the run names one.
    :param rights: what the table states about the product's photo and texts; blank where it does not.
    """

    row: int
    sku: str
    title: str
    selling_points: str
    photo: str
    market: str
    category: str = ""
    brand: str = ""
    language: str = "en"
    url: str = ""
    rights: str = ""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The good rows in file order, and the others with row number and reason.

    :param layout: the name of the layout by which it was read; ``columns`` for a mapping of one's own.
    """

    source: str
    products: tuple[Product, ...]
    skipped: tuple[LeftOut, ...] = ()
    layout: str = "own"
