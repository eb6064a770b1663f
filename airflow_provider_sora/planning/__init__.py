"""Where the parts of a DAG that makes many videos were until 0.1: they are found in ``runs`` and ``prompts`` now.

A DAG file that was copied from 0.1 goes on importing them from here, with a warning that names the new place.
"""

from __future__ import annotations

import importlib
import sys
import warnings
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

_HOME = "airflow_provider_sora"
MOVED = {
    **{name: f"runs.{name}" for name in ("budget", "drafts", "gates", "preflight")},
    **{name: f"runs.choosing.{name}" for name in ("news", "photos", "products")},
    **{name: f"runs.reporting.{name}" for name in ("notice", "outcome", "report")},
    **{name: f"prompts.{name}" for name in ("prompt", "scenes", "style")},
    "catalogue": "inputs.catalogues",
    "feed": "inputs.feeds",
    "inputs": "runs.planned",
    "keys": "runs.paths",
    "memory": "runs.remembered.selection",
    "prompt_lint": "prompts.lint",
    "reasons": "words.reasons",
    "sources": "inputs.sources.documents",
    "storage": "runs.remembered.json_store",
    "text": "words.text",
}


class _Moved(MetaPathFinder, Loader):
    """Finds ``airflow_provider_sora.planning.NAME`` where it went."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        parent, _, name = fullname.rpartition(".")
        return ModuleSpec(fullname, self) if parent == __name__ and name in MOVED else None

    def create_module(self, spec: ModuleSpec) -> None:
        """An empty module, which the one that moved takes the place of."""

    def exec_module(self, module: ModuleType) -> None:
        old = module.__name__.rpartition(".")[2]
        new = f"{_HOME}.{MOVED[old]}"
        warnings.warn(f"{module.__name__} has moved to {new}.", DeprecationWarning, stacklevel=2)
        sys.modules[module.__name__] = importlib.import_module(new)


if not any(isinstance(finder, _Moved) for finder in sys.meta_path):
    sys.meta_path.append(_Moved())
