"""Moved to :mod:`airflow_provider_sora.inputs.catalogues`."""

from airflow_provider_sora.inputs.catalogues import Catalogue, Product, parse_catalogue, read_catalogue

__all__ = ["Catalogue", "Product", "parse_catalogue", "read_catalogue"]
