"""A table of any other kind: the mapping of columns that a DAG gives, and the one that an error proposes."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from importlib.resources import files
from typing import Any

from airflow_provider_sora.exceptions import InvalidRequestError
from airflow_provider_sora.inputs.catalogues.layouts import FIELDS, PHOTO_BASE, Layout, layouts, normal


def mapped(columns: Mapping[str, Any], layout: Layout | None, have: Iterable[str], *, names: str) -> Layout:
    """``layout`` with the fields that ``columns`` names taken from there; without a layout, those fields alone.

    :param columns: field to column, to several of which the first that is not blank counts, or to ``=constant``.
    :param have: the table's columns, in normal form.
    :param names: what an error may say of them.
    :raises InvalidRequestError: an unknown field, a column that is not there, or too few fields.
    """
    fields = dict(layout.fields) if layout else {}
    table = set(have)
    for field, given in columns.items():
        if field not in (*FIELDS, PHOTO_BASE):
            raise _wrong(f"names the field {field!r}, but a product has {', '.join((*FIELDS, PHOTO_BASE))}")
        wanted = [given] if isinstance(given, str) else given
        if (
            not isinstance(wanted, list)
            or not wanted
            or not all(isinstance(one, str) and one.strip() for one in wanted)
        ):
            raise _wrong(f'gives {field!r} no column: write a column\'s name, a list of names, or "=text"')
        fields[field] = tuple(one.strip() if one.startswith("=") else normal(one) for one in wanted)
        missing = [
            one for one, form in zip(wanted, fields[field], strict=True)
            if not form.startswith("=") and form not in table and form.partition(".")[0] not in table
        ]  # fmt: skip
        if len(missing) == len(wanted):
            raise _wrong(f"takes {field!r} from {missing[0]!r}, which is no column of it; {names}")
    if layout:
        return replace(layout, fields=fields)
    lacking = [field for field in ("sku", "title", "photo") if field not in fields]
    if lacking:
        raise _wrong(f"says nothing of {', '.join(lacking)}; {names}")
    return Layout(name="columns", title="the columns named", has=(), fields=fields)


def proposal(columns: Mapping[str, str], quoting: bool) -> str:
    """The mapping to write for a table with these columns (normal form to written form).

    :param quoting: whether their names may be shown.
    """
    found = {field: "…" for field in ("sku", "title", "selling_points", "photo")}
    for field in FIELDS if quoting else ():
        known = {column for one in layouts() for column in one.fields.get(field, ()) if not column.startswith("=")}
        known |= {normal(word) for word in _words().get(field, ())}
        name = next((written for form, written in columns.items() if form in known), None)
        if name and name not in found.values():
            found[field] = name
    found.setdefault("market", "=de")
    return json.dumps(found, ensure_ascii=False)


@lru_cache(maxsize=1)
def _words() -> dict[str, list[str]]:
    return tomllib.loads(files(__package__).joinpath("words.toml").read_text("utf-8"))


def _wrong(what: str) -> InvalidRequestError:
    return InvalidRequestError(f"The param columns {what}.", step="mend the mapping.")
