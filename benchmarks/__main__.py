"""All benchmarks: ``python -m benchmarks``."""

from __future__ import annotations

import sys

from benchmarks import archive

sys.exit(archive.main())
