"""Our own error texts about an item's photo, told again in words of the shop, by code.

Errors are written for whoever wrote the DAG: they speak of the argument ``input_reference`` and of the worker. On a
page they stand beside a row of a catalogue. What no pattern knows keeps its text, as a quotation; nothing else is
decided by these texts.
"""

from __future__ import annotations

import re

from airflow_provider_sora.exceptions import SoraError

_PHOTO = r"input_reference (?P<photo>'.*?'|\".*?\")"
_PATTERNS = [
    (code, re.compile(pattern, re.DOTALL))
    for code, pattern in (
        ("photo_missing", rf"^{_PHOTO} (does not exist|cannot be opened on this worker: No such file or directory)"),
        ("photo_missing", rf"^The host of {_PHOTO} answered (404|410) "),
        ("photo_forbidden", rf"^{_PHOTO} (may not be read|cannot be opened on this worker: Permission denied)"),
        ("photo_forbidden", rf"^The host of {_PHOTO} answered (401|403) "),
        ("photo_kind", rf"^{_PHOTO} is (?P<kind>.*?), but must be a JPEG, PNG or WebP picture"),
        ("photo_damaged", rf"^{_PHOTO} begins like a (?P<kind>\w+) but cannot be read"),
        ("photo_animated", rf"^{_PHOTO} is an animated \w+ of (?P<frames>\d+) pictures"),
        ("photo_pixels", rf"^{_PHOTO} has (?P<pixels>.*?) pixels, more than the (?P<limit>[\d,]+) "),
        ("photo_large", rf"^{_PHOTO} .*?the (?P<limit>[\d,]+) bytes allowed"),
        ("photo_private", r"^input_reference leads to (?P<photo>'.*?') at \S+, which is a private"),
        ("photo_insecure", r"^input_reference leads to (?P<photo>'.*?'|\".*?\")( without TLS)?, but only https"),
        (
            "photo_waits",
            rf"^(The host of )?{_PHOTO} (answered (429|5\d\d)|could not be read|.*A retry (asks|reads) it again)",
        ),
        ("photo_outside", r"^photo leads out of the catalogue's folder"),
    )
]
_NOT_FOR_PAGES = re.compile(r" ?Nothing was paid\.| on this worker| Allowed is a path, file.*$", re.DOTALL)


def recognised(error: SoraError) -> tuple[str, dict[str, str]]:
    """A code of ``reasons.py`` and its values; ``photo`` or ``refused`` for what is only quoted."""
    for code, pattern in _PATTERNS:
        found = pattern.search(error.message)
        if found:
            return code, {name: value.strip("'\"") for name, value in found.groupdict().items()}
    problem = _NOT_FOR_PAGES.sub("", error.message).strip()
    about_photo = error.message.startswith(("input_reference", "The host of input_reference", "photo "))
    problem = re.sub(r"(The host of )?input_reference( is | )?", r"\1", problem) if about_photo else problem
    return "photo" if about_photo else "refused", {"problem": problem}
