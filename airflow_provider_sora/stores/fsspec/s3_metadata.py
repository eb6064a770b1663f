"""How much metadata S3 takes on an object, and what is left out of it first."""

from __future__ import annotations

import re
from collections.abc import Mapping

#: How the names of labels begin, the first to be left out.
LABEL = "label-"
#: S3's limit; whether its own prefix counts is not said, so it does.
_S3_BYTES = 2048
_S3_PREFIX = "x-amz-meta-"
_HEADER_NAME = re.compile(r"[A-Za-z0-9._-]+")


def fitting_s3(metadata: Mapping[str, str]) -> dict[str, str]:
    """What of it S3 takes: 2 KiB in all, under names that can stand in a header; what is left out are labels.

    Values are percent-encoded already: S3's clients refuse anything but ASCII.
    """
    found = {name: text for name, text in metadata.items() if not name.startswith(LABEL)}
    left = _S3_BYTES - sum(_s3_size(name, text) for name, text in found.items())
    for name, text in metadata.items():
        size = _s3_size(name, text)
        if name not in found and size <= left and _HEADER_NAME.fullmatch(name):
            left -= size
            found[name] = text
    return found


def _s3_size(name: str, text: str) -> int:
    return len(_S3_PREFIX) + len(name) + len(text)
