"""The planned run of the tests of runs: what the lint found is told when a run keeps its items."""

from tests.unit.runs.conftest import make_run

__all__ = ["make_run"]
