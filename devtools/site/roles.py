"""Docstrings name things as Sphinx does (``:class:`~.exceptions.SoraError```); a page of the site links them.

An extension of griffe, which reads the docstrings. What has a page of its own becomes a link, all else stays code.
"""

from __future__ import annotations

import re
import textwrap
from typing import Any

import griffe

_ROLE = re.compile(r":(?:mod|func|class|meth|data|attr):`(~?)(\.*)([\w.]+)`")
_CODE = re.compile(r"``(.+?)``")
#: Sphinx's ``::``, and what is indented behind it.
_BLOCK = re.compile(r"::\n\n((?:(?:[ ]+.*)?\n)+)")


def full_name(dots: str, name: str, module: str) -> str:
    """``.jobs.cost`` as seen from ``module``; a name without dots is one of the module's own, or whole."""
    if dots:
        parts = module.split(".")
        return ".".join([*parts[: len(parts) - len(dots)], name])
    return name if name.startswith(("airflow", "collections", "datetime")) else f"{module}.{name}"


def linked(text: str, module: str) -> str:
    """Markdown of a docstring that was written for Sphinx."""

    def link(found: re.Match[str]) -> str:
        shown = found[3].rpartition(".")[2] if found[1] or found[2] else found[3]
        whole = full_name(found[2], found[3], module)
        return f'<autoref identifier="{whole}" optional><code>{shown}</code></autoref>'

    def block(found: re.Match[str]) -> str:
        return f"\n\n```text\n{textwrap.dedent(found[1]).strip(chr(10))}\n```\n"

    return _CODE.sub(r"`\1`", _ROLE.sub(link, _BLOCK.sub(block, text + "\n").rstrip("\n")))


class Roles(griffe.Extension):
    """Every docstring, once it is read."""

    def on_instance(self, *, obj: Any, **_: Any) -> None:
        if not obj.is_alias and obj.docstring is not None:
            obj.docstring.value = linked(obj.docstring.value, obj.module.path)
