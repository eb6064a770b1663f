"""Product catalogues: a shop's own export, a Merchant feed, or any table whose columns a DAG names.

:func:`read_catalogue` reads one for a run, :func:`preview` shows what a run would see. How a kind of table is read is a
table itself, in ``layouts/``: a shop system more is a file more. Formats: :mod:`.delimited` (CSV and its kin),
:mod:`.workbook` (XLSX, ODS), :mod:`.documents` (JSON, XML).
"""

from airflow_provider_sora.inputs.catalogues.product import Catalogue, Product
from airflow_provider_sora.inputs.catalogues.reading import parse_catalogue, preview, read_catalogue

__all__ = ["Catalogue", "Product", "parse_catalogue", "preview", "read_catalogue"]
